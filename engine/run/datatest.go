package run

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// dataTest runs a generic or singular test: its materialization gives one row
// of failures, should_warn and should_error.
func (v *visit) dataTest(ctx context.Context) error {
	m, err := v.materialization()
	if err != nil {
		return err
	}
	c, t := v.context(ctx)
	// What the materialization of a test calls counts as called by the test, unlike with models (core/task/test.py).
	c.OnMacro = v.n.DependsOn.AddMacro
	if _, err := c.CallOutside(t, m); err != nil {
		return err
	}
	main, ok := c.Result("main").(*dbtjinja.StoredResult)
	if !ok {
		return diag.New(diag.InternalError, "the materialization of %s stored no result named main", v.n.UniqueID)
	}
	table, ok := main.Table.(*values.Table)
	if !ok || table.Adapter().Len() != 1 {
		rows := 0
		if ok {
			rows = table.Adapter().Len()
		}
		return diag.New(diag.InternalError, "dbt internally failed to execute %s: Returned %d rows, but expected 1 row", v.n.UniqueID, rows)
	}
	if n := len(table.Adapter().Columns); n != 3 {
		return diag.New(diag.InternalError, "dbt internally failed to execute %s: Returned %d columns, but expected 3 columns", v.n.UniqueID, n)
	}
	if resp, ok := values.ToResponse(main.Response); ok {
		v.res.Response = &resp
	}
	if err := v.judge(table.Adapter()); err != nil {
		return err
	}
	if v.r.ShowRows > 0 && (v.res.Status == Fail || v.res.Status == Warn) {
		v.failingRows(ctx, c, t)
	}
	return nil
}

// failingRows fetches some of the rows that the test found. The verdict stands without them: a query that fails is in the
// log.
func (v *visit) failingRows(ctx context.Context, c *dbtjinja.Context, t *jinja.Thread) {
	c.OnMacro = nil // the test itself doesn't call it
	sql, err := c.CallMacro(t, "get_show_sql", nil, []jinja.Kwarg{
		{Name: "compiled_code", Value: jinja.Str(v.n.CompiledCode)}, {Name: "sql_header", Value: jinja.None}, {Name: "limit", Value: jinja.Int(v.r.ShowRows)},
	})
	if err != nil {
		v.bus.Emit(event.AdapterEventDebug{NodeInfo: v.state, Adapter: v.r.Session.Driver.Name(), BaseMsg: "failing rows: " + err.Error()})
		return
	}
	if _, table, err := v.conn.Execute(ctx, sql.String(), false, true, v.r.ShowRows); err == nil {
		v.res.Table = table
	}
}

// judge turns the test's row into a status (core/task/test.py).
func (v *visit) judge(t *adapter.Table) error {
	var failures int
	var warn, fail bool
	var err error
	for i, c := range t.Columns {
		x := t.Values[i][0]
		switch strings.ToLower(c.Name) {
		case "failures":
			n, err := count(x)
			if err != nil {
				return v.failCalc(x)
			}
			failures = n
		case "should_warn":
			if warn, err = boolean(x); err != nil {
				return err
			}
		case "should_error":
			if fail, err = boolean(x); err != nil {
				return err
			}
		}
	}
	severity, _ := v.n.ConfigValue("severity").(string)
	cond := func(key string) string {
		s, _ := v.n.ConfigValue(key).(string)
		return s
	}
	zero := 0
	v.res.Failures = &zero
	switch {
	case strings.EqualFold(severity, "error") && fail:
		v.res.Status, v.res.Failures = Fail, &failures
		v.res.Message = text(fmt.Sprintf("Got %s, configured to fail if %s", results(failures), cond("error_if")))
	case warn && v.r.WarnIsError:
		v.res.Status, v.res.Failures = Fail, &failures
		v.res.Message = text(fmt.Sprintf("Got %s, configured to fail if %s", results(failures), cond("warn_if")))
	case warn:
		v.res.Status, v.res.Failures = Warn, &failures
		v.res.Message = text(fmt.Sprintf("Got %s, configured to warn if %s", results(failures), cond("warn_if")))
	default:
		v.res.Status = Pass
	}
	return nil
}

// failCalc is the error of a fail_calc that gave no whole number: an aggregate of no rows gives null.
func (v *visit) failCalc(x any) error {
	calc, _ := v.n.ConfigValue("fail_calc").(string)
	if x == nil {
		return diag.New(diag.RuntimeError, "the fail_calc of %s, %q, gave null instead of a number of failures", v.n.Name, calc).
			WithHint("null is what most aggregates give for no rows: coalesce(%s, 0)", calc)
	}
	return diag.New(diag.RuntimeError, "the fail_calc of %s, %q, gave %v, which is no whole number", v.n.Name, calc, x)
}

func count(v any) (int, error) {
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err == nil && f != math.Trunc(f) {
		err = strconv.ErrSyntax
	}
	return int(f), err
}

// boolean is a column of get_test_sql that says yes or no. A text must be a word for one of them: what can't be told must not
// let a test pass.
func boolean(v any) (bool, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case int64:
		return v != 0, nil
	case string:
		switch strings.ToLower(v) {
		case "y", "yes", "t", "true", "on", "1":
			return true, nil
		case "n", "no", "f", "false", "off", "0":
			return false, nil
		}
		return false, diag.New(diag.CompilationError, "Macro 'get_test_sql' returns '%s'.  It is not type 'bool' and cannot not be converted reliably to a bool.", v).WithCode("not-a-bool")
	}
	return v != nil && fmt.Sprint(v) != "0", nil
}
