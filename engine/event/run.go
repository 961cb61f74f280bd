package event

import (
	"fmt"
	"sort"
	"strings"
)

// ConcurrencyLine opens a run.
type ConcurrencyLine struct {
	NumThreads int    `log:"num_threads"`
	TargetName string `log:"target_name"`
	NodeCount  int    `log:"node_count"`
}

func (ConcurrencyLine) Kind() Kind { return Kind{"ConcurrencyLine", "Q027", Info} }
func (e ConcurrencyLine) Message(Style) string {
	return fmt.Sprintf("Concurrency: %d threads (target='%s')", e.NumThreads, e.TargetName)
}

// DefaultSelector: no --select, so the selector marked default is used.
type DefaultSelector struct {
	Name string `log:"name"`
}

func (DefaultSelector) Kind() Kind             { return Kind{"DefaultSelector", "Q023", Info} }
func (e DefaultSelector) Message(Style) string { return "Using default selector " + e.Name }

// NothingToDo: the selection of a run is empty.
type NothingToDo struct{}

func (NothingToDo) Kind() Kind { return Kind{"NothingToDo", "Q035", Warn} }
func (NothingToDo) Message(Style) string {
	return "Nothing to do. Try checking your model configs and model specification args"
}

// NoNodesSelected: the selection of ls is empty.
type NoNodesSelected struct{}

func (NoNodesSelected) Kind() Kind           { return Kind{"NoNodesSelected", "Q038", Warn} }
func (NoNodesSelected) Message(Style) string { return "No nodes selected!" }

// NoNodesForSelectionCriteria: one criterion of --select matches nothing.
type NoNodesForSelectionCriteria struct {
	SpecRaw string `log:"spec_raw"`
}

func (NoNodesForSelectionCriteria) Kind() Kind {
	return Kind{"NoNodesForSelectionCriteria", "M030", Warn}
}
func (e NoNodesForSelectionCriteria) Message(Style) string {
	return fmt.Sprintf("The selection criterion '%s' does not match any enabled nodes", e.SpecRaw)
}

// NodeStart: a worker took a node.
type NodeStart struct {
	NodeInfo *NodeInfo `log:"node_info"`
}

func (NodeStart) Kind() Kind             { return Kind{"NodeStart", "Q024", Debug} }
func (e NodeStart) Message(Style) string { return "Began running node " + e.NodeInfo.id() }

// NodeCompiling: the node's SQL is being rendered.
type NodeCompiling struct {
	NodeInfo *NodeInfo `log:"node_info"`
}

func (NodeCompiling) Kind() Kind             { return Kind{"NodeCompiling", "Q030", Debug} }
func (e NodeCompiling) Message(Style) string { return "Began compiling node " + e.NodeInfo.id() }

// NodeExecuting: the node's statements are being sent.
type NodeExecuting struct {
	NodeInfo *NodeInfo `log:"node_info"`
}

func (NodeExecuting) Kind() Kind             { return Kind{"NodeExecuting", "Q031", Debug} }
func (e NodeExecuting) Message(Style) string { return "Began executing node " + e.NodeInfo.id() }

// NodeFinished: a worker is done with a node.
type NodeFinished struct {
	NodeInfo  *NodeInfo `log:"node_info"`
	RunResult RunResult `log:"run_result"`
}

func (NodeFinished) Kind() Kind             { return Kind{"NodeFinished", "Q025", Debug} }
func (e NodeFinished) Message(Style) string { return "Finished running node " + e.NodeInfo.id() }

// WritingInjectedSQLForNode: the compiled SQL is complete.
type WritingInjectedSQLForNode struct {
	NodeInfo *NodeInfo `log:"node_info"`
}

func (WritingInjectedSQLForNode) Kind() Kind { return Kind{"WritingInjectedSQLForNode", "Q029", Debug} }
func (e WritingInjectedSQLForNode) Message(Style) string {
	return fmt.Sprintf(`Writing injected SQL for node "%s"`, e.NodeInfo.id())
}

func (n *NodeInfo) id() string {
	if n == nil {
		return ""
	}
	return n.UniqueID
}

// LogStartLine: a node starts. Description is dbt's: "sql table model main.orders", "test not_null_orders_id",
// "seed file main.raw_orders".
type LogStartLine struct {
	NodeInfo    *NodeInfo `log:"node_info"`
	Description string    `log:"description"`
	Index       int       `log:"index"`
	Total       int       `log:"total"`
}

func (LogStartLine) Kind() Kind { return Kind{"LogStartLine", "Q011", Info} }
func (e LogStartLine) Message(s Style) string {
	return s.fancy("START "+e.Description, "RUN", e.Index, e.Total, noTime, false)
}

// LogModelResult: a model ended. Status is "error", else the result's message: "SELECT 3", "OK".
type LogModelResult struct {
	NodeInfo      *NodeInfo      `log:"node_info"`
	Description   string         `log:"description"`
	Status        string         `log:"status"`
	Index         int            `log:"index"`
	Total         int            `log:"total"`
	ExecutionTime float64        `log:"execution_time"`
	Group         map[string]any `log:"group"`
}

func (e LogModelResult) Kind() Kind {
	return Kind{"LogModelResult", "Q012", errorIf(e.Status == "error")}
}
func (e LogModelResult) Message(s Style) string {
	info, status := "OK created", s.Green(e.Status)
	switch {
	case e.Status == "error":
		info, status = "ERROR creating", s.Red("ERROR")
	case strings.Contains(e.Status, "PARTIAL SUCCESS"):
		info, status = "PARTIALLY created", s.Yellow(strings.ToUpper(e.Status))
	}
	return s.fancy(info+" "+e.Description, status, e.Index, e.Total, e.ExecutionTime, false)
}

func errorIf(b bool) Level {
	if b {
		return Error
	}
	return Info
}

// MicrobatchExecutionDebug tells how a batch is being run.
type MicrobatchExecutionDebug struct {
	Msg string `log:"msg"`
}

func (MicrobatchExecutionDebug) Kind() Kind             { return Kind{"MicrobatchExecutionDebug", "Q044", Debug} }
func (e MicrobatchExecutionDebug) Message(Style) string { return e.Msg }

// LogStartBatch: a batch of a microbatch model starts. Description is dbt's: "batch 2024-09-17 of main.orders".
type LogStartBatch struct {
	NodeInfo     *NodeInfo `log:"node_info"`
	Description  string    `log:"description"`
	BatchIndex   int       `log:"batch_index"`
	TotalBatches int       `log:"total_batches"`
}

func (LogStartBatch) Kind() Kind { return Kind{"LogStartBatch", "Q045", Info} }
func (e LogStartBatch) Message(s Style) string {
	return "Batch " + s.fancy("START "+e.Description, "RUN", e.BatchIndex, e.TotalBatches, noTime, false)
}

// LogBatchResult: a batch ended. Status is "error", "skipped", else the result's message.
type LogBatchResult struct {
	NodeInfo      *NodeInfo      `log:"node_info"`
	Description   string         `log:"description"`
	Status        string         `log:"status"`
	BatchIndex    int            `log:"batch_index"`
	TotalBatches  int            `log:"total_batches"`
	ExecutionTime float64        `log:"execution_time"`
	Group         map[string]any `log:"group"`
}

func (e LogBatchResult) Kind() Kind {
	return Kind{"LogBatchResult", "Q046", errorIf(e.Status == "error")}
}
func (e LogBatchResult) Message(s Style) string {
	info, status := "OK created", s.Green(e.Status)
	switch e.Status {
	case "error":
		info, status = "ERROR creating", s.Red("ERROR")
	case "skipped":
		info, status = "SKIP", s.Yellow("SKIPPED")
	}
	return "Batch " + s.fancy(info+" "+e.Description, status, e.BatchIndex, e.TotalBatches, e.ExecutionTime, false)
}

// LogFunctionResult: a function was made, or not. Status is "success", "error" or "skipped".
type LogFunctionResult struct {
	NodeInfo      *NodeInfo      `log:"node_info"`
	Description   string         `log:"description"`
	Status        string         `log:"status"`
	Index         int            `log:"index"`
	Total         int            `log:"total"`
	ExecutionTime float64        `log:"execution_time"`
	Group         map[string]any `log:"group"`
}

func (e LogFunctionResult) Kind() Kind {
	return Kind{"LogFunctionResult", "Q047", errorIf(e.Status == "error")}
}
func (e LogFunctionResult) Message(s Style) string {
	info, status := "OK created", s.Green(strings.ToUpper(e.Status))
	switch e.Status {
	case "error":
		info, status = "ERROR creating", s.Red("ERROR")
	case "skipped":
		info, status = "SKIP", s.Yellow("SKIPPED")
	}
	return s.fancy(info+" "+e.Description, status, e.Index, e.Total, e.ExecutionTime, false)
}

// LogTestResult: a test ended with status pass, warn, fail or error.
type LogTestResult struct {
	NodeInfo      *NodeInfo      `log:"node_info"`
	TestName      string         `log:"name"`
	Status        string         `log:"status"`
	Index         int            `log:"index"`
	NumModels     int            `log:"num_models"`
	ExecutionTime float64        `log:"execution_time"`
	NumFailures   int            `log:"num_failures"`
	Group         map[string]any `log:"group"`
	AttachedNode  string         `log:"attached_node"`
}

func (e LogTestResult) Kind() Kind {
	level := Info
	switch e.Status {
	case "fail", "error":
		level = Error
	case "warn":
		level = Warn
	}
	return Kind{"LogTestResult", "Q007", level}
}
func (e LogTestResult) Message(s Style) string {
	var info, status string
	switch e.Status {
	case "error":
		info = "ERROR"
		status = s.Red(info)
	case "pass":
		info = "PASS"
		status = s.Green(info)
	case "warn":
		info = fmt.Sprintf("WARN %d", e.NumFailures)
		status = s.Yellow(info)
	default:
		info = fmt.Sprintf("FAIL %d", e.NumFailures)
		status = s.Red(info)
	}
	return s.fancy(info+" "+e.TestName, status, e.Index, e.NumModels, e.ExecutionTime, false)
}

// LogSeedResult: a seed ended. ResultMessage is "INSERT 3"; Relation is the seed's alias.
type LogSeedResult struct {
	NodeInfo      *NodeInfo      `log:"node_info"`
	Status        string         `log:"status"`
	ResultMessage string         `log:"result_message"`
	Index         int            `log:"index"`
	Total         int            `log:"total"`
	ExecutionTime float64        `log:"execution_time"`
	Schema        string         `log:"schema"`
	Relation      string         `log:"relation"`
	Group         map[string]any `log:"group"`
}

func (e LogSeedResult) Kind() Kind {
	return Kind{"LogSeedResult", "Q016", errorIf(e.Status == "error")}
}
func (e LogSeedResult) Message(s Style) string {
	info, status := "OK loaded", s.Green(e.ResultMessage)
	if e.Status == "error" {
		info, status = "ERROR loading", s.Red("ERROR")
	}
	return s.fancy(fmt.Sprintf("%s seed file %s.%s", info, e.Schema, e.Relation), status, e.Index, e.Total, e.ExecutionTime, false)
}

// LogSnapshotResult: a snapshot ended.
type LogSnapshotResult struct {
	NodeInfo      *NodeInfo      `log:"node_info"`
	Description   string         `log:"description"`
	Status        string         `log:"status"`
	Index         int            `log:"index"`
	Total         int            `log:"total"`
	ExecutionTime float64        `log:"execution_time"`
	Cfg           map[string]any `log:"cfg"`
	ResultMessage string         `log:"result_message"`
	Group         map[string]any `log:"group"`
}

func (e LogSnapshotResult) Kind() Kind {
	return Kind{"LogSnapshotResult", "Q015", errorIf(e.Status == "error")}
}
func (e LogSnapshotResult) Message(s Style) string {
	info, status := "OK snapshotted", s.Green(e.ResultMessage)
	if e.Status == "error" {
		info, status = "ERROR snapshotting", s.Red("ERROR")
	}
	return s.fancy(info+" "+e.Description, status, e.Index, e.Total, e.ExecutionTime, false)
}

// LogFreshnessResult: the freshness of a source table was measured: pass, warn, error or "runtime error".
type LogFreshnessResult struct {
	NodeInfo      *NodeInfo `log:"node_info"`
	Status        string    `log:"status"`
	Index         int       `log:"index"`
	Total         int       `log:"total"`
	ExecutionTime float64   `log:"execution_time"`
	SourceName    string    `log:"source_name"`
	TableName     string    `log:"table_name"`
}

func (e LogFreshnessResult) Kind() Kind {
	level := Info
	switch e.Status {
	case "error", "runtime error":
		level = Error
	case "warn":
		level = Warn
	}
	return Kind{"LogFreshnessResult", "Q018", level}
}
func (e LogFreshnessResult) Message(s Style) string {
	info := "PASS"
	paint := s.Green
	switch e.Status {
	case "runtime error":
		info, paint = "ERROR", s.Red
	case "error":
		info, paint = "ERROR STALE", s.Red
	case "warn":
		info, paint = "WARN", s.Yellow
	}
	return s.fancy(fmt.Sprintf("%s freshness of %s.%s", info, e.SourceName, e.TableName), paint(info), e.Index, e.Total, e.ExecutionTime, false)
}

// LogNodeNoOpResult: a node with nothing to run, an exposure or a saved query in build.
type LogNodeNoOpResult struct {
	NodeInfo      *NodeInfo `log:"node_info"`
	Description   string    `log:"description"`
	Status        string    `log:"status"`
	Index         int       `log:"index"`
	Total         int       `log:"total"`
	ExecutionTime float64   `log:"execution_time"`
}

func (LogNodeNoOpResult) Kind() Kind { return Kind{"LogNodeNoOpResult", "Q019", Info} }
func (e LogNodeNoOpResult) Message(s Style) string {
	return s.fancy("NO-OP "+e.Description, s.Yellow("NO-OP"), e.Index, e.Total, e.ExecutionTime, false)
}

// LogHookStartLine: an on-run-start or on-run-end hook starts. Statement is its name, "shop.on-run-start.0".
type LogHookStartLine struct {
	NodeInfo  *NodeInfo `log:"node_info"`
	Statement string    `log:"statement"`
	Index     int       `log:"index"`
	Total     int       `log:"total"`
}

func (LogHookStartLine) Kind() Kind { return Kind{"LogHookStartLine", "Q032", Info} }
func (e LogHookStartLine) Message(s Style) string {
	return s.fancy("START hook: "+e.Statement, "RUN", e.Index, e.Total, noTime, true)
}

// LogHookEndLine: a hook ended with status success, skipped or error.
type LogHookEndLine struct {
	NodeInfo      *NodeInfo `log:"node_info"`
	Statement     string    `log:"statement"`
	Status        string    `log:"status"`
	Index         int       `log:"index"`
	Total         int       `log:"total"`
	ExecutionTime float64   `log:"execution_time"`
}

func (LogHookEndLine) Kind() Kind { return Kind{"LogHookEndLine", "Q033", Info} }
func (e LogHookEndLine) Message(s Style) string {
	info, paint := "ERROR", s.Red
	switch e.Status {
	case "success":
		info, paint = "OK", s.Green
	case "skipped":
		info, paint = "SKIP", s.Yellow
	}
	return s.fancy(info+" hook: "+e.Statement, paint(info), e.Index, e.Total, e.ExecutionTime, true)
}

// SkippingDetails: a node is skipped, since something upstream failed.
type SkippingDetails struct {
	NodeInfo     *NodeInfo      `log:"node_info"`
	ResourceType string         `log:"resource_type"`
	Schema       string         `log:"schema"`
	NodeName     string         `log:"node_name"`
	Index        int            `log:"index"`
	Total        int            `log:"total"`
	Group        map[string]any `log:"group"`
}

func (SkippingDetails) Kind() Kind { return Kind{"SkippingDetails", "Q034", Info} }
func (e SkippingDetails) Message(s Style) string {
	msg := fmt.Sprintf("SKIP %s %s", e.ResourceType, e.NodeName)
	switch e.ResourceType {
	case "model", "seed", "snapshot":
		msg = fmt.Sprintf("SKIP relation %s.%s", e.Schema, e.NodeName)
	}
	return s.fancy(msg, s.Yellow("SKIP"), e.Index, e.Total, noTime, false)
}

// LogSkipBecauseError: a node is skipped, since an ephemeral model upstream failed or was skipped.
type LogSkipBecauseError struct {
	Schema   string         `log:"schema"`
	Relation string         `log:"relation"`
	Index    int            `log:"index"`
	Total    int            `log:"total"`
	Status   string         `log:"status"`
	Group    map[string]any `log:"group"`
}

func (LogSkipBecauseError) Kind() Kind { return Kind{"LogSkipBecauseError", "Z034", Error} }
func (e LogSkipBecauseError) Message(s Style) string {
	msg := fmt.Sprintf("SKIP relation %s.%s due to ephemeral model status '%s'", e.Schema, e.Relation, e.Status)
	return s.fancy(msg, s.Red("ERROR SKIP"), e.Index, e.Total, noTime, false)
}

// MarkSkippedChildren: what depends on a failed node will be skipped.
type MarkSkippedChildren struct {
	UniqueID  string    `log:"unique_id"`
	Status    string    `log:"status"`
	RunResult RunResult `log:"run_result"`
}

func (MarkSkippedChildren) Kind() Kind { return Kind{"MarkSkippedChildren", "Z033", Debug} }
func (e MarkSkippedChildren) Message(Style) string {
	msg := fmt.Sprintf("Marking all children of '%s' to be skipped because of status '%s'. ", e.UniqueID, e.Status)
	if e.RunResult.Message != "" {
		msg += fmt.Sprintf(" Reason: %s.", e.RunResult.Message)
	}
	return msg
}

// LogCancelLine: a query is cancelled in the server.
type LogCancelLine struct {
	ConnName string `log:"conn_name"`
}

func (LogCancelLine) Kind() Kind { return Kind{"LogCancelLine", "Q022", Error} }
func (e LogCancelLine) Message(s Style) string {
	return s.fancy("CANCEL query "+e.ConnName, s.Red("CANCEL"), 0, 0, noTime, false)
}

// FinishedRunningStats ends the list of nodes. StatLine comes from RunCounts, Execution from HumanTime.
type FinishedRunningStats struct {
	StatLine      string  `log:"stat_line"`
	Execution     string  `log:"execution"`
	ExecutionTime float64 `log:"execution_time"`
}

func (FinishedRunningStats) Kind() Kind { return Kind{"FinishedRunningStats", "E047", Info} }
func (e FinishedRunningStats) Message(Style) string {
	return fmt.Sprintf("Finished running %s%s (%0.2fs).", e.StatLine, e.Execution, e.ExecutionTime)
}

// HumanTime is dbt's long form of a duration: " in 0 hours 0 minutes and 1.23 seconds".
func HumanTime(seconds float64) string {
	minutes := int(seconds / 60)
	return fmt.Sprintf(" in %d hours %d minutes and %0.2f seconds", minutes/60, minutes%60, seconds-float64(minutes*60))
}

// RunCounts is the stat line of FinishedRunningStats: counts of the nodes with a result, sorted by type. A model's type
// is its materialization and "model" ("table model"), an operation's is "project hook".
func RunCounts(types []string) string {
	n := map[string]int{}
	for _, t := range types {
		n[t]++
	}
	var counts []Count
	for t, c := range n {
		counts = append(counts, Count{t, c})
	}
	// Python sorts on the bare type, where a data test is "test".
	sort.Slice(counts, func(i, j int) bool { return counts[i].Type < counts[j].Type })
	return StatLine(counts)
}
