package run

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// showSeeds prints a sample of each seed that was loaded, as dbt's `seed --show` (dbt/task/seed.py).
func (r *Runner) showSeeds(out *Results) {
	for _, x := range out.Results {
		if x.Node == nil || x.Node.ResourceType != manifest.Seed || x.Status != Success {
			continue
		}
		t := x.Table
		if t == nil {
			continue
		}
		header := "Random sample of table: " + x.Node.Schema + "." + x.Node.Alias
		r.Bus.Emit(event.Blank())
		r.Bus.Emit(event.SeedHeader{Header: header})
		r.Bus.Emit(event.Formatting{Msg: strings.Repeat("-", len([]rune(header)))})
		shown := Result{Table: sample(t, r.ShowRows)}
		r.Bus.Emit(event.SeedSample{UniqueID: x.UniqueID, Preview: shown.Preview("json"), Fit: shown.Fit})
		r.Bus.Emit(event.Blank())
	}
}

// sample takes some rows at random, in their order.
func sample(t *adapter.Table, n int) *adapter.Table {
	if t.Len() <= n {
		return t
	}
	rows := rand.Perm(t.Len())[:n]
	slices.Sort(rows)
	out := &adapter.Table{Columns: t.Columns, Values: make([][]any, len(t.Values))}
	for c, column := range t.Values {
		for _, i := range rows {
			out.Values[c] = append(out.Values[c], column[i])
		}
	}
	return out
}
