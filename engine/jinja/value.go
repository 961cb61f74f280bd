package jinja

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// Value is a Python-like value.
type Value interface {
	// Type is the name of the Python type: "str", "int", "NoneType", …
	Type() string
	// Truth is Python's bool(v).
	Truth() bool
	// String is Python's str(v).
	String() string
	// Repr is Python's repr(v).
	Repr() string
}

// HasAttr is implemented by host values with attributes. (nil, nil) means that
// there is no such attribute; the template then sees an undefined value.
type HasAttr interface {
	Attr(t *Thread, name string) (Value, error)
}

// HasItem is implemented by host values with subscripts, v[key]. (nil, nil)
// means that there is no such item.
type HasItem interface {
	Item(t *Thread, key Value) (Value, error)
}

// HasSetItem is implemented by host values whose items can be assigned.
type HasSetItem interface {
	SetItem(t *Thread, key, val Value) error
}

// HasMethod is an optional fast way to call v.name(args) without making a
// bound method first. The bool is false if there is no such method.
type HasMethod interface {
	CallMethod(t *Thread, name string, args []Value, kwargs []Kwarg) (Value, bool, error)
}

// Iterable is implemented by host values that can be looped over.
type Iterable interface {
	Iterate() iter.Seq[Value]
}

// Mapping is implemented by host values that stand for a dict: the filters
// items and dictsort, the test mapping and dict() take them.
type Mapping interface {
	Items() iter.Seq2[Value, Value]
}

// Number is implemented by host values that are numbers, such as a decimal:
// the filters int, float, round and abs, the test number and the unary
// operators take them. op is + or -.
type Number interface {
	ToInt() (Value, error)
	ToFloat() (float64, error)
	Round(places int) (Value, error)
	Abs() (Value, error)
	Unary(op string) (Value, error)
}

// Sizer is implemented by host values with a length.
type Sizer interface {
	Len() int
}

// Callable is implemented by values that can be called. args and kwargs are
// the callee's to keep.
type Callable interface {
	Call(t *Thread, args []Value, kwargs []Kwarg) (Value, error)
}

// Equaler is implemented by host values with an equality of their own;
// others are equal only to themselves.
type Equaler interface {
	EqualTo(other Value) bool
}

// Ordered is implemented by host values that can be compared with < and >.
type Ordered interface {
	Compare(other Value) (int, error)
}

// Hashable is implemented by host values that may be dict keys by content:
// two equal values must return equal, comparable keys.
type Hashable interface {
	HashKey() (any, error)
}

// Kwarg is one keyword argument of a call.
type Kwarg struct {
	Name  string
	Value Value
}

// NoneType is the type of None.
type NoneType struct{}

// None is Python's None.
var None Value = NoneType{}

func (NoneType) Type() string   { return "NoneType" }
func (NoneType) Truth() bool    { return false }
func (NoneType) String() string { return "None" }
func (NoneType) Repr() string   { return "None" }

// Bool is Python's bool.
type Bool bool

// True and False are the two Bools as Values.
var (
	True  Value = Bool(true)
	False Value = Bool(false)
)

func (Bool) Type() string  { return "bool" }
func (b Bool) Truth() bool { return bool(b) }
func (b Bool) String() string {
	if b {
		return "True"
	}
	return "False"
}
func (b Bool) Repr() string { return b.String() }

// Str is Python's str.
type Str string

func (Str) Type() string     { return "str" }
func (s Str) Truth() bool    { return s != "" }
func (s Str) String() string { return string(s) }
func (s Str) Repr() string   { return reprString(string(s)) }

// Len is the number of code points.
func (s Str) Len() int { return utf8.RuneCountInString(string(s)) }

// Markup is a str that is already safe HTML: the result of the filters safe,
// escape, tojson and xmlattr.
type Markup string

func (Markup) Type() string     { return "Markup" }
func (s Markup) Truth() bool    { return s != "" }
func (s Markup) String() string { return string(s) }
func (s Markup) Repr() string   { return "Markup(" + reprString(string(s)) + ")" }

// Len is the number of code points.
func (s Markup) Len() int { return utf8.RuneCountInString(string(s)) }

// Bytes is Python's bytes: what str.encode gives.
type Bytes string

func (Bytes) Type() string     { return "bytes" }
func (b Bytes) Truth() bool    { return b != "" }
func (b Bytes) String() string { return b.Repr() }

// Len is the number of bytes.
func (b Bytes) Len() int { return len(b) }

// Repr is Python's repr, b'…'.
func (b Bytes) Repr() string {
	q := byte('\'')
	if strings.IndexByte(string(b), '\'') >= 0 && strings.IndexByte(string(b), '"') < 0 {
		q = '"'
	}
	out := append(make([]byte, 0, len(b)+3), 'b', q)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == q || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\r':
			out = append(out, '\\', 'r')
		case c == '\t':
			out = append(out, '\\', 't')
		case c < 0x20 || c >= 0x7f:
			out = append(out, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		default:
			out = append(out, c)
		}
	}
	return string(append(out, q))
}

// List is Python's list: a reference to a growing array.
type List struct {
	Elems []Value
}

// NewList makes a list of elems; it keeps the slice.
func NewList(elems ...Value) *List { return &List{Elems: elems} }

func (*List) Type() string     { return "list" }
func (l *List) Truth() bool    { return len(l.Elems) > 0 }
func (l *List) String() string { return l.Repr() }
func (l *List) Repr() string   { return reprOf(l) }

// Len is the number of elements.
func (l *List) Len() int { return len(l.Elems) }

// Append adds v at the end.
func (l *List) Append(v Value) { l.Elems = append(l.Elems, v) }

// Tuple is Python's tuple. Its elements must not be changed.
type Tuple []Value

func (Tuple) Type() string     { return "tuple" }
func (t Tuple) Truth() bool    { return len(t) > 0 }
func (t Tuple) String() string { return t.Repr() }
func (t Tuple) Repr() string   { return reprOf(t) }

// Len is the number of elements.
func (t Tuple) Len() int { return len(t) }

// namedTuple is a tuple whose elements have names too, as the groups of the
// filter groupby have.
type namedTuple struct {
	names []string
	Tuple
}

func (n *namedTuple) Attr(_ *Thread, name string) (Value, error) {
	for i, s := range n.names {
		if s == name {
			return n.Tuple[i], nil
		}
	}
	return nil, nil
}

// Range is Python's range.
type Range struct {
	Start, Stop, Step int64
}

func (Range) Type() string     { return "range" }
func (r Range) Truth() bool    { return r.Len() > 0 }
func (r Range) String() string { return r.Repr() }

// Repr is Python's repr: the step is shown only if it is not 1.
func (r Range) Repr() string {
	s := "range(" + Int(r.Start).String() + ", " + Int(r.Stop).String()
	if r.Step != 1 {
		s += ", " + Int(r.Step).String()
	}
	return s + ")"
}

// Len is the number of elements.
func (r Range) Len() int {
	switch {
	case r.Step > 0 && r.Start < r.Stop:
		return int((uint64(r.Stop)-uint64(r.Start)-1)/uint64(r.Step) + 1)
	case r.Step < 0 && r.Start > r.Stop:
		return int((uint64(r.Start)-uint64(r.Stop)-1)/uint64(-r.Step) + 1)
	}
	return 0
}

// At is element i of the range.
func (r Range) At(i int) Int { return Int(r.Start + int64(i)*r.Step) }

// markedStr is a str on which one of dbt's filters as_text, as_native,
// as_bool, as_number was used in native rendering.
type markedStr struct {
	s    string
	kind markKind
}

type markKind uint8

const (
	markText markKind = iota
	markNative
	markBool
	markNumber
)

func (*markedStr) Type() string     { return "str" }
func (m *markedStr) Truth() bool    { return m.s != "" }
func (m *markedStr) String() string { return m.s }
func (m *markedStr) Repr() string   { return reprString(m.s) }

// AsString gives the text of a str (plain, Markup or marked); ok is false for
// other types.
func AsString(v Value) (s string, ok bool) {
	switch x := v.(type) {
	case Str:
		return string(x), true
	case Markup:
		return string(x), true
	case *markedStr:
		return x.s, true
	}
	return "", false
}

// asSeq gives the elements of a list or tuple.
func asSeq(v Value) ([]Value, bool) {
	switch x := v.(type) {
	case *List:
		return x.Elems, true
	case Tuple:
		return x, true
	case *namedTuple:
		return x.Tuple, true
	}
	return nil, false
}
