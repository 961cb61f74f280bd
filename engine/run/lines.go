package run

import (
	"fmt"
	"time"

	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func (v *visit) silent() bool {
	return v.n.IsEphemeral() || v.r.Command == Compile || v.r.Command == Show || v.r.Command == Clone
}

func (v *visit) startLine() {
	if v.silent() {
		return
	}
	v.bus.Emit(event.LogStartLine{NodeInfo: v.state, Description: v.r.describe(v.n), Index: v.index, Total: v.r.total})
}

func (v *visit) resultLine() {
	if v.silent() {
		return
	}
	res, r := v.res, v.r
	info := v.state
	message := ""
	if res.Message != nil {
		message = *res.Message
	}
	level := event.Info
	if res.Status == Error {
		level = event.Error
	}
	if res.Status == Skipped { // cancelled by --fail-fast
		v.bus.Emit(event.SkippingDetails{ResourceType: string(v.n.ResourceType), Schema: v.n.Schema, NodeName: v.n.Name, Index: v.index, Total: r.total,
			NodeInfo: info, Group: r.group(v.n)})
		return
	}
	switch v.n.ResourceType {
	case manifest.FunctionType:
		v.bus.EmitAt(level, event.LogFunctionResult{NodeInfo: info, Description: r.describe(v.n), Status: string(res.Status), Index: v.index, Total: r.total,
			ExecutionTime: res.Seconds, Group: r.group(v.n)})
	case manifest.Seed:
		v.bus.EmitAt(level, event.LogSeedResult{NodeInfo: info, Status: string(res.Status), ResultMessage: message, Index: v.index, Total: r.total,
			ExecutionTime: res.Seconds, Schema: v.n.Schema, Relation: v.n.Alias, Group: r.group(v.n)})
	case manifest.Snapshot:
		v.bus.EmitAt(level, event.LogSnapshotResult{NodeInfo: info, Description: r.represent(v.n), Status: string(res.Status), Index: v.index, Total: r.total,
			ExecutionTime: res.Seconds, ResultMessage: message, Cfg: configTexts(v.n), Group: r.group(v.n)})
	case manifest.Test:
		e := event.LogTestResult{NodeInfo: info, TestName: v.n.Name, Status: string(res.Status), Index: v.index, NumModels: r.total,
			ExecutionTime: res.Seconds, Group: r.group(v.n)}
		if res.Failures != nil {
			e.NumFailures = *res.Failures
		}
		if v.n.AttachedNode != nil {
			e.AttachedNode = *v.n.AttachedNode
		}
		v.bus.Emit(e)
	default:
		status := message
		if res.Status == Error {
			status = string(Error)
		}
		v.bus.EmitAt(level, event.LogModelResult{NodeInfo: info, Description: r.describe(v.n), Status: status, Index: v.index, Total: r.total,
			ExecutionTime: res.Seconds, Group: r.group(v.n)})
	}
}

// finished prints "Finished running …".
func (r *Runner) finished(out *Results) {
	var types []string
	for _, x := range out.Results {
		switch {
		case x.UnitTest != nil:
			types = append(types, "unit_test")
		case x.Exposure != nil:
			types = append(types, "exposure")
		case x.SavedQuery != nil:
			types = append(types, "saved_query")
		case x.Source != nil:
			types = append(types, "source")
		case x.Node == nil:
		case x.Node.ResourceType == manifest.Model:
			types = append(types, x.Node.Materialized()+" model")
		case x.Node.ResourceType == manifest.Operation:
			types = append(types, "project hook")
		default:
			types = append(types, string(x.Node.ResourceType))
		}
	}
	seconds := out.Elapsed.Seconds()
	r.Bus.Emit(event.Blank())
	r.Bus.Emit(event.FinishedRunningStats{StatLine: event.RunCounts(types), Execution: event.HumanTime(seconds), ExecutionTime: seconds})
}

// ended closes the events of a run with all results.
func (r *Runner) ended(out *Results) {
	end := event.EndRunResult{ElapsedTime: out.Elapsed.Seconds(), GeneratedAt: out.Generated, Success: out.Success()}
	for _, x := range out.Results {
		end.Results = append(end.Results, x.event())
	}
	r.Bus.Emit(end)
}

// Summary prints what failed and the closing line, as dbt's print_run_end_messages. Without ended the line that says how
// the run ended is left out: an error that follows says it.
func (r *Runner) Summary(out *Results, ended bool) {
	if r.ShowRows > 0 {
		r.showSeeds(out)
	}
	var errs, warns []*Result
	partial := 0
	for _, x := range out.Results {
		switch {
		case x.failed(), x.Status == Skipped && x.Message != nil && x.Exposure == nil:
			errs = append(errs, x)
		case x.Status == Warn:
			warns = append(warns, x)
		case x.Status == PartialSuccess:
			partial++
		}
	}
	if ended {
		r.Bus.Emit(event.Blank())
		r.Bus.Emit(event.EndOfRunSummary{NumErrors: len(errs), NumWarnings: len(warns), NumPartialSuccess: partial, KeyboardInterrupt: out.Interrupted})
	}
	for _, x := range errs {
		r.detail(x, false)
	}
	for _, x := range warns {
		r.detail(x, true)
	}
	stats := event.StatsLine{}
	for _, x := range out.Results {
		stats.Total++
		switch x.Status {
		case Error, Fail, PartialSuccess:
			stats.Error++
		case Skipped:
			stats.Skip++
		case Warn:
			stats.Warn++
		case NoOp:
			stats.NoOp++
		default:
			stats.Pass++
		}
	}
	r.Bus.Emit(event.Blank())
	r.Bus.Emit(stats)
}

// detail prints the block of one failed node.
func (r *Runner) detail(x *Result, warning bool) {
	message := ""
	if x.Message != nil {
		message = *x.Message
	}
	if x.BatchError != "" {
		message += "\nThe first batch that failed: " + x.BatchError
	}
	if x.Status == Skipped {
		r.Bus.EmitAt(event.Debug, event.RunResultError{Msg: message})
		return
	}
	typ, name, path := "", x.UniqueID, ""
	var info *event.NodeInfo
	if n := x.Node; n != nil {
		typ, name, path = string(n.ResourceType), n.Name, n.OriginalFilePath
		info = nodeInfo(n, "None", time.Time{}, time.Time{}) // dbt has forgotten the status by then
	} else if u := x.UnitTest; u != nil {
		typ, name, path = "unit_test", u.Name, u.OriginalFilePath
		info = infoOf(x, "None", time.Time{}, time.Time{})
	} else if src := x.Source; src != nil {
		typ, name, path = "source", src.Name, src.OriginalFilePath
		info = sourceInfo(src, string(x.Status), timeOf(x), time.Time{})
	}
	if x.Node == nil || !x.Node.IsEphemeral() { // that of an ephemeral model follows the line of what it made skip
		r.Bus.Emit(event.Blank())
	}
	if warning {
		r.Bus.Emit(event.RunResultWarning{ResourceType: typ, NodeName: name, Path: path, NodeInfo: info, Group: r.group(x.Node)})
		r.Bus.Emit(event.RunResultWarningMessage{Msg: message, NodeInfo: info})
	} else {
		r.Bus.Emit(event.RunResultFailure{ResourceType: typ, NodeName: name, Path: path, NodeInfo: info, Group: r.group(x.Node)})
		if message != "" {
			r.Bus.Emit(event.RunResultError{Msg: message, NodeInfo: info, Group: r.group(x.Node)})
		} else {
			r.Bus.Emit(event.RunResultErrorNoMessage{Status: string(x.Status), NodeInfo: info})
		}
	}
	n := x.Node
	if n == nil {
		return
	}
	if n.CompiledPath != nil {
		r.Bus.Emit(event.Blank())
		r.Bus.Emit(event.SQLCompiledPath{Path: *n.CompiledPath, NodeInfo: info})
	}
	if n.ResourceType == manifest.Test && n.RelationName != nil && (x.Status == Fail || x.Status == Warn || x.Status == Error) {
		r.Bus.Emit(event.Blank())
		r.Bus.Emit(event.CheckNodeTestFailure{RelationName: *n.RelationName, NodeInfo: info})
	}
	if n.ResourceType == manifest.Test && x.Table != nil && x.Table.Len() > 0 {
		e := event.FailingRows{NodeInfo: info, Preview: x.Preview("json"), NumRows: x.Table.Len(), Fit: x.Fit}
		if x.Failures != nil {
			e.NumFailures = *x.Failures
		}
		r.Bus.Emit(event.Blank())
		r.Bus.Emit(e)
	}
}

func results(n int) string {
	if n == 1 {
		return "1 result"
	}
	return fmt.Sprintf("%d results", n)
}

// configTexts is a node's config with each value as Python's str() writes it.
func configTexts(n *manifest.Node) map[string]any {
	out := map[string]any{}
	for k, v := range n.Config.All() {
		switch v := v.(type) {
		case nil:
		case string:
			out[k] = v
		default:
			out[k] = yamldoc.Repr(v)
		}
	}
	return out
}
