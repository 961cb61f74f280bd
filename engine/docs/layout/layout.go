// Package layout places the boxes of a directed graph in columns, from left to right, and the lines between them.
//
// It is the method of Sugiyama, Tagawa and Toda (1981) in its plainest form: a box stands one column right of the last of
// its parents (longest path), a line that crosses columns gets a waypoint in each, the order in a column is that of the mean
// of the neighbours (barycentre sweeps, the best of some rounds kept), and heights follow the neighbours as far as the boxes
// leave room. Everything is a matter of the input's order, so the same graph always gives the same drawing.
//
// assets/layout.js is the same in the browser, for the parts of a graph that a reader chooses; a test holds the two together.
package layout

import (
	"cmp"
	"slices"
)

// Box is what is placed. Width and Height are in pixels.
type Box struct{ Width, Height float64 }

// Edge leads from a box to another, by their places in the list.
type Edge struct{ From, To int }

// Options are the distances; the zero value takes the defaults.
type Options struct {
	// ColumnGap is between columns, RowGap between boxes of a column.
	ColumnGap, RowGap float64
	// Rounds is how many pairs of sweeps are tried.
	Rounds int
}

// Point is a place; y grows downwards.
type Point struct{ X, Y float64 }

// Result holds the upper left corner and the column of each box, the way of each edge from its start, and the size of it all.
type Result struct {
	Boxes         []Point
	Columns       []int
	Edges         [][]Point
	Width, Height float64
}

// maxWaypoints bounds the waypoints; beyond them the longest lines go straight.
const maxWaypoints = 20000

// Place lays the graph out. Edges of a circle are turned around for the placing; edges from a box to itself have no way.
func Place(boxes []Box, edges []Edge, o Options) Result {
	if o.ColumnGap == 0 {
		o.ColumnGap = 72
	}
	if o.RowGap == 0 {
		o.RowGap = 14
	}
	if o.Rounds == 0 {
		o.Rounds = 8
	}
	g := newGraph(boxes, edges)
	g.assignColumns()
	g.addWaypoints()
	g.order(o.Rounds)
	return g.positions(o)
}

// graph holds boxes and, behind them, waypoints. Edges are those between neighbouring columns.
type graph struct {
	boxes  []Box
	edges  []Edge // as given
	turned []bool // whether the edge was turned around to break a circle
	column []int
	rows   [][]int // boxes and waypoints of each column, in order
	up     [][]int // neighbours in the column before
	down   [][]int
	chains [][]int // the waypoints of each edge, from left to right
	height []float64
}

func newGraph(boxes []Box, edges []Edge) *graph {
	g := &graph{boxes: boxes, edges: edges, turned: make([]bool, len(edges)), column: make([]int, len(boxes)), chains: make([][]int, len(edges))}
	g.height = make([]float64, len(boxes))
	for i, b := range boxes {
		g.height[i] = b.Height
	}
	g.breakCircles()
	return g
}

// breakCircles turns around the edges that lead back on the way of a depth-first walk.
func (g *graph) breakCircles() {
	out := make([][]int, len(g.boxes))
	for e, edge := range g.edges {
		out[edge.From] = append(out[edge.From], e)
	}
	const fresh, open, done = 0, 1, 2
	state := make([]int, len(g.boxes))
	type frame struct{ node, next int }
	var stack []frame
	for start := range g.boxes {
		if state[start] != fresh {
			continue
		}
		state[start] = open
		stack = append(stack, frame{start, 0})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(out[top.node]) {
				state[top.node] = done
				stack = stack[:len(stack)-1]
				continue
			}
			e := out[top.node][top.next]
			top.next++
			switch to := g.edges[e].To; state[to] {
			case open:
				g.turned[e] = true
			case fresh:
				state[to] = open
				stack = append(stack, frame{to, 0})
			}
		}
	}
}

// ends gives an edge's ends from left to right.
func (g *graph) ends(e int) (from, to int) {
	if g.turned[e] {
		return g.edges[e].To, g.edges[e].From
	}
	return g.edges[e].From, g.edges[e].To
}

// assignColumns gives each box the longest path from a start, and moves boxes without parents next to their children.
func (g *graph) assignColumns() {
	n := len(g.boxes)
	parents, children := make([]int, n), make([][]int, n)
	for e := range g.edges {
		if from, to := g.ends(e); from != to {
			parents[to]++
			children[from] = append(children[from], to)
		}
	}
	waiting := slices.Clone(parents)
	var queue []int
	for i := range n {
		if waiting[i] == 0 {
			queue = append(queue, i)
		}
	}
	for k := 0; k < len(queue); k++ {
		i := queue[k]
		for _, c := range children[i] {
			g.column[c] = max(g.column[c], g.column[i]+1)
			if waiting[c]--; waiting[c] == 0 {
				queue = append(queue, c)
			}
		}
	}
	for i := range n {
		if parents[i] > 0 || len(children[i]) == 0 {
			continue
		}
		nearest := g.column[children[i][0]]
		for _, c := range children[i] {
			nearest = min(nearest, g.column[c])
		}
		g.column[i] = nearest - 1
	}
}

// addWaypoints splits the edges that span more than one column.
func (g *graph) addWaypoints() {
	columns := 0
	for _, c := range g.column {
		columns = max(columns, c+1)
	}
	g.rows = make([][]int, columns)
	for i := range g.boxes {
		g.rows[g.column[i]] = append(g.rows[g.column[i]], i)
	}
	g.up, g.down = make([][]int, len(g.boxes)), make([][]int, len(g.boxes))
	bySpan := make([]int, len(g.edges))
	for e := range bySpan {
		bySpan[e] = e
	}
	span := func(e int) int { from, to := g.ends(e); return g.column[to] - g.column[from] }
	slices.SortStableFunc(bySpan, func(a, b int) int { return cmp.Compare(span(a), span(b)) })
	budget := maxWaypoints
	long := make([]bool, len(g.edges))
	for _, e := range bySpan {
		if budget -= max(0, span(e)-1); budget < 0 {
			long[e] = true
		}
	}
	link := func(a, b int) {
		g.down[a] = append(g.down[a], b)
		g.up[b] = append(g.up[b], a)
	}
	for e := range g.edges {
		from, to := g.ends(e)
		if from == to || long[e] {
			continue
		}
		last := from
		for c := g.column[from] + 1; c < g.column[to]; c++ {
			w := len(g.column)
			g.column = append(g.column, c)
			g.height = append(g.height, 0)
			g.up, g.down = append(g.up, nil), append(g.down, nil)
			g.rows[c] = append(g.rows[c], w)
			g.chains[e] = append(g.chains[e], w)
			link(last, w)
			last = w
		}
		link(last, to)
	}
}
