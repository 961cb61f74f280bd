package jinja

import (
	"errors"
)

// frame is one running function: the template or a macro.
type frame struct {
	th     *Thread
	tmpl   *Template
	ctx    Context
	out    *buffer
	nat    *nativeOut // set in the root of a native rendering; then out is nil
	slots  []Value
	parent *frame
	fn     *function
}

// buffer is an output text under construction.
type buffer struct {
	b []byte
	// bad is what stands in the text and is no text. As in Jinja, whose parts are joined at the end, it is an error only
	// once the text is wanted, which a macro that ends by return() never does.
	bad error
}

// text is the whole, or the error of what can't be part of it.
func (b *buffer) text() (string, error) {
	if b.bad != nil {
		return "", b.bad
	}
	return b.String(), nil
}

func (b *buffer) str(s string)   { b.b = append(b.b, s...) }
func (b *buffer) String() string { return string(b.b) }

const (
	maxKeptBuf    = 1 << 20
	maxKeptFrames = 64
	// maxOutput bounds the text of one rendering or macro.
	maxOutput = 1 << 30
)

func (t *Thread) getBuf() *buffer {
	if n := len(t.bufs); n > 0 {
		b := t.bufs[n-1]
		t.bufs = t.bufs[:n-1]
		return b
	}
	return &buffer{}
}

func (t *Thread) putBuf(b *buffer) {
	if b == nil || cap(b.b) > maxKeptBuf || len(t.bufs) > maxKeptFrames {
		return
	}
	b.b, b.bad = b.b[:0], nil
	t.bufs = append(t.bufs, b)
}

func (t *Thread) newFrame(fn *function, tmpl *Template, ctx Context, parent *frame) *frame {
	var f *frame
	if n := len(t.frames); n > 0 {
		f = t.frames[n-1]
		t.frames = t.frames[:n-1]
	} else {
		f = &frame{}
	}
	n := int(fn.slots)
	slots := f.slots
	if cap(slots) < n {
		slots = make([]Value, n, n+4)
	} else {
		slots = slots[:n]
	}
	*f = frame{th: t, tmpl: tmpl, ctx: ctx, parent: parent, fn: fn, slots: slots}
	return f
}

// freeFrame gives a frame back unless a macro value may still hold it.
func (t *Thread) freeFrame(f *frame) {
	if f.fn.captured || len(t.frames) > maxKeptFrames {
		return
	}
	slots := f.slots
	clear(slots)
	*f = frame{slots: slots}
	t.frames = append(t.frames, f)
}

// fail gives err the place pos, unless it has one or is no error to be shown.
func (f *frame) fail(pos int32, err error) error {
	e, ok := err.(*Error)
	if ok {
		if e.Line != 0 {
			return err
		}
	} else {
		if _, ret := err.(*returnSignal); ret {
			return err
		}
		var in *Error
		if errors.As(err, &in) && in.Line != 0 {
			// a host wrapped an error of a macro: keep its place, and the host's type
			e = &Error{Kind: in.Kind, Type: in.Type, Msg: err.Error(), Name: in.Name, File: in.File, Line: in.Line,
				Column: in.Column, SourceLine: in.SourceLine, Stack: in.Stack, Cause: err}
			return e
		}
		if _, ret := ReturnValue(err); ret {
			return err
		}
		e = &Error{Kind: Runtime, Msg: err.Error(), Cause: err}
		if in != nil {
			e.Kind, e.Type, e.Name = in.Kind, in.Type, in.Name
		}
	}
	f.tmpl.locate(e, pos)
	if e.Stack == nil {
		e.Stack = f.th.CallStack()
	}
	return e
}

// write puts a value's text out.
func (f *frame) write(v Value) {
	if f.nat != nil {
		f.nat.add(v)
		return
	}
	f.out.value(v)
}

func (b *buffer) value(v Value) {
	switch x := v.(type) {
	case Str:
		b.b = append(b.b, x...)
	case Markup:
		b.b = append(b.b, x...)
	default:
		b.b = append(b.b, v.String()...)
	}
}

func (f *frame) initScope(init []scopeInit) {
	for i := range init {
		s := &init[i]
		if s.outer == nil {
			f.slots[s.slot] = nil
			continue
		}
		f.slots[s.slot] = s.outer.load(f)
	}
}
