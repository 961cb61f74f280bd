package jinja

import (
	"strings"
	"unicode/utf8"
)

func addSeqFilters(def func(names string, fn func(t *Thread, v Value, a []Value) (Value, error), params ...Param)) {
	def("length count", func(_ *Thread, v Value, _ []Value) (Value, error) {
		n, err := Len(v)
		return Int(n), err
	})
	def("list", func(t *Thread, v Value, _ []Value) (Value, error) {
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		if err := t.work(len(elems)); err != nil {
			return nil, err
		}
		return NewList(append([]Value(nil), elems...)...), nil
	})
	def("first", func(t *Thread, v Value, _ []Value) (Value, error) {
		it, err := iterOf(v)
		if err != nil {
			return nil, err
		}
		x, ok, err := it.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return &Undefined{Hint: "No first item, sequence was empty.", policy: t.Undefined}, nil
		}
		return x, nil
	})
	def("last", func(t *Thread, v Value, _ []Value) (Value, error) {
		if s, ok := AsString(v); ok && s != "" {
			_, n := utf8.DecodeLastRuneInString(s)
			return Str(s[len(s)-n:]), nil
		}
		if _, ok := v.(*Generator); ok {
			return nil, raise("TypeError", "'"+v.Type()+"' object is not reversible")
		}
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		if len(elems) == 0 {
			return &Undefined{Hint: "No last item, sequence was empty.", policy: t.Undefined}, nil
		}
		return elems[len(elems)-1], nil
	})
	def("join", func(t *Thread, v Value, a []Value) (Value, error) {
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		if err := checkUse(v); err != nil {
			return nil, err
		}
		get := attrGetter(t, a[1], nil)
		d := a[0].String()
		b := t.getBuf()
		defer t.putBuf(b)
		esc := false
		if t.autoescape {
			esc = isMarkup(a[0])
			for _, e := range elems {
				esc = esc || isMarkup(e)
			}
			if esc {
				d = escapeValue(a[0]).String()
			}
		}
		for i, e := range elems {
			if i > 0 {
				b.str(d)
			}
			if a[1] != None {
				if e, err = get(e); err != nil {
					return nil, err
				}
			}
			if esc {
				e = escapeValue(e)
			}
			b.value(e)
			if len(b.b) > maxString {
				return nil, errTooLarge()
			}
		}
		return keep(b.String(), esc), nil
	}, Param{"d", Str("")}, Param{"attribute", None})
	def("reverse", func(_ *Thread, v Value, _ []Value) (Value, error) {
		if s, ok := AsString(v); ok {
			out, err := sliceString(s, &Slice{None, None, Int(-1)})
			return keep(out, isMarkup(v)), err
		}
		elems, err := listOf(v)
		if err != nil {
			return nil, raise("FilterArgumentError", "argument must be iterable")
		}
		rev := make([]Value, len(elems))
		for i, e := range elems {
			rev[len(elems)-1-i] = e
		}
		it := &sliceIter{elems: rev}
		return &Generator{"list_reverseiterator", it.next}, nil
	})
	def("sort", func(t *Thread, v Value, a []Value) (Value, error) {
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		key := sortKey(t, None, a[1].Truth())
		if s, ok := AsString(a[2]); ok && strings.Contains(s, ",") {
			var keys []func(Value) (Value, error)
			for _, k := range strings.Split(s, ",") {
				keys = append(keys, sortKey(t, Str(k), a[1].Truth()))
			}
			key = func(v Value) (Value, error) {
				out := make(Tuple, len(keys))
				for i, k := range keys {
					x, err := k(v)
					if err != nil {
						return nil, err
					}
					out[i] = x
				}
				return out, nil
			}
		} else if a[2] != None {
			key = sortKey(t, a[2], a[1].Truth())
		}
		out, err := sortValues(t, elems, key, a[0].Truth())
		return NewList(out...), err
	}, Param{"reverse", False}, Param{"case_sensitive", False}, Param{"attribute", None})
	def("unique", func(t *Thread, v Value, a []Value) (Value, error) {
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		key := sortKey(t, a[1], a[0].Truth())
		seen := &Set{}
		i := 0
		return &Generator{"generator", func() (Value, bool, error) {
			for i < len(elems) {
				e := elems[i]
				i++
				k, err := key(e)
				if err != nil {
					return nil, false, err
				}
				has, err := seen.Has(k)
				if err != nil {
					return nil, false, err
				}
				if !has {
					return e, true, seen.Add(k)
				}
			}
			return nil, false, nil
		}}, nil
	}, Param{"case_sensitive", False}, Param{"attribute", None})
	extreme := func(name string, sign int) {
		def(name, func(t *Thread, v Value, a []Value) (Value, error) {
			elems, err := listOf(v)
			if err != nil {
				return nil, err
			}
			if len(elems) == 0 {
				return &Undefined{Hint: "No aggregated item, sequence was empty.", policy: t.Undefined}, nil
			}
			key := sortKey(t, a[1], a[0].Truth())
			best := elems[0]
			bk, err := key(best)
			if err != nil {
				return nil, err
			}
			for _, e := range elems[1:] {
				k, err := key(e)
				if err != nil {
					return nil, err
				}
				c, err := Compare(k, bk)
				if err != nil {
					return nil, err
				}
				if c*sign > 0 && c != 2 {
					best, bk = e, k
				}
			}
			return best, nil
		}, Param{"case_sensitive", False}, Param{"attribute", None})
	}
	extreme("min", -1)
	extreme("max", 1)
	def("sum", func(t *Thread, v Value, a []Value) (Value, error) {
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		get := attrGetter(t, a[0], nil)
		sum := a[1]
		if _, ok := AsString(sum); ok {
			return nil, raise("TypeError", "sum() can't sum strings [use ''.join(seq) instead]")
		}
		for _, e := range elems {
			if e, err = get(e); err != nil {
				return nil, err
			}
			if sum, err = binary(t, tAdd, sum, e); err != nil {
				return nil, err
			}
		}
		return sum, nil
	}, Param{"attribute", None}, Param{"start", Int(0)})
	def("groupby", func(t *Thread, v Value, a []Value) (Value, error) {
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		var dflt Value
		if a[1] != None {
			dflt = a[1]
		}
		get := attrGetter(t, a[0], dflt)
		fold := func(v Value) Value {
			if s, ok := AsString(v); ok && !a[2].Truth() {
				return Str(strings.ToLower(s))
			}
			return v
		}
		key := func(v Value) (Value, error) {
			k, err := get(v)
			if err != nil {
				return nil, err
			}
			return fold(k), nil
		}
		sorted, err := sortValues(t, elems, key, false)
		if err != nil {
			return nil, err
		}
		out := &List{}
		var group *List
		var last Value
		for _, e := range sorted {
			k, err := key(e)
			if err != nil {
				return nil, err
			}
			if group == nil || !Equal(k, last) {
				group, last = &List{}, k
				orig, err := get(e)
				if err != nil {
					return nil, err
				}
				out.Append(&namedTuple{[]string{"grouper", "list"}, Tuple{orig, group}})
			}
			group.Append(e)
		}
		return out, nil
	}, Param{"attribute", nil}, Param{"default", None}, Param{"case_sensitive", False})
	def("batch", func(t *Thread, v Value, a []Value) (Value, error) {
		n, err := intArg(a[0])
		if err != nil {
			return nil, err
		}
		it, err := iterOf(v)
		if err != nil {
			return nil, err
		}
		fill := a[1]
		done := false
		return &Generator{"generator", func() (Value, bool, error) {
			out := &List{}
			for !done {
				if n > 0 && len(out.Elems) == n {
					return out, true, nil
				}
				x, ok, err := it.next()
				if err != nil {
					return nil, false, err
				}
				if !ok {
					done = true
					break
				}
				out.Append(x)
			}
			if len(out.Elems) == 0 {
				return nil, false, nil
			}
			if fill != None {
				n := min(n, maxRange)
				if err := t.work(n - len(out.Elems)); err != nil {
					return nil, false, err
				}
				for len(out.Elems) < n {
					out.Append(fill)
				}
			}
			return out, true, nil
		}}, nil
	}, Param{"linecount", nil}, Param{"fill_with", None})
	def("slice", func(t *Thread, v Value, a []Value) (Value, error) {
		n, err := intArg(a[0])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, raise("ZeroDivisionError", "integer division or modulo by zero")
		}
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		per, extra := len(elems)/max(n, 1), len(elems)%max(n, 1)
		fill := a[1]
		i, off := 0, 0
		return &Generator{"generator", func() (Value, bool, error) {
			if i >= n {
				return nil, false, nil
			}
			if err := t.step(); err != nil {
				return nil, false, err
			}
			start := off + i*per
			if i < extra {
				off++
			}
			end := off + (i+1)*per
			l := NewList(append([]Value(nil), elems[start:end]...)...)
			if fill != None && i >= extra {
				l.Append(fill)
			}
			i++
			return l, true, nil
		}}, nil
	}, Param{"slices", nil}, Param{"fill_with", None})
	def("items", func(t *Thread, v Value, _ []Value) (Value, error) {
		if u, ok := v.(*Undefined); ok {
			it := &sliceIter{}
			return &Generator{"generator", it.next}, u.checkUse()
		}
		switch v.(type) {
		case *Dict, Mapping:
		default:
			return nil, raise("TypeError", "Can only get item pairs from a mapping.")
		}
		d, err := toDict(t, v)
		if err != nil {
			return nil, err
		}
		it := &dictIter{v: DictView{d, viewItems}, n: d.live}
		return &Generator{"generator", it.next}, nil
	})
	def("dictsort", func(t *Thread, v Value, a []Value) (Value, error) {
		by := a[1].String()
		if by != "key" && by != "value" {
			return nil, raise("FilterArgumentError", `You can only sort by either "key" or "value"`)
		}
		if u, ok := v.(*Undefined); ok {
			if u.chains() {
				return NewList(), nil
			}
			return nil, u.Err()
		}
		d, ok := v.(*Dict)
		if m, isM := v.(Mapping); isM && !ok {
			var err error
			if d, err = toDict(t, m.(Value)); err != nil {
				return nil, err
			}
			ok = true
		}
		if !ok {
			return nil, &Error{Kind: UndefinedErr, Type: "AttributeError", Msg: "'" + v.Type() + "' object has no attribute 'items'"}
		}
		out, err := sortedEntries(t, d, by == "value", a[0].Truth(), a[2].Truth())
		return NewList(out...), err
	}, Param{"case_sensitive", False}, Param{"by", Str("key")}, Param{"reverse", False})
}

// addMapFilters are the filters with arguments of their own kind: map, select
// and their like, and format.
func addMapFilters(m map[string]FilterFunc) {
	m["map"] = mapFilter
	m["select"] = selectFilter("select", false, true)
	m["reject"] = selectFilter("reject", false, false)
	m["selectattr"] = selectFilter("selectattr", true, true)
	m["rejectattr"] = selectFilter("rejectattr", true, false)
	m["format"] = func(t *Thread, v Value, args []Value, kwargs []Kwarg) (Value, error) {
		if len(args) > 0 && len(kwargs) > 0 {
			return nil, raise("FilterArgumentError", "can't handle positional and keyword arguments at the same time")
		}
		var arg Value = Tuple(args)
		if len(kwargs) > 0 {
			d := NewDict()
			for _, k := range kwargs {
				d.SetStr(k.Name, k.Value)
			}
			arg = d
		}
		s, mk := soft(v)
		out, err := percentFormat(t, s, arg, mk)
		return keep(out, mk), err
	}
}

func (t *Thread) env() *Env {
	if t.tmpl != nil {
		return t.tmpl.env
	}
	return nil
}

func mapFilter(t *Thread, v Value, args []Value, kwargs []Kwarg) (Value, error) {
	if !v.Truth() {
		it := &sliceIter{}
		if err := checkUse(v); err != nil {
			return nil, err
		}
		if _, und := v.(*Undefined); und || v == None {
			return &Generator{"generator", it.next}, nil
		}
	}
	var fn func(Value) (Value, error)
	if len(args) == 0 && len(kwargs) > 0 && hasKw(kwargs, "attribute") {
		attr, dflt := Value(None), Value(nil)
		for _, k := range kwargs {
			switch k.Name {
			case "attribute":
				attr = k.Value
			case "default":
				if k.Value != None {
					dflt = k.Value
				}
			default:
				return nil, raise("FilterArgumentError", "Unexpected keyword argument "+reprString(k.Name))
			}
		}
		fn = attrGetter(t, attr, dflt)
	} else {
		if len(args) == 0 {
			return nil, raise("FilterArgumentError", "map requires a filter argument")
		}
		name := args[0].String()
		f := t.filterNamed(name)
		if f == nil {
			return nil, raise("TemplateRuntimeError", "No filter named "+reprString(name)+".")
		}
		rest := append([]Value(nil), args[1:]...) // the generator outlives this call
		fn = func(v Value) (Value, error) { return f(t, v, rest, kwargs) }
	}
	it, err := iterOf(v)
	if err != nil {
		return nil, err
	}
	return &Generator{"generator", func() (Value, bool, error) {
		x, ok, err := it.next()
		if err != nil || !ok {
			return nil, false, err
		}
		if err := t.step(); err != nil {
			return nil, false, err
		}
		x, err = fn(x)
		return x, err == nil, err
	}}, nil
}

func (t *Thread) filterNamed(name string) FilterFunc {
	env := t.env()
	if env == nil {
		return nil
	}
	switch name {
	case "as_text", "as_native", "as_bool", "as_number":
		return func(_ *Thread, v Value, _ []Value, _ []Kwarg) (Value, error) { return v, nil }
	}
	return env.filters[name]
}

func hasKw(kwargs []Kwarg, name string) bool {
	for _, k := range kwargs {
		if k.Name == name {
			return true
		}
	}
	return false
}

func selectFilter(fname string, attr, want bool) FilterFunc {
	return func(t *Thread, v Value, args []Value, kwargs []Kwarg) (Value, error) {
		get := func(v Value) (Value, error) { return v, nil }
		if attr {
			if len(args) == 0 {
				return nil, raise("FilterArgumentError", "Missing parameter for attribute name")
			}
			get = attrGetter(t, args[0], nil)
			args = args[1:]
		}
		test := func(v Value) (bool, error) { return v.Truth(), checkUse(v) }
		if len(args) > 0 {
			name := args[0].String()
			var fn TestFunc
			if env := t.env(); env != nil {
				fn = env.tests[name]
			}
			if fn == nil {
				return nil, raise("TemplateRuntimeError", "No test named "+reprString(name)+".")
			}
			rest := append([]Value(nil), args[1:]...)
			test = func(v Value) (bool, error) { return fn(t, v, rest, kwargs) }
		}
		if v == None {
			it := &sliceIter{}
			return &Generator{"generator", it.next}, nil
		}
		it, err := iterOf(v)
		if err != nil {
			return nil, err
		}
		return &Generator{"generator", func() (Value, bool, error) {
			for {
				x, ok, err := it.next()
				if err != nil || !ok {
					return nil, false, err
				}
				if err := t.step(); err != nil {
					return nil, false, err
				}
				y, err := get(x)
				if err != nil {
					return nil, false, err
				}
				ok, err = test(y)
				if err != nil {
					return nil, false, err
				}
				if ok == want {
					return x, true, nil
				}
			}
		}}, nil
	}
}
