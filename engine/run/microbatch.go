package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/serial"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// batches tells whether a model is built batch by batch in this run
// (docs.getdbt.com/docs/build/incremental-microbatch).
func (r *Runner) batches(n *manifest.Node) bool {
	return n.Batch == nil && (r.Command == Run || r.Command == Build) && n.ResourceType == manifest.Model &&
		n.Materialized() == "incremental" && n.ConfigValue("incremental_strategy") == "microbatch" &&
		r.Session.Library.BatchesModels(r.Session.ProjectName, r.Batches.Custom)
}

func (v *visit) batched() bool { return v.r.batches(v.n) }

// microbatch builds the batches of a model: the first alone, for it may make the table, the last alone, for its
// post-hooks end the model, and those between side by side where warehouse and model allow it. Each batch is a
// transaction of its own; where the first fails, the rest is skipped, and where another fails, the rest goes on.
func (v *visit) microbatch(ctx context.Context) error {
	incremental, err := v.addsToTable(ctx)
	if err != nil {
		return err
	}
	all, err := v.spans(incremental)
	if err != nil {
		return err
	}
	w := &batchWork{v: v, all: all, results: &manifest.BatchResults{}}
	ok := w.one(ctx, 0, v.res.Thread, incremental)
	parallel := v.r.Session.Driver.Dialect().ConcurrentMicrobatch && v.concurrent()
	var side sync.WaitGroup
	for i := 1; i < len(all)-1; i++ {
		if !ok {
			w.skip(i)
			continue
		}
		if parallel {
			select {
			case thread := <-v.r.workers:
				w.tell(v.bus, i, "concurrently")
				side.Go(func() {
					defer func() { v.r.workers <- thread }()
					w.one(serial.Without(ctx), i, thread, true)
				})
				continue
			default: // all workers are busy, so this one works itself
			}
		}
		w.tell(v.bus, i, "sequentially")
		w.one(ctx, i, v.res.Thread, true)
	}
	serial.Outside(ctx, side.Wait)
	if last := len(all) - 1; last > 0 && ok {
		w.tell(v.bus, last, "sequentially")
		w.one(ctx, last, v.res.Thread, true)
	} else if last > 0 {
		w.skip(last)
	}
	w.end()
	if v.res.Status == Success {
		return v.pointLatest(ctx)
	}
	return nil
}

// addsToTable tells whether the model's table is there to be added to.
func (v *visit) addsToTable(ctx context.Context) (bool, error) {
	c, t := v.context(ctx)
	ad := c.Adapter.(jinja.HasMethod)
	found, _, err := ad.CallMethod(t, "get_relation", []jinja.Value{jinja.Str(v.n.Database), jinja.Str(v.n.Schema), jinja.Str(v.n.Alias)}, nil)
	if err != nil {
		return false, err
	}
	if rel, ok := found.(*values.Relation); !ok || rel.Adapter().Type != "table" {
		return false, nil
	}
	if v.r.Batches.Former[v.n.UniqueID] != nil {
		return true, nil // a retry adds the rest, or what went well would be lost after a --full-refresh
	}
	if full, ok := v.n.ConfigValue("full_refresh").(bool); ok {
		return !full, nil
	}
	return v.r.Session.Flags.Value("FULL_REFRESH") != true, nil
}

// spans gives the batches to build; a retry has those that failed.
func (v *visit) spans(incremental bool) ([]*manifest.Batch, error) {
	size, _ := v.n.ConfigValue("batch_size").(string)
	if former := v.r.Batches.Former[v.n.UniqueID]; former != nil {
		var out []*manifest.Batch
		for _, span := range former.Failed {
			b, err := manifest.ReadBatch(span, size)
			if err != nil {
				return nil, diag.New(diag.RuntimeError, "the batches of the last run can't be read: %v", err).WithCode("bad-batch")
			}
			out = append(out, b)
		}
		return out, nil
	}
	lookback := 1
	switch n := v.n.ConfigValue("lookback").(type) {
	case int64:
		lookback = int(n)
	case bool:
		lookback = 0
		if n {
			lookback = 1
		}
	}
	begin := v.n.ConfigValue("begin").(yamldoc.Time) // checked when the project was parsed
	return v.r.Batches.spans(size, begin.Time, lookback, incremental), nil
}

// concurrent tells whether batches may run side by side: as configured, else when the model doesn't look at itself.
func (v *visit) concurrent() bool {
	if b, ok := v.n.ConfigValue("concurrent_batches").(bool); ok {
		return b
	}
	t, err := v.r.Session.Env.Parse(v.n.OriginalFilePath, v.n.RawCode)
	return err == nil && !t.Uses("this")
}

// batchWork is the work on one model's batches.
type batchWork struct {
	v   *visit
	all []*manifest.Batch

	mu      sync.Mutex
	results *manifest.BatchResults
	first   *Result // of the batches that failed
}

func (w *batchWork) name(i int) string {
	return "batch " + w.all[i].Name() + " of " + w.v.r.represent(w.v.n)
}

func (w *batchWork) tell(bus *event.Bus, i int, how string) {
	bus.Emit(event.MicrobatchExecutionDebug{Msg: w.name(i) + " is being run " + how})
}

// one builds a batch and tells whether that went well. After an interrupt, or a failure with --fail-fast, it counts as
// failed, so that retry builds it.
func (w *batchWork) one(ctx context.Context, i int, thread string, incremental bool) bool {
	r, span := w.v.r, w.all[i].Span()
	w.mu.Lock()
	stop := ctx.Err() != nil || r.FailFast && len(w.results.Failed) > 0
	if stop {
		w.results.Failed = append(w.results.Failed, span)
	}
	w.mu.Unlock()
	if stop {
		return false
	}
	n := w.node(i)
	b := &visit{r: r, n: n, bus: r.Bus.Thread(thread), started: r.Now(), incremental: incremental}
	b.res = &Result{UniqueID: n.UniqueID, Node: n, Thread: thread}
	b.bus.Emit(event.NodeStart{NodeInfo: b.enter("started")})
	b.bus.Emit(event.LogStartBatch{NodeInfo: b.state, Description: w.name(i), BatchIndex: i + 1, TotalBatches: len(w.all)})
	err := b.do(ctx)
	if err != nil {
		b.fail(ctx, err)
		if ctx.Err() == nil {
			b.bus.Emit(event.GenericExceptionOnRun{UniqueID: n.UniqueID, NodeInfo: b.state, Exc: *b.res.Message})
		}
		b.res.Status = Error
	}
	b.res.Seconds = r.Now().Sub(b.started).Seconds()
	b.enter(string(b.res.Status))
	w.line(b, i)
	b.bus.Emit(event.NodeFinished{NodeInfo: b.state, RunResult: b.res.event()})

	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.results.Failed = append(w.results.Failed, span)
		if w.first == nil {
			w.first = b.res
		}
		return false
	}
	w.results.Successful = append(w.results.Successful, span)
	return true
}

func (w *batchWork) skip(i int) {
	n := w.node(i)
	b := &visit{r: w.v.r, n: n, bus: w.v.bus, started: w.v.r.Now()}
	b.res = &Result{UniqueID: n.UniqueID, Node: n, Thread: w.v.res.Thread, Status: Skipped}
	b.enter(string(Skipped))
	w.line(b, i)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.results.Failed = append(w.results.Failed, w.all[i].Span())
}

func (w *batchWork) line(b *visit, i int) {
	status := string(b.res.Status)
	level := event.Info
	switch {
	case b.res.Status == Error:
		level = event.Error
	case b.res.Status != Skipped && b.res.Message != nil:
		status = *b.res.Message
	}
	b.bus.EmitAt(level, event.LogBatchResult{NodeInfo: b.state, Description: w.name(i), Status: status, BatchIndex: i + 1, TotalBatches: len(w.all),
		ExecutionTime: b.res.Seconds, Group: b.r.group(b.n)})
}

// node is the model as the batch sees it: with its span, the pre-hooks for the first and the post-hooks for the last.
func (w *batchWork) node(i int) *manifest.Node {
	n := *w.v.n
	n.Batch = w.all[i]
	n.Config = n.Config.Copy()
	// Macros for batches that were written before `model.batch` read these.
	n.Config.Set("__dbt_internal_microbatch_event_time_start", n.Batch.Start)
	n.Config.Set("__dbt_internal_microbatch_event_time_end", n.Batch.End)
	if i != 0 {
		n.PreHooks = nil
		n.Config.Set("pre-hook", []any{})
	}
	if i != len(w.all)-1 {
		n.PostHooks = nil
		n.Config.Set("post-hook", []any{})
	}
	return &n
}

// end sums the batches up in the model's result. Those that an earlier run built come behind those of this one.
func (w *batchWork) end() {
	res, b := w.v.res, w.results
	done, failed := len(b.Successful), len(b.Failed)
	switch {
	case failed == 0:
		res.Status, res.Message = Success, text("SUCCESS")
	case done == 0:
		res.Status, res.Message = Error, text("ERROR")
	default:
		res.Status, res.Message = PartialSuccess, text(fmt.Sprintf("PARTIAL SUCCESS (%d/%d)", done, done+failed))
	}
	byTime := func(a, b [2]string) int { return strings.Compare(a[0], b[0]) }
	slices.SortFunc(b.Successful, byTime)
	slices.SortFunc(b.Failed, byTime)
	if former := w.v.r.Batches.Former[w.v.n.UniqueID]; former != nil {
		b.Successful = append(b.Successful, former.Successful...)
	}
	res.Batches, res.Failures = b, new(int)
	if w.first != nil {
		res.Err, res.BatchError = w.first.Err, *w.first.Message
	}
}

// constant is a macro's stand-in that gives the same value always.
func constant(name string, value bool) jinja.Value {
	return jinja.NewFunction(name, func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) { return jinja.Bool(value), nil })
}
