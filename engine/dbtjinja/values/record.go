package values

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// Record is a Python dataclass of dbt: named fields that can be read as
// attributes and as items. It prints as a dataclass does.
type Record struct {
	class  string
	names  []string
	fields []jinja.Value
	str    string // what str() gives, when not the repr
	// methods are further attributes that are no fields.
	methods map[string]jinja.Value
}

// NewRecord makes a record of name, value, name, value …
func NewRecord(class string, pairs ...any) *Record {
	r := &Record{class: class}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.names = append(r.names, pairs[i].(string))
		r.fields = append(r.fields, pairs[i+1].(jinja.Value))
	}
	return r
}

// Type is the class name.
func (r *Record) Type() string { return r.class }

// Truth is always true, as for dbt's objects.
func (r *Record) Truth() bool { return true }

// String is Python's str.
func (r *Record) String() string {
	if r.str != "" {
		return r.str
	}
	return r.Repr()
}

// Repr is Python's repr of a dataclass.
func (r *Record) Repr() string {
	var b strings.Builder
	b.WriteString(r.class)
	b.WriteByte('(')
	for i, n := range r.names {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(n)
		b.WriteByte('=')
		b.WriteString(r.fields[i].Repr())
	}
	b.WriteByte(')')
	return b.String()
}

// Field returns a field, nil when there is none.
func (r *Record) Field(name string) jinja.Value {
	for i, n := range r.names {
		if n == name {
			return r.fields[i]
		}
	}
	return nil
}

// Attr gives fields and the methods get, to_dict, replace, get_part and
// get_lowered_part.
func (r *Record) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if v := r.Field(name); v != nil {
		return v, nil
	}
	if v := r.methods[name]; v != nil {
		return v, nil
	}
	return recordMethods.bound(r, name), nil
}

// Item is r[name].
func (r *Record) Item(_ *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	if s, ok := jinja.AsString(key); ok && !strings.HasPrefix(s, "_") {
		if f := r.Field(s); f != nil {
			return f, nil
		}
	}
	return nil, nil
}

// EqualTo compares class and fields.
func (r *Record) EqualTo(other jinja.Value) bool {
	o, ok := other.(*Record)
	if !ok || o.class != r.class || len(o.names) != len(r.names) {
		return false
	}
	for i, n := range r.names {
		if v := o.Field(n); v == nil || !jinja.Equal(r.fields[i], v) {
			return false
		}
	}
	return true
}

// Dict gives the fields as a dict.
func (r *Record) Dict() *jinja.Dict {
	d := jinja.NewDict()
	for i, n := range r.names {
		d.SetStr(n, r.fields[i])
	}
	return d
}

var recordMethods = methods[*Record]{
	"get": func(r *Record, a args) (jinja.Value, error) {
		v, err := a.bind("get", required("key"), optional("default"))
		if err != nil {
			return nil, err
		}
		if s, ok := jinja.AsString(v[0]); ok {
			if f := r.Field(s); f != nil {
				return f, nil
			}
		}
		return v[1], nil
	},
	"to_dict": func(r *Record, a args) (jinja.Value, error) {
		v, err := a.bind("to_dict", jinja.Param{Name: "omit_none", Default: jinja.False})
		if err != nil {
			return nil, err
		}
		d := jinja.NewDict()
		for i, n := range r.names {
			if v[0].Truth() && r.fields[i] == jinja.None {
				continue
			}
			d.SetStr(n, r.fields[i])
		}
		return d, nil
	},
	"replace": func(r *Record, a args) (jinja.Value, error) {
		if len(a.pos) > 0 {
			return nil, jinja.Raise("TypeError", "replace() takes 1 positional argument but 2 were given")
		}
		out := &Record{class: r.class, names: r.names, fields: append([]jinja.Value(nil), r.fields...)}
		for _, k := range a.kw {
			found := false
			for i, n := range r.names {
				if n == k.Name {
					out.fields[i], found = k.Value, true
				}
			}
			if !found {
				return nil, jinja.Raise("TypeError", r.class+".__init__() got an unexpected keyword argument '"+k.Name+"'")
			}
		}
		return out, nil
	},
	"get_part":         func(r *Record, a args) (jinja.Value, error) { return r.part("get_part", a) },
	"get_lowered_part": func(r *Record, a args) (jinja.Value, error) { return r.part("get_lowered_part", a) },
}

func (r *Record) part(fn string, a args) (jinja.Value, error) {
	v, err := a.bind(fn, required("key"))
	if err != nil {
		return nil, err
	}
	s, _ := jinja.AsString(v[0])
	f := r.Field(s)
	if f == nil {
		return nil, jinja.Raise("ValueError", "Got a key of "+v[0].String()+", expected one of [database, schema, identifier]")
	}
	if text, ok := jinja.AsString(f); ok && fn == "get_lowered_part" {
		return jinja.Str(strings.ToLower(text)), nil
	}
	return f, nil
}
