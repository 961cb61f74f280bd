package run

import (
	"context"
	"errors"

	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// Operation runs a macro by itself, in the context of a package ("" is the root
// project). What it fails with is in its only result.
func (r *Runner) Operation(ctx context.Context, m *dbtjinja.Macro, pkg string, kwargs []jinja.Kwarg) (*Results, error) {
	start := r.Now()
	// dbt makes a hook of it for the results (dbt/task/run_operation.py).
	n := &manifest.Node{}
	n.UniqueID, n.Name, n.ResourceType, n.PackageName = m.Def.UniqueID, m.Def.Name, manifest.Operation, m.Def.PackageName
	res := &Result{UniqueID: n.UniqueID, Node: n, Thread: "MainThread", Status: Success, Failures: new(int)}
	res.Timing = []Timing{{"compile", start, r.Now()}}
	begin := r.Now()
	if err := r.callMacro(ctx, m, pkg, kwargs); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		*res.Failures = 1
		res.Status, res.Err = Error, err
		var refused *warehouse.StatementError
		var raised *jinja.Error
		if !errors.As(err, &refused) {
			err = compile.Locate(r.Session, err, macroNode(m.Def))
		} else if errors.As(err, &raised) { // dbt names no macro here
			d := dbtjinja.Diagnose(raised, diag.RuntimeError)
			r.Session.AtUser(d, macroNode(m.Def))
			d.FillSource(r.Session.ReadFile)
			d.Stack, err = nil, d
		}
		d, ok := diag.As(err)
		if ok {
			r.Session.ExplainUndefined(d.Err, d, m.Def.PackageName)
		} else {
			d = diag.Wrap(diag.RuntimeError, err)
		}
		r.Bus.Emit(event.RunningOperationCaughtError{Exc: r.Bus.Scrub(d.String())})
	}
	end := r.Now()
	res.Timing = append(res.Timing, Timing{"execute", begin, end})
	res.Seconds = end.Sub(start).Seconds()
	return &Results{Results: []*Result{res}, Elapsed: end.Sub(start), Generated: end}, nil
}

func (r *Runner) callMacro(ctx context.Context, m *dbtjinja.Macro, pkg string, kwargs []jinja.Kwarg) error {
	// dbt's COMMIT before the macro leaves psycopg2 in a state in which each statement is its own transaction.
	conn := r.Runtime.Node("macro_"+m.Def.Name, warehouse.NodeOptions{AutoCommit: r.Runtime.Driver.Name() == "postgres"})
	defer conn.Release(context.WithoutCancel(ctx))
	ctx, leave := r.Session.Share(ctx, true)
	defer leave()
	c := r.Session.Operation(pkg, nil)
	c.Extra = map[string]jinja.Value{"model": dbtjinja.MacroEntry(m.Def)}
	c.SetAdapter(r.Runtime.Object(conn, c, warehouse.Options{Dispatch: c.Dispatch()}))
	t := jinja.NewThread(ctx)
	t.Local = c
	_, err := c.MacroValue(m).(jinja.Callable).Call(t, nil, kwargs)
	return err
}

// macroNode names a macro in errors as dbt does: "in macro x (macros/x.sql)".
func macroNode(m *manifest.Macro) *manifest.Node {
	n := &manifest.Node{}
	n.ResourceType, n.Name, n.OriginalFilePath = manifest.MacroType, m.Name, m.OriginalFilePath
	return n
}
