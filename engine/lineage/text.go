package lineage

import (
	"slices"
	"strings"
)

// Text draws traces as trees: below "comes from" what each column is made of, below "goes into" what is made of it. name
// gives what a node is called.
func (g *Graph) Text(traces []Trace, name func(id string) string) []string {
	var out []string
	for i, t := range traces {
		if i > 0 && (len(t.Upstream)+len(t.Downstream) > 0 || len(traces[i-1].Upstream)+len(traces[i-1].Downstream) > 0) {
			out = append(out, "")
		}
		d := drawing{g: g, name: name}
		head := name(t.Node) + "." + t.Column
		if t.Untraced != "" {
			head += " (not traced: " + t.Untraced + ")"
		}
		out = append(out, head)
		out = append(out, d.section("comes from", t.Ref, t.Upstream, Upstream)...)
		out = append(out, d.section("goes into", t.Ref, t.Downstream, Downstream)...)
	}
	return out
}

type drawing struct {
	g    *Graph
	name func(id string) string
}

// section draws the hops of one direction as a tree.
func (d drawing) section(title string, from Ref, hops []Hop, dir Direction) []string {
	if len(hops) == 0 {
		return nil
	}
	next := map[Ref][]Hop{}
	for _, h := range hops {
		at := h.Child
		if dir == Downstream {
			at = h.Parent
		}
		k := d.g.key(at)
		next[k] = append(next[k], h)
	}
	out := []string{"  " + title}
	drawn := map[Ref]bool{d.g.key(from): true}
	var draw func(at Ref, indent string)
	draw = func(at Ref, indent string) {
		list := next[d.g.key(at)]
		if dir == Upstream && at.Column != "" {
			// What decides the rows of the column's node.
			list = append(slices.Clone(list), next[Ref{Node: at.Node}]...)
			delete(next, Ref{Node: at.Node})
		}
		for i, h := range list {
			branch, under := "├── ", "│   "
			if i == len(list)-1 {
				branch, under = "└── ", "    "
			}
			to := h.Parent
			if dir == Downstream {
				to = h.Child
			}
			line := d.name(to.Node)
			if to.Column != "" {
				line += "." + to.Column
			}
			line += d.note(h, to, dir)
			k := d.g.key(to)
			if h.Kind != Filter && drawn[k] && len(next[k]) > 0 {
				out = append(out, indent+branch+line+" (above)")
				continue
			}
			out = append(out, indent+branch+line)
			if h.Kind != Filter {
				drawn[k] = true
				draw(to, indent+under)
			}
		}
	}
	draw(from, "  ")
	return out
}

// note says what kind of edge it is, and where the trace ends too early.
func (d drawing) note(h Hop, to Ref, dir Direction) string {
	var notes []string
	switch {
	case h.Kind == Derived:
		notes = append(notes, "computed")
	case h.Kind == Filter && dir == Upstream:
		notes = append(notes, "decides which rows "+d.name(h.Child.Node)+" has")
	case h.Kind == Filter:
		notes = append(notes, "decides which rows it has")
	}
	if c := d.g.Column(to); dir == Upstream && h.Kind != Filter && c != nil && c.Untraced != "" {
		notes = append(notes, "not traced: "+c.Untraced)
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}
