package lineage

import "slices"

// Direction says which way a walk goes.
type Direction int

// The directions.
const (
	// Upstream goes to what a column is made of.
	Upstream Direction = iota
	// Downstream goes to what is made of it: the impact of a change.
	Downstream
)

// WalkOptions say how far a walk goes.
type WalkOptions struct {
	// Depth is how many edges it goes; 0 is as far as there are any.
	Depth int
	// Filters takes in the columns that decide which rows come out. Such a hop has a side with an empty Column, which
	// stands for the rows of a node, and the walk does not go on from it.
	Filters bool
}

// Hop is an edge that a walk went over. Parent is the side of the data's origin whichever way the walk goes.
type Hop struct {
	Parent Ref  `json:"parent"`
	Child  Ref  `json:"child"`
	Kind   Kind `json:"kind"`
	// Depth counts from 1 at the start.
	Depth int `json:"depth"`
}

// Walk goes from a column in one direction, nearest first, and gives every edge once. The order is the same each time.
func (g *Graph) Walk(from Ref, d Direction, o WalkOptions) []Hop {
	var hops []Hop
	seen := map[Ref]bool{g.key(from): true}
	level := []Ref{from}
	rows := map[string]bool{}
	for depth := 1; len(level) > 0 && (o.Depth <= 0 || depth <= o.Depth); depth++ {
		var next []Ref
		visit := func(r Ref) {
			if k := g.key(r); !seen[k] {
				seen[k] = true
				next = append(next, r)
			}
		}
		for _, at := range level {
			if d == Upstream {
				if c := g.Column(at); c != nil {
					for _, e := range c.From {
						hops = append(hops, Hop{e.Ref, at, e.Kind, depth})
						visit(e.Ref)
					}
				}
				if n := g.nodes[at.Node]; o.Filters && n != nil && !rows[at.Node] {
					rows[at.Node] = true
					for _, r := range n.Filters {
						hops = append(hops, Hop{r, Ref{Node: at.Node}, Filter, depth})
					}
				}
				continue
			}
			for _, e := range g.UsedBy(at) {
				hops = append(hops, Hop{at, e.Ref, e.Kind, depth})
				visit(e.Ref)
			}
			if o.Filters {
				for _, id := range g.FilteredBy(at) {
					hops = append(hops, Hop{at, Ref{Node: id}, Filter, depth})
				}
			}
		}
		level = next
	}
	return hops
}

// Reached are the columns that the hops lead to, in order, without what they set out from.
func Reached(hops []Hop, d Direction) []Ref {
	var out []Ref
	for _, h := range hops {
		r := h.Child
		if d == Upstream {
			r = h.Parent
		}
		out = append(out, r)
	}
	slices.SortFunc(out, Ref.compare)
	return slices.Compact(out)
}
