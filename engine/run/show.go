package run

import (
	"context"
	"errors"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// show fetches the first rows of a node's query; nothing is built.
func (v *visit) show(ctx context.Context) error {
	if v.n.ResourceType == manifest.Seed {
		return v.materialize(ctx)
	}
	c, t := v.context(ctx)
	limit := jinja.Value(jinja.None)
	if v.r.Limit >= 0 {
		limit = jinja.Int(v.r.Limit)
	}
	header := jinja.Value(jinja.None)
	if h, ok := v.n.ConfigValue("sql_header").(string); ok {
		header = jinja.Str(h)
	}
	sql, err := c.CallMacro(t, "get_show_sql", nil, []jinja.Kwarg{
		{Name: "compiled_code", Value: jinja.Str(v.n.CompiledCode)}, {Name: "sql_header", Value: header}, {Name: "limit", Value: limit},
	})
	if err != nil {
		return err
	}
	v.n.CompiledCode = sql.String()
	resp, table, err := v.conn.Execute(ctx, v.n.CompiledCode, false, true, 0)
	if err != nil {
		return err
	}
	v.res.Response, v.res.Table = &resp, table
	return nil
}

// explain points a database error at the model: the statement's line is looked
// up in the compiled SQL, and from there in the model where it stands unchanged.
func (v *visit) explain(d *diag.Diagnostic) {
	var se *warehouse.StatementError
	if !errors.As(d.Err, &se) {
		return
	}
	switch {
	case v.n.ResourceType == manifest.SQLOperation: // its code is what was typed, of which the database shows the line
		d.File, d.Line, d.Column, d.Source, d.Stack = "", 0, 0, "", nil
		return
	case v.n.BuildPath != nil:
		d.Message += "\ncompiled code at " + *v.n.BuildPath
	case v.n.CompiledPath != nil:
		d.Message += "\ncompiled code at " + *v.n.CompiledPath
	}
	if !v.usersCalls(d.Stack) {
		// What a materialization calls to run a model is no news to anyone.
		d.Stack = nil
	}
	if se.Line == 0 {
		if d.Stack == nil {
			d.File, d.Line, d.Column, d.Source = v.n.OriginalFilePath, 0, 0, ""
		}
		return
	}
	if line, col, source, ok := compile.ModelLine(v.n, se.SQL, se.Line, se.Column); ok {
		d.File, d.Line, d.Column, d.Source = v.n.OriginalFilePath, line, col, source
		return
	}
	// The line is a macro's: the statement itself says more than the macro does.
	d.File, d.Line, d.Column = "statement", se.Line, se.Column
	d.Source = diag.Snippet([]byte(se.SQL), se.Line)
}

// usersCalls tells whether a call of the stack stands in a file of the project or
// of a package it installed, and not in gdbt's own library.
func (v *visit) usersCalls(stack []diag.Frame) bool {
	files := map[string]bool{v.n.OriginalFilePath: true}
	for _, m := range v.r.Session.Manifest.Macros {
		if !v.r.Session.Library.IsInternal(m.PackageName) {
			files[m.OriginalFilePath] = true
		}
	}
	return slices.ContainsFunc(stack, func(f diag.Frame) bool { return files[f.File] })
}
