package dag

import (
	"container/heap"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
)

// Walker says how [Graph.Walk] works.
type Walker struct {
	// Workers is how many visits run at once; below 1 counts as 1.
	Workers int
	// Priority, when set, orders the nodes that are ready: higher first, then by id.
	Priority func(id string) float64
	// Visit does the work of a node once all its parents succeeded. An error
	// marks the node as failed and skips everything below it.
	Visit func(ctx context.Context, id string) error
	// Skip, when set, is told of each node that is not visited because of failed
	// ancestors (causes, sorted). Calls come one at a time, from Walk's goroutine,
	// parents before children.
	Skip func(id string, causes []string)
}

// Report tells what a walk did. Each node is in exactly one of the four.
type Report struct {
	// Done lists the nodes whose visit succeeded, in the order they ended.
	Done []string
	// Failed holds the error of each failed visit.
	Failed map[string]error
	// Skipped holds for each skipped node the failed ancestors.
	Skipped map[string][]string
	// Pending lists the nodes that were not begun because the context ended, sorted.
	Pending []string
}

// PanicError is the failure of a visit that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Walk visits every node after its parents, with bounded parallelism. When ctx
// ends no further visit begins; running ones are waited for. With one worker the
// order is the same each time. The only error is a *CycleError, before any visit.
func (g *Graph) Walk(ctx context.Context, w Walker) (*Report, error) {
	if cycle := g.Cycle(); cycle != nil {
		return nil, &CycleError{cycle}
	}
	s := newSchedule(g, w)
	type result struct {
		node int32
		err  error
	}
	results := make(chan result)
	workers := max(w.Workers, 1)
	running, workersUp := 0, 0
	// A worker visits many nodes: its stack has grown after the first.
	jobs := make(chan int32)
	defer close(jobs)
	work := func() {
		for node := range jobs {
			results <- result{node, visit(ctx, w.Visit, g.ids[node])}
		}
	}
	for {
		for running < workers && s.ready.Len() > 0 && ctx.Err() == nil {
			node := heap.Pop(s.ready).(int32)
			s.started[node] = true
			if running == workersUp {
				workersUp++
				go work()
			}
			running++
			jobs <- node
		}
		if running == 0 {
			break
		}
		r := <-results
		running--
		s.finish(r.node, r.err)
	}
	for i, id := range g.ids {
		if _, skipped := s.report.Skipped[id]; !s.started[i] && !skipped {
			s.report.Pending = append(s.report.Pending, id)
		}
	}
	slices.Sort(s.report.Pending)
	return s.report, nil
}

func visit(ctx context.Context, f func(context.Context, string) error, id string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f(ctx, id)
}

type schedule struct {
	g       *Graph
	w       Walker
	ready   *intHeap
	rank    []int32
	open    []int32 // parents that have not ended
	started []bool
	causes  map[int32][]string // failed ancestors of a node that won't run
	report  *Report
}

func newSchedule(g *Graph, w Walker) *schedule {
	s := &schedule{
		g: g, w: w, rank: g.ranks(),
		open: make([]int32, len(g.ids)), started: make([]bool, len(g.ids)),
		causes: map[int32][]string{},
		report: &Report{Failed: map[string]error{}, Skipped: map[string][]string{}},
	}
	var prio []float64
	if w.Priority != nil {
		prio = make([]float64, len(g.ids))
		for i, id := range g.ids {
			prio[i] = w.Priority(id)
		}
	}
	s.ready = &intHeap{less: func(a, b int32) bool {
		if prio != nil && prio[a] != prio[b] {
			return prio[a] > prio[b]
		}
		return s.rank[a] < s.rank[b]
	}}
	for i := range g.ids {
		s.open[i] = int32(len(g.parents[i]))
		if s.open[i] == 0 {
			heap.Push(s.ready, int32(i))
		}
	}
	return s
}

// finish books a visited node and frees or skips what waited for it.
func (s *schedule) finish(node int32, err error) {
	id := s.g.ids[node]
	if err != nil {
		s.report.Failed[id] = err
		s.causes[node] = []string{id}
	} else {
		s.report.Done = append(s.report.Done, id)
	}
	queue := []int32{node}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		children := slices.Clone(s.g.children[at])
		slices.SortFunc(children, func(a, b int32) int { return int(s.rank[a] - s.rank[b]) })
		for _, c := range children {
			if why := s.causes[at]; why != nil {
				s.causes[c] = union(s.causes[c], why)
			}
			if s.open[c]--; s.open[c] > 0 {
				continue
			}
			if why := s.causes[c]; why != nil {
				s.report.Skipped[s.g.ids[c]] = why
				if s.w.Skip != nil {
					s.w.Skip(s.g.ids[c], why)
				}
				queue = append(queue, c)
				continue
			}
			heap.Push(s.ready, c)
		}
	}
}

// union merges two sorted lists.
func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
