package jinja

import (
	"sort"
)

func indexError(msg string) error { return raise("IndexError", msg) }

func listMethods() map[string]methodFunc {
	m := tupleMethods()
	type lm = func(t *Thread, l *List, args []Value, kwargs []Kwarg) (Value, error)
	def := func(name string, lo, hi int, fn lm) {
		m[name] = func(t *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
			if name != "sort" {
				if err := argCount("list."+name, args, kwargs, lo, hi); err != nil {
					return nil, err
				}
			}
			return fn(t, self.(*List), args, kwargs)
		}
	}
	def("append", 1, 1, func(_ *Thread, l *List, args []Value, _ []Kwarg) (Value, error) {
		if len(l.Elems) >= maxItems {
			return nil, errTooLarge()
		}
		l.Elems = append(l.Elems, args[0])
		return None, nil
	})
	def("extend", 1, 1, func(_ *Thread, l *List, args []Value, _ []Kwarg) (Value, error) {
		elems, err := listOf(args[0])
		if err != nil {
			return nil, err
		}
		if len(l.Elems)+len(elems) > maxItems {
			return nil, errTooLarge()
		}
		l.Elems = append(l.Elems, elems...)
		return None, nil
	})
	def("insert", 2, 2, func(_ *Thread, l *List, args []Value, _ []Kwarg) (Value, error) {
		i, err := intArg(args[0])
		if err != nil {
			return nil, err
		}
		n := len(l.Elems)
		if i < 0 {
			i = max(0, i+n)
		}
		i = min(i, n)
		l.Elems = append(l.Elems, nil)
		copy(l.Elems[i+1:], l.Elems[i:])
		l.Elems[i] = args[1]
		return None, nil
	})
	def("pop", 0, 1, func(_ *Thread, l *List, args []Value, _ []Kwarg) (Value, error) {
		n := len(l.Elems)
		i := n - 1
		if len(args) > 0 {
			var err error
			if i, err = intArg(args[0]); err != nil {
				return nil, err
			}
			if i < 0 {
				i += n
			}
		}
		if n == 0 {
			return nil, indexError("pop from empty list")
		}
		if i < 0 || i >= n {
			return nil, indexError("pop index out of range")
		}
		v := l.Elems[i]
		copy(l.Elems[i:], l.Elems[i+1:])
		l.Elems[n-1] = nil
		l.Elems = l.Elems[:n-1]
		return v, nil
	})
	def("remove", 1, 1, func(_ *Thread, l *List, args []Value, _ []Kwarg) (Value, error) {
		for i, e := range l.Elems {
			if Equal(e, args[0]) {
				l.Elems = append(l.Elems[:i], l.Elems[i+1:]...)
				return None, nil
			}
		}
		return nil, raise("ValueError", "list.remove(x): x not in list")
	})
	def("clear", 0, 0, func(_ *Thread, l *List, _ []Value, _ []Kwarg) (Value, error) {
		l.Elems = nil
		return None, nil
	})
	def("copy", 0, 0, func(_ *Thread, l *List, _ []Value, _ []Kwarg) (Value, error) {
		return NewList(append([]Value(nil), l.Elems...)...), nil
	})
	def("reverse", 0, 0, func(_ *Thread, l *List, _ []Value, _ []Kwarg) (Value, error) {
		for i, j := 0, len(l.Elems)-1; i < j; i, j = i+1, j-1 {
			l.Elems[i], l.Elems[j] = l.Elems[j], l.Elems[i]
		}
		return None, nil
	})
	def("sort", 0, 0, func(t *Thread, l *List, args []Value, kwargs []Kwarg) (Value, error) {
		if len(args) > 0 {
			return nil, raise("TypeError", "sort() takes no positional arguments")
		}
		a, err := Bind("sort", nil, kwargs, Param{"key", None}, Param{"reverse", False})
		if err != nil {
			return nil, err
		}
		key := func(v Value) (Value, error) { return v, nil }
		if a[0] != None {
			key = func(v Value) (Value, error) { return CallValue(t, a[0], []Value{v}, nil) }
		}
		out, err := sortValues(t, l.Elems, key, a[1].Truth())
		if err != nil {
			return nil, err
		}
		l.Elems = out
		return None, nil
	})
	return m
}

// sortValues sorts stably by key into a new slice.
func sortValues(t *Thread, elems []Value, key func(Value) (Value, error), reverse bool) ([]Value, error) {
	type pair struct{ k, v Value }
	ps := make([]pair, len(elems))
	for i, e := range elems {
		k, err := key(e)
		if err != nil {
			return nil, err
		}
		ps[i] = pair{k, e}
	}
	if err := t.work(len(elems)); err != nil {
		return nil, err
	}
	var fail error
	sort.SliceStable(ps, func(i, j int) bool {
		a, b := ps[i].k, ps[j].k
		if reverse {
			a, b = b, a
		}
		c, err := Less(a, b)
		if err != nil && fail == nil {
			fail = err
		}
		return c
	})
	if fail != nil {
		return nil, fail
	}
	out := make([]Value, len(ps))
	for i, p := range ps {
		out[i] = p.v
	}
	return out, nil
}

func tupleMethods() map[string]methodFunc {
	return map[string]methodFunc{
		"count": func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
			if err := argCount("count", args, kwargs, 1, 1); err != nil {
				return nil, err
			}
			elems, err := listOf(self)
			n := 0
			for _, e := range elems {
				if Equal(e, args[0]) {
					n++
				}
			}
			return Int(n), err
		},
		"index": func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
			if err := argCount("index", args, kwargs, 1, 3); err != nil {
				return nil, err
			}
			elems, err := listOf(self)
			if err != nil {
				return nil, err
			}
			s := Slice{None, None, None}
			if len(args) > 1 {
				s.Start = args[1]
			}
			if len(args) > 2 {
				s.Stop = args[2]
			}
			start, stop, _, err := s.indices(len(elems))
			for i := start; err == nil && i < stop; i++ {
				if Equal(elems[i], args[0]) {
					return Int(i), nil
				}
			}
			if err != nil {
				return nil, err
			}
			return nil, raise("ValueError", args[0].Repr()+" is not in "+self.Type())
		},
	}
}

func dictMethods() map[string]methodFunc {
	m := map[string]methodFunc{}
	def := func(name string, lo, hi int, fn func(t *Thread, d *Dict, args []Value) (Value, error)) {
		m[name] = func(t *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
			if err := argCount(name, args, kwargs, lo, hi); err != nil {
				return nil, err
			}
			return fn(t, self.(*Dict), args)
		}
	}
	second := func(args []Value) Value {
		if len(args) > 1 {
			return args[1]
		}
		return None
	}
	def("get", 1, 2, func(_ *Thread, d *Dict, args []Value) (Value, error) {
		v, ok, err := d.Get(args[0])
		if err != nil || ok {
			return v, err
		}
		return second(args), nil
	})
	def("items", 0, 0, func(_ *Thread, d *Dict, _ []Value) (Value, error) { return &DictView{d, viewItems}, nil })
	def("keys", 0, 0, func(_ *Thread, d *Dict, _ []Value) (Value, error) { return &DictView{d, viewKeys}, nil })
	def("values", 0, 0, func(_ *Thread, d *Dict, _ []Value) (Value, error) { return &DictView{d, viewValues}, nil })
	def("copy", 0, 0, func(_ *Thread, d *Dict, _ []Value) (Value, error) { return d.Copy(), nil })
	def("clear", 0, 0, func(_ *Thread, d *Dict, _ []Value) (Value, error) { d.Clear(); return None, nil })
	def("pop", 1, 2, func(_ *Thread, d *Dict, args []Value) (Value, error) {
		v, ok, err := d.Delete(args[0])
		if err != nil || ok {
			return v, err
		}
		if len(args) > 1 {
			return args[1], nil
		}
		return nil, raise("KeyError", args[0].Repr())
	})
	def("popitem", 0, 0, func(_ *Thread, d *Dict, _ []Value) (Value, error) {
		for i := len(d.entries) - 1; i >= 0; i-- {
			if e := d.entries[i]; e.key != nil {
				_, _, err := d.Delete(e.key)
				return Tuple{e.key, e.val}, err
			}
		}
		return nil, raise("KeyError", "'popitem(): dictionary is empty'")
	})
	def("setdefault", 1, 2, func(_ *Thread, d *Dict, args []Value) (Value, error) {
		v, ok, err := d.Get(args[0])
		if err != nil || ok {
			return v, err
		}
		v = second(args)
		return v, d.Set(args[0], v)
	})
	def("fromkeys", 1, 2, func(_ *Thread, _ *Dict, args []Value) (Value, error) {
		keys, err := listOf(args[0])
		out := NewDict()
		for _, k := range keys {
			if err := out.Set(k, second(args)); err != nil {
				return nil, err
			}
		}
		return out, err
	})
	m["update"] = func(t *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		if err := argCount("update", args, nil, 0, 1); err != nil {
			return nil, err
		}
		d := self.(*Dict)
		if len(args) > 0 {
			if u, ok := args[0].(*Undefined); ok && !u.chains() {
				if err := u.checkUse(); err != nil {
					return nil, err
				}
			}
			o, err := toDict(t, args[0])
			if err != nil {
				return nil, err
			}
			d.Update(o)
		}
		for _, k := range kwargs {
			d.SetStr(k.Name, k.Value)
		}
		return None, nil
	}
	return m
}

// toDict is Python's dict(v): of a mapping or of pairs.
func toDict(t *Thread, v Value) (*Dict, error) {
	if d, ok := v.(*Dict); ok {
		return d, nil
	}
	if h, ok := v.(Mapping); ok {
		d := NewDict()
		for k, e := range h.Items() {
			if err := d.Set(k, e); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	elems, err := listOf(v)
	if err != nil {
		return nil, err
	}
	d := NewDict()
	for i, e := range elems {
		pair, err := listOf(e)
		if err != nil {
			return nil, raise("TypeError", "cannot convert dictionary update sequence element #"+Int(i).String()+" to a sequence")
		}
		if s, ok := AsString(e); ok {
			pair = nil
			for _, r := range s {
				pair = append(pair, Str(string(r)))
			}
		}
		if len(pair) != 2 {
			return nil, raise("ValueError", "dictionary update sequence element #"+Int(i).String()+" has length "+
				Int(len(pair)).String()+"; 2 is required")
		}
		if err := d.Set(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func setOp(name string, a *Set, b *Set) (Value, error) {
	out := &Set{}
	keep := func(from *Set, f func(v Value) bool) {
		for _, v := range from.d.Keys() {
			if f(v) {
				_ = out.Add(v)
			}
		}
	}
	inA := func(v Value) bool { ok, _ := a.Has(v); return ok }
	inB := func(v Value) bool { ok, _ := b.Has(v); return ok }
	switch name {
	case "union":
		keep(a, func(Value) bool { return true })
		keep(b, func(Value) bool { return true })
	case "intersection":
		keep(a, inB)
	case "difference":
		keep(a, func(v Value) bool { return !inB(v) })
	case "symmetric_difference":
		keep(a, func(v Value) bool { return !inB(v) })
		keep(b, func(v Value) bool { return !inA(v) })
	}
	return out, nil
}

func setMethods() map[string]methodFunc {
	m := map[string]methodFunc{}
	toSet := func(v Value) (*Set, error) {
		if s, ok := v.(*Set); ok {
			return s, nil
		}
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		return NewSet(elems...)
	}
	for _, op := range []string{"union", "intersection", "difference", "symmetric_difference"} {
		fold := func(self Value, args []Value) (*Set, error) {
			out := self.(*Set)
			c, _ := setOp("union", out, &Set{})
			out = c.(*Set)
			for _, a := range args {
				o, err := toSet(a)
				if err != nil {
					return nil, err
				}
				v, _ := setOp(op, out, o)
				out = v.(*Set)
			}
			return out, nil
		}
		m[op] = func(_ *Thread, self Value, args []Value, _ []Kwarg) (Value, error) { return fold(self, args) }
		name := op + "_update"
		if op == "union" {
			name = "update"
		}
		m[name] = func(_ *Thread, self Value, args []Value, _ []Kwarg) (Value, error) {
			out, err := fold(self, args)
			if err == nil {
				*self.(*Set) = *out
			}
			return None, err
		}
	}
	one := func(name string, fn func(s *Set, v Value) (Value, error)) {
		m[name] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
			if err := argCount("set."+name, args, kwargs, 1, 1); err != nil {
				return nil, err
			}
			return fn(self.(*Set), args[0])
		}
	}
	one("add", func(s *Set, v Value) (Value, error) { return None, s.Add(v) })
	one("discard", func(s *Set, v Value) (Value, error) {
		_, _, err := s.d.Delete(v)
		return None, err
	})
	one("remove", func(s *Set, v Value) (Value, error) {
		_, ok, err := s.d.Delete(v)
		if err == nil && !ok {
			err = raise("KeyError", v.Repr())
		}
		return None, err
	})
	rel := func(name string, fn func(a, b *Set) bool) {
		one(name, func(s *Set, v Value) (Value, error) {
			o, err := toSet(v)
			if err != nil {
				return nil, err
			}
			return Bool(fn(s, o)), nil
		})
	}
	rel("issubset", func(a, b *Set) bool { return b.contains(a, false) })
	rel("issuperset", func(a, b *Set) bool { return a.contains(b, false) })
	rel("isdisjoint", func(a, b *Set) bool {
		v, _ := setOp("intersection", a, b)
		return v.(*Set).Len() == 0
	})
	m["copy"] = func(_ *Thread, self Value, _ []Value, _ []Kwarg) (Value, error) {
		return setOp("union", self.(*Set), &Set{})
	}
	m["clear"] = func(_ *Thread, self Value, _ []Value, _ []Kwarg) (Value, error) {
		*self.(*Set) = Set{}
		return None, nil
	}
	m["pop"] = func(_ *Thread, self Value, _ []Value, _ []Kwarg) (Value, error) {
		s := self.(*Set)
		for _, k := range s.d.Keys() {
			_, _, err := s.d.Delete(k)
			return k, err
		}
		return nil, raise("KeyError", "'pop from an empty set'")
	}
	return m
}

func intMethods() map[string]methodFunc {
	return map[string]methodFunc{
		"bit_length": func(_ *Thread, self Value, _ []Value, _ []Kwarg) (Value, error) {
			n, _ := toBig(self)
			return Int(n.BitLen()), nil
		},
		"conjugate": func(_ *Thread, self Value, _ []Value, _ []Kwarg) (Value, error) { return self, nil },
	}
}

func floatMethods() map[string]methodFunc {
	return map[string]methodFunc{
		"is_integer": func(_ *Thread, self Value, _ []Value, _ []Kwarg) (Value, error) {
			f := float64(self.(Float))
			return Bool(f == float64(int64(f))), nil
		},
		"conjugate": func(_ *Thread, self Value, _ []Value, _ []Kwarg) (Value, error) { return self, nil },
	}
}
