package event

import (
	"fmt"
	"time"
)

// EndOfRunSummary tells how the run went.
type EndOfRunSummary struct {
	NumErrors         int  `log:"num_errors"`
	NumWarnings       int  `log:"num_warnings"`
	NumPartialSuccess int  `log:"num_partial_success"`
	KeyboardInterrupt bool `log:"keyboard_interrupt"`
}

func (EndOfRunSummary) Kind() Kind { return Kind{"EndOfRunSummary", "Z030", Info} }
func (e EndOfRunSummary) Message(s Style) string {
	errors, warns := Plural(e.NumErrors, "error"), Plural(e.NumWarnings, "warning")
	partial := Plural(e.NumPartialSuccess, "partial success", "partial successes")
	switch {
	case e.KeyboardInterrupt:
		return s.Yellow("Exited because of keyboard interrupt")
	case e.NumErrors > 0:
		return s.Red(fmt.Sprintf("Completed with %s, %s, and %s:", errors, partial, warns))
	case e.NumPartialSuccess > 0:
		return s.Yellow(fmt.Sprintf("Completed with %s and %s", partial, warns))
	case e.NumWarnings > 0:
		return s.Yellow(fmt.Sprintf("Completed with %s:", warns))
	}
	return s.Green("Completed successfully")
}

// StatsLine is the last line of a run.
type StatsLine struct {
	Pass, Warn, Error, Skip, NoOp, Total int
}

func (StatsLine) Kind() Kind { return Kind{"StatsLine", "Z023", Info} }
func (e StatsLine) Message(Style) string {
	return fmt.Sprintf("Done. PASS=%d WARN=%d ERROR=%d SKIP=%d NO-OP=%d TOTAL=%d", e.Pass, e.Warn, e.Error, e.Skip, e.NoOp, e.Total)
}
func (e StatsLine) data() map[string]any {
	return map[string]any{"stats": map[string]any{
		"pass": e.Pass, "warn": e.Warn, "error": e.Error, "skip": e.Skip, "noop": e.NoOp, "total": e.Total,
	}}
}

// RunResultFailure heads the block of a node that failed.
type RunResultFailure struct {
	ResourceType string         `log:"resource_type"`
	NodeName     string         `log:"node_name"`
	Path         string         `log:"path"`
	NodeInfo     *NodeInfo      `log:"node_info"`
	Group        map[string]any `log:"group"`
}

func (RunResultFailure) Kind() Kind { return Kind{"RunResultFailure", "Z022", Error} }
func (e RunResultFailure) Message(s Style) string {
	return s.Red(fmt.Sprintf("Failure in %s %s (%s)", e.ResourceType, e.NodeName, e.Path))
}

// RunResultWarning heads the block of a node that warned.
type RunResultWarning struct {
	ResourceType string         `log:"resource_type"`
	NodeName     string         `log:"node_name"`
	Path         string         `log:"path"`
	NodeInfo     *NodeInfo      `log:"node_info"`
	Group        map[string]any `log:"group"`
}

func (RunResultWarning) Kind() Kind { return Kind{"RunResultWarning", "Z021", Warn} }
func (e RunResultWarning) Message(s Style) string {
	return s.Yellow(fmt.Sprintf("Warning in %s %s (%s)", e.ResourceType, e.NodeName, e.Path))
}

// RunResultError is the message of a result, indented.
type RunResultError struct {
	Msg      string         `log:"msg"`
	NodeInfo *NodeInfo      `log:"node_info"`
	Group    map[string]any `log:"group"`
}

func (RunResultError) Kind() Kind             { return Kind{"RunResultError", "Z024", Error} }
func (e RunResultError) Message(Style) string { return "  " + e.Msg }

// RunResultErrorNoMessage stands for a result without a message.
type RunResultErrorNoMessage struct {
	Status   string    `log:"status"`
	NodeInfo *NodeInfo `log:"node_info"`
}

func (RunResultErrorNoMessage) Kind() Kind             { return Kind{"RunResultErrorNoMessage", "Z025", Error} }
func (e RunResultErrorNoMessage) Message(Style) string { return "  Status: " + e.Status }

// RunResultWarningMessage is the message of a result that warned.
type RunResultWarningMessage struct {
	Msg      string    `log:"msg"`
	NodeInfo *NodeInfo `log:"node_info"`
}

func (RunResultWarningMessage) Kind() Kind             { return Kind{"RunResultWarningMessage", "Z046", Warn} }
func (e RunResultWarningMessage) Message(Style) string { return e.Msg }

// SQLCompiledPath tells where the compiled SQL of a failed node is.
type SQLCompiledPath struct {
	Path     string    `log:"path"`
	NodeInfo *NodeInfo `log:"node_info"`
}

func (SQLCompiledPath) Kind() Kind             { return Kind{"SQLCompiledPath", "Z026", Info} }
func (e SQLCompiledPath) Message(Style) string { return "  compiled code at " + e.Path }

// CheckNodeTestFailure tells where the stored rows of a failed test are.
type CheckNodeTestFailure struct {
	RelationName string    `log:"relation_name"`
	NodeInfo     *NodeInfo `log:"node_info"`
}

func (CheckNodeTestFailure) Kind() Kind { return Kind{"CheckNodeTestFailure", "Z027", Info} }
func (e CheckNodeTestFailure) Message(Style) string {
	msg := "select * from " + e.RelationName
	border := dashes(len([]rune(msg)))
	return fmt.Sprintf("  See test failures:\n  %s\n  %s\n  %s", border, msg, border)
}

func dashes(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '-'
	}
	return string(b)
}

// CatchableExceptionOnRun is an error of a node, at debug level: it comes again in the summary.
type CatchableExceptionOnRun struct {
	NodeInfo *NodeInfo `log:"node_info"`
	Exc      string    `log:"exc"`
	ExcInfo  string    `log:"exc_info"`
}

func (CatchableExceptionOnRun) Kind() Kind             { return Kind{"CatchableExceptionOnRun", "W002", Debug} }
func (e CatchableExceptionOnRun) Message(Style) string { return e.Exc }

// GenericExceptionOnRun is an error that nobody foresaw.
type GenericExceptionOnRun struct {
	BuildPath string    `log:"build_path"`
	UniqueID  string    `log:"unique_id"`
	Exc       string    `log:"exc"`
	NodeInfo  *NodeInfo `log:"node_info"`
}

func (GenericExceptionOnRun) Kind() Kind { return Kind{"GenericExceptionOnRun", "W004", Error} }
func (e GenericExceptionOnRun) Message(s Style) string {
	what := e.BuildPath
	if what == "" {
		what = e.UniqueID
	}
	return s.Red("Unhandled error while executing "+what) + "\n" + e.Exc
}

// EndRunResult closes a run with all its results.
type EndRunResult struct {
	Results     []RunResult `log:"results"`
	ElapsedTime float64     `log:"elapsed_time"`
	GeneratedAt time.Time   `log:"generated_at"`
	Success     bool        `log:"success"`
}

func (EndRunResult) Kind() Kind           { return Kind{"EndRunResult", "Q037", Debug} }
func (EndRunResult) Message(Style) string { return "Command end result" }
