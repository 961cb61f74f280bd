package engine

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dag"
)

// tree draws the chosen resources under what they depend on: those that depend on none of the others stand at the left. What
// is under several is drawn out once, and named with "(above)" from then on.
func (p *Project) tree(ids dag.Set, o ListOptions) ([]string, error) {
	g := p.nodes.Subset(ids.Has)
	var out []string
	drawn := map[string]bool{}
	var draw func(id, first, rest string) error
	draw = func(id, first, rest string) error {
		line, err := p.line(id, o)
		if err != nil {
			return err
		}
		children := g.Children(id)
		if drawn[id] && len(children) > 0 {
			out = append(out, first+line+" (above)")
			return nil
		}
		drawn[id] = true
		out = append(out, first+line)
		slices.SortFunc(children, strings.Compare)
		for i, c := range children {
			branch, under := "├── ", "│   "
			if i == len(children)-1 {
				branch, under = "└── ", "    "
			}
			if err := draw(c, rest+branch, rest+under); err != nil {
				return err
			}
		}
		return nil
	}
	for _, id := range ids.Sorted() {
		if g.Has(id) && len(g.Parents(id)) > 0 {
			continue
		}
		if err := draw(id, "", ""); err != nil {
			return nil, err
		}
	}
	return out, nil
}
