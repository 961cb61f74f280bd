package dag

import (
	"fmt"
	"slices"
)

// Graph is a directed graph. It may be read from several goroutines once it is
// built; building is not safe for concurrent use. The zero value is empty.
type Graph struct {
	ids      []string
	index    map[string]int32
	children [][]int32
	parents  [][]int32
	edges    map[uint64]struct{}
}

// Set is a set of ids.
type Set map[string]struct{}

// NewSet makes a Set.
func NewSet(ids ...string) Set {
	s := make(Set, len(ids))
	for _, id := range ids {
		s[id] = struct{}{}
	}
	return s
}

// Has tells whether id is in the set.
func (s Set) Has(id string) bool { _, ok := s[id]; return ok }

// Add puts ids into the set.
func (s Set) Add(ids ...string) {
	for _, id := range ids {
		s[id] = struct{}{}
	}
}

// Sorted lists the ids in order.
func (s Set) Sorted() []string {
	out := make([]string, 0, len(s))
	for id := range s {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// New makes an empty graph.
func New() *Graph { return &Graph{} }

// AddNode adds a node; adding it again changes nothing.
func (g *Graph) AddNode(id string) {
	if g.index == nil {
		g.index = map[string]int32{}
		g.edges = map[uint64]struct{}{}
	}
	if _, ok := g.index[id]; ok {
		return
	}
	g.index[id] = int32(len(g.ids))
	g.ids = append(g.ids, id)
	g.children = append(g.children, nil)
	g.parents = append(g.parents, nil)
}

// UnknownNodeError says that an edge or a question names a node that is not there.
type UnknownNodeError struct{ ID string }

func (e *UnknownNodeError) Error() string { return fmt.Sprintf("dag: no node %q", e.ID) }

// AddEdge adds an edge between two nodes that are there; adding it again changes
// nothing. Edges that close a cycle are accepted, see [Graph.Cycle].
func (g *Graph) AddEdge(parent, child string) error {
	p, ok := g.index[parent]
	if !ok {
		return &UnknownNodeError{parent}
	}
	c, ok := g.index[child]
	if !ok {
		return &UnknownNodeError{child}
	}
	g.addEdge(p, c)
	return nil
}

func (g *Graph) addEdge(p, c int32) {
	key := uint64(uint32(p))<<32 | uint64(uint32(c))
	if _, dup := g.edges[key]; dup {
		return
	}
	g.edges[key] = struct{}{}
	g.children[p] = append(g.children[p], c)
	g.parents[c] = append(g.parents[c], p)
}

// Len returns the number of nodes.
func (g *Graph) Len() int { return len(g.ids) }

// EdgeCount returns the number of edges.
func (g *Graph) EdgeCount() int { return len(g.edges) }

// Has tells whether a node is there.
func (g *Graph) Has(id string) bool { _, ok := g.index[id]; return ok }

// HasEdge tells whether an edge is there.
func (g *Graph) HasEdge(parent, child string) bool {
	p, ok1 := g.index[parent]
	c, ok2 := g.index[child]
	if !ok1 || !ok2 {
		return false
	}
	_, ok := g.edges[uint64(uint32(p))<<32|uint64(uint32(c))]
	return ok
}

// Nodes lists the ids, sorted.
func (g *Graph) Nodes() []string {
	out := slices.Clone(g.ids)
	slices.Sort(out)
	return out
}

// Parents lists the direct parents of a node, sorted; nil for an unknown one.
func (g *Graph) Parents(id string) []string { return g.names(id, g.parents) }

// Children lists the direct children of a node, sorted; nil for an unknown one.
func (g *Graph) Children(id string) []string { return g.names(id, g.children) }

func (g *Graph) names(id string, side [][]int32) []string {
	i, ok := g.index[id]
	if !ok {
		return nil
	}
	out := make([]string, len(side[i]))
	for k, j := range side[i] {
		out[k] = g.ids[j]
	}
	slices.Sort(out)
	return out
}

// Ancestors returns the nodes from which one of ids can be reached in at most
// depth steps (any number when depth < 0), without ids themselves unless one is an
// ancestor of another. Unknown ids are ignored.
func (g *Graph) Ancestors(depth int, ids ...string) Set { return g.reach(g.parents, depth, ids) }

// Descendants returns the nodes that can be reached from ids in at most depth
// steps (any number when depth < 0). Unknown ids are ignored.
func (g *Graph) Descendants(depth int, ids ...string) Set { return g.reach(g.children, depth, ids) }

func (g *Graph) reach(side [][]int32, depth int, ids []string) Set {
	seen := make([]bool, len(g.ids))
	var level []int32
	for _, id := range ids {
		if i, ok := g.index[id]; ok {
			level = append(level, i)
		}
	}
	out := Set{}
	var next []int32
	for ; len(level) > 0 && depth != 0; depth-- {
		next = next[:0]
		for _, i := range level {
			for _, j := range side[i] {
				if !seen[j] {
					seen[j] = true
					out[g.ids[j]] = struct{}{}
					next = append(next, j)
				}
			}
		}
		level, next = next, level
	}
	return out
}

// Subset returns the graph of the nodes that keep accepts. An edge joins two of
// them when a path of dropped nodes (or none) leads from one to the other; such a path
// back to the node where it began makes no edge.
func (g *Graph) Subset(keep func(id string) bool) *Graph {
	sub := New()
	kept := make([]int32, len(g.ids))
	for i, id := range g.ids {
		kept[i] = -1
		if keep(id) {
			kept[i] = int32(len(sub.ids))
			sub.AddNode(id)
		}
	}
	stamp := make([]int32, len(g.ids))
	var stack []int32
	for i := range g.ids {
		if kept[i] < 0 {
			continue
		}
		mark := int32(i) + 1
		stack = append(stack[:0], int32(i))
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, c := range g.children[at] {
				if stamp[c] == mark {
					continue
				}
				stamp[c] = mark
				if kept[c] < 0 {
					stack = append(stack, c)
				} else if c != int32(i) || at == int32(i) {
					sub.addEdge(kept[i], kept[c])
				}
			}
		}
	}
	return sub
}
