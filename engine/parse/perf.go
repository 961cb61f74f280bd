package parse

import "time"

// Perf tells where the time of a parse went.
type Perf struct {
	// Files is how many files were read.
	Files int
	// ReadFiles is the reading, Macros the macro library, Nodes and Properties
	// what is made of the project's files, Links the references.
	ReadFiles, Macros, Nodes, Properties, Links time.Duration
}

// stopwatch measures the steps of a parse one after the other.
type stopwatch struct{ last time.Time }

func (s *stopwatch) lap(to *time.Duration) {
	now := time.Now()
	*to = now.Sub(s.last)
	s.last = now
}
