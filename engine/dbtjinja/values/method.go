package values

import (
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// args are the arguments of a call.
type args struct {
	t   *jinja.Thread
	pos []jinja.Value
	kw  []jinja.Kwarg
}

// bind puts them in the order of params; see [jinja.Bind].
func (a args) bind(fn string, params ...jinja.Param) ([]jinja.Value, error) {
	return jinja.Bind(fn, a.pos, a.kw, params...)
}

// required and optional make parameters; an optional one is None by default.
func required(name string) jinja.Param { return jinja.Param{Name: name} }

func optional(name string) jinja.Param { return jinja.Param{Name: name, Default: jinja.None} }

// methods is the table of a type's methods. Tables are filled once and only read.
type methods[T any] map[string]func(self T, a args) (jinja.Value, error)

func (m methods[T]) call(self T, t *jinja.Thread, name string, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, bool, error) {
	fn, ok := m[name]
	if !ok {
		return nil, false, nil
	}
	v, err := fn(self, args{t, pos, kw})
	return v, true, err
}

// bound makes a method that can be passed on; nil when there is none.
func (m methods[T]) bound(self T, name string) jinja.Value {
	fn, ok := m[name]
	if !ok {
		return nil
	}
	return jinja.NewFunction(name, func(t *jinja.Thread, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, error) {
		return fn(self, args{t, pos, kw})
	})
}

// isNone tells that a value says nothing: None, undefined or absent.
func isNone(v jinja.Value) bool {
	switch v.(type) {
	case nil, jinja.NoneType, *jinja.Undefined:
		return true
	}
	return false
}

func strOrNone(s string) jinja.Value {
	if s == "" {
		return jinja.None
	}
	return jinja.Str(s)
}

func compilationError(format string, a ...any) error {
	return diag.New(diag.CompilationError, format, a...)
}

func runtimeError(format string, a ...any) error {
	return diag.New(diag.RuntimeError, format, a...)
}
