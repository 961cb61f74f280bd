package run

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/rowdiff"
)

// unitTest runs the tested model's query over the rows that the test gives and
// compares what comes out with what it expects (core/task/test.py).
func (r *Runner) unitTest(ctx context.Context, u *manifest.UnitTest, thread string) *Result {
	ctx, leave := r.Session.Share(ctx, false)
	defer leave()
	v := &visit{r: r, bus: r.Bus.Thread(thread), started: r.Now(), index: r.next()}
	v.res = &Result{UniqueID: u.UniqueID, UnitTest: u, Thread: thread}
	// Until the test is compiled it is its definition: errors and events call it so.
	v.n = &manifest.Node{Name: u.Name, ResourceType: manifest.UnitTestType, PackageName: u.PackageName, OriginalFilePath: u.OriginalFilePath,
		UniqueID: u.UniqueID, Line: u.Line}
	name := u.Model + "::" + u.VersionedName()
	v.bus.Emit(event.NodeStart{NodeInfo: v.enter("started")})
	v.bus.Emit(event.LogStartLine{NodeInfo: v.state, Description: "unit_test " + name, Index: v.index, Total: r.total})
	if err := v.doUnitTest(ctx); err != nil {
		v.fail(ctx, err)
	}
	v.res.Seconds = r.Now().Sub(v.started).Seconds()
	v.enter(string(v.res.Status))
	v.unitTestLine(name)
	v.bus.Emit(event.NodeFinished{NodeInfo: v.state, RunResult: v.res.event()})
	r.add(v.res)
	return v.res
}

// unitTestLine tells how a unit test ended.
func (v *visit) unitTestLine(name string) {
	res, u := v.res, v.res.UnitTest
	if res.Status == Skipped { // cancelled by --fail-fast
		v.bus.Emit(event.SkippingDetails{ResourceType: string(manifest.UnitTestType), NodeName: u.Name, Index: v.index, Total: v.r.total, NodeInfo: v.state})
		return
	}
	e := event.LogTestResult{NodeInfo: v.state, TestName: name, Status: string(res.Status), Index: v.index, NumModels: v.r.total, ExecutionTime: res.Seconds}
	if res.Failures != nil {
		e.NumFailures = *res.Failures
	}
	if res.Node != nil {
		e.NodeInfo = nodeInfo(res.Node, "None", time.Time{}, time.Time{})
	}
	v.bus.Emit(e)
}

func (v *visit) doUnitTest(ctx context.Context) error {
	v.conn = v.r.Runtime.Node(v.n.UniqueID, v.connection())
	defer v.conn.Release(context.WithoutCancel(ctx))
	start := v.r.Now()
	v.bus.Emit(event.NodeCompiling{NodeInfo: v.enter("compiling")})
	v.res.Timing = append(v.res.Timing, Timing{"compile", start, v.r.Now()})
	start = v.r.Now()
	v.bus.Emit(event.NodeExecuting{NodeInfo: v.enter("executing")})
	defer func() { v.res.Timing = append(v.res.Timing, Timing{"execute", start, v.r.Now()}) }()
	t, err := v.r.Compiler.UnitTest(v.res.UnitTest)
	if err != nil {
		return err
	}
	definition := v.n
	v.n = t.Node
	if err := v.r.Compiler.CompileUnitTest(ctx, t, v.adapter); err != nil {
		return err
	}
	for range len(t.Node.ExtraCTEs) + 1 {
		v.bus.Emit(event.WritingInjectedSQLForNode{NodeInfo: v.state})
	}
	table, err := v.unitTestRows(ctx)
	if err != nil {
		return v.inUnitTest(err, definition)
	}
	v.res.Node = t.Node
	v.judgeUnitTest(table)
	return nil
}

// unitTestRows runs the materialization of unit tests: its result holds the
// actual and the expected rows.
func (v *visit) unitTestRows(ctx context.Context) (*values.Table, error) {
	m, err := v.materialization()
	if err != nil {
		return nil, err
	}
	c, t := v.context(ctx)
	if err := v.call(c, t, m); err != nil {
		return nil, err
	}
	main, ok := c.Result("main").(*dbtjinja.StoredResult)
	if !ok {
		return nil, diag.New(diag.InternalError, "the materialization of %s stored no result named main", v.n.UniqueID)
	}
	table, ok := main.Table.(*values.Table)
	if !ok {
		return nil, diag.New(diag.InternalError, "the result of %s is no table", v.n.UniqueID)
	}
	if resp, ok := values.ToResponse(main.Response); ok {
		v.res.Response = &resp
	}
	return table, nil
}

// inUnitTest says that an error came up while a unit test ran: its rows may have
// the wrong types.
func (v *visit) inUnitTest(err error, definition *manifest.Node) error {
	err = compile.Locate(v.r.Session, err, v.n)
	d, ok := diag.As(err)
	if !ok {
		d = diag.Wrap(diag.RuntimeError, err)
	} else {
		v.r.Session.ExplainUndefined(d.Err, d, v.n.PackageName)
		v.explain(d)
		if d.Category != diag.CompilationError {
			d.Node, d.NodePath = "", ""
		}
		if !v.usersCalls(d.Stack) && d.Category != diag.DatabaseError { // the line of a built-in macro says nothing of the test
			d.File, d.Line, d.Column, d.Source = "", 0, 0, ""
		}
	}
	hint := ""
	if d.Property != nil {
		hint, d.Hint = d.Hint, ""
	}
	out := diag.New(diag.RuntimeError, "An error occurred during execution of unit test '%s'. There may be an error in the unit test definition: check the data types.\n %s",
		definition.Name, d.String()).WithCode("unit-test-error")
	out.Node, out.NodePath = string(manifest.UnitTestType)+" "+definition.Name, definition.OriginalFilePath
	out.At(definition.OriginalFilePath, definition.Line, 0)
	expect := max(v.res.UnitTest.Expect.Line, definition.Line)
	switch first, _, _ := strings.Cut(d.Message, "\n"); {
	case len(d.Property) > 0:
		out.Property, out.Hint = d.Property, hint
		compile.RowPlace(v.r.Session, out, expect)
	case quotedWord.MatchString(first) && v.res.UnitTest.Expect.Fixture == nil: // a value that is none of its type
		value := quotedWord.FindStringSubmatch(first)[1]
		if p, ok := v.r.Session.WordFrom(dbtjinja.Place{File: out.File, Line: definition.Line}, value, 60); ok {
			p.Set(out)
		}
	}
	return out
}

// judgeUnitTest compares the rows and makes the status.
func (v *visit) judgeUnitTest(t *values.Table) {
	failures := 0
	v.res.Status, v.res.Failures = Pass, &failures
	d := rowdiff.Compare(unitTestTable(t, "expected"), unitTestTable(t, "actual"))
	if !d.Differs {
		return
	}
	failures = 1
	v.res.Status = Fail
	colours, _ := v.r.Session.Flags.Value("USE_COLORS").(bool)
	green, red := "actual", "expected"
	if colours {
		green, red = "\x1b[32mactual\x1b[0m", "\x1b[31mexpected\x1b[0m"
	}
	v.res.Message = text("\n\n" + green + " differs from " + red + ":\n\n" + d.Render(colours) + "\n")
}

// unitTestTable takes the actual or the expected rows out of the result, sorted:
// their order says nothing. Nulls come last.
func unitTestTable(t *values.Table, which string) rowdiff.Table {
	names := t.ColumnNames()
	label := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, "actual_or_expected") })
	var out rowdiff.Table
	for c, n := range names {
		if c != label {
			out.Columns = append(out.Columns, strings.ToLower(n))
		}
	}
	var rows [][]jinja.Value
	for i := range t.Len() {
		if t.Value(i, label).String() != which {
			continue
		}
		row := make([]jinja.Value, 0, len(names)-1)
		for c := range names {
			if c != label {
				row = append(row, t.Value(i, c))
			}
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, compareRows)
	for _, row := range rows {
		cells := make([]rowdiff.Cell, len(row))
		for i, x := range row {
			if _, null := x.(jinja.NoneType); !null {
				cells[i] = rowdiff.Text(x.String())
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

func compareRows(a, b []jinja.Value) int {
	for i := range a {
		_, na := a[i].(jinja.NoneType)
		_, nb := b[i].(jinja.NoneType)
		switch {
		case na && nb:
			continue
		case na:
			return 1
		case nb:
			return -1
		}
		c, err := jinja.Compare(a[i], b[i])
		if err != nil { // values without an order of their own
			c = strings.Compare(a[i].String(), b[i].String())
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// testFirst runs the unit tests of a model before the model. The first that
// fails is returned; it skips the tests behind it and the model.
func (r *Runner) testFirst(ctx context.Context, model, thread string) *Result {
	ids := r.UnitTests[model]
	for i, id := range ids {
		res := r.unitTest(ctx, r.Session.Manifest.UnitTests[id], thread)
		if !res.failed() && res.Status != Skipped {
			continue
		}
		for _, behind := range append(slices.Clone(ids[i+1:]), model) {
			if r.FailFast {
				r.leave(behind)
			} else {
				r.skipOne(behind, nil)
			}
		}
		return res
	}
	return nil
}
