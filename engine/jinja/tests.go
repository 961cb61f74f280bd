package jinja

import "strings"

func addTests(m map[string]TestFunc) {
	one := func(names string, fn func(t *Thread, v Value) (bool, error)) {
		for _, name := range strings.Fields(names) {
			m[name] = func(t *Thread, v Value, args []Value, kwargs []Kwarg) (bool, error) {
				if len(args)+len(kwargs) > 0 {
					return false, raise("TypeError", "test_"+name+"() takes 1 positional argument but "+
						Int(1+len(args)+len(kwargs)).String()+" were given")
				}
				return fn(t, v)
			}
		}
	}
	is := func(names string, fn func(v Value) bool) {
		one(names, func(_ *Thread, v Value) (bool, error) { return fn(v), nil })
	}
	two := func(names string, param string, fn func(t *Thread, v, w Value) (bool, error)) {
		for _, name := range strings.Fields(names) {
			m[name] = func(t *Thread, v Value, args []Value, kwargs []Kwarg) (bool, error) {
				if len(args) == 1 && len(kwargs) == 0 {
					return fn(t, v, args[0])
				}
				a, err := Bind(name, args, kwargs, Param{param, nil})
				if err != nil {
					return false, err
				}
				return fn(t, v, a[0])
			}
		}
	}
	is("defined", func(v Value) bool { _, ok := v.(*Undefined); return !ok })
	is("undefined", func(v Value) bool { _, ok := v.(*Undefined); return ok })
	is("none", func(v Value) bool { return v == None })
	is("boolean", func(v Value) bool { _, ok := v.(Bool); return ok })
	is("true", func(v Value) bool { return v == True })
	is("false", func(v Value) bool { return v == False })
	is("integer", func(v Value) bool {
		switch v.(type) {
		case Int, *BigInt:
			return true
		}
		return false
	})
	is("float", func(v Value) bool { _, ok := v.(Float); return ok })
	is("number", func(v Value) bool {
		_, host := v.(Number)
		return host || isNumber(v)
	})
	is("string", func(v Value) bool { _, ok := AsString(v); return ok })
	is("mapping", func(v Value) bool {
		switch v.(type) {
		case *Dict, Mapping:
			return true
		}
		return false
	})
	is("sequence", func(v Value) bool {
		switch v.(type) {
		case *List, Tuple, *namedTuple, Str, Markup, *markedStr, *Dict, Range, Bytes:
			return true
		case *Undefined, *Set, *DictView, *Generator:
			_, und := v.(*Undefined)
			return und
		}
		_, item := v.(HasItem)
		_, size := v.(Sizer)
		return item && size
	})
	is("iterable", func(v Value) bool { _, err := iterOf(v); return err == nil })
	is("callable", IsCallable)
	is("escaped", isMarkup)
	one("lower", func(_ *Thread, v Value) (bool, error) { return isLower(v.String()), nil })
	one("upper", func(_ *Thread, v Value) (bool, error) { return isUpper(v.String()), nil })
	rest := func(t *Thread, v Value, n Value) (Value, error) {
		return binary(t, tMod, v, n)
	}
	one("even", func(t *Thread, v Value) (bool, error) {
		r, err := rest(t, v, Int(2))
		return err == nil && Equal(r, Int(0)), err
	})
	one("odd", func(t *Thread, v Value) (bool, error) {
		r, err := rest(t, v, Int(2))
		return err == nil && Equal(r, Int(1)), err
	})
	two("divisibleby", "num", func(t *Thread, v, w Value) (bool, error) {
		r, err := rest(t, v, w)
		return err == nil && Equal(r, Int(0)), err
	})
	two("sameas", "other", func(_ *Thread, v, w Value) (bool, error) { return same(v, w), nil })
	two("in", "seq", func(t *Thread, v, w Value) (bool, error) { return Contains(t, w, v) })
	cmp := func(names string, op cmpOp) {
		two(names, "b", func(t *Thread, v, w Value) (bool, error) { return compareValues(t, op, v, w) })
	}
	cmp("eq equalto ==", cmpEq)
	cmp("ne !=", cmpNe)
	cmp("lt lessthan <", cmpLt)
	cmp("le <=", cmpLe)
	cmp("gt greaterthan >", cmpGt)
	cmp("ge >=", cmpGe)
	one("filter", func(t *Thread, v Value) (bool, error) {
		s, ok := AsString(v)
		return ok && t.filterNamed(s) != nil, nil
	})
	one("test", func(t *Thread, v Value) (bool, error) {
		s, ok := AsString(v)
		return ok && t.env() != nil && t.env().tests[s] != nil, nil
	})
}

// same is Python's is.
func same(v, w Value) bool {
	switch x := v.(type) {
	case Tuple:
		y, ok := w.(Tuple)
		return ok && len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0])
	case Str:
		y, ok := w.(Str)
		return ok && x == y
	case Int, Bool, Float, NoneType, Markup, Bytes, *List, *Dict, *Set, *BigInt:
		return v == w
	}
	return identical(v, w)
}
