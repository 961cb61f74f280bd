package values

import (
	"iter"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// seq is agate's MappedSequence: a tuple whose elements may have keys.
type seq struct {
	class string
	elems []jinja.Value
	keys  []string // nil: no keys
}

// Row is one row of a [Table]: values by position and by column name.
type Row struct{ seq }

// Values lists the cells.
func (r *Row) Values() []jinja.Value { return r.elems }

// Get is the cell of a column, nil when there is none.
func (r *Row) Get(name string) jinja.Value { return r.byKey(name) }

// Type is the agate class.
func (s *seq) Type() string { return s.class }

// Truth is false without elements.
func (s *seq) Truth() bool { return len(s.elems) > 0 }

// String is the repr.
func (s *seq) String() string { return s.Repr() }

// Repr shows the first five elements: `<agate.Row: (1, 'a')>`.
func (s *seq) Repr() string {
	const shown = 5
	var b strings.Builder
	b.WriteString("<agate." + s.class + ": (")
	for i, e := range s.elems {
		if i == shown {
			b.WriteString(", ...")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(e.Repr())
	}
	b.WriteString(")>")
	return b.String()
}

// Len is the number of elements.
func (s *seq) Len() int { return len(s.elems) }

// Iterate goes through the elements, not the keys.
func (s *seq) Iterate() iter.Seq[jinja.Value] {
	return func(yield func(jinja.Value) bool) {
		for _, e := range s.elems {
			if !yield(e) {
				return
			}
		}
	}
}

func (s *seq) byKey(name string) jinja.Value {
	for i, k := range s.keys {
		if k == name && i < len(s.elems) {
			return s.elems[i]
		}
	}
	return nil
}

// Item is s[i], s[a:b] or s["key"].
func (s *seq) Item(t *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	switch k := key.(type) {
	case jinja.Int, *jinja.Slice:
		return itemOfTuple(t, s.elems, k)
	}
	if name, ok := jinja.AsString(key); ok {
		return s.byKey(name), nil
	}
	return nil, nil
}

// itemOfTuple is Python's indexing; nil for an index that does not exist.
func itemOfTuple(t *jinja.Thread, elems []jinja.Value, key jinja.Value) (jinja.Value, error) {
	v, err := jinja.GetItem(t, jinja.Tuple(elems), key)
	if _, missing := v.(*jinja.Undefined); missing {
		return nil, err
	}
	return v, err
}

// EqualTo compares with any sequence by its elements.
func (s *seq) EqualTo(other jinja.Value) bool {
	switch other.(type) {
	case *jinja.List, jinja.Tuple, *seq, *Row, *TableColumn:
	default:
		return false
	}
	elems, err := jinja.ListOf(other)
	if err != nil || len(elems) != len(s.elems) {
		return false
	}
	for i, e := range s.elems {
		if !jinja.Equal(e, elems[i]) {
			return false
		}
	}
	return true
}

// HashKey fails: a sequence with an equality is not hashable in Python.
func (s *seq) HashKey() (any, error) {
	return nil, jinja.Raise("TypeError", "unhashable type: '"+s.class+"'")
}

// Attr gives the methods, else the element of a key.
func (s *seq) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if v := seqMethods.bound(s, name); v != nil {
		return v, nil
	}
	return s.byKey(name), nil
}

// CallMethod calls a method.
func (s *seq) CallMethod(t *jinja.Thread, name string, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, bool, error) {
	return seqMethods.call(s, t, name, pos, kw)
}

func (s *seq) noKeys() error { return jinja.Raise("KeyError", "this sequence has no keys") }

var seqMethods = methods[*seq]{
	"values": func(s *seq, a args) (jinja.Value, error) { return jinja.Tuple(s.elems), a.none("values") },
	"keys": func(s *seq, a args) (jinja.Value, error) {
		if s.keys == nil {
			return jinja.None, a.none("keys")
		}
		out := make(jinja.Tuple, len(s.keys))
		for i, k := range s.keys {
			out[i] = jinja.Str(k)
		}
		return out, a.none("keys")
	},
	"items": func(s *seq, a args) (jinja.Value, error) {
		if s.keys == nil {
			return nil, s.noKeys()
		}
		out := make(jinja.Tuple, len(s.elems))
		for i, e := range s.elems {
			out[i] = jinja.Tuple{jinja.Str(s.keys[i]), e}
		}
		return out, a.none("items")
	},
	"dict": func(s *seq, a args) (jinja.Value, error) {
		if s.keys == nil {
			return nil, s.noKeys()
		}
		d := jinja.NewDict()
		for i, e := range s.elems {
			d.SetStr(s.keys[i], e)
		}
		return d, a.none("dict")
	},
	"get": func(s *seq, a args) (jinja.Value, error) {
		v, err := a.bind("get", required("key"), optional("default"))
		if err != nil {
			return nil, err
		}
		if s.keys == nil {
			return nil, s.noKeys()
		}
		if name, ok := jinja.AsString(v[0]); ok {
			if e := s.byKey(name); e != nil {
				return e, nil
			}
		}
		if v[1].Truth() {
			return v[1], nil
		}
		return jinja.None, nil
	},
	"index": func(s *seq, a args) (jinja.Value, error) {
		v, err := a.bind("index", required("value"))
		if err != nil {
			return nil, err
		}
		for i, e := range s.elems {
			if jinja.Equal(e, v[0]) {
				return jinja.Int(i), nil
			}
		}
		return nil, jinja.Raise("ValueError", v[0].Repr()+" is not in the sequence")
	},
	"count": func(s *seq, a args) (jinja.Value, error) {
		v, err := a.bind("count", required("value"))
		if err != nil {
			return nil, err
		}
		n := 0
		for _, e := range s.elems {
			if jinja.Equal(e, v[0]) {
				n++
			}
		}
		return jinja.Int(n), nil
	},
}
