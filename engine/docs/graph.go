package docs

import (
	"cmp"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/docs/layout"
)

// graphShard is the whole project, placed, as far as its resources are drawn singly. Folders are placed by the page.
type graphShard struct {
	Whole bool         `json:"whole"` // tells that the boxes are resources
	Boxes [][5]float64 `json:"boxes"` // number of the resource, x, y, width, height
	Edges []graphEdge  `json:"edges"`
	Size  [2]float64   `json:"size"`
}

// graphEdge is a line between two boxes by their place in Boxes, with the number of edges that it stands for.
type graphEdge struct {
	From  int       `json:"f"`
	To    int       `json:"t"`
	Count int       `json:"n"`
	Way   []float64 `json:"w"` // x, y, x, y …
}

// Box sizes, the same in assets/draw.js and assets/graph.js.
const (
	boxHeight   = 34
	clusterHigh = 46
	boxPadding  = 64
	letterWidth = 7.2
	boxNarrow   = 110
	boxWide     = 300
	inFrame     = 210 // the least width of a box in a frame, whose head it makes room for
)

// boxWidth is the width of a box with a label of so many characters.
func boxWidth(characters int) float64 {
	return min(boxWide, max(boxNarrow, boxPadding+letterWidth*float64(characters)))
}

// visible are the numbers of what the lineage shows.
func (s *site) visible() []int {
	out := make([]int, 0, s.core)
	for i, e := range s.entries[:s.core] {
		if !e.hidden {
			out = append(out, i)
		}
	}
	return out
}

func (s *site) overviewGraph() graphShard {
	g := graphShard{Boxes: [][5]float64{}, Edges: []graphEdge{}}
	numbers := s.visible()
	if g.Whole = len(numbers) <= singly; !g.Whole {
		return g
	}
	at := make([]int, s.core)
	for i := range at {
		at[i] = -1
	}
	shapes := make([]layout.Box, len(numbers))
	for k, i := range numbers {
		at[i] = k
		shapes[k] = layout.Box{Width: boxWidth(len([]rune(s.entries[i].label))), Height: boxHeight}
	}
	var edges []layout.Edge
	for _, i := range numbers {
		for _, p := range s.parents[i] {
			if p < s.core && at[p] >= 0 && p != i {
				edges = append(edges, layout.Edge{From: at[p], To: at[i]})
			}
		}
	}
	slices.SortFunc(edges, func(a, b layout.Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	r := layout.Place(shapes, edges, layout.Options{})
	for k, b := range r.Boxes {
		g.Boxes = append(g.Boxes, [5]float64{float64(numbers[k]), b.X, b.Y, shapes[k].Width, shapes[k].Height})
	}
	for k, e := range edges {
		g.Edges = append(g.Edges, graphEdge{e.From, e.To, 1, flat(r.Edges[k])})
	}
	g.Size = [2]float64{r.Width, r.Height}
	return g
}

func flat(way []layout.Point) []float64 {
	out := make([]float64, 0, 2*len(way))
	for _, p := range way {
		out = append(out, p.X, p.Y)
	}
	return out
}
