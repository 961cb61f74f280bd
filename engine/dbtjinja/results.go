package dbtjinja

import (
	"io"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

func (c *Context) loadResult(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	a, err := jinja.Bind("load_result", args, kwargs, jinja.Param{Name: "name"})
	if err != nil {
		return nil, err
	}
	name := a[0].String()
	if c.taken[name] {
		return nil, diag.New(diag.CompilationError, "The 'statement' result named '%s' has already been loaded into a variable", name)
	}
	r, ok := c.results[name]
	if !ok {
		return jinja.None, nil
	}
	if name != "main" {
		if c.taken == nil {
			c.taken = map[string]bool{}
		}
		c.taken[name] = true
	}
	return r, nil
}

// Result is a stored result by name (dbt's sql_results), or nil.
func (c *Context) Result(name string) jinja.Value { return c.results[name] }

func (c *Context) store(name string, response, table jinja.Value) {
	if isNone(table) {
		table = values.NewTable(nil)
	}
	if c.results == nil {
		c.results = map[string]jinja.Value{}
	}
	c.results[name] = &StoredResult{Response: response, Table: table}
	delete(c.taken, name)
}

// StoredResult is what load_result gives: response, table, and data (the rows
// as tuples, made on first use).
type StoredResult struct {
	Response, Table jinja.Value
	data            *jinja.List
}

func (*StoredResult) Type() string     { return "dict" }
func (*StoredResult) Truth() bool      { return true }
func (r *StoredResult) String() string { return r.Repr() }
func (r *StoredResult) Repr() string {
	return "{'response': " + r.Response.Repr() + ", 'data': " + r.rows().Repr() + ", 'table': " + r.Table.Repr() + "}"
}

func (r *StoredResult) rows() *jinja.List {
	if r.data != nil {
		return r.data
	}
	r.data = jinja.NewList()
	if t, ok := r.Table.(*values.Table); ok && t.Adapter() != nil {
		for row := range t.Adapter().Len() {
			tuple := make(jinja.Tuple, len(t.Adapter().Columns))
			for col := range tuple {
				tuple[col] = t.Value(row, col)
			}
			r.data.Append(tuple)
		}
	}
	return r.data
}

// Attr implements jinja.HasAttr.
func (r *StoredResult) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "response":
		return r.Response, nil
	case "table":
		return r.Table, nil
	case "data":
		return r.rows(), nil
	}
	return nil, nil
}

// Item implements jinja.HasItem.
func (r *StoredResult) Item(t *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	return r.Attr(t, key.String())
}

func (c *Context) storeResult(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	a, err := jinja.Bind("store_result", args, kwargs, jinja.Param{Name: "name"}, jinja.Param{Name: "response"}, jinja.Param{Name: "agate_table", Default: jinja.None})
	if err != nil {
		return nil, err
	}
	c.store(a[0].String(), a[1], a[2])
	return jinja.Str(""), nil
}

func (c *Context) storeRawResult(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	a, err := jinja.Bind("store_raw_result", args, kwargs, jinja.Param{Name: "name"}, jinja.Param{Name: "message", Default: jinja.None},
		jinja.Param{Name: "code", Default: jinja.None}, jinja.Param{Name: "rows_affected", Default: jinja.None}, jinja.Param{Name: "agate_table", Default: jinja.None})
	if err != nil {
		return nil, err
	}
	resp := adapter.Response{RowsAffected: -1}
	if !isNone(a[1]) {
		resp.Message = a[1].String()
	}
	if !isNone(a[2]) {
		resp.Code = a[2].String()
	}
	switch n := a[3].(type) {
	case jinja.Int:
		resp.RowsAffected = int64(n)
	case jinja.Str:
		if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
			resp.RowsAffected = i
		}
	}
	c.store(a[0].String(), values.FromResponse(resp), a[4])
	return jinja.Str(""), nil
}

func (c *Context) sqlResults() jinja.Value {
	d := jinja.NewDict()
	for _, k := range sortedKeys(c.results) {
		d.SetStr(k, c.results[k])
	}
	return d
}

// Stdout takes what table.print_table() and its siblings print.
func (c *Context) Stdout() io.Writer { return printWriter{c} }

type printWriter struct{ c *Context }

func (w printWriter) Write(p []byte) (int, error) {
	w.c.s.Print(strings.TrimSuffix(string(p), "\n"), w.c)
	return len(p), nil
}

func (c *Context) write(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	a, err := jinja.Bind("write", args, kwargs, jinja.Param{Name: "payload"})
	if err != nil {
		return nil, err
	}
	if c.node == nil {
		return nil, diag.New(diag.CompilationError, "cannot \"write\" macros or sources")
	}
	if c.OnWrite != nil {
		if err := c.OnWrite(a[0].String()); err != nil {
			return nil, err
		}
	}
	return jinja.Str(""), nil
}

func (c *Context) render(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	a, err := jinja.Bind("render", args, kwargs, jinja.Param{Name: "string"})
	if err != nil {
		return nil, err
	}
	text, err := c.RenderText(t, "", a[0].String())
	return jinja.Str(text), err
}

// RenderText renders a text in this context. file names it in errors; empty
// stands for the node's own file.
func (c *Context) RenderText(t *jinja.Thread, file, text string) (string, error) {
	if file == "" && c.node != nil {
		file = c.node.OriginalFilePath
	}
	tmpl, err := c.s.Env.Parse(file, text)
	if err != nil {
		return "", c.s.InText(err, c.node, file, text)
	}
	out, err := tmpl.Render(t, c)
	if err != nil {
		return "", c.s.InText(err, c.node, file, text)
	}
	return out, nil
}

// RenderNative renders a text to a value, as dbt does for YAML.
func (c *Context) RenderNative(t *jinja.Thread, file, text string) (jinja.Value, error) {
	tmpl, err := c.s.Env.Parse(file, text)
	if err != nil {
		return nil, err
	}
	return tmpl.RenderNative(t, c)
}

func (c *Context) tryOrCompilerError(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	if len(args) < 2 {
		return nil, diag.New(diag.CompilationError, "try_or_compiler_error() needs a message and a function")
	}
	v, err := jinja.CallValue(t, args[1], args[2:], kwargs)
	if err != nil {
		return nil, diag.New(diag.CompilationError, "%s", args[0].String())
	}
	return v, nil
}

func (c *Context) loadAgateTable(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) {
	if c.node == nil || c.node.ResourceType != manifest.Seed {
		kind := "macro"
		if c.node != nil {
			kind = string(c.node.ResourceType)
		}
		return nil, diag.New(diag.CompilationError, "can only load_agate_table for seeds (got a %s)", kind)
	}
	return c.s.LoadSeed(c.node)
}
