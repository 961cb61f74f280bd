package lineage

import (
	"fmt"
	"slices"
	"strings"
)

// Mermaid draws traces as a Mermaid flowchart: a box for each node with its columns, an arrow for each edge, dotted where a
// column decides which rows a node has.
func Mermaid(traces []Trace, name func(id string) string) []string {
	hops := map[Hop]bool{}
	columns := map[string]map[string]bool{}
	see := func(r Ref) {
		if columns[r.Node] == nil {
			columns[r.Node] = map[string]bool{}
		}
		if r.Column != "" {
			columns[r.Node][r.Column] = true
		}
	}
	for _, t := range traces {
		see(t.Ref)
		for _, h := range append(slices.Clone(t.Upstream), t.Downstream...) {
			h.Depth = 0
			hops[h] = true
			see(h.Parent)
			see(h.Child)
		}
	}
	ids := map[Ref]string{}
	out := []string{"flowchart LR"}
	nodes := make([]string, 0, len(columns))
	for id := range columns {
		nodes = append(nodes, id)
	}
	slices.Sort(nodes)
	for i, id := range nodes {
		box := fmt.Sprintf("n%d", i)
		ids[Ref{Node: id}] = box
		out = append(out, fmt.Sprintf("  subgraph %s[%s]", box, mermaidText(name(id))))
		names := make([]string, 0, len(columns[id]))
		for c := range columns[id] {
			names = append(names, c)
		}
		slices.Sort(names)
		for j, c := range names {
			ids[Ref{id, c}] = fmt.Sprintf("%sc%d", box, j)
			out = append(out, fmt.Sprintf("    %sc%d[%s]", box, j, mermaidText(c)))
		}
		out = append(out, "  end")
	}
	edges := make([]Hop, 0, len(hops))
	for h := range hops {
		edges = append(edges, h)
	}
	slices.SortFunc(edges, func(a, b Hop) int {
		if c := a.Parent.compare(b.Parent); c != 0 {
			return c
		}
		if c := a.Child.compare(b.Child); c != 0 {
			return c
		}
		return strings.Compare(string(a.Kind), string(b.Kind))
	})
	for _, h := range edges {
		arrow := "-->"
		switch h.Kind {
		case Derived:
			arrow = "-->|computed|"
		case Filter:
			arrow = "-.->|rows|"
		}
		out = append(out, fmt.Sprintf("  %s %s %s", ids[h.Parent], arrow, ids[h.Child]))
	}
	return out
}

// mermaidText is a quoted text of Mermaid's, in which nothing is markup.
func mermaidText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '#' || r == '<' || r == '>' || r == '&' || r == '`' || r == '\\' || r < ' ':
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
