package layout

import (
	"cmp"
	"slices"
)

// order sorts each column by the mean place of the neighbours, to the right and back, and keeps the order with the fewest
// crossings.
func (g *graph) order(rounds int) {
	place := make([]float64, len(g.column))
	number := func(row []int) {
		for i, v := range row {
			place[v] = float64(i)
		}
	}
	for _, row := range g.rows {
		number(row)
	}
	mean := make([]float64, len(g.column))
	sweep := func(row []int, side [][]int) {
		for _, v := range row {
			mean[v] = place[v]
			if n := len(side[v]); n > 0 {
				sum := 0.0
				for _, w := range side[v] {
					sum += place[w]
				}
				mean[v] = sum / float64(n)
			}
		}
		slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
		number(row)
	}
	best, fewest, worse := g.copyRows(), g.crossings(place), 0
	for range rounds {
		if fewest == 0 || worse == 3 {
			break
		}
		for c := 1; c < len(g.rows); c++ {
			sweep(g.rows[c], g.up)
		}
		for c := len(g.rows) - 2; c >= 0; c-- {
			sweep(g.rows[c], g.down)
		}
		if n := g.crossings(place); n < fewest {
			best, fewest, worse = g.copyRows(), n, 0
		} else {
			worse++
		}
	}
	g.rows = best
}

func (g *graph) copyRows() [][]int {
	out := make([][]int, len(g.rows))
	for c, row := range g.rows {
		out[c] = slices.Clone(row)
	}
	return out
}

// crossings counts the pairs of lines that cross, column by column, with a tree of counts (Barth, Jünger, Mutzel 2002).
func (g *graph) crossings(place []float64) int {
	total := 0
	for c := 1; c < len(g.rows); c++ {
		width := len(g.rows[c])
		tree := make([]int, width+1)
		seen := 0
		for _, from := range g.rows[c-1] {
			targets := make([]int, 0, len(g.down[from]))
			for _, to := range g.down[from] {
				targets = append(targets, int(place[to]))
			}
			slices.Sort(targets)
			for _, t := range targets { // those before that end further down
				below := 0
				for i := t + 1; i > 0; i -= i & -i {
					below += tree[i]
				}
				total += seen - below
			}
			for _, t := range targets {
				seen++
				for i := t + 1; i <= width; i += i & -i {
					tree[i]++
				}
			}
		}
	}
	return total
}
