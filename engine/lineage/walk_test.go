package lineage

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shop is src → stg → {fct, dim}; fct takes amount through, sums it and keeps rows by it.
func shop(fold bool) *Graph {
	return NewGraph([]*Node{
		{ID: "fct", Columns: []Column{
			{Name: "id", From: []Edge{{Ref{"stg", "id"}, Direct}}},
			{Name: "total", From: []Edge{{Ref{"stg", "amount"}, Derived}}},
		}, Filters: []Ref{{"stg", "amount"}, {"stg", "id"}}},
		{ID: "dim", Columns: []Column{{Name: "id", From: []Edge{{Ref{"stg", "id"}, Direct}}}}},
		{ID: "src", Columns: []Column{{Name: "ID"}, {Name: "Amount"}}},
		{ID: "stg", Columns: []Column{
			{Name: "id", From: []Edge{{Ref{"src", "ID"}, Direct}}},
			{Name: "amount", From: []Edge{{Ref{"src", "Amount"}, Derived}}},
		}},
	}, fold)
}

func hops(hs []Hop) string {
	var b strings.Builder
	for _, h := range hs {
		fmt.Fprintf(&b, "%d %s.%s -%s-> %s.%s\n", h.Depth, h.Parent.Node, h.Parent.Column, h.Kind, h.Child.Node, h.Child.Column)
	}
	return b.String()
}

func TestWalk(t *testing.T) {
	g := shop(false)
	for _, c := range []struct {
		name string
		from Ref
		d    Direction
		o    WalkOptions
		want string
	}{
		{"upstream", Ref{"fct", "total"}, Upstream, WalkOptions{}, `1 stg.amount -derived-> fct.total
2 src.Amount -derived-> stg.amount
`},
		{"upstream with filters", Ref{"fct", "total"}, Upstream, WalkOptions{Filters: true, Depth: 1}, `1 stg.amount -derived-> fct.total
1 stg.amount -filter-> fct.
1 stg.id -filter-> fct.
`},
		{"downstream", Ref{"src", "ID"}, Downstream, WalkOptions{}, `1 src.ID -direct-> stg.id
2 stg.id -direct-> dim.id
2 stg.id -direct-> fct.id
`},
		{"downstream with filters", Ref{"stg", "amount"}, Downstream, WalkOptions{Filters: true}, `1 stg.amount -derived-> fct.total
1 stg.amount -filter-> fct.
`},
		{"one level", Ref{"src", "ID"}, Downstream, WalkOptions{Depth: 1}, "1 src.ID -direct-> stg.id\n"},
		{"not there", Ref{"src", "nope"}, Downstream, WalkOptions{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, hops(g.Walk(c.from, c.d, c.o))); diff != "" {
				t.Error(diff)
			}
		})
	}
	if diff := cmp.Diff([]Ref{{"dim", "id"}, {"fct", "id"}, {"stg", "id"}}, Reached(g.Walk(Ref{"src", "ID"}, Downstream, WalkOptions{}), Downstream)); diff != "" {
		t.Error(diff)
	}
}

// A column may come from itself, in an incremental model that reads its own table.
func TestWalkOfACycleEnds(t *testing.T) {
	g := NewGraph([]*Node{{ID: "m", Columns: []Column{{Name: "a", From: []Edge{{Ref{"m", "a"}, Derived}}}}}}, false)
	if got := hops(g.Walk(Ref{"m", "a"}, Upstream, WalkOptions{})); got != "1 m.a -derived-> m.a\n" {
		t.Error(got)
	}
}

func TestCaseOfNames(t *testing.T) {
	if shop(false).Column(Ref{"src", "id"}) != nil {
		t.Error("PostgreSQL's names differ by case")
	}
	g := shop(true)
	if c := g.Column(Ref{"src", "id"}); c == nil || c.Name != "ID" {
		t.Errorf("DuckDB's names don't: %v", c)
	}
	if diff := cmp.Diff([]string{"fct"}, g.FilteredBy(Ref{"stg", "AMOUNT"})); diff != "" {
		t.Error(diff)
	}
}
