package jinja

import (
	"iter"
	"unicode/utf8"
)

// iterator gives one value after the other.
type iterator interface {
	next() (Value, bool, error)
}

// iterOf makes an iterator of v. The error is Python's for values that have none.
func iterOf(v Value) (iterator, error) {
	switch x := v.(type) {
	case *List:
		return &listIter{l: x}, nil
	case Tuple:
		return &sliceIter{elems: x}, nil
	case *namedTuple:
		return &sliceIter{elems: x.Tuple}, nil
	case *Dict:
		return &dictIter{v: DictView{x, viewKeys}, n: x.live}, nil
	case *DictView:
		return &dictIter{v: *x, n: x.d.live}, nil
	case *Set:
		return &dictIter{v: DictView{&x.d, viewKeys}, n: x.d.live, what: "Set"}, nil
	case Str:
		return &strIter{s: string(x)}, nil
	case Markup:
		return &strIter{s: string(x)}, nil
	case *markedStr:
		return &strIter{s: x.s}, nil
	case Bytes:
		elems := make([]Value, len(x))
		for i := range elems {
			elems[i] = Int(x[i])
		}
		return &sliceIter{elems: elems}, nil
	case Range:
		return &rangeIter{r: x, n: x.Len()}, nil
	case *Generator:
		return x, nil
	case *Undefined:
		if err := x.checkUse(); err != nil {
			return nil, err
		}
		return &sliceIter{}, nil
	case iterator:
		return x, nil
	case Iterable:
		return pull(x.Iterate()), nil
	}
	return nil, raise("TypeError", "'"+v.Type()+"' object is not iterable")
}

type listIter struct {
	l *List
	i int
}

func (it *listIter) next() (Value, bool, error) {
	if it.i >= len(it.l.Elems) {
		return nil, false, nil
	}
	it.i++
	return it.l.Elems[it.i-1], true, nil
}

type sliceIter struct {
	elems []Value
	i     int
}

func (it *sliceIter) next() (Value, bool, error) {
	if it.i >= len(it.elems) {
		return nil, false, nil
	}
	it.i++
	return it.elems[it.i-1], true, nil
}

type dictIter struct {
	v    DictView
	i, n int
	what string
}

func (it *dictIter) next() (Value, bool, error) {
	d := it.v.d
	if d.live != it.n {
		what := it.what
		if what == "" {
			what = "dictionary"
		}
		return nil, false, raise("RuntimeError", what+" changed size during iteration")
	}
	for it.i < len(d.entries) {
		e := d.entries[it.i]
		it.i++
		if e.key != nil {
			return it.v.at(e), true, nil
		}
	}
	return nil, false, nil
}

type strIter struct {
	s string
	i int
}

func (it *strIter) next() (Value, bool, error) {
	if it.i >= len(it.s) {
		return nil, false, nil
	}
	_, n := utf8.DecodeRuneInString(it.s[it.i:])
	it.i += n
	return Str(it.s[it.i-n : it.i]), true, nil
}

type rangeIter struct {
	r    Range
	i, n int
}

func (it *rangeIter) next() (Value, bool, error) {
	if it.i >= it.n {
		return nil, false, nil
	}
	it.i++
	return it.r.At(it.i - 1), true, nil
}

// pull makes an iterator of a Go sequence. The values are gathered at once:
// a goroutine that waits for its reader could be left behind.
func pull(seq iter.Seq[Value]) iterator {
	it := &sliceIter{}
	for v := range seq {
		it.elems = append(it.elems, v)
	}
	return it
}

// Generator is an iterator as a value: what the filters map, select, batch and
// the like give. It can be gone through once.
type Generator struct {
	name string
	f    func() (Value, bool, error)
}

// NewGenerator makes a generator of f, which gives false at the end.
func NewGenerator(name string, f func() (Value, bool, error)) *Generator {
	return &Generator{name, f}
}

func (g *Generator) Type() string   { return g.name }
func (*Generator) Truth() bool      { return true }
func (g *Generator) String() string { return g.Repr() }

// Repr names the generator; Python shows its address, which is no use.
func (g *Generator) Repr() string { return "<" + g.name + " object>" }

func (g *Generator) next() (Value, bool, error) { return g.f() }

// Iterate goes through the rest; it stops at an error.
func (g *Generator) Iterate() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for {
			v, ok, err := g.f()
			if err != nil || !ok || !yield(v) {
				return
			}
		}
	}
}

// IterValues makes a Go sequence of what Python's iter(v) gives. The error is
// that of a value without iteration; an error in the middle ends the sequence
// (use [ListOf] to see it).
func IterValues(v Value) (iter.Seq[Value], error) {
	it, err := iterOf(v)
	if err != nil {
		return nil, err
	}
	return func(yield func(Value) bool) {
		for {
			x, ok, err := it.next()
			if err != nil || !ok || !yield(x) {
				return
			}
		}
	}, nil
}

// ListOf is the elements of Python's list(v), in a slice that must not be changed.
func ListOf(v Value) ([]Value, error) { return listOf(v) }

// maxItems bounds lists made of endless iterators.
const maxItems = 50_000_000

func listOf(v Value) ([]Value, error) {
	switch x := v.(type) {
	case *List:
		return x.Elems, nil
	case Tuple:
		return x, nil
	case *namedTuple:
		return x.Tuple, nil
	case *Dict:
		return x.Keys(), nil
	case *DictView:
		return x.elems(), nil
	case *Set:
		return x.d.Keys(), nil
	}
	it, err := iterOf(v)
	if err != nil {
		return nil, err
	}
	var out []Value
	for {
		x, ok, err := it.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return out, nil
		}
		if len(out) >= maxItems {
			return nil, errTooLarge()
		}
		out = append(out, x)
	}
}

// Len is Python's len(v).
func Len(v Value) (int, error) {
	if s, ok := v.(Sizer); ok {
		if u, ok := v.(*Undefined); ok {
			return 0, u.checkUse()
		}
		return s.Len(), nil
	}
	if m, ok := v.(*markedStr); ok {
		return Str(m.s).Len(), nil
	}
	return 0, raise("TypeError", "object of type '"+v.Type()+"' has no len()")
}

// NewIterator gives a function that yields the next value of v, false at the end.
func NewIterator(v Value) (func() (Value, bool, error), error) {
	it, err := iterOf(v)
	if err != nil {
		return nil, err
	}
	return it.next, nil
}
