package manifest

import (
	"strings"
	"time"
)

// Batch is the span of event time, End not included, that a microbatch model is being built for. Times are UTC.
type Batch struct {
	Start, End time.Time
	// Size is the model's batch_size: "hour", "day", "month" or "year".
	Size string
}

// Name is the batch's start as log lines and file names show it: "2024-09-17" for a day, "2024-09-17T16" for an hour.
func (b *Batch) Name() string {
	switch b.Size {
	case "year":
		return b.Start.Format("2006")
	case "month":
		return b.Start.Format("2006-01")
	case "day":
		return b.Start.Format("2006-01-02")
	}
	return b.Start.Format("2006-01-02T15")
}

// ID is the batch's id in temporary names: "20240917", "20240917T16".
func (b *Batch) ID() string { return strings.ReplaceAll(b.Name(), "-", "") }

// Span is the batch as run_results.json has it: two ISO 8601 times.
func (b *Batch) Span() [2]string { return [2]string{isoMoment(b.Start), isoMoment(b.End)} }

// ReadBatch reads a span of run_results.json back.
func ReadBatch(span [2]string, size string) (*Batch, error) {
	b := &Batch{Size: size}
	for i, to := range []*time.Time{&b.Start, &b.End} {
		t, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", span[i])
		if err != nil {
			return nil, err
		}
		*to = t.UTC()
	}
	return b, nil
}

// isoMoment prints a UTC time as Python's isoformat.
func isoMoment(t time.Time) string {
	if t.Nanosecond() != 0 {
		return t.Format("2006-01-02T15:04:05.000000+00:00")
	}
	return t.Format("2006-01-02T15:04:05+00:00")
}
