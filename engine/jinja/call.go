package jinja

import (
	"strconv"
	"strings"
)

// Function is a callable of the host.
type Function struct {
	name  string
	fn    func(t *Thread, args []Value, kwargs []Kwarg) (Value, error)
	attrs map[string]Value
}

// NewFunction makes a callable. fn may keep args and kwargs.
func NewFunction(name string, fn func(t *Thread, args []Value, kwargs []Kwarg) (Value, error)) *Function {
	return &Function{name: name, fn: fn}
}

// WithAttrs gives a copy of f that has attributes.
func (f *Function) WithAttrs(attrs map[string]Value) *Function {
	c := *f
	c.attrs = attrs
	return &c
}

func (*Function) Type() string     { return "function" }
func (*Function) Truth() bool      { return true }
func (f *Function) String() string { return f.Repr() }
func (f *Function) Repr() string   { return "<function " + f.name + ">" }

// Name is the name given to NewFunction.
func (f *Function) Name() string { return f.name }

// Call calls the function.
func (f *Function) Call(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
	return f.fn(t, args, kwargs)
}

// Attr gives the attributes of WithAttrs.
func (f *Function) Attr(_ *Thread, name string) (Value, error) { return f.attrs[name], nil }

// Param is a parameter for Bind.
type Param struct {
	Name    string
	Default Value // nil: the argument is required
}

// Bind puts args and kwargs in the order of params, as Python does for
// def fname(params): with its errors for missing, surplus and unknown arguments.
func Bind(fname string, args []Value, kwargs []Kwarg, params ...Param) ([]Value, error) {
	if len(args) > len(params) {
		return nil, tooMany(fname, params, len(args))
	}
	out := make([]Value, len(params))
	copy(out, args)
next:
	for _, k := range kwargs {
		for i := range params {
			if params[i].Name == k.Name {
				if out[i] != nil {
					return nil, raise("TypeError", fname+"() got multiple values for argument '"+k.Name+"'")
				}
				out[i] = k.Value
				continue next
			}
		}
		return nil, raise("TypeError", fname+"() got an unexpected keyword argument '"+k.Name+"'")
	}
	var missing []string
	for i := range params {
		if out[i] == nil {
			if params[i].Default == nil {
				missing = append(missing, reprString(params[i].Name))
				continue
			}
			out[i] = params[i].Default
		}
	}
	if len(missing) > 0 {
		return nil, raise("TypeError", fname+"() missing "+strconv.Itoa(len(missing))+" required positional argument"+
			plural(len(missing))+": "+joinAnd(missing))
	}
	return out, nil
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func joinAnd(s []string) string {
	switch len(s) {
	case 1:
		return s[0]
	case 2:
		return s[0] + " and " + s[1]
	}
	return strings.Join(s[:len(s)-1], ", ") + ", and " + s[len(s)-1]
}

func tooMany(fname string, params []Param, given int) error {
	required := 0
	for _, p := range params {
		if p.Default == nil {
			required++
		}
	}
	takes := strconv.Itoa(len(params))
	n := len(params)
	if required < len(params) {
		takes = "from " + strconv.Itoa(required) + " to " + takes
	}
	was := "were"
	if given == 1 {
		was = "was"
	}
	return raise("TypeError", fname+"() takes "+takes+" positional argument"+plural(n)+" but "+strconv.Itoa(given)+" "+was+" given")
}

// boundMethod is a method of a builtin value, kept or passed on before the call.
type boundMethod struct {
	self Value
	name string
	fn   methodFunc
}

func (*boundMethod) Type() string     { return "builtin_function_or_method" }
func (*boundMethod) Truth() bool      { return true }
func (m *boundMethod) String() string { return m.Repr() }
func (m *boundMethod) Repr() string {
	return "<built-in method " + m.name + " of " + m.self.Type() + " object>"
}

func (m *boundMethod) Call(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
	return m.fn(t, m.self, args, kwargs)
}

// CallValue calls fn. The error names the type if it cannot be called.
func CallValue(t *Thread, fn Value, args []Value, kwargs []Kwarg) (Value, error) {
	if err := t.step(); err != nil {
		return nil, err
	}
	switch c := fn.(type) {
	case *Undefined:
		if c.chains() {
			return c, nil
		}
		return nil, c.Err()
	case Callable:
		return c.Call(t, args, kwargs)
	}
	return nil, raise("TypeError", "'"+fn.Type()+"' object is not callable")
}

// IsCallable tells whether v can be called.
func IsCallable(v Value) bool {
	switch v.(type) {
	case *Undefined:
		return true
	case Callable:
		return true
	}
	return false
}
