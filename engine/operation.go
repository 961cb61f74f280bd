package engine

import (
	"context"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/run"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Snapshot runs snapshots.
func (p *Project) Snapshot(ctx context.Context, s Selection) (*Results, error) {
	return p.execute(ctx, run.Snapshot, s, []ident.Type{ident.Snapshot}, nil)
}

// Operation is a macro to run by itself.
type Operation struct {
	// Macro is its name, "name" or "package.name".
	Macro string
	// Args are its keyword arguments; nil is none.
	Args *yamldoc.Map
}

// RunOperation runs a macro and writes run_results.json. What the macro fails
// with is in its Result; the error is one that kept it from starting, as an
// unknown name.
func (p *Project) RunOperation(ctx context.Context, o Operation) (*Results, error) {
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	if err := p.writeManifest(); err != nil {
		return nil, err
	}
	p.found()
	m, err := p.operationMacro(o.Macro)
	if err != nil {
		return nil, err
	}
	if err := p.connect(ctx); err != nil {
		return nil, err
	}
	kwargs := make([]jinja.Kwarg, 0, o.Args.Len())
	for name, v := range o.Args.All() {
		kwargs = append(kwargs, jinja.Kwarg{Name: name, Value: dbtjinja.ToJinja(v)})
	}
	pkg, _, qualified := strings.Cut(o.Macro, ".")
	if !qualified {
		pkg = ""
	}
	out, err := p.runner(run.Operation, p.nodes).Operation(ctx, m, pkg, kwargs)
	if err != nil {
		return out, err
	}
	return out, p.writeResults(out, "RunResultsArtifact", p.operationArgs(o))
}

// operationMacro finds the macro that run-operation means: without a package the
// root project's before other packages' before the built-in ones.
func (p *Project) operationMacro(full string) (*dbtjinja.Macro, error) {
	lib := p.session.Library
	pkg, name, qualified := strings.Cut(full, ".")
	var m *dbtjinja.Macro
	where := "any package"
	if qualified {
		m, where = lib.Get(pkg, name), "the \""+pkg+"\" package"
	} else {
		name = full
		m = lib.ResolveTest("", name)
	}
	if m != nil {
		return m, nil
	}
	// dbt says it twice: when it looks for the macro, and when it looks for what to put into the results.
	p.bus.Emit(event.RunningOperationCaughtError{Exc: "Runtime Error\n  dbt could not find a macro with the name \"" + name + "\" in " + where})
	return nil, diag.New(diag.CompilationError, "dbt could not find a macro with the name '%s' in any package. This can happen when calling a macro that does not exist. Check for typos and/or install package dependencies with \"dbt deps\".", name).
		WithCode("undefined-macro").WithHint("%s", diag.DidYouMean(full, lib.Names(p.project.Name)))
}
