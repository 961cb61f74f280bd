package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// Command names what is done with the nodes.
type Command string

// Commands of a Runner.
const (
	Run     Command = "run"
	Test    Command = "test"
	Build   Command = "build"
	Seed    Command = "seed"
	Compile Command = "compile"
	Show    Command = "show"
	// Freshness measures the age of sources.
	Freshness Command = "freshness"
	// Snapshot keeps histories, Operation runs a macro.
	Snapshot  Command = "snapshot"
	Operation Command = "run-operation"
	// Clone makes the nodes out of their deferred relations.
	Clone Command = "clone"
)

// Runner executes nodes of one invocation.
type Runner struct {
	Command  Command
	Session  *dbtjinja.Session
	Compiler *compile.Compiler
	Runtime  *warehouse.Runtime
	// Graph holds the selected nodes; see [Runner.Run].
	Graph *dag.Graph
	// UnitTests are the unit tests that [Build] runs before a model of the graph, by its id.
	UnitTests map[string][]string
	Bus       *event.Bus
	Now       func() time.Time

	Threads    int
	TargetName string
	FailFast   bool
	// WarnIsError turns failing tests of severity warn into failures.
	WarnIsError bool
	// ExplicitOverride is dbt's flag for materializations of packages.
	ExplicitOverride bool
	// SkipAfterStart skips the nodes when a hook of on-run-start failed.
	SkipAfterStart bool
	PopulateCache  bool
	CacheSelected  bool
	Introspect     bool
	// Ephemerals tells that ephemeral models have results of their own; dbt leaves them out of most.
	Ephemerals bool
	// Limit is how many rows show fetches; -1 for all.
	Limit int
	// ShowRows is how many rows of failing tests and of seeds are fetched and printed; 0 is none.
	ShowRows int
	// Target is the absolute target folder, TargetFolder its name in messages.
	Target, TargetFolder string
	WriteFiles           bool
	// Defer gives the nodes their relations in the deferred manifest, before the warehouse is asked for anything; nil
	// does nothing.
	Defer func() error
	// FreshnessHooks runs the project's hooks around Freshness.
	FreshnessHooks bool
	// PointLatest makes the pointers to latest versions that no config turns off (latest_version_pointer_enabled_by_default).
	PointLatest bool
	// Batches says which batches of microbatch models are built.
	Batches Batches

	hooksTold bool
	mu        sync.Mutex
	results   []*Result
	// startFailed tells that a hook of on-run-start failed.
	startFailed bool
	// skippedEphemeral are the ephemeral models that something above made skip, failedEphemeral those that failed.
	skippedEphemeral []string
	failedEphemeral  map[string]*Result
	index            int
	total            int
	workers          chan string
	left             []string // what --fail-fast kept from running
}

// errNode marks a node as failed for the walk.
var errNode = errors.New("node failed")

// errFailFast is the cause of a run that stopped at its first failure.
var errFailFast = errors.New("failing early due to test failure or runtime error")

// Run executes the nodes of the graph. The error is one that ended the run before its nodes, or one of an on-run-end hook
// that can't be rendered: then the results of the nodes come with it. What failed in a node is in its Result.
func (r *Runner) Run(ctx context.Context) (*Results, error) {
	nodes := r.nodes()
	out := &Results{Generated: r.Now()}
	if len(nodes)+len(r.unitTests())+len(r.idles())+len(r.sources()) == 0 {
		if err := r.Bus.Warn(event.NothingToDo{}); err != nil {
			return nil, err
		}
		return out, nil
	}
	for _, n := range nodes {
		if !n.IsEphemeral() {
			r.total++
		}
	}
	r.total += len(r.unitTests()) + len(r.idles()) + len(r.sources())
	r.Bus.Emit(event.Blank())
	r.Bus.Emit(event.ConcurrencyLine{NumThreads: r.Threads, TargetName: r.TargetName, NodeCount: r.total})
	r.Bus.Emit(event.Blank())
	started := r.Now()
	r.Runtime.Node("master", warehouse.NodeOptions{Bus: r.Bus})
	err := r.before(ctx, nodes)
	ran := err == nil
	switch {
	case ctx.Err() != nil:
		r.skipAll(interruptText)
	case err == nil && r.startFailed && r.SkipAfterStart:
		r.skipAll("")
		err = r.after(ctx)
	case err == nil:
		r.walk(ctx)
		err = r.after(ctx)
	}
	r.Runtime.LogCleanup()
	out.Elapsed = r.Now().Sub(started)
	if err != nil && ctx.Err() == nil && !ran {
		if r.Command != Compile && r.Command != Show && r.Command != Clone {
			r.finished(out)
		}
		return nil, err
	}
	out.Results, out.Interrupted = r.results, ctx.Err() != nil
	out.Generated = r.Now()
	if r.Command != Compile && r.Command != Show && r.Command != Clone {
		r.finished(out)
	}
	if err != nil && ctx.Err() == nil {
		return out, err
	}
	r.ended(out)
	return out, nil
}

// nodes lists the selected nodes in the graph's order.
func (r *Runner) nodes() []*manifest.Node {
	var out []*manifest.Node
	for _, id := range r.Graph.Nodes() {
		if n := r.Session.Manifest.Nodes[id]; n != nil {
			out = append(out, n)
		}
	}
	return out
}

// idles are the exposures and saved queries.
func (r *Runner) idles() []string {
	var out []string
	for _, id := range r.Graph.Nodes() {
		if m := r.Session.Manifest; m.Exposures[id] != nil || m.SavedQueries[id] != nil {
			out = append(out, id)
		}
	}
	return out
}

// idle passes an exposure or a saved query: a no-op that shows where the run arrived.
func (r *Runner) idle(id, description, thread string) *Result {
	m := r.Session.Manifest
	res := &Result{UniqueID: id, Exposure: m.Exposures[id], SavedQuery: m.SavedQueries[id], Thread: thread, Status: NoOp, Message: text("NO-OP"), Failures: new(int)}
	bus, started := r.Bus.Thread(thread), r.Now()
	index := r.next()
	bus.Emit(event.NodeStart{NodeInfo: infoOf(res, "started", started, time.Time{})})
	r.Runtime.Node(id, warehouse.NodeOptions{Bus: bus})
	bus.Emit(event.NodeCompiling{NodeInfo: infoOf(res, "compiling", started, time.Time{})})
	bus.Emit(event.NodeExecuting{NodeInfo: infoOf(res, "executing", started, time.Time{})})
	res.Timing = []Timing{{"compile", started, started}, {"execute", started, r.Now()}}
	res.Seconds = r.Now().Sub(started).Seconds()
	info := infoOf(res, string(NoOp), started, r.Now())
	bus.Emit(event.LogNodeNoOpResult{NodeInfo: info, Description: description, Index: index, Total: r.total, ExecutionTime: res.Seconds})
	bus.Emit(event.NodeFinished{NodeInfo: info, RunResult: res.event()})
	r.add(res)
	return res
}

func (r *Runner) unitTests() []string {
	var out []string
	for _, id := range r.Graph.Nodes() {
		if r.Session.Manifest.UnitTests[id] != nil {
			out = append(out, id)
		}
		out = append(out, r.UnitTests[id]...)
	}
	return out
}

// withTests is a node with the unit tests that run before it.
func (r *Runner) withTests(id string) []string { return append(slices.Clone(r.UnitTests[id]), id) }

// before prepares the warehouse and runs on-run-start.
func (r *Runner) before(ctx context.Context, nodes []*manifest.Node) error {
	if r.Defer != nil {
		if err := r.Defer(); err != nil {
			return err
		}
	}
	if r.Command == Clone {
		return r.beforeClone(ctx, nodes)
	}
	if r.Command == Compile || r.Command == Show {
		if !r.Introspect {
			return nil
		}
		return r.populate(ctx, nodes)
	}
	if err := r.createSchemas(ctx, nodes); err != nil {
		return err
	}
	if err := r.populate(ctx, nodes); err != nil {
		return err
	}
	return r.projectHooks(ctx, "on-run-start", nil)
}

func (r *Runner) after(ctx context.Context) error {
	if r.Command == Compile || r.Command == Show || r.Command == Clone || ctx.Err() != nil {
		return nil
	}
	return r.projectHooks(ctx, "on-run-end", r.endContext())
}

// walk runs the nodes, longest remaining path first.
func (r *Runner) walk(ctx context.Context) {
	// work ends later than ctx where a node failed: what is nearly done may end.
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.workers = make(chan string, r.Threads)
	for i := 1; i <= r.Threads; i++ {
		r.workers <- fmt.Sprintf("Thread-%d (worker)", i)
	}
	left, err := r.Graph.LongestPaths(func(string) float64 { return 1 })
	if err != nil {
		r.Bus.Emit(event.MainEncounteredError{Exc: err.Error()})
		return
	}
	// With --fail-fast the first failure ends the run; what depends on it is left like everything else that has not begun.
	var first *Result
	skip := r.skip
	if r.FailFast {
		skip = func(id string, _ []string) { r.leave(r.withTests(id)...) }
	}
	report, err := r.Graph.Walk(ctx, dag.Walker{
		Workers:  r.Threads,
		Priority: func(id string) float64 { return left[id] },
		Visit: func(_ context.Context, id string) error {
			thread := <-r.workers
			defer func() { r.workers <- thread }()
			res := r.visit(work, id, thread)
			if res == nil {
				return nil
			}
			if (res.failed() || res.Status == PartialSuccess) && r.FailFast {
				r.mu.Lock()
				if first == nil {
					first = res
				}
				r.mu.Unlock()
				cancel(errFailFast)
				time.AfterFunc(failFastGrace, func() { stop(errFailFast) })
			}
			if goesOn(res.Node) {
				return nil
			}
			if res.Status == Error || res.Status == PartialSuccess || res.Status == Fail && r.Command == Build {
				r.marksChildren(res)
				return errNode
			}
			return nil
		},
		Skip: skip,
	})
	if err != nil {
		r.Bus.Emit(event.MainEncounteredError{Exc: err.Error()})
		return
	}
	r.reportPanics(report)
	for _, id := range report.Pending {
		r.leave(r.withTests(id)...)
	}
	for _, id := range r.left {
		message := failFastText
		if context.Cause(ctx) != errFailFast {
			message = interruptText
		}
		r.addSkipped(id, message)
	}
	if first != nil {
		r.detail(first, false)
	}
}

// goesOn tells whether what is below a model is built although it failed (the config on_error of dbt 1.12).
func goesOn(n *manifest.Node) bool {
	return n != nil && n.ResourceType == manifest.Model && n.ConfigValue("on_error") == "continue"
}

// Messages of nodes that were not run.
const (
	failFastText  = "Skipping due to fail_fast"
	interruptText = "Skipping due to interrupt"
)

// failFastGrace is how long running nodes go on after another failed with
// --fail-fast, before their queries are cancelled.
const failFastGrace = 250 * time.Millisecond

// addSkipped notes a node that is not begun; message may be "".
func (r *Runner) addSkipped(id, message string) {
	m := r.Session.Manifest
	res := &Result{UniqueID: id, Node: m.Nodes[id], UnitTest: m.UnitTests[id], Source: m.Sources[id], Exposure: m.Exposures[id],
		SavedQuery: m.SavedQueries[id], Status: Skipped, Thread: "MainThread"}
	if message != "" {
		res.Message = &message
	}
	r.add(res)
}

// leave notes nodes that don't run because of --fail-fast or an interrupt.
func (r *Runner) leave(ids ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, ids...)
}

// skipAll notes each node as skipped: the run ended before the first.
func (r *Runner) skipAll(message string) {
	var ids []string
	for _, id := range r.Graph.Nodes() {
		ids = append(ids, r.withTests(id)...)
	}
	for _, id := range ids {
		m := r.Session.Manifest
		n := m.Nodes[id]
		if n != nil && n.IsEphemeral() || n == nil && m.UnitTests[id] == nil && m.Exposures[id] == nil && m.SavedQueries[id] == nil && (r.Command != Freshness || m.Sources[id] == nil) {
			continue
		}
		if message == "" && n != nil {
			r.Bus.Emit(event.SkippingDetails{ResourceType: string(n.ResourceType), Schema: n.Schema, NodeName: n.Name, Index: r.next(), Total: r.total,
				NodeInfo: nodeInfo(n, "skipped", r.Now(), time.Time{}), Group: r.group(n)})
		}
		r.addSkipped(id, message)
	}
}

// marksChildren tells that what depends on a node won't run; dbt says so in the thread that collects results.
func (r *Runner) marksChildren(res *Result) {
	bus := r.Bus.Thread(fmt.Sprintf("Thread-%d (_handle_results)", r.Threads+3))
	bus.Emit(event.MarkSkippedChildren{UniqueID: res.UniqueID, Status: string(res.Status), RunResult: res.event()})
}

// reportPanics turns a panic in a node's work into that node's error.
func (r *Runner) reportPanics(report *dag.Report) {
	for id, err := range report.Failed {
		var p *dag.PanicError
		if errors.As(err, &p) {
			msg := fmt.Sprintf("Internal Error\n  %v\n%s", p.Value, p.Stack)
			r.add(&Result{UniqueID: id, Node: r.Session.Manifest.Nodes[id], Status: Error, Message: &msg, Err: err})
		}
	}
}

func (r *Runner) add(res *Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results = append(r.results, res)
}

func (r *Runner) next() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.index++
	return r.index
}

// skip notes a node below a failed one, with its unit tests.
func (r *Runner) skip(id string, causes []string) {
	for _, test := range r.UnitTests[id] {
		r.skipOne(test, causes)
	}
	r.skipOne(id, causes)
}

func (r *Runner) skipOne(id string, causes []string) {
	m := r.Session.Manifest
	bus := r.Bus.Thread(skipThread)
	res := &Result{UniqueID: id, Status: Skipped, Thread: skipThread}
	e := event.SkippingDetails{Total: r.total}
	switch {
	case m.UnitTests[id] != nil:
		res.UnitTest = m.UnitTests[id]
		e.ResourceType, e.NodeName = "unit_test", res.UnitTest.Name
	case m.Exposures[id] != nil:
		res.Exposure = m.Exposures[id]
		e.ResourceType, e.NodeName = "exposure", res.Exposure.Name
	case m.SavedQueries[id] != nil:
		res.SavedQuery = m.SavedQueries[id]
		e.ResourceType, e.NodeName = "saved_query", res.SavedQuery.Name
	case m.Nodes[id] == nil:
		return
	case m.Nodes[id].IsEphemeral():
		r.mu.Lock()
		r.skippedEphemeral = append(r.skippedEphemeral, id)
		r.mu.Unlock()
		return
	default:
		res.Node = m.Nodes[id]
		e.ResourceType, e.Schema, e.NodeName, e.Group = string(res.Node.ResourceType), res.Node.Schema, res.Node.Name, r.group(res.Node)
	}
	// In a build a skipped ephemeral model counts as the cause, as a failed one does
	// everywhere (dbt/task/build.py, MARK_DEPENDENT_ERRORS_STATUSES).
	n, status := res.Node, Error
	if r.Command == Build && n != nil && n.ResourceType == manifest.Model {
		r.mu.Lock()
		for _, parent := range n.DependsOn.Nodes {
			if slices.Contains(r.skippedEphemeral, parent) {
				causes, status = append(slices.Clone(causes), parent), Skipped
			}
		}
		r.mu.Unlock()
	}
	e.Index = r.next()
	now := r.Now()
	if r.Command != Compile && r.Command != Show {
		bus.Emit(event.NodeStart{NodeInfo: infoOf(res, "started", now, time.Time{})})
	}
	e.NodeInfo = infoOf(res, "skipped", now, time.Time{})
	var line event.Event = e
	var cause *Result
	for _, c := range causes {
		if p := m.Nodes[c]; n != nil && p != nil && p.IsEphemeral() {
			line = event.LogSkipBecauseError{Schema: n.Schema, Relation: n.Name, Index: e.Index, Total: r.total, Status: string(status), Group: e.Group}
			res.Message = text(fmt.Sprintf("Compilation Error in %s, caused by compilation error in referenced ephemeral model %s", id, c))
			r.mu.Lock()
			cause = r.failedEphemeral[c]
			r.mu.Unlock()
			break
		}
	}
	if r.Command != Compile && r.Command != Show { // these end with the first error
		bus.Emit(line)
		if cause != nil {
			r.detail(cause, false)
		}
		bus.Emit(event.NodeFinished{NodeInfo: e.NodeInfo, RunResult: res.event()})
	}
	if r.Command == Build {
		r.marksChildren(res)
	}
	r.add(res)
}

// skipThread is the thread that skipped nodes are told to come from: dbt hands them to a worker, here none is needed.
const skipThread = "Thread-1 (worker)"

// visit compiles and executes one node.
func (r *Runner) visit(ctx context.Context, id, thread string) *Result {
	m := r.Session.Manifest
	if u := m.UnitTests[id]; u != nil {
		return r.unitTest(ctx, u, thread)
	}
	if e := m.Exposures[id]; e != nil {
		return r.idle(id, "exposure "+e.Name, thread)
	}
	if q := m.SavedQueries[id]; q != nil {
		return r.idle(id, "saved query "+q.Name, thread)
	}
	if s := m.Sources[id]; s != nil && r.Command == Freshness {
		return r.freshness(ctx, s, thread)
	}
	n := m.Nodes[id]
	if n == nil {
		return nil // sources only order the rest
	}
	if failed := r.testFirst(ctx, id, thread); failed != nil {
		return failed
	}
	ctx, leave := r.Session.Share(ctx, false)
	defer leave()
	v := &visit{r: r, n: n, bus: r.Bus.Thread(thread).Watched(), started: r.Now()}
	v.res = &Result{UniqueID: id, Node: n, Thread: thread}
	if !n.IsEphemeral() {
		v.index = r.next()
	}
	v.bus.Emit(event.NodeStart{NodeInfo: v.enter("started")})
	v.startLine()
	if err := v.do(ctx); err != nil {
		v.fail(ctx, err)
	}
	if err := v.bus.Escalated(); err != nil {
		v.fail(ctx, err)
	}
	v.res.Seconds = r.Now().Sub(v.started).Seconds()
	v.enter(string(v.res.Status))
	v.resultLine()
	v.bus.Emit(event.NodeFinished{NodeInfo: v.state, RunResult: v.res.event()})
	if !n.IsEphemeral() || r.Ephemerals || v.res.Status == Error && r.Command == Compile {
		r.add(v.res)
	}
	if n.IsEphemeral() && v.res.Status == Error {
		r.mu.Lock()
		if r.failedEphemeral == nil {
			r.failedEphemeral = map[string]*Result{}
		}
		r.failedEphemeral[id] = v.res
		r.mu.Unlock()
	}
	return v.res
}

// visit is the work on one node.
type visit struct {
	r       *Runner
	n       *manifest.Node
	bus     *event.Bus
	index   int
	started time.Time
	res     *Result
	conn    *warehouse.NodeConn
	// written is the statement that went to target/run.
	written string
	// state is what events tell of the node at the moment.
	state *event.NodeInfo
	// incremental says that this batch of a microbatch model adds to a table, whatever --full-refresh says.
	incremental bool
}

// enter notes that the node is in another state, which the events from now on carry.
func (v *visit) enter(status string) *event.NodeInfo {
	var end time.Time
	switch status {
	case "started", "compiling", "executing":
	default:
		end = v.r.Now()
	}
	v.state = infoOf(v.res, status, v.started, end)
	if v.conn != nil {
		v.conn.SetInfo(v.state)
	}
	return v.state
}

// connection is what the session of the node is opened with. On PostgreSQL all that the node does before its COMMIT is one
// transaction.
func (v *visit) connection() warehouse.NodeOptions {
	return warehouse.NodeOptions{Node: v.n, Info: v.state, Bus: v.bus, Values: func() map[string]any { return plain(v.n) },
		Implicit: v.r.Runtime.Driver.Name() == "postgres"}
}

func (v *visit) do(ctx context.Context) error {
	v.conn = v.r.Runtime.Node(v.n.UniqueID, v.connection())
	defer v.conn.Release(context.WithoutCancel(ctx))
	start := v.r.Now()
	v.bus.Emit(event.NodeCompiling{NodeInfo: v.enter("compiling")})
	if v.n.ResourceType != manifest.Seed && v.r.Command != Clone && !v.batched() {
		err := v.r.Compiler.Node(ctx, v.n, v.adapter)
		v.res.Timing = append(v.res.Timing, Timing{"compile", start, v.r.Now()})
		if err != nil {
			return err
		}
		if v.n.ResourceType != manifest.Snapshot {
			v.bus.Emit(event.WritingInjectedSQLForNode{NodeInfo: v.state})
		}
	} else {
		v.res.Timing = append(v.res.Timing, Timing{"compile", start, v.r.Now()})
	}
	v.res.Status = Success
	if v.n.IsEphemeral() && v.r.Command != Show {
		return nil
	}
	start = v.r.Now()
	v.bus.Emit(event.NodeExecuting{NodeInfo: v.enter("executing")})
	var err error
	if v.r.Command != Compile {
		err = v.execute(ctx)
	}
	v.res.Timing = append(v.res.Timing, Timing{"execute", start, v.r.Now()})
	return err
}

func (v *visit) execute(ctx context.Context) error {
	switch {
	case v.r.Command == Show:
		return v.show(ctx)
	case v.r.Command == Clone:
		return v.clone(ctx)
	case v.n.ResourceType == manifest.Test:
		return v.dataTest(ctx)
	default:
		return v.materialize(ctx)
	}
}

// fail records what a node failed with.
func (v *visit) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		v.bus.Emit(event.LogCancelLine{ConnName: v.n.UniqueID})
		if context.Cause(ctx) == errFailFast {
			v.res.Status, v.res.Message = Skipped, text(failFastText)
			return
		}
	}
	err = compile.Locate(v.r.Session, err, v.n)
	v.res.Status, v.res.Err = Error, err
	d, ok := diag.As(err)
	if ok {
		v.r.Session.ExplainUndefined(d.Err, d, v.n.PackageName)
	} else {
		d = diag.Wrap(diag.RuntimeError, err)
		d.Node, d.NodePath = string(v.n.ResourceType)+" "+v.n.Name, v.n.OriginalFilePath
	}
	if ctx.Err() != nil {
		d = diag.New(diag.RuntimeError, "the query was cancelled")
		d.Node, d.NodePath = string(v.n.ResourceType)+" "+v.n.Name, v.n.OriginalFilePath
	}
	v.explain(d)
	if v.n.ResourceType == manifest.Seed {
		v.explainSeed(d)
	}
	d.FillSource(v.r.Session.ReadFile)
	msg := v.bus.Scrub(d.String())
	v.res.Message = &msg
	v.bus.Emit(event.CatchableExceptionOnRun{NodeInfo: v.state, Exc: msg})
}

func (r *Result) event() event.RunResult {
	e := event.RunResult{Status: string(r.Status), Thread: r.Thread, ExecutionTime: r.Seconds, AdapterResponse: map[string]any{}}
	if r.Message != nil {
		e.Message = *r.Message
	}
	if r.Failures != nil {
		e.NumFailures = *r.Failures
	}
	for k, v := range responseMap(r.Response, false).All() {
		e.AdapterResponse[k] = v
	}
	for _, t := range r.Timing {
		e.TimingInfo = append(e.TimingInfo, event.TimingInfo{Phase: t.Name, StartedAt: t.Started, CompletedAt: t.Completed})
	}
	return e
}
