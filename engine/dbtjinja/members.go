package dbtjinja

import (
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
		return &contextValue{c}, true
	case "builtins":
		return &builtinsValue{c}, true
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

// contextValue is `context`: every name by subscript, attribute and get().
type contextValue struct{ c *Context }

func (*contextValue) Type() string   { return "dict" }
func (*contextValue) Truth() bool    { return true }
func (*contextValue) String() string { return "<context>" }
func (*contextValue) Repr() string   { return "<context>" }

// Attr implements jinja.HasAttr.
func (v *contextValue) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if name == "get" {
		return jinja.NewFunction("get", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind("get", args, kwargs, jinja.Param{Name: "key"}, jinja.Param{Name: "default", Default: jinja.None})
			if err != nil {
				return nil, err
			}
			if x, ok := v.c.Lookup(a[0].String()); ok {
				return x, nil
			}
			return a[1], nil
		}), nil
	}
	if name == "update" {
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
	x, _ := v.c.Lookup(name)
	return x, nil
}

// Item implements jinja.HasItem.
func (v *contextValue) Item(_ *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	x, _ := v.c.Lookup(key.String())
	return x, nil
}

// Contains is "name in context".
func (v *contextValue) Contains(_ *jinja.Thread, x jinja.Value) (bool, error) {
	_, ok := v.c.Lookup(x.String())
	return ok, nil
}

// SetItem implements jinja.HasSetItem; macros use it to swap context members.
func (v *contextValue) SetItem(_ *jinja.Thread, key, val jinja.Value) error {
	if v.c.cache == nil {
		v.c.cache = map[string]jinja.Value{}
	}
	v.c.cache[key.String()] = val
	return nil
}

// builtinsValue is `builtins`: the context's own members where a macro took their
// name, as in {% macro ref(name) %}{{ return(builtins.ref(name)) }}{% endmacro %}.
type builtinsValue struct{ c *Context }

func (*builtinsValue) Type() string   { return "dict" }
func (*builtinsValue) Truth() bool    { return true }
func (*builtinsValue) String() string { return "<builtins>" }
func (*builtinsValue) Repr() string   { return "<builtins>" }

func (v *builtinsValue) get(name string) (jinja.Value, bool) {
	if x, ok := v.c.member(name); ok {
		return x, true
	}
	x, ok := v.c.s.base[name]
	return x, ok
}

// Attr implements jinja.HasAttr.
func (v *builtinsValue) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if name == "get" {
		return jinja.NewFunction("get", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind("get", args, kwargs, jinja.Param{Name: "key"}, jinja.Param{Name: "default", Default: jinja.None})
			if err != nil {
				return nil, err
			}
			if x, ok := v.get(a[0].String()); ok {
				return x, nil
			}
			return a[1], nil
		}), nil
	}
	x, _ := v.get(name)
	return x, nil
}

// Item implements jinja.HasItem.
func (v *builtinsValue) Item(_ *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	x, _ := v.get(key.String())
	return x, nil
}

func cteRelation(c *Context, identifier string) adapter.Relation {
	r := c.relation("", "", identifier, adapter.TypeCTE)
	r.Quote.Identifier = false
	return r
}
