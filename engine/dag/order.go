package dag

import (
	"container/heap"
	"slices"
	"strings"
)

// CycleError says that the graph has a cycle. Path starts and ends with the same
// node and follows the edges.
type CycleError struct{ Path []string }

func (e *CycleError) Error() string { return "cycle: " + strings.Join(e.Path, " --> ") }

// ranks gives each node its place in the sorted list of ids.
func (g *Graph) ranks() []int32 {
	order := make([]int32, len(g.ids))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(g.ids[a], g.ids[b]) })
	rank := make([]int32, len(g.ids))
	for r, i := range order {
		rank[i] = int32(r)
	}
	return rank
}

// Order lists the nodes so that parents come before children; of the nodes that
// could be next the first by name is taken. A cycle is a *CycleError.
func (g *Graph) Order() ([]string, error) {
	order, err := g.order()
	if err != nil {
		return nil, err
	}
	out := make([]string, len(order))
	for k, i := range order {
		out[k] = g.ids[i]
	}
	return out, nil
}

func (g *Graph) order() ([]int32, error) {
	rank := g.ranks()
	ready := &intHeap{less: func(a, b int32) bool { return rank[a] < rank[b] }}
	open := make([]int32, len(g.ids))
	for i := range g.ids {
		open[i] = int32(len(g.parents[i]))
		if open[i] == 0 {
			heap.Push(ready, int32(i))
		}
	}
	out := make([]int32, 0, len(g.ids))
	for ready.Len() > 0 {
		i := heap.Pop(ready).(int32)
		out = append(out, i)
		for _, c := range g.children[i] {
			if open[c]--; open[c] == 0 {
				heap.Push(ready, c)
			}
		}
	}
	if len(out) < len(g.ids) {
		return nil, &CycleError{Path: g.Cycle()}
	}
	return out, nil
}

// Cycle returns the path of one cycle, starting and ending at the same node, or
// nil. It starts at the smallest id of the cycle; which cycle of several is found
// depends on the graph alone.
func (g *Graph) Cycle() []string {
	const (
		fresh = iota
		onPath
		done
	)
	rank := g.ranks()
	byRank := make([]int32, len(rank))
	for i, r := range rank {
		byRank[r] = int32(i)
	}
	state := make([]uint8, len(g.ids))
	type step struct {
		node int32
		next []int32
	}
	sorted := func(i int32) []int32 {
		c := slices.Clone(g.children[i])
		slices.SortFunc(c, func(a, b int32) int { return int(rank[a] - rank[b]) })
		return c
	}
	for _, start := range byRank {
		if state[start] != fresh {
			continue
		}
		path := []step{{start, sorted(start)}}
		state[start] = onPath
		for len(path) > 0 {
			top := &path[len(path)-1]
			if len(top.next) == 0 {
				state[top.node] = done
				path = path[:len(path)-1]
				continue
			}
			c := top.next[0]
			top.next = top.next[1:]
			switch state[c] {
			case fresh:
				state[c] = onPath
				path = append(path, step{c, sorted(c)})
			case onPath:
				var cycle []int32
				for k := len(path) - 1; ; k-- {
					cycle = append(cycle, path[k].node)
					if path[k].node == c {
						break
					}
				}
				slices.Reverse(cycle)
				return g.closed(cycle, rank)
			}
		}
	}
	return nil
}

func (g *Graph) closed(cycle, rank []int32) []string {
	first := 0
	for k, i := range cycle {
		if rank[i] < rank[cycle[first]] {
			first = k
		}
	}
	out := make([]string, 0, len(cycle)+1)
	for k := range cycle {
		out = append(out, g.ids[cycle[(first+k)%len(cycle)]])
	}
	return append(out, out[0])
}

// LongestPaths gives for each node the greatest sum of weights along a path from
// it to a leaf, its own weight included: what is left to do at least once it starts.
func (g *Graph) LongestPaths(weight func(id string) float64) (map[string]float64, error) {
	order, err := g.order()
	if err != nil {
		return nil, err
	}
	length := make([]float64, len(g.ids))
	out := make(map[string]float64, len(g.ids))
	for k := len(order) - 1; k >= 0; k-- {
		i := order[k]
		longest := 0.0
		for _, c := range g.children[i] {
			longest = max(longest, length[c])
		}
		length[i] = longest + weight(g.ids[i])
		out[g.ids[i]] = length[i]
	}
	return out, nil
}

// intHeap is a heap of node numbers.
type intHeap struct {
	items []int32
	less  func(a, b int32) bool
}

func (h *intHeap) Len() int           { return len(h.items) }
func (h *intHeap) Less(i, j int) bool { return h.less(h.items[i], h.items[j]) }
func (h *intHeap) Swap(i, j int)      { h.items[i], h.items[j] = h.items[j], h.items[i] }
func (h *intHeap) Push(x any)         { h.items = append(h.items, x.(int32)) }
func (h *intHeap) Pop() any {
	last := len(h.items) - 1
	x := h.items[last]
	h.items = h.items[:last]
	return x
}
