package event

import (
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Record is an event on its way to the sinks: stamped, with its level settled.
type Record struct {
	Event Event
	Level Level
	Time  time.Time
	// Thread is dbt's name of the worker: "MainThread", "Thread-1 (worker)".
	Thread       string
	InvocationID string
	PID          int
	// Extra holds the DBT_ENV_CUSTOM_ENV_* variables without their prefix.
	Extra map[string]string

	scrub func(string) string
}

// Message is the event's text, scrubbed.
func (r Record) Message(s Style) string { return r.clean(r.Event.Message(s)) }

// Data holds the event's fields, scrubbed.
func (r Record) Data() map[string]any {
	m, _ := mapStrings(Data(r.Event), r.clean).(map[string]any)
	return m
}

func (r Record) clean(s string) string {
	if r.scrub == nil {
		return s
	}
	return r.scrub(s)
}

// IsPrint tells that the user asked for this output: it passes every level but none, and has no time in front.
func (r Record) IsPrint() bool {
	switch r.Event.(type) {
	case PrintEvent, ShowNode, CompiledNode:
		return true
	}
	return false
}

// passes tells whether a sink with this level writes the record.
func (r Record) passes(level Level) bool {
	return level != None && (r.Level >= level || r.IsPrint())
}

// Sink takes records. A bus calls it from many goroutines; a sink keeps its own order.
type Sink interface {
	Put(Record)
}

// Discard is a sink that drops everything.
var Discard Sink = SinkFunc(func(Record) {})

// SinkFunc makes a sink of a function.
type SinkFunc func(Record)

// Put calls the function.
func (f SinkFunc) Put(r Record) { f(r) }

// Fan hands every record to each of the sinks, in order. nil sinks are left out.
func Fan(sinks ...Sink) Sink {
	var kept []Sink
	for _, s := range sinks {
		if s != nil {
			kept = append(kept, s)
		}
	}
	return SinkFunc(func(r Record) {
		for _, s := range kept {
			s.Put(r)
		}
	})
}

// Options of a Bus.
type Options struct {
	// Sink takes the records; nil drops them.
	Sink Sink
	// Now is the clock; nil is time.Now.
	Now          func() time.Time
	InvocationID string
	PID          int
	Extra        map[string]string
	// Warn is --warn-error and --warn-error-options.
	Warn WarnPolicy
	// Secrets are replaced by ***** wherever they stand.
	Secrets []string
}

// Bus stamps and scrubs events and hands them to its sink. It is safe for concurrent use.
type Bus struct {
	opts   Options
	thread string
	shared *shared
}

// shared is what all threads of a bus have together.
type shared struct {
	mu sync.Mutex // of writers
	// secrets are the texts to scrub, longest first.
	secrets atomic.Pointer[[]string]
}

// NewBus makes a bus.
func NewBus(opts Options) *Bus {
	if opts.Sink == nil {
		opts.Sink = Discard
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	b := &Bus{opts: opts, thread: "MainThread", shared: &shared{}}
	b.AddSecrets(opts.Secrets...)
	return b
}

// Thread gives the same bus under another thread name.
func (b *Bus) Thread(name string) *Bus {
	c := *b
	c.thread = name
	return &c
}

// InvocationID tells which invocation the bus belongs to.
func (b *Bus) InvocationID() string { return b.opts.InvocationID }

// AddSecrets names more texts to scrub. Empty ones are left out.
func (b *Bus) AddSecrets(secrets ...string) {
	b.shared.mu.Lock()
	defer b.shared.mu.Unlock()
	var all []string
	if old := b.shared.secrets.Load(); old != nil {
		all = append(all, *old...)
	}
	for _, s := range secrets {
		if strings.TrimSpace(s) != "" {
			all = append(all, s)
		}
	}
	// Longest first, so that a secret inside another leaves no rest of it.
	sort.Slice(all, func(i, j int) bool { return len(all[i]) > len(all[j]) })
	b.shared.secrets.Store(&all)
}

// Scrub replaces every secret in a text by *****.
func (b *Bus) Scrub(text string) string {
	secrets := b.shared.secrets.Load()
	if secrets == nil {
		return text
	}
	for _, s := range *secrets {
		text = strings.ReplaceAll(text, s, "*****")
	}
	return text
}

// Emit sends an event at its own level.
func (b *Bus) Emit(e Event) { b.EmitAt(e.Kind().Level, e) }

// EmitAt sends an event at another level than its own.
func (b *Bus) EmitAt(level Level, e Event) {
	b.opts.Sink.Put(Record{
		Event: e, Level: level, Time: b.opts.Now(), Thread: b.thread,
		InvocationID: b.opts.InvocationID, PID: b.opts.PID, Extra: b.opts.Extra, scrub: b.Scrub,
	})
}

// Warn sends a warning that --warn-error may turn into an error: then nothing is sent and a *WarnError comes back for
// the caller to end with. A silenced warning is dropped.
func (b *Bus) Warn(e Event) error {
	name := e.Kind().Name
	switch {
	case b.opts.Warn.isError(name):
		return &WarnError{Event: e}
	case b.opts.Warn.isSilent(name):
		return nil
	}
	b.Emit(e)
	return nil
}

// WarnPolicy says what becomes of warnings (dbt's warn_error and warn_error_options).
type WarnPolicy struct {
	// All is --warn-error: each warning is an error.
	All bool
	// Error lists event names that are errors; "all" or "*" stands for each, "Deprecations" for the deprecations.
	Error []string
	// Warn lists exceptions from Error.
	Warn []string
	// Silence lists events that are dropped.
	Silence []string
}

func (p WarnPolicy) isError(name string) bool {
	return p.All || (listed(p.Error, name) && !listed(p.Warn, name) && !listed(p.Silence, name))
}

func (p WarnPolicy) isSilent(name string) bool { return listed(p.Silence, name) }

func listed(names []string, name string) bool {
	for _, n := range names {
		if n == name || n == "all" || n == "*" || (n == "Deprecations" && strings.HasSuffix(name, "Deprecation")) {
			return true
		}
	}
	return false
}

// WarnError is a warning that the user wants as an error.
type WarnError struct{ Event Event }

// Error is the warning's text.
func (e *WarnError) Error() string { return e.Event.Message(Style{}) }
