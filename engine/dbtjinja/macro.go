package dbtjinja

import (
	"fmt"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// boundMacro is a macro as a name of one context: calls run in that context.
type boundMacro struct {
	c *Context
	m *Macro
}

func (*boundMacro) Type() string     { return "MacroGenerator" }
func (*boundMacro) Truth() bool      { return true }
func (b *boundMacro) String() string { return b.Repr() }
func (b *boundMacro) Repr() string {
	return fmt.Sprintf("<dbt.clients.jinja.MacroGenerator object for %s>", b.m.Def.UniqueID)
}

// Call implements jinja.Callable. Macros called from the top level of a node are
// its dependencies.
func (b *boundMacro) Call(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	c := b.c
	if c.depth == 0 && c.rec != nil {
		c.rec.addMacro(b.m.Def.UniqueID)
	}
	if c.depth == 0 && c.OnMacro != nil {
		c.OnMacro(b.m.Def.UniqueID)
	}
	c.depth++
	c.stack = append(c.stack, b.m.Def.UniqueID)
	v, err := b.m.Prog.Call(t, c, args, kwargs)
	c.stack = c.stack[:len(c.stack)-1]
	c.depth--
	return v, err
}

// Attr implements jinja.HasAttr: what packages look at.
func (b *boundMacro) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if name == "name" {
		return jinja.Str(b.m.Def.Name), nil
	}
	return nil, nil
}

// packageSpace is a package's name as a value: its macros are attributes.
type packageSpace struct {
	c      *Context
	name   string
	macros map[string]*Macro
}

func (*packageSpace) Type() string     { return "dict" }
func (p *packageSpace) Truth() bool    { return len(p.macros) > 0 }
func (p *packageSpace) String() string { return p.Repr() }
func (p *packageSpace) Repr() string   { return "{<macros of " + p.name + ">}" }

func (p *packageSpace) macro(name string) (jinja.Value, bool) {
	if p.c.unit != nil {
		if v, ok := p.c.unit.packages[p.name][name]; ok {
			return v, true
		}
	}
	if m, ok := p.macros[name]; ok {
		return &boundMacro{c: p.c, m: m}, true
	}
	return nil, false
}

// Attr implements jinja.HasAttr.
func (p *packageSpace) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if v, ok := p.macro(name); ok {
		return v, nil
	}
	switch name {
	case "get":
		return jinja.NewFunction("get", func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			v, err := jinja.Bind("get", args, kwargs, jinja.Param{Name: "key"}, jinja.Param{Name: "default", Default: jinja.None})
			if err != nil {
				return nil, err
			}
			if m, ok := p.macro(v[0].String()); ok {
				return m, nil
			}
			return v[1], nil
		}), nil
	case "keys":
		return jinja.NewFunction("keys", func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) {
			return toJinja(sortedKeys(p.macros)), nil
		}), nil
	}
	return nil, nil
}

// Item implements jinja.HasItem.
func (p *packageSpace) Item(t *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	v, _ := p.macro(key.String())
	return v, nil
}

// Contains is "x in package", as a macro that looks for another one asks it.
func (p *packageSpace) Contains(_ *jinja.Thread, x jinja.Value) (bool, error) {
	_, ok := p.macros[x.String()]
	return ok, nil
}

// MacroValue is a macro as a callable value of the context.
func (c *Context) MacroValue(m *Macro) jinja.Value { return &boundMacro{c: c, m: m} }

// CallOutside calls a macro as if its text were the node's own: what it calls is called from the top level.
func (c *Context) CallOutside(t *jinja.Thread, m *Macro) (jinja.Value, error) {
	return m.Prog.Call(t, c, nil, nil)
}

// CallMacro calls a macro by the name it has in this context ("x" or "pkg.x"), on behalf of the adapter: no node
// depends on it. It implements warehouse.MacroCaller.
func (c *Context) CallMacro(t *jinja.Thread, name string, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	m := c.s.Library.Resolve(c.pkg, name)
	if m == nil {
		return nil, diag.New(diag.CompilationError, "dbt could not find a macro with the name %q", name).
			WithHint("%s", diag.DidYouMean(name, c.s.Library.Names(c.pkg))).WithCode("undefined-macro")
	}
	c.depth++
	defer func() { c.depth-- }()
	return (&boundMacro{c: c, m: m}).Call(t, args, kwargs)
}

// Dispatch is adapter.dispatch as a value of this context.
func (c *Context) Dispatch() jinja.Value {
	return jinja.NewFunction("dispatch", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		v, err := jinja.Bind("dispatch", args, kwargs, jinja.Param{Name: "macro_name"},
			jinja.Param{Name: "macro_namespace", Default: jinja.None}, jinja.Param{Name: "packages", Default: jinja.None})
		if err != nil {
			return nil, err
		}
		name, ok := jinja.AsString(v[0])
		if !ok {
			return nil, diag.New(diag.CompilationError, "In adapter.dispatch, the macro name must be a string, got %s", v[0].Type())
		}
		if pkg, rest, dotted := strings.Cut(name, "."); dotted {
			return nil, diag.New(diag.CompilationError, `In adapter.dispatch, got a macro name of "%s", but "." is not a valid macro name component. Did you mean `+"`"+`adapter.dispatch("%s", macro_namespace="%s")`+"`?", name, rest, pkg)
		}
		if _, none := v[2].(jinja.NoneType); !none {
			return nil, diag.New(diag.CompilationError, `The "packages" argument of adapter.dispatch() has been deprecated.
Use the "macro_namespace" argument instead.

Raised during dispatch for: %s

For more information, see:

https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch`, name)
		}
		ns := ""
		if _, none := v[1].(jinja.NoneType); !none {
			if ns, ok = jinja.AsString(v[1]); !ok {
				return nil, diag.New(diag.CompilationError, `In adapter.dispatch, got a %s macro_namespace argument ("%s"), but macro_namespace should be None or a string.`, v[1].Type(), v[1])
			}
		}
		m, tried, err := c.s.Library.FindDispatch(c.pkg, name, ns)
		for i := 0; m == nil && ns == "" && c.ns != nil && i < len(tried); i++ {
			m = c.ns.macros[tried[i]] // of the package of a test, while it is parsed: see ParseTest
		}
		if m != nil {
			return &boundMacro{c: c, m: m}, nil
		}
		for i, s := range tried {
			tried[i] = "'" + s + "'"
		}
		shown := "None"
		if ns != "" {
			shown = ns
		}
		d := diag.New(diag.CompilationError, "In dispatch: No macro named '%s' found within namespace: '%s'\n    Searched for: %s", name, shown, strings.Join(tried, ", "))
		d.Err = err
		return nil, d.WithCode("undefined-macro").WithHint("%s", diag.DidYouMean("default__"+name, c.s.Library.Names(c.pkg)))
	})
}
