package lineage

import (
	"cmp"
	"slices"
	"strings"
)

// Kind says how a column comes from another one.
type Kind string

// The kinds.
const (
	// Direct is a value taken as it is: copied or renamed.
	Direct Kind = "direct"
	// Derived is a value computed from others.
	Derived Kind = "derived"
	// Filter is a column that decides which rows come out. It is the kind of a [Hop] only: a node keeps such columns in
	// Filters.
	Filter Kind = "filter"
)

// Ref names a column of a node.
type Ref struct {
	// Node is the unique id of a model, seed, snapshot or source.
	Node string `json:"node"`
	// Column is the column's name; in a [Hop] of kind Filter it is empty for the rows of Node as a whole.
	Column string `json:"column"`
}

func (r Ref) compare(o Ref) int {
	return cmp.Or(strings.Compare(r.Node, o.Node), strings.Compare(r.Column, o.Column))
}

// Edge leads to a column of a parent.
type Edge struct {
	Ref
	Kind Kind `json:"kind"` // Direct or Derived
}

// Column is a column of a node and what it is made of.
type Column struct {
	Name string `json:"name"`
	// From are the parents' columns that the value comes from, ordered by node and column, each once. A constant has none.
	From []Edge `json:"from,omitempty"`
	// Untraced says why the column, or a part of it, could not be traced; "" means that From is all.
	Untraced string `json:"untraced,omitempty"`
}

// Node is what is known of one node's columns.
type Node struct {
	// ID is the unique id.
	ID string `json:"node"`
	// Columns are in the order of the relation, as far as it is known.
	Columns []Column `json:"columns"`
	// Filters are the columns of parents that decide which rows come out, ordered by node and column, each once.
	Filters []Ref `json:"filters,omitempty"`
	// FiltersUntraced says why there may be other Filters; "" means that these are all.
	FiltersUntraced string `json:"filters_untraced,omitempty"`
	// Open says why Columns may lack some; "" means that all are there.
	Open string `json:"open,omitempty"`
	// Err says why the node's SQL could not be read; its columns are those that the catalog or the YAML files name then.
	Err string `json:"error,omitempty"`
}

// Graph is the column lineage of a project. It does not change once built and may be read concurrently.
type Graph struct {
	nodes map[string]*Node
	ids   []string
	folds bool
	// column finds a column's place in its node, with folded name.
	column map[Ref]int
	// used are the columns that a column goes into, filtered the nodes whose rows it decides.
	used     map[Ref][]Edge
	filtered map[Ref][]string
}

// NewGraph makes a graph of nodes. foldCase tells that the warehouse takes names of columns that differ in case only for
// the same.
func NewGraph(nodes []*Node, foldCase bool) *Graph {
	g := &Graph{nodes: make(map[string]*Node, len(nodes)), folds: foldCase, column: map[Ref]int{}, used: map[Ref][]Edge{}, filtered: map[Ref][]string{}}
	for _, n := range nodes {
		g.nodes[n.ID] = n
		g.ids = append(g.ids, n.ID)
	}
	slices.Sort(g.ids)
	g.ids = slices.Compact(g.ids)
	for _, id := range g.ids {
		n := g.nodes[id]
		for i := len(n.Columns) - 1; i >= 0; i-- { // of two of the same name the first counts
			g.column[g.key(Ref{id, n.Columns[i].Name})] = i
		}
		for _, c := range n.Columns {
			for _, e := range c.From {
				k := g.key(e.Ref)
				g.used[k] = append(g.used[k], Edge{Ref{id, c.Name}, e.Kind})
			}
		}
		for _, r := range n.Filters {
			k := g.key(r)
			if had := g.filtered[k]; len(had) == 0 || had[len(had)-1] != id {
				g.filtered[k] = append(g.filtered[k], id)
			}
		}
	}
	return g
}

func (g *Graph) key(r Ref) Ref {
	if g.folds {
		r.Column = strings.ToLower(r.Column)
	}
	return r
}

// IDs are the unique ids of the nodes in order.
func (g *Graph) IDs() []string { return slices.Clone(g.ids) }

// Node gives a node by its unique id, or nil.
func (g *Graph) Node(id string) *Node { return g.nodes[id] }

// Column finds a column, by the warehouse's rules for case, or nil.
func (g *Graph) Column(r Ref) *Column {
	i, ok := g.column[g.key(r)]
	if !ok {
		return nil
	}
	return &g.nodes[r.Node].Columns[i]
}

// UsedBy are the columns that are made of a column, with how, ordered by node and place.
func (g *Graph) UsedBy(r Ref) []Edge { return slices.Clone(g.used[g.key(r)]) }

// FilteredBy are the unique ids of the nodes whose rows the column decides, in order.
func (g *Graph) FilteredBy(r Ref) []string { return slices.Clone(g.filtered[g.key(r)]) }
