package event

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
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
	line := textLine(r, t.Style)
	if t.DebugFormat {
		line = debugLine(r, t.Style)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	// A console that is gone (a closed pipe) must not end a run.
	_, _ = io.WriteString(t.W, line+"\n")
}

func textLine(r Record, s Style) string {
	msg := r.Message(s)
	if r.IsPrint() {
		return msg
	}
	tag := ""
	if s.Color {
		tag = ansiReset
	}
	return tag + r.Time.UTC().Format("15:04:05") + "  " + msg
}

// debugLine is a line of dbt's log file. Its times are local (dbt_common/events/logger.py).
func debugLine(r Record, s Style) string {
	ts := r.Time.Local().Format("15:04:05.000000")
	head := ""
	if _, ok := r.Event.(MainReportVersion); ok {
		bar := strings.Repeat("=", 30)
		head = fmt.Sprintf("\n\n%s %s | %s %s\n", bar, ts, r.InvocationID, bar)
	}
	thread := ""
	if r.Thread != "" {
		thread = fmt.Sprintf(" [%-10.10s]:", r.Thread)
	}
	tag := ""
	if s.Color {
		tag = ansiReset
	}
	return fmt.Sprintf("%s%s%s [%-5s]%s %s", head, tag, ts, r.Level, thread, r.Message(s))
}

// JSON writes records as dbt's JSON log: one object a line, keys sorted.
type JSON struct {
	W     io.Writer
	Level Level
	// Style lays out info.msg.
	Style Style

	mu sync.Mutex
}

// Put writes the record, if its level is high enough.
func (j *JSON) Put(r Record) {
	if !r.passes(j.Level) {
		return
	}
	line := jsonLine(r, j.Style)
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = io.WriteString(j.W, line+"\n")
}

func jsonLine(r Record, s Style) string {
	k := r.Event.Kind()
	extra := map[string]any{}
	for name, v := range r.Extra {
		extra[name] = r.clean(v)
	}
	return pyJSON(map[string]any{
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

// noFile tells which events stay out of the log file: clean may have removed its folder.
func noFile(e Event) bool {
	switch e.(type) {
	case CheckCleanPath, ConfirmCleanPath, ProtectedCleanPath, FinishedCleanPaths:
		return true
	}
	return false
}

// NotClean drops the events of clean, which must not bring its removed log folder back.
func NotClean(next Sink) Sink {
	return SinkFunc(func(r Record) {
		if !noFile(r.Event) {
			next.Put(r)
		}
	})
}
