package docs

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/docs/layout"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// cluster is a box of the whole project's graph: the resources of a folder.
type cluster struct {
	label string
	nodes []int
}

// The whole project shows each resource as long as there are no more than singly, else folders, at most boxes of them. A
// folder with more than handful resources is several boxes, unless there would be too many of them.
const (
	singly  = 300
	boxes   = 90
	handful = 100
)

// cluster sorts the resources of the lineage into folders, and joins the deepest folders until there are few enough.
func (s *site) cluster() {
	keys := make([]string, s.core)
	for i, e := range s.entries[:s.core] {
		switch e.kind {
		case manifest.SourceType:
			keys[i] = "source " + e.source.SourceName
		case manifest.ExposureType, manifest.MetricType, manifest.SemanticModel, manifest.SavedQuery:
			keys[i] = strings.ToLower(kindPlurals[e.kind])
		default:
			keys[i] = path.Dir(e.path)
			if e.pkg != s.in.Manifest.RootProject {
				keys[i] = e.pkg + "/" + keys[i]
			}
		}
	}
	for {
		distinct, deepest := map[string]bool{}, 0
		for _, k := range keys {
			distinct[k] = true
			deepest = max(deepest, strings.Count(k, "/"))
		}
		sources := 0
		for k := range distinct {
			if strings.HasPrefix(k, "source ") {
				sources++
			}
		}
		if len(distinct) <= boxes || deepest == 0 && sources < 2 {
			break
		}
		for i, k := range keys {
			if deepest == 0 && strings.HasPrefix(k, "source ") {
				keys[i] = "sources"
			} else if deepest > 0 && strings.Count(k, "/") == deepest {
				keys[i] = path.Dir(k)
			}
		}
	}
	at := map[string]int{}
	s.clusterOf = make([]int, s.core)
	var byKey [][]int
	var labels []string
	for i, k := range keys {
		c, ok := at[k]
		if !ok {
			c = len(byKey)
			at[k] = c
			byKey, labels = append(byKey, nil), append(labels, k)
		}
		byKey[c] = append(byKey[c], i)
	}
	for c, nodes := range byKey {
		most := min(singly, max(handful, s.core/boxes))
		parts := (len(nodes) + most - 1) / most
		size := (len(nodes) + parts - 1) / parts
		for part := range parts {
			piece := nodes[part*size : min(len(nodes), (part+1)*size)]
			label := labels[c]
			if parts > 1 {
				label += " (" + strconv.Itoa(part+1) + " of " + strconv.Itoa(parts) + ")"
			}
			for _, i := range piece {
				s.clusterOf[i] = len(s.clusters)
			}
			s.clusters = append(s.clusters, cluster{label, piece})
		}
	}
}

// graphShard is the whole project, placed.
type graphShard struct {
	// Whole tells that the boxes are resources; else they are clusters.
	Whole bool         `json:"whole"`
	Boxes [][5]float64 `json:"boxes"` // number of the resource or cluster, x, y, width, height
	Edges []graphEdge  `json:"edges"`
	Size  [2]float64   `json:"size"`
	// Counts are the resources of each cluster.
	Counts []int `json:"counts"`
}

// graphEdge is a line between two boxes by their place in Boxes, with the number of edges that it stands for.
type graphEdge struct {
	From  int       `json:"f"`
	To    int       `json:"t"`
	Count int       `json:"n"`
	Way   []float64 `json:"w"` // x, y, x, y …
}

// Box sizes, the same in assets/draw.js.
const (
	boxHeight   = 34
	clusterHigh = 46
	boxPadding  = 64
	letterWidth = 7.2
	boxNarrow   = 110
	boxWide     = 300
)

// boxWidth is the width of a box with a label of so many characters.
func boxWidth(characters int) float64 {
	return min(boxWide, max(boxNarrow, boxPadding+letterWidth*float64(characters)))
}

func (s *site) overviewGraph() graphShard {
	g := graphShard{Boxes: [][5]float64{}, Edges: []graphEdge{}}
	for _, c := range s.clusters {
		g.Counts = append(g.Counts, len(c.nodes))
	}
	var shapes []layout.Box
	var numbers []int
	counts := map[layout.Edge]int{}
	var order []layout.Edge
	add := func(from, to int) {
		e := layout.Edge{From: from, To: to}
		if from == to {
			return
		}
		if counts[e] == 0 {
			order = append(order, e)
		}
		counts[e]++
	}
	visible := 0
	for _, e := range s.entries[:s.core] {
		if !e.hidden {
			visible++
		}
	}
	g.Whole = visible <= singly
	if g.Whole {
		at := make([]int, s.core)
		for i, e := range s.entries[:s.core] {
			at[i] = -1
			if !e.hidden {
				at[i] = len(numbers)
				numbers = append(numbers, i)
				shapes = append(shapes, layout.Box{Width: boxWidth(len([]rune(e.label))), Height: boxHeight})
			}
		}
		for i := range s.core {
			for _, p := range s.parents[i] {
				if at[i] >= 0 && p < s.core && at[p] >= 0 {
					add(at[p], at[i])
				}
			}
		}
	} else {
		for c, cl := range s.clusters {
			numbers = append(numbers, c)
			shapes = append(shapes, layout.Box{Width: boxWidth(len([]rune(cl.label))), Height: clusterHigh})
		}
		for i := range s.core {
			for _, p := range s.parents[i] {
				if p < s.core {
					add(s.clusterOf[p], s.clusterOf[i])
				}
			}
		}
	}
	slices.SortFunc(order, func(a, b layout.Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	r := layout.Place(shapes, order, layout.Options{})
	for i, b := range r.Boxes {
		g.Boxes = append(g.Boxes, [5]float64{float64(numbers[i]), b.X, b.Y, shapes[i].Width, shapes[i].Height})
	}
	for k, e := range order {
		edge := graphEdge{From: e.From, To: e.To, Count: counts[e]}
		for _, p := range r.Edges[k] {
			edge.Way = append(edge.Way, p.X, p.Y)
		}
		g.Edges = append(g.Edges, edge)
	}
	g.Size = [2]float64{r.Width, r.Height}
	return g
}
