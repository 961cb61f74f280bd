package event

import (
	"slices"
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
	// AllWarnings holds Warn against each event of the level warn, also those that are only told
	// (require_all_warnings_handled_by_warn_error); see [Bus.Escalated].
	AllWarnings bool
	// Secrets are replaced by ***** wherever they stand.
	Secrets []string
	// AllDeprecations shows each deprecation (--show-all-deprecations), not the first of its kind only.
	AllDeprecations bool
	// NameDeprecations puts the event's name into the tag of every deprecation (require_event_names_in_deprecations).
	NameDeprecations bool
}

// Bus stamps and scrubs events and hands them to its sink. It is safe for concurrent use.
type Bus struct {
	opts      Options
	thread    string
	shared    *shared
	escalated *atomic.Pointer[WarnError]
}

// shared is what all threads of a bus have together.
type shared struct {
	mu sync.Mutex // of writers
	// secrets are the texts to scrub, longest first.
	secrets atomic.Pointer[[]secret]
	// deprecations counts what was met of each kind, in the order of the first ones.
	deprecations []deprecationCount
}

type deprecationCount struct {
	Deprecation
	n int
}

// NewBus makes a bus.
func NewBus(opts Options) *Bus {
	if opts.Sink == nil {
		opts.Sink = Discard
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	b := &Bus{opts: opts, thread: "MainThread", shared: &shared{}, escalated: &atomic.Pointer[WarnError]{}}
	b.AddSecrets(opts.Secrets...)
	return b
}

// Thread gives the same bus under another thread name.
func (b *Bus) Thread(name string) *Bus {
	c := *b
	c.thread = name
	return &c
}

// Watched gives the same bus with an account of its own of what [Bus.Escalated] tells.
func (b *Bus) Watched() *Bus {
	c := *b
	c.escalated = &atomic.Pointer[WarnError]{}
	return &c
}

// Escalated tells of the first event that Options.AllWarnings made an error, since it was last asked; nil for none. Such
// an event is not sent: who emits events asks where it can end what it does.
func (b *Bus) Escalated() error {
	if e := b.escalated.Swap(nil); e != nil {
		return e
	}
	return nil
}

// IsError tells whether warnings of this name are errors.
func (b *Bus) IsError(name string) bool { return b.opts.Warn.isError(Kind{Name: name, Level: Warn}) }

// ThreadName is the thread that the bus stamps its events with.
func (b *Bus) ThreadName() string { return b.thread }

// InvocationID tells which invocation the bus belongs to.
func (b *Bus) InvocationID() string { return b.opts.InvocationID }

// Emit sends an event at its own level.
func (b *Bus) Emit(e Event) { b.EmitAt(e.Kind().Level, e) }

// EmitAt sends an event at another level than its own.
func (b *Bus) EmitAt(level Level, e Event) {
	if b.opts.AllWarnings && level == Warn {
		kind := e.Kind()
		if b.opts.Warn.isError(kind) {
			b.escalated.CompareAndSwap(nil, &WarnError{Event: e})
			return
		}
		if b.opts.Warn.isSilent(kind) {
			return
		}
	}
	b.opts.Sink.Put(Record{
		Event: e, Level: level, Time: b.opts.Now(), Thread: b.thread,
		InvocationID: b.opts.InvocationID, PID: b.opts.PID, Extra: b.opts.Extra, scrub: b.Scrub,
	})
}

// Warn sends a warning that --warn-error may turn into an error: then nothing is sent and a *WarnError comes back for
// the caller to end with. A silenced warning is dropped. Of a deprecation only the first of its kind is shown, unless
// Options.AllDeprecations; SummarizeDeprecations tells the rest.
func (b *Bus) Warn(e Event) error {
	d, deprecation := e.(Deprecation)
	if deprecation {
		d.Tagged = d.Tagged || b.opts.NameDeprecations
		e = d
	}
	kind := e.Kind()
	if b.opts.Warn.isError(kind) {
		return &WarnError{Event: e}
	}
	if deprecation && !b.countDeprecation(d) && !b.opts.AllDeprecations || b.opts.Warn.isSilent(kind) {
		return nil
	}
	b.Emit(e)
	return nil
}

// countDeprecation tells whether the deprecation is the first of its kind. A renamed variable is a kind of its own.
func (b *Bus) countDeprecation(d Deprecation) bool {
	b.shared.mu.Lock()
	defer b.shared.mu.Unlock()
	for i := range b.shared.deprecations {
		known := &b.shared.deprecations[i]
		if known.Event == d.Event && (d.Event != "EnvironmentVariableRenamed" || known.Msg == d.Msg) {
			known.n++
			return false
		}
	}
	b.shared.deprecations = append(b.shared.deprecations, deprecationCount{d, 1})
	return true
}

// SummarizeDeprecations closes an invocation: it tells how many deprecations of each kind were met, if there were any.
func (b *Bus) SummarizeDeprecations() {
	b.shared.mu.Lock()
	e := DeprecationsSummary{ShowAllHint: !b.opts.AllDeprecations}
	for _, d := range b.shared.deprecations {
		e.Summaries = append(e.Summaries, DeprecationSummary{EventName: d.Event, EventCode: d.ID, Occurrences: d.n})
	}
	b.shared.mu.Unlock()
	if len(e.Summaries) > 0 && !b.opts.Warn.isSilent(e.Kind()) {
		b.Emit(e)
	}
}

// WarnPolicy says what becomes of warnings (dbt's warn_error and warn_error_options). A list may name events, or all
// deprecations with "Deprecations". A name counts more than the group, the group more than "all"; where that is equal,
// silence counts more than warn, and warn more than error (dbt_common/helper_types.py, WarnErrorOptionsV2).
type WarnPolicy struct {
	// All is --warn-error: each warning is an error.
	All bool
	// Error lists the events that are errors; "all" or "*" stands for each.
	Error []string
	// Warn lists exceptions from Error.
	Warn []string
	// Silence lists events that are dropped.
	Silence []string
}

func (p WarnPolicy) isError(e Kind) bool {
	elsewhere := slices.Contains(p.Warn, e.Name) || slices.Contains(p.Silence, e.Name)
	group := deprecates(p.Warn, e) || deprecates(p.Silence, e)
	switch {
	case p.All:
		return true
	case slices.Contains(p.Error, e.Name):
		return !elsewhere
	case deprecates(p.Error, e), slices.Contains(p.Error, "all"), slices.Contains(p.Error, "*"):
		return !elsewhere && !group
	}
	return false
}

func (p WarnPolicy) isSilent(e Kind) bool {
	if slices.Contains(p.Silence, e.Name) {
		return true
	}
	return deprecates(p.Silence, e) && !slices.Contains(p.Error, e.Name) && !slices.Contains(p.Warn, e.Name)
}

// deprecates tells whether the event is a deprecation and the list names their group.
func deprecates(names []string, e Kind) bool {
	return DeprecationCode(e.Name) != "" && slices.Contains(names, Deprecations)
}

// WarnError is a warning that the user wants as an error.
type WarnError struct{ Event Event }

// Error is the warning's text.
func (e *WarnError) Error() string { return e.Event.Message(Style{}) }
