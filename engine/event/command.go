package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/pyjson"
)

// ShowNode is the preview of a node. Preview is a text table, or a JSON array when OutputFormat is json.
type ShowNode struct {
	NodeName     string `log:"node_name"`
	Preview      string `log:"preview"`
	IsInline     bool   `log:"is_inline"`
	OutputFormat string `log:"output_format"`
	UniqueID     string `log:"unique_id"`
	Quiet        bool   `log:"quiet"`
	// Fit lays the table out for so many columns of a terminal; nil leaves the preview.
	Fit func(columns int) string
}

func (ShowNode) Kind() Kind { return Kind{"ShowNode", "Q041", Info} }
func (e ShowNode) Message(s Style) string {
	if s.Columns > 0 && e.Fit != nil && e.OutputFormat != "json" {
		e.Preview = e.Fit(s.Columns)
	}
	switch {
	case e.OutputFormat == "json":
		return jsonObject(e.IsInline, e.NodeName, "show", json.RawMessage(e.Preview))
	case e.Quiet:
		return e.Preview
	case e.IsInline:
		return "Previewing inline node:\n" + e.Preview
	}
	return fmt.Sprintf("Previewing node '%s':\n%s", e.NodeName, e.Preview)
}

// CompiledNode is the compiled SQL of a node.
type CompiledNode struct {
	NodeName     string `log:"node_name"`
	Compiled     string `log:"compiled"`
	IsInline     bool   `log:"is_inline"`
	OutputFormat string `log:"output_format"`
	UniqueID     string `log:"unique_id"`
	Quiet        bool   `log:"quiet"`
	// Highlight colours SQL for a terminal; nil leaves it plain.
	Highlight func(sql string) string
}

func (CompiledNode) Kind() Kind { return Kind{"CompiledNode", "Q042", Info} }
func (e CompiledNode) Message(s Style) string {
	if e.OutputFormat == "json" {
		return jsonObject(e.IsInline, e.NodeName, "compiled", e.Compiled)
	}
	if s.Columns > 0 && s.Color && e.Highlight != nil {
		e.Compiled = e.Highlight(e.Compiled)
	}
	switch {
	case e.Quiet:
		return e.Compiled
	case e.IsInline:
		return "Compiled inline node is:\n" + e.Compiled
	}
	return fmt.Sprintf("Compiled node '%s' is:\n%s", e.NodeName, e.Compiled)
}

// jsonObject prints {"node": …, key: value} as Python's json.dumps(…, indent=2) does.
func jsonObject(inline bool, node, key string, value any) string {
	var b bytes.Buffer
	b.WriteString("{")
	if !inline {
		b.WriteString("\n  \"node\": " + pyJSON(node) + ",")
	}
	b.WriteString("\n  " + pyJSON(key) + ": ")
	switch v := value.(type) {
	case json.RawMessage:
		if len(v) == 0 {
			v = json.RawMessage("[]")
		}
		b.Write(pyjson.ASCII(pyjson.Indent(nil, v, "  ", "  ")))
	default:
		b.WriteString(pyJSON(v))
	}
	b.WriteString("\n}")
	return b.String()
}

// FailingRows is ours: rows that a failing test found (--show).
type FailingRows struct {
	NodeInfo *NodeInfo `log:"node_info"`
	// Preview is a JSON array of the rows.
	Preview     string `log:"preview"`
	NumRows     int    `log:"num_rows"`
	NumFailures int    `log:"num_failures"`
	// Fit is the table, laid out for so many columns of a terminal; 0 is any width.
	Fit func(columns int) string
}

func (FailingRows) Kind() Kind { return Kind{"FailingRows", "G005", Info} }
func (e FailingRows) Message(s Style) string {
	head := fmt.Sprintf("  %s:", Plural(e.NumRows, "failing row"))
	if e.NumFailures > e.NumRows {
		head = fmt.Sprintf("  %d of %d failing rows:", e.NumRows, e.NumFailures)
	}
	const indent = "\n  "
	columns := s.Columns
	if columns > 0 {
		columns = max(columns-len(indent)+1, 1)
	}
	return head + indent + strings.ReplaceAll(strings.TrimRight(e.Fit(columns), "\n"), "\n", indent)
}

// SeedSample is ours: rows of a seed (--show), which dbt prints without an event.
type SeedSample struct {
	UniqueID string `log:"unique_id"`
	// Preview is a JSON array of the rows.
	Preview string `log:"preview"`
	// Fit is the table, laid out for so many columns of a terminal; 0 is any width.
	Fit func(columns int) string
}

func (SeedSample) Kind() Kind               { return Kind{"SeedSample", "G006", Info} }
func (e SeedSample) Message(s Style) string { return strings.TrimRight(e.Fit(s.Columns), "\n") }

// SeedHeader heads the sample of a seed (--show).
type SeedHeader struct {
	Header string `log:"header"`
}

func (SeedHeader) Kind() Kind             { return Kind{"SeedHeader", "Q004", Info} }
func (e SeedHeader) Message(Style) string { return e.Header }

// DebugCmdOut is a line of gdbt debug. Status, when there is one, is coloured: "OK …" green, else red.
type DebugCmdOut struct {
	Msg string `log:"msg"`
	// Status and After follow Msg, the status coloured: "  Connection test: [" + "OK connection ok" + "]\n".
	Status, After string
}

func (DebugCmdOut) Kind() Kind { return Kind{"DebugCmdOut", "Z047", Info} }
func (e DebugCmdOut) Message(s Style) string {
	return e.Msg + debugStatus(s, e.Status) + e.After
}
func (e DebugCmdOut) data() map[string]any { return map[string]any{"msg": e.Message(Style{})} }

// DebugCmdResult is a line of the verdict of gdbt debug.
type DebugCmdResult struct {
	Msg string `log:"msg"`
	// Status and After follow Msg as in DebugCmdOut.
	Status, After string
}

func (DebugCmdResult) Kind() Kind { return Kind{"DebugCmdResult", "Z048", Info} }
func (e DebugCmdResult) Message(s Style) string {
	return e.Msg + debugStatus(s, e.Status) + e.After
}
func (e DebugCmdResult) data() map[string]any { return map[string]any{"msg": e.Message(Style{})} }

func debugStatus(s Style, status string) string {
	switch {
	case status == "":
		return ""
	case len(status) >= 2 && status[:2] == "OK", status == "All checks passed!":
		return s.Green(status)
	}
	return s.Red(status)
}

// CheckCleanPath, ConfirmCleanPath and FinishedCleanPaths are the lines of clean. They are not
// written to the log file, whose folder clean may have removed.
type (
	CheckCleanPath struct {
		Path string `log:"path"`
	}
	ConfirmCleanPath struct {
		Path string `log:"path"`
	}
	FinishedCleanPaths struct{}
)

func (CheckCleanPath) Kind() Kind               { return Kind{"CheckCleanPath", "Z012", Info} }
func (e CheckCleanPath) Message(Style) string   { return "Checking " + e.Path + "/*" }
func (ConfirmCleanPath) Kind() Kind             { return Kind{"ConfirmCleanPath", "Z013", Info} }
func (e ConfirmCleanPath) Message(Style) string { return "Cleaned " + e.Path + "/*" }
func (FinishedCleanPaths) Kind() Kind           { return Kind{"FinishedCleanPaths", "Z015", Info} }
func (FinishedCleanPaths) Message(Style) string { return "Finished cleaning all paths." }

// SourceLoadStart is ours: a source table's plugin starts to load.
type SourceLoadStart struct {
	UniqueID string `log:"unique_id"`
	Relation string `log:"relation"`
	Plugin   string `log:"plugin"`
	Index    int    `log:"index"`
	Total    int    `log:"total"`
}

func (SourceLoadStart) Kind() Kind { return Kind{"SourceLoadStart", "G001", Info} }
func (e SourceLoadStart) Message(s Style) string {
	return s.fancy("START load "+e.Relation, "RUN", e.Index, e.Total, noTime, false)
}

// SourceLoadProgress is ours: how far a load has come.
type SourceLoadProgress struct {
	UniqueID string `log:"unique_id"`
	Relation string `log:"relation"`
	Files    int    `log:"files"`
	OfFiles  int    `log:"of_files"`
	Rows     int    `log:"rows"`
}

func (SourceLoadProgress) Kind() Kind { return Kind{"SourceLoadProgress", "G002", Debug} }
func (e SourceLoadProgress) Message(Style) string {
	return fmt.Sprintf("Loading %s: %d of %d files, %d rows", e.Relation, e.Files, e.OfFiles, e.Rows)
}

// SourceLoadResult is ours: a load ended. Status is success or error; Msg is the summary in words, or what went wrong.
type SourceLoadResult struct {
	UniqueID      string  `log:"unique_id"`
	Relation      string  `log:"relation"`
	Status        string  `log:"status"`
	Index         int     `log:"index"`
	Total         int     `log:"total"`
	Files         int     `log:"files"`
	Skipped       int     `log:"skipped"`
	Rows          int     `log:"rows"`
	Rejects       int     `log:"rejects"`
	ExecutionTime float64 `log:"execution_time"`
	Msg           string  `log:"msg"`
}

func (e SourceLoadResult) Kind() Kind {
	level := Info
	switch {
	case e.Status == "error":
		level = Error
	case e.Rejects > 0:
		level = Warn
	}
	return Kind{"SourceLoadResult", "G003", level}
}
func (e SourceLoadResult) Message(s Style) string {
	if e.Status == "error" {
		line := s.fancy("ERROR loading "+e.Relation, s.Red("ERROR"), e.Index, e.Total, e.ExecutionTime, false)
		if e.Msg == "" {
			return line
		}
		return line + "\n" + e.Msg
	}
	status := s.Green(fmt.Sprintf("LOAD %d", e.Rows))
	if e.Rejects > 0 {
		status = s.Yellow(fmt.Sprintf("LOAD %d REJECT %d", e.Rows, e.Rejects))
	}
	return s.fancy("OK loaded "+e.Relation, status, e.Index, e.Total, e.ExecutionTime, false)
}

// SourceLoadSummary is ours: what all loads of an invocation did together.
type SourceLoadSummary struct {
	Files   int `log:"files"`
	Skipped int `log:"skipped"`
	Rows    int `log:"rows"`
	Rejects int `log:"rejects"`
	// Failed counts the tables whose load ended with an error.
	Failed int `log:"failed"`
	// RejectsRelation is the table that holds the rejected records.
	RejectsRelation string `log:"rejects_relation"`
}

func (e SourceLoadSummary) Kind() Kind {
	level := Info
	switch {
	case e.Failed > 0:
		level = Error
	case e.Rejects > 0:
		level = Warn
	}
	return Kind{"SourceLoadSummary", "G004", level}
}
func (e SourceLoadSummary) Message(s Style) string {
	msg := fmt.Sprintf("Loaded %s from %s, %s unchanged", Plural(e.Rows, "row"), Plural(e.Files, "file"), Plural(e.Skipped, "file"))
	if e.Failed > 0 {
		msg += ", " + s.Red(Plural(e.Failed, "table")+" failed")
	}
	if e.Rejects == 0 {
		return msg + ", no rejects"
	}
	msg += ", " + s.Yellow(Plural(e.Rejects, "reject"))
	if e.RejectsRelation != "" {
		msg += fmt.Sprintf("\n  See rejects:\n  select * from %s", e.RejectsRelation)
	}
	return msg
}
