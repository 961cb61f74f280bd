package lineage

// Start is where lineage is asked for: a column, and how far each way.
type Start struct {
	Ref
	Up, Down bool
	// Above and Below are how many edges to go; 0 is all.
	Above, Below int
}

// Trace is what was found from a start.
type Trace struct {
	Ref
	// Untraced is the column's own; see [Column].
	Untraced string `json:"untraced,omitempty"`
	// Upstream and Downstream are the edges each way, nearest first, with those to the rows of nodes.
	Upstream   []Hop `json:"upstream"`
	Downstream []Hop `json:"downstream"`
}

// Traces walks from each start. rows takes in the columns that decide which rows come out.
func (g *Graph) Traces(starts []Start, rows bool) []Trace {
	out := make([]Trace, len(starts))
	for i, s := range starts {
		out[i] = Trace{Ref: s.Ref, Upstream: []Hop{}, Downstream: []Hop{}}
		if c := g.Column(s.Ref); c != nil {
			out[i].Untraced = c.Untraced
		}
		if s.Up {
			out[i].Upstream = append(out[i].Upstream, g.Walk(s.Ref, Upstream, WalkOptions{Depth: s.Above, Filters: rows})...)
		}
		if s.Down {
			out[i].Downstream = append(out[i].Downstream, g.Walk(s.Ref, Downstream, WalkOptions{Depth: s.Below, Filters: rows})...)
		}
	}
	return out
}

// Collapse gives the graph without some nodes: what came from their columns comes from what these come from.
func (g *Graph) Collapse(drop func(id string) bool) *Graph {
	memo := map[Ref]origin{}
	open := map[Ref]bool{}
	var through func(r Ref) origin
	of := func(c Column) origin {
		o := origin{why: c.Untraced}
		for _, e := range c.From {
			if !drop(e.Node) {
				o = o.merge(origin{from: []Edge{e}})
				continue
			}
			p := through(e.Ref)
			if e.Kind == Derived {
				p = p.derive()
			}
			o = o.merge(p)
		}
		return o
	}
	through = func(r Ref) origin {
		k := g.key(r)
		if o, ok := memo[k]; ok {
			return o
		}
		c := g.Column(r)
		if c == nil || open[k] {
			return origin{}
		}
		open[k] = true
		o := of(*c)
		delete(open, k)
		memo[k] = o
		return o
	}
	rowsOf := map[string]*filters{}
	var rows func(id string) *filters
	rows = func(id string) *filters {
		if f, ok := rowsOf[id]; ok {
			return f
		}
		f := &filters{}
		rowsOf[id] = f
		n := g.nodes[id]
		if n == nil {
			return f
		}
		f.why = n.FiltersUntraced
		take := func(r Ref) {
			if drop(r.Node) {
				f.add(through(r))
				f.addAll(rows(r.Node))
				return
			}
			f.add(origin{from: []Edge{{r, Derived}}})
		}
		for _, r := range n.Filters {
			take(r)
		}
		for _, c := range n.Columns { // the rows of a node that is dropped are decided by its own filters
			for _, e := range c.From {
				if drop(e.Node) {
					f.addAll(rows(e.Node))
				}
			}
		}
		return f
	}
	var nodes []*Node
	for _, id := range g.ids {
		if drop(id) {
			continue
		}
		n := *g.nodes[id]
		n.Columns = make([]Column, len(g.nodes[id].Columns))
		for i, c := range g.nodes[id].Columns {
			o := of(c)
			n.Columns[i] = Column{Name: c.Name, From: o.from, Untraced: o.why}
		}
		f := rows(id)
		n.Filters, n.FiltersUntraced = f.sorted(), f.why
		nodes = append(nodes, &n)
	}
	return NewGraph(nodes, g.folds)
}
