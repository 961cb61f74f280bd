package selector

import "slices"

// Answer is what a criterion selects by itself, or the error that asking for it ends with.
type Answer struct {
	IDs []string // sorted
	Err error
}

// Answers are what a method selects, by value.
type Answers struct {
	// Missing is why the method can't be asked at all; nil when it can.
	Missing error
	// ByValue has each value that is known.
	ByValue map[string]Answer
	// Closed tells that another value is an error; else it selects nothing.
	Closed bool
}

// Artifacts answers the methods that look at earlier runs, state, result and source_status, by name, for whoever has to
// answer selections later without the artifacts. It warns of nothing.
func (s *Selector) Artifacts() map[string]Answers {
	quiet := s.quiet()
	state := Answers{ByValue: map[string]Answer{}, Closed: true}
	if st := quiet.opts.State; st == nil || st.Manifest == nil {
		_, state.Missing = quiet.state(stateChecks[0])
	} else {
		for _, v := range stateChecks {
			ids, err := quiet.state(v)
			state.ByValue[v] = Answer{ids.Sorted(), err}
		}
	}
	result := Answers{ByValue: map[string]Answer{}}
	if _, result.Missing = quiet.result(""); result.Missing == nil {
		for _, r := range quiet.opts.State.Results.Results {
			if _, done := result.ByValue[r.Status]; done {
				continue
			}
			ids, err := quiet.result(r.Status)
			result.ByValue[r.Status] = Answer{slices.DeleteFunc(ids.Sorted(), func(id string) bool { return !s.graph.Has(id) }), err}
		}
	}
	source := Answers{ByValue: map[string]Answer{}}
	ids, err := quiet.sourceStatus(fresher)
	if source.Missing = err; err == nil {
		source.ByValue[fresher] = Answer{IDs: ids.Sorted()}
	}
	return map[string]Answers{"state": state, "result": result, "source_status": source}
}

// quiet is the selector without warnings.
func (s *Selector) quiet() *Selector {
	q := *s
	if s.opts.State != nil {
		st := *s.opts.State
		st.Warn = nil
		q.opts.State = &st
	}
	return &q
}

// Named answers the selectors of selectors.yml by name. It warns of nothing.
func (s *Selector) Named(f Filter) map[string]Answer {
	out, quiet := map[string]Answer{}, s.quiet()
	for _, name := range s.opts.Selectors.Names() {
		spec, err := s.opts.Selectors.Get(name)
		if err != nil {
			out[name] = Answer{Err: err}
			continue
		}
		ids, _, err := quiet.Select(spec, f)
		out[name] = Answer{ids.Sorted(), err}
	}
	return out
}
