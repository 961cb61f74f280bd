//go:build cgo

package engine_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/adapters/ducklineage"
	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/lineage"
)

// What is a column made of, and what would a change of it touch?
func ExampleProject_ColumnLineage() {
	dir := shop(map[string]string{
		"seeds/payments.csv": "id,cents\n1,250\n",
		"models/orders.sql":  "select id, cents / 100 as amount from {{ ref('payments') }}",
		"models/totals.sql":  "select sum(amount) as amount from {{ ref('orders') }} where id > 0",
	})
	defer os.RemoveAll(dir)
	parser := ducklineage.Parser()
	defer parser.Close()
	p, err := engine.Open(context.Background(), engine.Options{
		ProjectDir: dir, Adapters: drivers(), Parsers: []lineage.Parser{parser}, Env: config.MapEnviron(nil),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	l, err := p.ColumnLineage(context.Background(), engine.Selection{Select: []string{"orders.amount"}}, engine.ColumnLineageOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, line := range l.Text() {
		fmt.Println(line)
	}
	fmt.Println(l.Graph.FilteredBy(lineage.Ref{Node: "model.shop.orders", Column: "id"}))
	// Output:
	// orders.amount
	//   comes from
	//   └── payments.cents (computed)
	//   goes into
	//   └── totals.amount (computed)
	// [model.shop.totals]
}

func openShop(t *testing.T, files map[string]string) *engine.Project {
	t.Helper()
	dir := shop(files)
	t.Cleanup(func() { os.RemoveAll(dir) })
	parser := ducklineage.Parser()
	t.Cleanup(func() { parser.Close() })
	p, err := engine.Open(t.Context(), engine.Options{ProjectDir: dir, Adapters: drivers(), Parsers: []lineage.Parser{parser}, Env: config.MapEnviron(nil)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// Operators go before and behind a column; a word that names nodes takes all their columns.
func TestColumnLineageSelections(t *testing.T) {
	p := openShop(t, map[string]string{
		"seeds/s.csv":    "id\n1\n",
		"models/a.sql":   "select id, id as other from {{ ref('s') }}",
		"models/b.sql":   "select id from {{ ref('a') }}",
		"models/c.sql":   "select id from {{ ref('b') }}",
		"models/bad.sql": "select {% if execute %}{{ 1 / 0 }}{% endif %} as id from {{ ref('a') }}",
	})
	for _, c := range []struct {
		word string
		o    engine.ColumnLineageOptions
		want []string
	}{
		{"b.id", engine.ColumnLineageOptions{}, []string{"b.id up a.id s.id down c.id"}},
		{"+b.id", engine.ColumnLineageOptions{}, []string{"b.id up a.id s.id down"}},
		{"b.id+", engine.ColumnLineageOptions{}, []string{"b.id up down c.id"}},
		{"1+b.id+1", engine.ColumnLineageOptions{}, []string{"b.id up a.id down c.id"}},
		{"b.id", engine.ColumnLineageOptions{Upstream: true, Depth: 1}, []string{"b.id up a.id down"}},
		{"b.id", engine.ColumnLineageOptions{Downstream: true}, []string{"b.id up down c.id"}},
		{"a", engine.ColumnLineageOptions{Upstream: true}, []string{"a.id up s.id down", "a.other up s.id down"}},
		{"shop.b.id", engine.ColumnLineageOptions{Upstream: true, Depth: 1}, []string{"b.id up a.id down"}},
		{"b.ID a.Other", engine.ColumnLineageOptions{Upstream: true, Depth: 1}, []string{"b.id up a.id down", "a.other up s.id down"}},
	} {
		l, err := p.ColumnLineage(t.Context(), engine.Selection{Select: []string{c.word}}, c.o)
		if err != nil {
			t.Errorf("%s: %v", c.word, err)
			continue
		}
		var got []string
		for _, trace := range l.Traces {
			short := func(r lineage.Ref) string { return " " + r.Node[len(r.Node)-1:] + "." + r.Column }
			line := short(trace.Ref)[1:] + " up"
			for _, r := range lineage.Reached(trace.Upstream, lineage.Upstream) {
				line += short(r)
			}
			line += " down"
			for _, r := range lineage.Reached(trace.Downstream, lineage.Downstream) {
				line += short(r)
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.word, diff)
		}
	}
}

// A model that does not compile says why, and is no error of the lineage of others.
func TestColumnLineageOfWhatFails(t *testing.T) {
	p := openShop(t, map[string]string{
		"models/a.sql":   "select 1 as id",
		"models/bad.sql": "select {% if execute %}{{ exceptions.raise_compiler_error('too bad') }}{% endif %} as id from {{ ref('a') }}",
	})
	g, err := p.Lineage(t.Context(), engine.Selection{}, engine.LineageOptions{NoCatalog: true})
	if err != nil {
		t.Fatal(err)
	}
	if n := g.Node("model.shop.bad"); n.Err == "" || !slices.Contains(g.IDs(), "model.shop.a") {
		t.Errorf("%+v", n)
	}
	for word, hint := range map[string]string{"aa.id": "did you mean 'a'?", "a.idd": "did you mean 'id'?", "bad.x": ""} {
		_, err := p.ColumnLineage(t.Context(), engine.Selection{Select: []string{word}}, engine.ColumnLineageOptions{})
		d, ok := diag.As(err)
		if !ok || d.Code != "unknown-column" || hint != "" && d.Hint != hint {
			t.Errorf("%s: %v", word, err)
		}
	}
}
