package run

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/sqltok"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Age is how old the newest row of a source table was when it was asked for.
type Age struct {
	// MaxLoadedAt is the load time of the newest row; year 1 for an empty table.
	MaxLoadedAt, SnapshottedAt time.Time
}

// Seconds is the age in seconds.
func (a Age) Seconds() float64 {
	// A time.Duration ends at 292 years, less than the age of an empty table.
	return float64(a.SnapshottedAt.Unix()-a.MaxLoadedAt.Unix()) + float64(a.SnapshottedAt.Nanosecond()-a.MaxLoadedAt.Nanosecond())/1e9
}

// sources lists the source tables to measure.
func (r *Runner) sources() []*manifest.Source {
	if r.Command != Freshness {
		return nil
	}
	var out []*manifest.Source
	for _, id := range r.Graph.Nodes() {
		if s := r.Session.Manifest.Sources[id]; s != nil {
			out = append(out, s)
		}
	}
	return out
}

// freshness measures one source table (dbt/task/freshness.py).
func (r *Runner) freshness(ctx context.Context, src *manifest.Source, thread string) *Result {
	bus := r.Bus.Thread(thread)
	start := r.Now()
	res := &Result{UniqueID: src.UniqueID, Source: src, Thread: thread}
	info := func(status string) *event.NodeInfo { return sourceInfo(src, status, start, time.Time{}) }
	index := r.next()
	bus.Emit(event.NodeStart{NodeInfo: info("started")})
	bus.Emit(event.LogStartLine{NodeInfo: info("started"), Description: "freshness of " + src.SourceName + "." + src.Name, Index: index, Total: r.total})
	bus.Emit(event.NodeCompiling{NodeInfo: info("compiling")})
	now := r.Now()
	res.Timing = append(res.Timing, Timing{"compile", start, now})
	bus.Emit(event.NodeExecuting{NodeInfo: info("executing")})
	age, resp, err := r.age(ctx, src, thread)
	res.Timing = append(res.Timing, Timing{"execute", now, r.Now()})
	if err != nil {
		r.sourceFailed(ctx, bus, src, res, err)
	} else {
		res.Age, res.Response, res.Status = &age, resp, staleness(src.Freshness, age.Seconds())
	}
	end := r.Now()
	res.Seconds = end.Sub(start).Seconds()
	done := sourceInfo(src, string(res.Status), start, end)
	bus.Emit(event.LogFreshnessResult{NodeInfo: done, Status: string(res.Status), Index: index, Total: r.total, ExecutionTime: res.Seconds,
		SourceName: src.SourceName, TableName: src.Name})
	bus.Emit(event.NodeFinished{NodeInfo: done, RunResult: res.event()})
	r.add(res)
	return res
}

func (r *Runner) sourceFailed(ctx context.Context, bus *event.Bus, src *manifest.Source, res *Result, err error) {
	res.Status, res.Err = RuntimeError, err
	err = compile.Locate(r.Session, err, sourceNode(src))
	d, ok := diag.As(err)
	switch {
	case ctx.Err() != nil:
		d = diag.New(diag.RuntimeError, "the query was cancelled")
	case ok:
		r.Session.ExplainUndefined(d.Err, d, src.PackageName)
	default:
		d = diag.Wrap(diag.RuntimeError, err)
	}
	if d.Node == "" {
		d.Node, d.NodePath = "source "+src.Name, src.OriginalFilePath
	}
	r.explainSource(d, src)
	d.FillSource(r.Session.ReadFile)
	res.Message = text(bus.Scrub(d.String()))
	bus.Emit(event.CatchableExceptionOnRun{NodeInfo: sourceInfo(src, "error", r.Now(), time.Time{}), Exc: *res.Message})
}

// sourceNode stands for a source where errors are told of nodes.
func sourceNode(src *manifest.Source) *manifest.Node {
	return &manifest.Node{Name: src.Name, ResourceType: manifest.SourceType, PackageName: src.PackageName, OriginalFilePath: src.OriginalFilePath, Line: src.Line}
}

// explainSource points what the warehouse says of a query for freshness at the property that it comes from.
func (r *Runner) explainSource(d *diag.Diagnostic, src *manifest.Source) {
	var se *warehouse.StatementError
	if !errors.As(d.Err, &se) {
		return
	}
	d.Stack = nil
	line := sqltok.NewLines(se.SQL).Line(se.Line)
	if src.LoadedAtQuery != nil {
		p, ok := textPlace(r.Session, sourceNode(src), *src.LoadedAtQuery, se)
		if !ok {
			p, ok = r.Session.TextPlace(sourceNode(src), *src.LoadedAtQuery, 1, 1)
		}
		if ok {
			p.Set(d)
			return
		}
	}
	filter, _ := src.Freshness.Value("filter").(string)
	switch {
	case filter != "" && strings.Contains(line, filter):
		if p, ok := r.Session.TextPlace(sourceNode(src), filter, 1, 1); ok {
			p.Set(d)
		}
	case src.LoadedAtField != nil && strings.Contains(line, *src.LoadedAtField) && strings.Contains(d.Message, *src.LoadedAtField):
		for _, keys := range [][]string{{"config", "loaded_at_field"}, {"loaded_at_field"}} {
			if p, ok := r.Session.SourcePlace(src, keys...); ok {
				p.Set(d)
				return
			}
		}
	}
}

// age asks for the newest row: by loaded_at_query, else by loaded_at_field.
func (r *Runner) age(ctx context.Context, src *manifest.Source, thread string) (Age, *adapter.Response, error) {
	conn := r.Runtime.Node(src.UniqueID, warehouse.NodeOptions{Info: sourceInfo(src, "executing", r.Now(), time.Time{})})
	defer conn.Release(context.WithoutCancel(ctx))
	mc, t, err := r.session(ctx, conn)
	if err != nil {
		return Age{}, nil, err
	}
	relation := r.Runtime.Classes.Relation.Wrap(r.Session.SourceRelation(src))
	kwargs := []jinja.Kwarg{{Name: "source", Value: relation}}
	macro := "collect_freshness"
	switch {
	case src.LoadedAtQuery != nil:
		query, err := r.loadedAtQuery(ctx, src, conn, thread)
		if err != nil {
			return Age{}, nil, err
		}
		macro = "collect_freshness_custom_sql"
		kwargs = append(kwargs, jinja.Kwarg{Name: "loaded_at_query", Value: jinja.Str(query)})
	case src.LoadedAtField != nil:
		filter := jinja.Value(jinja.None)
		if f, ok := src.Freshness.Value("filter").(string); ok {
			filter = jinja.Str(f)
		}
		kwargs = append(kwargs, jinja.Kwarg{Name: "loaded_at_field", Value: jinja.Str(*src.LoadedAtField)}, jinja.Kwarg{Name: "filter", Value: filter})
	default:
		return Age{}, nil, diag.New(diag.RuntimeError, "Could not compute freshness for source %s: no 'loaded_at_field' provided and %s adapter does not support metadata-based freshness checks.",
			src.Name, r.Session.Driver.Name()).At(src.OriginalFilePath, src.Line, 0).WithCode("freshness-without-field")
	}
	out, err := mc.CallMacro(t, macro, nil, kwargs)
	if err != nil {
		return Age{}, nil, err
	}
	return r.readAge(src, macro, out)
}

// loadedAtQuery renders the query of a source: `this` is its relation, `model`
// and `source_node` its entry in the manifest.
func (r *Runner) loadedAtQuery(ctx context.Context, src *manifest.Source, conn *warehouse.NodeConn, thread string) (string, error) {
	c := r.Session.Operation(src.PackageName, nil)
	c.ThreadID = thread
	c.SetAdapter(r.Runtime.Object(conn, c, warehouse.Options{Dispatch: c.Dispatch()}))
	entry := dbtjinja.SourceValue(src)
	c.This = r.Runtime.Classes.Relation.Wrap(r.Session.SourceRelation(src))
	c.Extra = map[string]jinja.Value{"this": c.This, "model": entry, "source_node": entry}
	t := jinja.NewThread(ctx)
	t.Local = c
	query, err := c.RenderText(t, src.OriginalFilePath, *src.LoadedAtQuery)
	return query, r.Session.InText(err, sourceNode(src), src.OriginalFilePath, *src.LoadedAtQuery)
}

// readAge takes the row of two timestamps that the macro gave.
func (r *Runner) readAge(src *manifest.Source, macro string, out jinja.Value) (Age, *adapter.Response, error) {
	var resp *adapter.Response
	table, ok := out.(*values.Table)
	if ok {
		// Before dbt 1.5 the macro returned the table alone.
		if err := r.Bus.Warn(event.CollectFreshnessReturnSignature{}); err != nil {
			return Age{}, nil, err
		}
	} else {
		stored, isResult := out.(*dbtjinja.StoredResult)
		if isResult {
			table, ok = stored.Table.(*values.Table)
			if x, has := values.ToResponse(stored.Response); has {
				resp = &x
			}
		}
		if !ok {
			return Age{}, nil, diag.New(diag.CompilationError, "the macro %s must return load_result(…), got %s", macro, out.Type()).WithCode("freshness-result")
		}
	}
	if columns := len(table.ColumnNames()); table.Len() != 1 || columns != 2 {
		return Age{}, nil, diag.New(diag.CompilationError, "Got an invalid result from \"%s\" macro: %d rows of %d columns instead of one row with max_loaded_at and snapshotted_at",
			macro, table.Len(), columns).WithCode("freshness-result")
	}
	age := Age{MaxLoadedAt: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}
	var err error
	if v := table.Value(0, 0); v != jinja.None {
		if age.MaxLoadedAt, err = timestamp(src, "max_loaded_at", v); err != nil {
			return Age{}, nil, err
		}
	}
	if table.Value(0, 1) == jinja.None {
		return Age{}, nil, diag.New(diag.DatabaseError, "Expected a non-null value when querying field 'snapshotted_at' of table %s but received value 'null' instead", src.RelationName)
	}
	age.SnapshottedAt, err = timestamp(src, "snapshotted_at", table.Value(0, 1))
	return age, resp, err
}

// timestamp takes a time without zone for UTC.
func timestamp(src *manifest.Source, field string, v jinja.Value) (time.Time, error) {
	if dt, ok := v.(jinja.DateTime); ok {
		return dt.Time().UTC(), nil
	}
	d := diag.New(diag.DatabaseError, "Expected a timestamp value when querying field '%s' of table %s but received value of type '%s' instead",
		field, src.RelationName, strings.TrimPrefix(v.Type(), "datetime.")).At(src.OriginalFilePath, src.Line, 0).WithCode("freshness-type")
	if field == "max_loaded_at" && src.LoadedAtQuery == nil {
		d = d.WithHint("convert it: loaded_at_field: \"%s::timestamp\"", *src.LoadedAtField)
	}
	return time.Time{}, d
}

// staleness holds an age against the thresholds of a source.
func staleness(thresholds *yamldoc.Map, seconds float64) Status {
	over := func(key string) bool {
		limit, ok := threshold(thresholds.Map(key))
		return ok && seconds > limit
	}
	switch {
	case over("error_after"):
		return Error
	case over("warn_after"):
		return Warn
	}
	return Pass
}

func threshold(m *yamldoc.Map) (seconds float64, ok bool) {
	unit, known := map[string]float64{"minute": 60, "hour": 3600, "day": 86400}[m.Str("period")]
	if !known {
		return 0, false
	}
	switch n := m.Value("count").(type) {
	case int64:
		return float64(n) * unit, true
	case int:
		return float64(n) * unit, true
	}
	return 0, false
}

// HasFreshness tells whether a source has a threshold to hold its age against.
func HasFreshness(src *manifest.Source) bool {
	for _, key := range []string{"warn_after", "error_after"} {
		if _, ok := threshold(src.Freshness.Map(key)); ok {
			return true
		}
	}
	return false
}

func sourceInfo(src *manifest.Source, status string, started, finished time.Time) *event.NodeInfo {
	info := &event.NodeInfo{
		NodePath: src.Path, NodeName: src.Name, UniqueID: src.UniqueID, ResourceType: string(src.ResourceType), NodeStatus: status,
		Meta:         yamldoc.Plain(src.Meta),
		NodeRelation: event.NodeRelation{Database: src.Database, Schema: src.Schema, RelationName: src.RelationName},
	}
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format("2006-01-02T15:04:05.000000")
	}
	info.NodeStartedAt, info.NodeFinishedAt = stamp(started), stamp(finished)
	return info
}

// FreshnessSummary tells of the stale sources and the failed queries, as dbt's
// task_end_messages of `source freshness`.
func (r *Runner) FreshnessSummary(out *Results) {
	for _, x := range out.Results {
		switch x.Status {
		case Error:
			r.detail(x, false)
		case RuntimeError:
			r.Bus.Emit(event.Blank())
			r.Bus.Emit(event.RunResultError{Msg: *x.Message, NodeInfo: sourceInfo(x.Source, string(x.Status), timeOf(x), time.Time{})})
		}
	}
	r.Bus.Emit(event.FreshnessCheckComplete{})
}

// sourceMap is an entry of sources.json.
func (r *Result) sourceMap() *yamldoc.Map {
	m := r.toMap()
	return yamldoc.NewMap(
		"unique_id", r.UniqueID, "max_loaded_at", offsetTime(r.Age.MaxLoadedAt), "snapshotted_at", offsetTime(r.Age.SnapshottedAt),
		"max_loaded_at_time_ago_in_s", r.Age.Seconds(), "status", string(r.Status), "criteria", r.Source.Freshness,
		"adapter_response", m.Value("adapter_response"), "timing", m.Value("timing"), "thread_id", r.Thread, "execution_time", r.Seconds,
	)
}

// offsetTime prints a time as Python's isoformat does: microseconds only when
// there are any, and the offset.
func offsetTime(t time.Time) string {
	t = t.UTC().Truncate(time.Microsecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return t.Format("2006-01-02T15:04:05.000000-07:00")
}

// WriteSources writes sources.json (schema v3). A source whose query failed is
// not in it: dbt 1.11 has a form for that in the schema and never writes it.
func (r *Results) WriteSources(path string, md Meta) error {
	list := []any{}
	for _, x := range r.Results {
		if x.Source != nil && x.Age != nil {
			list = append(list, x.sourceMap())
		}
	}
	doc := yamldoc.NewMap("metadata", r.metadata("sources/v3", md), "results", list, "elapsed_time", r.Elapsed.Seconds())
	return writeDoc(path, doc)
}

// hooksOff tells whether the project's hooks are left out, and says so once.
func (r *Runner) hooksOff() (bool, error) {
	switch {
	case r.Command != Freshness || r.FreshnessHooks:
		return false, nil
	case r.hooksTold:
		return true, nil
	}
	r.hooksTold = true
	return true, r.Bus.Warn(event.SourceFreshnessProjectHooksNotRun())
}
