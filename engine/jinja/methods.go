package jinja

import "sync"

// methodFunc is a method of a builtin type.
type methodFunc func(t *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error)

// methodSet holds the methods of one name, by type.
type methodSet struct {
	str, list, tuple, dict, set, int, float, bytes, date, datetime, time, delta, tz, rng methodFunc
}

func (m *methodSet) of(v Value) methodFunc {
	switch v.(type) {
	case Str, *markedStr:
		return m.str
	case Markup:
		if m.str == nil {
			return nil
		}
		return markupMethod(m.str)
	case *List:
		return m.list
	case Tuple, *namedTuple:
		return m.tuple
	case *Dict:
		return m.dict
	case *Set:
		return m.set
	case Int, *BigInt, Bool:
		return m.int
	case Float:
		return m.float
	case Bytes:
		return m.bytes
	case Date:
		return m.date
	case DateTime:
		return m.datetime
	case Time:
		return m.time
	case TimeDelta:
		return m.delta
	case *TZInfo:
		return m.tz
	case Range:
		return m.rng
	}
	return nil
}

// methodTable holds all methods by name; it is filled at the first use, as the
// compiler sees a cycle otherwise, and never changed.
var (
	methodTable map[string]*methodSet
	methodOnce  sync.Once
)

func findMethods(name string) *methodSet {
	methodOnce.Do(func() { methodTable = buildMethods() })
	return methodTable[name]
}

func buildMethods() map[string]*methodSet {
	m := map[string]*methodSet{}
	add := func(table map[string]methodFunc, field func(*methodSet) *methodFunc) {
		for name, fn := range table {
			s := m[name]
			if s == nil {
				s = &methodSet{}
				m[name] = s
			}
			*field(s) = fn
		}
	}
	add(strMethods(), func(s *methodSet) *methodFunc { return &s.str })
	add(listMethods(), func(s *methodSet) *methodFunc { return &s.list })
	add(tupleMethods(), func(s *methodSet) *methodFunc { return &s.tuple })
	add(tupleMethods(), func(s *methodSet) *methodFunc { return &s.rng })
	add(dictMethods(), func(s *methodSet) *methodFunc { return &s.dict })
	add(setMethods(), func(s *methodSet) *methodFunc { return &s.set })
	add(intMethods(), func(s *methodSet) *methodFunc { return &s.int })
	add(floatMethods(), func(s *methodSet) *methodFunc { return &s.float })
	add(bytesMethods(), func(s *methodSet) *methodFunc { return &s.bytes })
	add(dateMethods(), func(s *methodSet) *methodFunc { return &s.date })
	add(datetimeMethods(), func(s *methodSet) *methodFunc { return &s.datetime })
	add(timeMethods(), func(s *methodSet) *methodFunc { return &s.time })
	add(deltaMethods(), func(s *methodSet) *methodFunc { return &s.delta })
	add(tzMethods(), func(s *methodSet) *methodFunc { return &s.tz })
	return m
}

// markupMethod is a str method on Markup: str arguments are escaped and a str
// result is Markup again.
func markupMethod(fn methodFunc) methodFunc {
	return func(t *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		esc := make([]Value, len(args))
		for i, a := range args {
			esc[i] = escapeArg(a)
		}
		kws := make([]Kwarg, len(kwargs))
		for i, k := range kwargs {
			kws[i] = Kwarg{k.Name, escapeArg(k.Value)}
		}
		v, err := fn(t, self, esc, kws)
		if err != nil {
			return nil, err
		}
		switch x := v.(type) {
		case Str:
			return Markup(x), nil
		case *List:
			for i, e := range x.Elems {
				if s, ok := e.(Str); ok {
					x.Elems[i] = Markup(s)
				}
			}
		}
		return v, nil
	}
}

// escapeArg escapes texts, also within dicts (format_map) and lists (join).
func escapeArg(v Value) Value {
	switch x := v.(type) {
	case Str, *markedStr:
		return escapeValue(v)
	case *Dict:
		d := NewDict()
		for k, e := range x.Items() {
			_ = d.Set(k, escapeArg(e))
		}
		return d
	case *List:
		l := &List{}
		for _, e := range x.Elems {
			l.Append(escapeArg(e))
		}
		return l
	}
	return v
}

// noKwargs and argCount check the arguments of methods that take few, by position.
func argCount(name string, args []Value, kwargs []Kwarg, lo, hi int) error {
	if len(kwargs) > 0 {
		return raise("TypeError", name+"() takes no keyword arguments")
	}
	n := len(args)
	switch {
	case n < lo && lo == hi:
		return raise("TypeError", name+"() takes exactly "+count(lo)+" ("+Int(n).String()+" given)")
	case n < lo:
		return raise("TypeError", name+" expected at least "+count(lo)+", got "+Int(n).String())
	case n > hi && lo == hi:
		if hi == 0 {
			return raise("TypeError", name+"() takes no arguments ("+Int(n).String()+" given)")
		}
		return raise("TypeError", name+"() takes exactly "+count(lo)+" ("+Int(n).String()+" given)")
	case n > hi:
		return raise("TypeError", name+" expected at most "+count(hi)+", got "+Int(n).String())
	}
	return nil
}

func count(n int) string {
	if n == 1 {
		return "one argument"
	}
	return Int(n).String() + " arguments"
}

func strArg(name string, v Value) (string, error) {
	s, ok := AsString(v)
	if !ok {
		if u, ok := v.(*Undefined); ok {
			return "", u.Err()
		}
		return "", raise("TypeError", name+"() argument must be str, not "+v.Type())
	}
	return s, nil
}

func intArg(v Value) (int, error) {
	if n, ok := toInt(v); ok {
		if n > 1<<40 {
			n = 1 << 40
		}
		return int(n), nil
	}
	switch x := v.(type) {
	case *Undefined:
		return 0, x.Err()
	case *BigInt:
		return 0, raise("OverflowError", "Python int too large to convert to C ssize_t")
	}
	return 0, raise("TypeError", "'"+v.Type()+"' object cannot be interpreted as an integer")
}
