package dbtjinja

import (
	"iter"
	"maps"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

func (c *Context) function(name string, fn func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error)) (jinja.Value, bool) {
	return jinja.NewFunction(name, fn), true
}

// member makes a member of the context on first use.
func (c *Context) member(name string) (jinja.Value, bool) {
	switch name {
	case "var":
		return &varValue{c}, true
	case "env_var":
		return c.function(name, c.envVar)
	}
	if name == "thread_id" && c.ThreadID != "" {
		return jinja.Str(c.ThreadID), true
	}
	if c.mode == ModeYAML {
		return nil, false
	}
	switch name {
	case "ref":
		return &refFunction{jinja.NewFunction(name, c.ref), c.s}, true
	case "source":
		return c.function(name, c.source)
	case "metric":
		return c.function(name, c.metric)
	case "function":
		return c.function(name, c.udf)
	case "config":
		return &configValue{c}, true
	case "execute":
		return jinja.Bool(c.executes()), true
	case "this":
		return c.this()
	case "adapter":
		if c.Adapter == nil && !c.executes() {
			c.Adapter = c.s.ParseAdapter(c.Dispatch())
		}
		return c.Adapter, c.Adapter != nil
	case "api":
		d := jinja.NewDict()
		d.SetStr("Relation", c.s.classes.Relation)
		d.SetStr("Column", c.s.classes.Column)
		return d, true
	case "column":
		return c.s.classes.Column, true
	case "database":
		if c.node != nil && c.mode != ModeOperation {
			return jinja.Str(c.node.Database), true
		}
		return jinja.Str(c.s.Credentials.Database()), true
	case "schema":
		if c.node != nil && c.mode != ModeOperation {
			return jinja.Str(c.node.Schema), true
		}
		return jinja.Str(c.s.Credentials.Schema()), true
	case "model":
		if c.node == nil {
			return nil, false
		}
		return c.model(), true
	case "graph":
		return &graphValue{s: c.s}, true
	case "exceptions":
		return c.exceptions(), true
	case "validation":
		return validation(), true
	case "load_result":
		return c.function(name, c.loadResult)
	case "store_result":
		return c.function(name, c.storeResult)
	case "store_raw_result":
		return c.function(name, c.storeRawResult)
	case "_sql_results":
		return c.sqlResults(), true
	case "write":
		return c.function(name, c.write)
	case "render":
		return c.function(name, c.render)
	case "try_or_compiler_error":
		return c.function(name, c.tryOrCompilerError)
	case "load_agate_table":
		return c.function(name, c.loadAgateTable)
	case "pre_hooks":
		return c.hooks(func(n *manifest.Node) []manifest.Hook { return n.PreHooks })
	case "post_hooks":
		return c.hooks(func(n *manifest.Node) []manifest.Hook { return n.PostHooks })
	case "sql", "compiled_code":
		if c.SQL == nil {
			return jinja.None, c.node != nil
		}
		return jinja.Str(*c.SQL), true
	case "sql_now":
		return jinja.Str("now()"), true
	case "defer_relation":
		if c.node == nil || c.node.Deferred == nil {
			return jinja.None, true
		}
		return c.wrap(*c.node.Deferred), true
	case "selected_resources":
		return toJinja(c.s.SelectedResources), true
	case "context":
		return newContextValue(c), true
	case "builtins":
		return newBuiltins(c), true
	case "context_macro_stack":
		return c.macroStack(), true
	case "adapter_macro":
		return c.function(name, func(_ *jinja.Thread, args []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
			called := ""
			if len(args) > 0 {
				called = args[0].String()
			}
			return nil, diag.New(diag.CompilationError, `The "adapter_macro" macro has been deprecated. Instead, use the `+"`adapter.dispatch`"+` method to find a macro and call the result.  For more information, see: https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch) adapter_macro was called for: %s`, called)
		})
	case "submit_python_job":
		return c.function(name, func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) {
			return nil, diag.New(diag.RuntimeError, "Python models are not supported by gdbt").WithCode("unsupported-python").
				WithHint("write the model in SQL, or leave it out with --exclude")
		})
	}
	return nil, false
}

func (c *Context) this() (jinja.Value, bool) {
	switch {
	case c.This != nil:
		return c.This, true
	case c.node == nil:
		return nil, false
	case c.node.ResourceType == manifest.Operation, c.node.ResourceType == manifest.SQLOperation:
		return jinja.None, true
	}
	return c.wrap(c.s.NodeRelation(c.node)), true
}

func (c *Context) hooks(of func(*manifest.Node) []manifest.Hook) (jinja.Value, bool) {
	if c.node == nil {
		return nil, false
	}
	l := jinja.NewList()
	for _, h := range of(c.node) {
		d := jinja.NewDict()
		d.SetStr("sql", jinja.Str(h.SQL))
		d.SetStr("transaction", jinja.Bool(h.Transaction))
		if h.Index != nil {
			d.SetStr("index", jinja.Int(*h.Index))
		}
		l.Append(d)
	}
	return l, true
}

func (c *Context) macroStack() jinja.Value {
	d := jinja.NewDict()
	d.SetStr("depth", jinja.Int(len(c.stack)))
	d.SetStr("call_stack", toJinja(append([]string{}, c.stack...)))
	return d
}

// memberNames are the names that member knows.
var memberNames = []string{
	"_sql_results", "adapter", "adapter_macro", "api", "builtins", "column", "compiled_code", "config", "context", "context_macro_stack",
	"database", "defer_relation", "env_var", "exceptions", "execute", "function", "graph", "load_agate_table", "load_result", "metric", "model",
	"post_hooks", "pre_hooks", "ref", "render", "schema", "selected_resources", "source", "sql", "sql_now", "store_raw_result", "store_result",
	"submit_python_job", "this", "thread_id", "try_or_compiler_error", "validation", "var", "write",
}

// contextValue is `context`: every name by subscript, attribute and get().
type contextValue struct {
	liveDict
	c *Context
}

func newContextValue(c *Context) *contextValue {
	return &contextValue{c: c, liveDict: liveDict{what: "context", find: c.Lookup, names: func() []string {
		list := slices.Collect(maps.Keys(c.Extra))
		list = slices.AppendSeq(list, maps.Keys(c.cache))
		if c.ns != nil {
			list = slices.AppendSeq(list, maps.Keys(c.ns.macros))
			list = slices.AppendSeq(list, maps.Keys(c.ns.packages))
		}
		return c.ownNames(list)
	}}}
}

// newBuiltins is `builtins`: the context's own members where a macro took their
// name, as in {% macro ref(name) %}{{ return(builtins.ref(name)) }}{% endmacro %}.
func newBuiltins(c *Context) *liveDict {
	return &liveDict{what: "builtins", names: func() []string { return c.ownNames(nil) }, find: func(name string) (jinja.Value, bool) {
		if x, ok := c.member(name); ok {
			return x, true
		}
		x, ok := c.s.base[name]
		return x, ok
	}}
}

// ownNames adds the names of the context's own members to a list.
func (c *Context) ownNames(list []string) []string {
	for _, name := range memberNames {
		if _, ok := c.member(name); ok {
			list = append(list, name)
		}
	}
	list = slices.AppendSeq(list, maps.Keys(c.s.base))
	slices.Sort(list)
	return slices.Compact(list)
}

// SetItem implements jinja.HasSetItem; macros use it to swap context members.
func (v *contextValue) SetItem(_ *jinja.Thread, key, val jinja.Value) error {
	if v.c.cache == nil {
		v.c.cache = map[string]jinja.Value{}
	}
	v.c.cache[key.String()] = val
	return nil
}

// Attr implements jinja.HasAttr.
func (v *contextValue) Attr(t *jinja.Thread, name string) (jinja.Value, error) {
	if name != "update" {
		return v.liveDict.Attr(t, name)
	}
	return jinja.NewFunction(name, func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		given := jinja.NewDict()
		update, err := jinja.GetAttr(t, given, name)
		if err != nil {
			return nil, err
		}
		if _, err := update.(jinja.Callable).Call(t, args, kwargs); err != nil {
			return nil, err
		}
		for k, x := range given.Items() {
			if err := v.SetItem(t, k, x); err != nil {
				return nil, err
			}
		}
		return jinja.None, nil
	}), nil
}

// liveDict is a dictionary whose values are made when they are asked for.
type liveDict struct {
	what  string
	find  func(name string) (jinja.Value, bool)
	names func() []string // sorted
}

func (v *liveDict) attributeNames() []string { return v.names() }

func (*liveDict) Type() string     { return "dict" }
func (*liveDict) Truth() bool      { return true }
func (v *liveDict) String() string { return "<" + v.what + ">" }
func (v *liveDict) Repr() string   { return v.String() }

// Attr implements jinja.HasAttr: names first, then what dictionaries can do.
func (v *liveDict) Attr(t *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "get":
		return jinja.NewFunction("get", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind("get", args, kwargs, jinja.Param{Name: "key"}, jinja.Param{Name: "default", Default: jinja.None})
			if err != nil {
				return nil, err
			}
			if x, ok := v.find(a[0].String()); ok {
				return x, nil
			}
			return a[1], nil
		}), nil
	case "keys", "values", "items", "copy":
		d := jinja.NewDict()
		for k, x := range v.Items() {
			d.SetStr(k.String(), x)
		}
		return jinja.GetAttr(t, d, name)
	}
	x, _ := v.find(name)
	return x, nil
}

// Item implements jinja.HasItem.
func (v *liveDict) Item(_ *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	x, _ := v.find(key.String())
	return x, nil
}

// Contains is "name in …".
func (v *liveDict) Contains(_ *jinja.Thread, x jinja.Value) (bool, error) {
	_, ok := v.find(x.String())
	return ok, nil
}

// Len implements jinja.Sizer.
func (v *liveDict) Len() int { return len(v.names()) }

// Iterate implements jinja.Iterable.
func (v *liveDict) Iterate() iter.Seq[jinja.Value] {
	return func(yield func(jinja.Value) bool) {
		for _, name := range v.names() {
			if !yield(jinja.Str(name)) {
				return
			}
		}
	}
}

// Items implements jinja.Mapping.
func (v *liveDict) Items() iter.Seq2[jinja.Value, jinja.Value] {
	return func(yield func(jinja.Value, jinja.Value) bool) {
		for _, name := range v.names() {
			if x, ok := v.find(name); ok && !yield(jinja.Str(name), x) {
				return
			}
		}
	}
}

func cteRelation(c *Context, identifier string) adapter.Relation {
	r := c.relation("", "", identifier, adapter.TypeCTE)
	r.Quote.Identifier = false
	return r
}
