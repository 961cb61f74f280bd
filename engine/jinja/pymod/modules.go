// Package pymod holds Python modules as template values: what dbt offers as
// modules.datetime, modules.pytz, modules.re and modules.itertools.
package pymod

import "github.com/gdbt-dev/gdbt/engine/jinja"

// Modules gives the value of `modules`, a dict of the four modules. It is
// made anew each time and holds no state. onItertools, when not nil, is told of
// every call of a function of itertools, which dbt deprecates; its error is the
// call's.
func Modules(onItertools func() error) jinja.Value {
	d := jinja.NewDict()
	d.SetStr("pytz", Pytz())
	d.SetStr("datetime", Datetime())
	d.SetStr("re", Re())
	d.SetStr("itertools", Itertools(onItertools))
	return d
}

type fn = func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error)

// module builds a module, which is a dict of its members, as in dbt.
type module struct {
	d *jinja.Dict
	// before, when not nil, is called before each of the module's functions.
	before func() error
}

func newModule() module { return module{d: jinja.NewDict()} }

func (m module) def(name string, f fn) { m.d.SetStr(name, m.function(name, f)) }

func (m module) function(name string, f fn) *jinja.Function {
	if m.before == nil {
		return jinja.NewFunction(name, f)
	}
	return jinja.NewFunction(name, func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		if err := m.before(); err != nil {
			return nil, err
		}
		return f(t, args, kwargs)
	})
}

func (m module) set(name string, v jinja.Value) { m.d.SetStr(name, v) }

// class is a type of a module: it can be called and has methods.
type class struct {
	name    string
	call    fn
	members map[string]jinja.Value
}

func newClass(name string, call fn) *class {
	return &class{name, call, map[string]jinja.Value{}}
}

func (c *class) def(name string, f fn) { c.members[name] = jinja.NewFunction(name, f) }

func (*class) Type() string     { return "type" }
func (*class) Truth() bool      { return true }
func (c *class) String() string { return c.Repr() }
func (c *class) Repr() string   { return "<class '" + c.name + "'>" }

// Call makes an instance.
func (c *class) Call(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	return c.call(t, args, kwargs)
}

// Attr gives class methods and constants.
func (c *class) Attr(_ *jinja.Thread, name string) (jinja.Value, error) { return c.members[name], nil }

func p(name string, def jinja.Value) jinja.Param { return jinja.Param{Name: name, Default: def} }

func integer(v jinja.Value) (int, error) {
	switch x := v.(type) {
	case jinja.Int:
		return int(x), nil
	case jinja.Bool:
		if x {
			return 1, nil
		}
		return 0, nil
	case *jinja.Undefined:
		return 0, x.Err()
	}
	return 0, jinja.Raise("TypeError", "'"+v.Type()+"' object cannot be interpreted as an integer")
}

func integers(vals []jinja.Value) ([]int, error) {
	out := make([]int, len(vals))
	for i, v := range vals {
		n, err := integer(v)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

func text(what string, v jinja.Value) (string, error) {
	s, ok := jinja.AsString(v)
	if !ok {
		if u, ok := v.(*jinja.Undefined); ok {
			return "", u.Err()
		}
		return "", jinja.Raise("TypeError", what+" must be str, not "+v.Type())
	}
	return s, nil
}
