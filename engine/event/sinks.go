package event

import (
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Text writes records as dbt's console text: "HH:MM:SS  message". The time is UTC, as dbt prints it.
type Text struct {
	// W gets one write per record. Text takes care that writes don't interleave.
	W     io.Writer
	Level Level
	Style Style
	// DebugFormat writes the long lines of the log file: time with microseconds, level and thread.
	DebugFormat bool

	mu sync.Mutex
}

// Put writes the record, if its level is high enough.
func (t *Text) Put(r Record) {
	if !r.passes(t.Level) {
		return
	}
	line := lines.Get().(*[]byte)
	defer lines.Put(line)
	if t.DebugFormat {
		*line = appendDebugLine((*line)[:0], r, t.Style)
	} else {
		*line = appendTextLine((*line)[:0], r, t.Style)
	}
	put(&t.mu, t.W, r, append(*line, '\n'))
}

// lines are buffers for a line.
var lines = sync.Pool{New: func() any { return new([]byte) }}

// put writes a line. A console that is gone (a closed pipe) or a full disk must not end a run, so errors are left to the
// writer's Close. What warns is written through: it tells what went wrong when nothing after it reaches the file.
func put(mu *sync.Mutex, w io.Writer, r Record, line []byte) {
	mu.Lock()
	defer mu.Unlock()
	_, _ = w.Write(line)
	if f, ok := w.(interface{ Flush() error }); ok && r.Level >= Warn {
		_ = f.Flush()
	}
}

func textLine(r Record, s Style) string { return string(appendTextLine(nil, r, s)) }

func appendTextLine(b []byte, r Record, s Style) []byte {
	if _, rows := r.Event.(SeedSample); !rows && !r.IsPrint() {
		if s.Color {
			b = append(b, ansiReset...)
		}
		b = append(r.Time.UTC().AppendFormat(b, "15:04:05"), "  "...)
	}
	return append(b, r.Message(s)...)
}

// appendDebugLine is a line of dbt's log file. Its times are local (dbt_common/events/logger.py).
func appendDebugLine(b []byte, r Record, s Style) []byte {
	const clock = "15:04:05.000000"
	ts := r.Time.Local()
	if _, ok := r.Event.(MainReportVersion); ok {
		bar := strings.Repeat("=", 30)
		b = append(append(append(b, "\n\n"...), bar...), ' ')
		b = append(ts.AppendFormat(b, clock), " | "...)
		b = append(append(append(append(b, r.InvocationID...), ' '), bar...), '\n')
	}
	if s.Color {
		b = append(b, ansiReset...)
	}
	b = ts.AppendFormat(b, clock)
	b = append(appendPadded(append(b, " ["...), r.Level.String(), 5), ']')
	if r.Thread != "" {
		b = append(appendPadded(append(b, " ["...), r.Thread, 10), "]:"...)
	}
	return append(append(b, ' '), r.Message(s)...)
}

// appendPadded appends the text cut or filled with spaces to n characters.
func appendPadded(b []byte, text string, n int) []byte {
	for _, c := range text {
		if n == 0 {
			return b
		}
		b = utf8.AppendRune(b, c)
		n--
	}
	for ; n > 0; n-- {
		b = append(b, ' ')
	}
	return b
}

// JSON writes records as dbt's JSON log: one object a line, keys sorted.
type JSON struct {
	W     io.Writer
	Level Level
	// Style lays out info.msg.
	Style Style
	// NodeFinished writes the event of this name at any level but None, as dbt 2 does.
	NodeFinished bool

	mu sync.Mutex
}

// Put writes the record, if its level is high enough.
func (j *JSON) Put(r Record) {
	if _, finished := r.Event.(NodeFinished); !r.passes(j.Level) && !(finished && j.NodeFinished && j.Level != None) {
		return
	}
	line := lines.Get().(*[]byte)
	defer lines.Put(line)
	*line = appendJSONLine((*line)[:0], r, j.Style)
	put(&j.mu, j.W, r, append(*line, '\n'))
}

func appendJSONLine(b []byte, r Record, s Style) []byte {
	k := r.Event.Kind()
	extra := make(map[string]any, len(r.Extra))
	for name, v := range r.Extra {
		extra[name] = r.clean(v)
	}
	return appendJSON(b, map[string]any{
		"data": r.Data(),
		"info": map[string]any{
			"category": "", "code": k.Code, "extra": extra, "invocation_id": r.InvocationID, "level": r.Level.String(),
			"msg": r.Message(s), "name": k.Name, "pid": r.PID, "thread": r.Thread, "ts": timestamp(r.Time),
		},
	})
}

// timestamp prints a time as protobuf's JSON does: UTC, with 0, 3 or 6 digits of a second.
func timestamp(t time.Time) string {
	t = t.UTC().Truncate(time.Microsecond)
	layout := "2006-01-02T15:04:05.000000Z"
	switch {
	case t.Nanosecond() == 0:
		layout = "2006-01-02T15:04:05Z"
	case t.Nanosecond()%1e6 == 0:
		layout = "2006-01-02T15:04:05.000Z"
	}
	return t.Format(layout)
}

// noFile tells which events stay out of the log file: clean may have removed its folder, and those of the cache dbt shows
// on the console alone.
func noFile(e Event) bool {
	switch e.(type) {
	case CacheAction, CacheDumpGraph, CheckCleanPath, ConfirmCleanPath, FinishedCleanPaths:
		return true
	}
	return false
}

// ForFile drops the events that have no place in a log file; those of clean must not bring its removed folder back.
func ForFile(next Sink) Sink {
	return SinkFunc(func(r Record) {
		if !noFile(r.Event) {
			next.Put(r)
		}
	})
}
