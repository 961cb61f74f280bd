package layout

import (
	"cmp"
	"slices"
)

// Circles numbers the strongly connected parts of a graph of n nodes (Tarjan 1972): two nodes have the same number when each
// can be reached from the other. Numbers follow the first node of each part.
func Circles(n int, edges []Edge) []int {
	out := make([][]int, n)
	for _, e := range edges {
		out[e.From] = append(out[e.From], e.To)
	}
	const none = -1
	part, index, low := make([]int, n), make([]int, n), make([]int, n)
	for i := range n {
		part[i], index[i] = none, none
	}
	type frame struct{ node, next int }
	var open []int
	next := 0
	for start := range n {
		if index[start] != none {
			continue
		}
		walk := []frame{{start, 0}}
		for len(walk) > 0 {
			top := &walk[len(walk)-1]
			v := top.node
			if top.next == 0 && index[v] == none {
				index[v], low[v] = next, next
				next++
				open = append(open, v)
			}
			if top.next < len(out[v]) {
				w := out[v][top.next]
				top.next++
				if index[w] == none {
					walk = append(walk, frame{w, 0})
				} else if part[w] == none {
					low[v] = min(low[v], index[w])
				}
				continue
			}
			walk = walk[:len(walk)-1]
			if len(walk) > 0 {
				u := walk[len(walk)-1].node
				low[u] = min(low[u], low[v])
			}
			if low[v] != index[v] {
				continue
			}
			for {
				w := open[len(open)-1]
				open = open[:len(open)-1]
				part[w] = v
				if w == v {
					break
				}
			}
		}
	}
	number, seen := make([]int, n), map[int]int{}
	for i, p := range part {
		k, ok := seen[p]
		if !ok {
			k = len(seen)
			seen[p] = k
		}
		number[i] = k
	}
	return number
}

// Cell says where a box belongs: the frame, and in a frame with several of them the row and the column.
type Cell struct{ Frame, Row, Column int }

// Frame is a box around boxes.
type Frame struct {
	Point
	Width, Height float64
}

// Line leads from a frame to another and stands for Count edges.
type Line struct {
	From, To, Count int
	Way             []Point
}

// Framed is the drawing of [PlaceFrames]. A frame with one box is as big as that.
type Framed struct {
	Boxes         []Point
	Frames        []Frame
	Lines         []Line
	Width, Height float64
}

// Distances inside of a frame.
const (
	framePad    = 16
	frameHead   = 44
	cellGap     = 22
	rowsAtMost  = 9
	betweenRows = 14
)

// PlaceFrames places boxes that stand in frames, and the lines between frames; edges with both ends in one frame have none. A line is
// left out where others lead the same way over further frames (the transitive reduction of the graph of frames, which must
// have no circles). Boxes of one column only are set in as many columns as it takes to keep the frame low.
func PlaceFrames(boxes []Box, cells []Cell, edges []Edge, counts []int, o Options) Framed {
	n := 0
	for _, c := range cells {
		n = max(n, c.Frame+1)
	}
	r := Framed{Boxes: make([]Point, len(boxes)), Frames: make([]Frame, n)}
	members := make([][]int, n)
	for i, c := range cells {
		members[c.Frame] = append(members[c.Frame], i)
	}
	shapes := make([]Box, n)
	for f, list := range members {
		shapes[f] = fill(boxes, cells, list, r.Boxes)
	}
	at := map[Edge]int{}
	for k, e := range edges {
		line := Edge{cells[e.From].Frame, cells[e.To].Frame}
		if line.From != line.To {
			at[line] += counts[k]
		}
	}
	lines := reduce(n, at)
	placed := Place(shapes, lines, o)
	for f, p := range placed.Boxes {
		r.Frames[f] = Frame{p, shapes[f].Width, shapes[f].Height}
		for _, i := range members[f] {
			r.Boxes[i].X += p.X
			r.Boxes[i].Y += p.Y
		}
	}
	for k, e := range lines {
		r.Lines = append(r.Lines, Line{e.From, e.To, at[e], placed.Edges[k]})
	}
	r.Width, r.Height = placed.Width, placed.Height
	return r
}

// fill places the boxes of a frame in it and gives its size.
func fill(boxes []Box, cells []Cell, list []int, corners []Point) Box {
	if len(list) == 1 {
		return boxes[list[0]]
	}
	row, column := make([]int, len(list)), make([]int, len(list))
	last := 0
	for k, i := range list {
		row[k], column[k] = cells[i].Row, cells[i].Column
		last = max(last, column[k])
	}
	if last == 0 { // one column: as many as it takes
		columns := (len(list) + rowsAtMost - 1) / rowsAtMost
		rows := (len(list) + columns - 1) / columns
		for k := range list {
			row[k], column[k] = k%rows, k/rows
		}
		last = columns - 1
	}
	rows := 0
	widths := make([]float64, last+1)
	height := 0.0
	for k, i := range list {
		rows = max(rows, row[k]+1)
		widths[column[k]] = max(widths[column[k]], boxes[i].Width)
		height = max(height, boxes[i].Height)
	}
	left := make([]float64, last+2)
	left[0] = framePad
	for c, w := range widths {
		left[c+1] = left[c] + w + cellGap
	}
	for k, i := range list {
		corners[i] = Point{left[column[k]], frameHead + float64(row[k])*(height+betweenRows)}
	}
	return Box{left[last+1] - cellGap + framePad, frameHead + float64(rows)*(height+betweenRows) - betweenRows + framePad}
}

// reduce lists the lines that no way over other frames stands for, in order.
func reduce(n int, counts map[Edge]int) []Edge {
	out := make([][]int, n)
	lines := make([]Edge, 0, len(counts))
	for e := range counts {
		lines = append(lines, e)
	}
	slices.SortFunc(lines, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	for _, e := range lines {
		out[e.From] = append(out[e.From], e.To)
	}
	reach := make([][]bool, n)
	var walk func(f int) []bool
	walk = func(f int) []bool {
		if reach[f] != nil {
			return reach[f]
		}
		seen := make([]bool, n)
		reach[f] = seen
		for _, c := range out[f] {
			seen[c] = true
			for k, ok := range walk(c) {
				seen[k] = seen[k] || ok
			}
		}
		return seen
	}
	return slices.DeleteFunc(lines, func(e Edge) bool {
		return slices.ContainsFunc(out[e.From], func(c int) bool { return c != e.To && walk(c)[e.To] })
	})
}
