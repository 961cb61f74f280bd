// Package event is what gdbt says while it works: typed events, and the sinks that write them as console text, as JSON
// lines, to the log file, or as a live view in a terminal.
//
// An event is a plain struct. Its fields are the `data` of dbt's JSON log, its Kind holds the name and code of
// dbt's event class, and its Message dbt's text byte for byte, so that tools which read dbt's output read ours. A Bus takes events
// from the engine, scrubs secrets out of everything they carry, stamps them with time, thread and invocation, and hands
// them as Records to its sinks. Nothing here is global: many buses live in one process.
package event

import "time"

// Level says how loud an event is. The order matters: a sink drops what is below its own level.
type Level int

// The levels of dbt's log, quietest first.
const (
	Debug Level = iota
	Info
	Warn
	Error
	// None is above every level: a sink set to it writes nothing.
	None
)

// String gives dbt's name of the level, as used in the JSON log and in --log-level.
func (l Level) String() string {
	switch l {
	case Debug:
		return "debug"
	case Info:
		return "info"
	case Warn:
		return "warn"
	case Error:
		return "error"
	}
	return "none"
}

// ParseLevel reads a value of --log-level.
func ParseLevel(s string) (Level, bool) {
	for l := Debug; l <= None; l++ {
		if l.String() == s {
			return l, true
		}
	}
	return None, false
}

// Event is one thing that happened.
type Event interface {
	// Kind tells which event it is and how loud it is when nobody says otherwise.
	Kind() Kind
	// Message is the text for people, laid out and coloured as the style says.
	Message(Style) string
}

// Kind is what is the same for all events of a type, or nearly: an event whose level follows its status gives that level.
type Kind struct {
	// Name is the name of dbt's event class, "LogModelResult".
	Name string
	// Code is dbt's short code of the event, "Q012".
	Code  string
	Level Level
}

// NodeInfo is the `node_info` that dbt puts into the events of a node.
type NodeInfo struct {
	NodePath       string         `log:"node_path"`
	NodeName       string         `log:"node_name"`
	UniqueID       string         `log:"unique_id"`
	ResourceType   string         `log:"resource_type"`
	Materialized   string         `log:"materialized"`
	NodeStatus     string         `log:"node_status"`
	NodeStartedAt  string         `log:"node_started_at"`
	NodeFinishedAt string         `log:"node_finished_at"`
	Meta           map[string]any `log:"meta"`
	NodeRelation   NodeRelation   `log:"node_relation"`
	NodeChecksum   string         `log:"node_checksum"`
}

// NodeRelation names the relation of a node inside NodeInfo.
type NodeRelation struct {
	Database     string `log:"database"`
	Schema       string `log:"schema"`
	Alias        string `log:"alias"`
	RelationName string `log:"relation_name"`
}

// RunResult is the result of a node inside NodeFinished, MarkSkippedChildren and EndRunResult.
type RunResult struct {
	Status          string         `log:"status"`
	Message         string         `log:"message"`
	TimingInfo      []TimingInfo   `log:"timing_info"`
	Thread          string         `log:"thread"`
	ExecutionTime   float64        `log:"execution_time"`
	AdapterResponse map[string]any `log:"adapter_response"`
	NumFailures     int            `log:"num_failures"`
}

// TimingInfo is one phase (compile or execute) of a node.
type TimingInfo struct {
	Phase       string    `log:"name"`
	StartedAt   time.Time `log:"started_at"`
	CompletedAt time.Time `log:"completed_at"`
}
