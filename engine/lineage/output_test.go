package lineage

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// cafe is src → eph → fct, where eph is no relation; a column of odd name goes along.
func cafe() *Graph {
	return NewGraph([]*Node{
		{ID: "src", Columns: []Column{{Name: `a"<b>`}, {Name: "k"}, {Name: "day"}}},
		{ID: "eph", Columns: []Column{
			{Name: "a", From: []Edge{{Ref{"src", `a"<b>`}, Direct}}},
			{Name: "k", From: []Edge{{Ref{"src", "k"}, Derived}}},
		}, Filters: []Ref{{"src", "day"}}},
		{ID: "fct", Columns: []Column{
			{Name: "total", From: []Edge{{Ref{"eph", "a"}, Derived}, {Ref{"eph", "k"}, Direct}}},
			{Name: "copy", From: []Edge{{Ref{"eph", "a"}, Direct}}},
			{Name: "lost", Untraced: "it is made of air"},
		}, Filters: []Ref{{"eph", "k"}}},
	}, false)
}

func upper(id string) string { return strings.ToUpper(id) }

func TestText(t *testing.T) {
	g := cafe()
	got := strings.Join(g.Text(g.Traces([]Start{{Ref: Ref{"fct", "total"}, Up: true}, {Ref: Ref{"fct", "lost"}, Up: true}, {Ref: Ref{"src", "k"}, Down: true}}, true), upper), "\n")
	want := `FCT.total
  comes from
  ├── EPH.a (computed)
  │   ├── SRC.a"<b>
  │   └── SRC.day (decides which rows EPH has)
  ├── EPH.k
  │   └── SRC.k (computed)
  └── EPH.k (decides which rows FCT has)

FCT.lost (not traced: it is made of air)
  comes from
  └── EPH.k (decides which rows FCT has)

SRC.k
  goes into
  └── EPH.k (computed)
      ├── FCT.total
      └── FCT (decides which rows it has)`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMermaid(t *testing.T) {
	g := cafe()
	got := strings.Join(Mermaid(g.Traces([]Start{{Ref: Ref{"fct", "total"}, Up: true}}, true), upper), "\n")
	want := `flowchart LR
  subgraph n0["EPH"]
    n0c0["a"]
    n0c1["k"]
  end
  subgraph n1["FCT"]
    n1c0["total"]
  end
  subgraph n2["SRC"]
    n2c0["a#34;#60;b#62;"]
    n2c1["day"]
    n2c2["k"]
  end
  n0c0 -->|computed| n1c0
  n0c1 -.->|rows| n1
  n0c1 --> n1c0
  n2c0 --> n0c0
  n2c1 -.->|rows| n0
  n2c2 -->|computed| n0c1`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Edges through a node that is dropped lead to what it is made of, computed where one of both is; its filters go along.
func TestCollapse(t *testing.T) {
	n := cafe().Collapse(func(id string) bool { return id == "eph" }).Node("fct")
	want := &Node{ID: "fct", Columns: []Column{
		{Name: "total", From: []Edge{{Ref{"src", `a"<b>`}, Derived}, {Ref{"src", "k"}, Derived}}},
		{Name: "copy", From: []Edge{{Ref{"src", `a"<b>`}, Direct}}},
		{Name: "lost", Untraced: "it is made of air"},
	}, Filters: []Ref{{"src", "day"}, {"src", "k"}}}
	if diff := cmp.Diff(want, n); diff != "" {
		t.Error(diff)
	}
}

func TestOpenLineage(t *testing.T) {
	lines, err := cafe().OpenLineage([]string{"fct", "eph", "src"}, nil, OpenLineageOptions{
		Producer: "https://example.org/p", Time: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		Dataset: func(id string) (Dataset, bool) { return Dataset{"db://h", "main." + id}, id != "eph" },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 {
		t.Fatalf("%d events, want one for each relation", len(lines))
	}
	var got, want any
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil {
		t.Fatal(err)
	}
	const text = `{
 "eventTime": "2026-01-31T12:00:00.000000Z", "producer": "https://example.org/p",
 "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
 "dataset": {"namespace": "db://h", "name": "main.fct", "facets": {
  "schema": {"_producer": "https://example.org/p", "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet",
   "fields": [{"name": "total"}, {"name": "copy"}, {"name": "lost"}]},
  "columnLineage": {"_producer": "https://example.org/p", "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet",
   "fields": {
    "total": {"inputFields": [
     {"namespace": "db://h", "name": "main.src", "field": "a\"<b>", "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION"}]},
     {"namespace": "db://h", "name": "main.src", "field": "k", "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION"}]}]},
    "copy": {"inputFields": [{"namespace": "db://h", "name": "main.src", "field": "a\"<b>", "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}]}]}},
   "dataset": [
    {"namespace": "db://h", "name": "main.src", "field": "day", "transformations": [{"type": "INDIRECT", "subtype": "FILTER"}]},
    {"namespace": "db://h", "name": "main.src", "field": "k", "transformations": [{"type": "INDIRECT", "subtype": "FILTER"}]}]}}}}`
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
