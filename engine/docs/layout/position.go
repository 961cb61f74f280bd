package layout

import "slices"

// positions gives the boxes their corners and the lines their ways.
func (g *graph) positions(o Options) Result {
	r := Result{Boxes: make([]Point, len(g.boxes)), Columns: make([]int, len(g.boxes)), Edges: make([][]Point, len(g.edges))}
	copy(r.Columns, g.column)
	middle := g.middles(o)
	left := make([]float64, len(g.rows))
	width := make([]float64, len(g.rows))
	x := 0.0
	for c, row := range g.rows {
		left[c] = x
		for _, v := range row {
			if v < len(g.boxes) {
				width[c] = max(width[c], g.boxes[v].Width)
			}
		}
		x += width[c] + o.ColumnGap
	}
	r.Width = max(0, x-o.ColumnGap)
	top, bottom := 0.0, 0.0
	first := true
	for v := range g.column {
		a, b := middle[v]-g.height[v]/2, middle[v]+g.height[v]/2
		if first {
			top, bottom, first = a, b, false
		}
		top, bottom = min(top, a), max(bottom, b)
	}
	r.Height = bottom - top
	for i := range g.boxes {
		r.Boxes[i] = Point{left[g.column[i]], middle[i] - g.height[i]/2 - top}
	}
	for e := range g.edges {
		from, to := g.ends(e)
		if from == to {
			continue
		}
		way := []Point{{left[g.column[from]] + g.boxes[from].Width, middle[from] - top}}
		if c := g.column[from]; width[c] > g.boxes[from].Width { // past broader boxes of the column
			way = append(way, Point{left[c] + width[c], middle[from] - top})
		}
		for _, w := range g.chains[e] { // a line keeps its height across the width of a column
			c := g.column[w]
			way = append(way, Point{left[c], middle[w] - top}, Point{left[c] + width[c], middle[w] - top})
		}
		way = append(way, Point{left[g.column[to]], middle[to] - top})
		if g.turned[e] {
			slices.Reverse(way)
		}
		r.Edges[e] = way
	}
	return r
}

// middles moves each column towards the mean height of the neighbours, as near as order and distances allow.
func (g *graph) middles(o Options) []float64 {
	middle := make([]float64, len(g.column))
	gap := func(a, b int) float64 { // between two waypoints a line's breadth is enough
		d := o.RowGap
		if a >= len(g.boxes) && b >= len(g.boxes) {
			d = o.RowGap / 2
		}
		return g.height[a]/2 + d + g.height[b]/2
	}
	for _, row := range g.rows {
		y := 0.0
		for i, v := range row {
			if i > 0 {
				y += gap(row[i-1], v)
			}
			middle[v] = y
		}
		for _, v := range row {
			middle[v] -= y / 2
		}
	}
	want := make([]float64, len(g.column))
	pull := func(row []int, sides ...[][]int) {
		for _, v := range row {
			sum, n := 0.0, 0
			for _, side := range sides {
				for _, w := range side[v] {
					sum += middle[w]
					n++
				}
			}
			want[v] = middle[v]
			if n > 0 {
				want[v] = sum / float64(n)
			}
		}
		spread(row, want, middle, gap)
	}
	for range 3 {
		for c := 1; c < len(g.rows); c++ {
			pull(g.rows[c], g.up)
		}
		for c := len(g.rows) - 2; c >= 0; c-- {
			pull(g.rows[c], g.down)
		}
	}
	for c := range g.rows {
		pull(g.rows[c], g.up, g.down)
	}
	return middle
}

// spread finds the places nearest to the wanted ones, in squares, that keep the order and the distances: neighbours that
// would overlap move as one (pool adjacent violators).
func spread(row []int, want, place []float64, gap func(a, b int) float64) {
	type pool struct {
		sum   float64
		count int
		mean  float64
	}
	offset := make([]float64, len(row))
	var pools []pool
	for i, v := range row {
		if i > 0 {
			offset[i] = offset[i-1] + gap(row[i-1], v)
		}
		w := want[v] - offset[i]
		p := pool{w, 1, w}
		for len(pools) > 0 && pools[len(pools)-1].mean >= p.mean {
			last := pools[len(pools)-1]
			pools = pools[:len(pools)-1]
			p = pool{last.sum + p.sum, last.count + p.count, 0}
			p.mean = p.sum / float64(p.count)
		}
		pools = append(pools, p)
	}
	i := 0
	for _, p := range pools {
		for range p.count {
			place[row[i]] = p.mean + offset[i]
			i++
		}
	}
}
