package selector

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// What is answered ahead is what a selection gives by itself, of every value, and nobody is warned.
func TestAnswersAhead(t *testing.T) {
	before := reread(t, stateShop(t))
	now := stateShop(t)
	report := now.Nodes["model.shop.report"]
	report.RawCode, report.Columns = "select 2", report.Columns[1:] // a breaking change of the contract
	report.Contract.Checksum = ptr("2")
	now.Nodes["seed.shop.cities"].Checksum.Checksum = "2"
	warned := 0
	st := &State{Path: "before", Manifest: before, Warn: func(event.Event) error { warned++; return nil }, Results: &manifest.RunResults{Results: []manifest.RunResult{
		{UniqueID: "model.shop.report", Status: "error"}, {UniqueID: "seed.shop.cities", Status: "success"}, {UniqueID: "model.shop.gone", Status: "success"}}}}
	defs, err := ParseSelectors(yamldoc.NewMap("selectors", []any{yamldoc.NewMap("name", "changed", "definition", "state:modified"), yamldoc.NewMap("name", "odd", "definition", "source_status:fresher")}), nil, Empty)
	if err != nil {
		t.Fatal(err)
	}
	s := New(now, Options{State: st, Selectors: defs})
	answers, named := s.Artifacts(), s.Named(Filter{IncludeEmpty: true})
	if warned > 0 {
		t.Errorf("%d warnings", warned)
	}
	ask := func(text string) []string {
		t.Helper()
		spec, err := ParseArgs([]string{text}, nil, Empty)
		if err != nil {
			t.Fatal(err)
		}
		ids, _, err := s.Select(spec, Filter{IncludeEmpty: true})
		if err != nil {
			t.Fatal(err)
		}
		return ids.Sorted()
	}
	asked, some := 0, 0
	for method, of := range answers {
		for value, a := range of.ByValue {
			asked++
			some += len(a.IDs)
			if diff := cmp.Diff(ask(method+":"+value), a.IDs); diff != "" || a.Err != nil {
				t.Errorf("%s:%s: -asked +ahead %v\n%s", method, value, a.Err, diff)
			}
		}
	}
	if asked != len(stateChecks)+2 || some < 10 {
		t.Errorf("%d values, %d ids", asked, some)
	}
	if !answers["state"].Closed || answers["result"].Closed {
		t.Error("another value of state: is an error, one of result: is none")
	}
	if err := answers["source_status"].Missing; err == nil || !strings.Contains(err.Error(), "before") {
		t.Errorf("without sources.json: %v", err)
	}
	if diff := cmp.Diff(ask("state:modified"), named["changed"].IDs); diff != "" || !slices.Contains(named["changed"].IDs, "model.shop.report") {
		t.Errorf("the selector: -asked +ahead\n%s", diff)
	}
	if named["odd"].Err == nil {
		t.Error("a selector that can't be asked has no error")
	}
	for _, a := range New(now, Options{}).Artifacts() {
		if a.Missing == nil {
			t.Error("without a state something is answered")
		}
	}
}
