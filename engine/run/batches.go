package run

import (
	"time"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// Batches says which batches of microbatch models a Runner builds.
type Batches struct {
	// Custom builds batches with a microbatch macro of the project's too.
	Custom bool
	// Start and End are the span of --event-time-start and --event-time-end, or of --sample; zero where there is none.
	Start, End time.Time
	// Until is where the batches end when nothing else says so: the start of the invocation, of a retry that of the first.
	Until time.Time
	// Former are the batches of the run that is retried, by unique id: the failed ones are built.
	Former map[string]*manifest.BatchResults
}

// spans cuts the time that a model is built for into batches of its size (dbt/materializations/incremental/microbatch.py).
// Batches start where an hour, day, month or year does, and the last ends where the time does. An incremental run starts
// lookback batches before the end, any other at begin.
func (b Batches) spans(size string, begin time.Time, lookback int, incremental bool) []*manifest.Batch {
	end := b.End
	if end.IsZero() {
		end = b.Until
	}
	end = ceiling(end.UTC(), size)
	var start time.Time
	switch {
	case !b.Start.IsZero():
		start = truncate(b.Start, size)
	case !incremental:
		start = truncate(begin, size)
	default:
		start = shift(end, size, -(lookback + 1)) // the end is where a batch starts
	}
	var out []*manifest.Batch
	for {
		next := shift(start, size, 1)
		out = append(out, &manifest.Batch{Start: start, End: next, Size: size})
		if !next.Before(end) {
			break
		}
		start = next
	}
	out[len(out)-1].End = end
	return out
}

// truncate gives the start of the hour, day, month or year.
func truncate(t time.Time, size string) time.Time {
	y, m, d := t.Date()
	switch size {
	case "year":
		return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	case "month":
		return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	case "day":
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(y, m, d, t.Hour(), 0, 0, 0, time.UTC)
}

// shift truncates and goes n batches on.
func shift(t time.Time, size string, n int) time.Time {
	t = truncate(t, size)
	switch size {
	case "year":
		return t.AddDate(n, 0, 0)
	case "month":
		return t.AddDate(0, n, 0)
	case "day":
		return t.AddDate(0, 0, n)
	}
	return t.Add(time.Duration(n) * time.Hour)
}

// ceiling gives the first start of a batch that is not before t.
func ceiling(t time.Time, size string) time.Time {
	if start := truncate(t, size); !start.Equal(t) {
		return shift(start, size, 1)
	}
	return t
}
