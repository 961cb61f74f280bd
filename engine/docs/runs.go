package docs

import (
	"slices"
	"time"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// runShard is the last run.
type runShard struct {
	Command string   `json:"command"`
	At      string   `json:"at"`
	Elapsed float64  `json:"elapsed"`
	Threads []string `json:"threads"`
	// Bars are what ran, by start. Times are seconds from the first start.
	Bars []bar `json:"bars"`
	// Critical is the chain of bars, from first to last, that decided when the run ended.
	Critical []int `json:"critical"`
}

type bar struct {
	Node     int     `json:"i"` // -1 for what is no resource of the site: hooks
	Name     string  `json:"name"`
	Kind     string  `json:"kind"`
	Status   string  `json:"status"`
	Class    string  `json:"class"`
	Thread   int     `json:"thread"` // -1 for what did not run
	Start    float64 `json:"start"`
	End      float64 `json:"end"`
	Message  string  `json:"message,omitempty"`
	Failures int64   `json:"failures,omitempty"`
}

func (s *site) runs() runShard {
	r := s.in.Run
	out := runShard{At: r.Metadata.GeneratedAt, Elapsed: r.ElapsedTime, Command: r.Args.Str("which"), Bars: []bar{}, Critical: []int{}, Threads: []string{}}
	type times struct{ start, end time.Time }
	when := make([]times, len(r.Results))
	var first time.Time
	for i := range r.Results {
		for _, t := range r.Results[i].Timing {
			start, errS := time.Parse(time.RFC3339Nano, t.StartedAt)
			end, errE := time.Parse(time.RFC3339Nano, t.CompletedAt)
			if errS != nil || errE != nil {
				continue
			}
			if when[i].start.IsZero() || start.Before(when[i].start) {
				when[i].start = start
			}
			if end.After(when[i].end) {
				when[i].end = end
			}
			if first.IsZero() || start.Before(first) {
				first = start
			}
		}
	}
	var names []string
	for i := range r.Results {
		if !when[i].start.IsZero() && !slices.Contains(names, r.Results[i].ThreadID) {
			names = append(names, r.Results[i].ThreadID)
		}
	}
	slices.Sort(names)
	out.Threads = append(out.Threads, names...)
	for i := range r.Results {
		x := &r.Results[i]
		b := bar{Node: -1, Name: x.UniqueID, Status: x.Status, Class: statusClass(x.Status), Thread: -1, Message: s.said(text(x.Message))}
		if e := s.byID[x.UniqueID]; e != nil {
			b.Node, b.Name, b.Kind = e.index, e.label, string(e.kind)
		}
		if x.Failures != nil {
			b.Failures = *x.Failures
		}
		if w := when[i]; !w.start.IsZero() {
			b.Thread = slices.Index(names, x.ThreadID)
			b.Start, b.End = w.start.Sub(first).Seconds(), w.end.Sub(first).Seconds()
		}
		out.Bars = append(out.Bars, b)
	}
	slices.SortStableFunc(out.Bars, func(a, b bar) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	out.Critical = s.critical(out.Bars)
	return out
}

// critical goes back from what ended last: each time to what it waited for longest, a parent or a test of a parent. Parents
// that did not run, such as ephemeral models, are passed through.
func (s *site) critical(bars []bar) []int {
	byNode := map[int]int{}
	last := -1
	for i, b := range bars {
		if b.Thread < 0 {
			continue
		}
		if b.Node >= 0 {
			byNode[b.Node] = i
		}
		if last < 0 || b.End > bars[last].End {
			last = i
		}
	}
	if last < 0 {
		return []int{}
	}
	chain := []int{last}
	for at := last; bars[at].Node >= 0; {
		best := -1
		seen := map[int]bool{}
		var visit func(node int, tests bool)
		consider := func(node int) bool {
			i, ran := byNode[node]
			if ran && bars[i].End <= bars[at].Start && (best < 0 || bars[i].End > bars[best].End) {
				best = i
			}
			return ran
		}
		visit = func(node int, tests bool) {
			for _, p := range s.parents[node] {
				if seen[p] {
					continue
				}
				seen[p] = true
				if !consider(p) {
					visit(p, tests)
				}
				if tests {
					for _, t := range s.testsOf[p] {
						consider(t)
					}
				}
			}
		}
		kind := s.entries[bars[at].Node].kind
		visit(bars[at].Node, kind != manifest.Test && kind != unitTest)
		if best < 0 {
			break
		}
		chain = append(chain, best)
		at = best
	}
	slices.Reverse(chain)
	return chain
}
