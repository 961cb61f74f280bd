package jinja

import (
	"context"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// FilterFunc is a filter: v|name(args). It must not keep args after it returns.
type FilterFunc func(t *Thread, v Value, args []Value, kwargs []Kwarg) (Value, error)

// TestFunc is a test: v is name(args).
type TestFunc func(t *Thread, v Value, args []Value, kwargs []Kwarg) (bool, error)

// Options set up an Env. The zero value is dbt's text environment.
type Options struct {
	// Filters, Tests and Globals are added to the built-in ones.
	Filters map[string]FilterFunc
	Tests   map[string]TestFunc
	Globals map[string]Value
	// Tags are the block tags known beside Jinja's own; nil means all of
	// materialization, test, data_test, snapshot and docs.
	Tags []string
	// MangleMacros keeps macros out of the names of their own file, as dbt
	// does: they are reached through the Context only.
	MangleMacros bool
	// RenderPlain renders texts without any Jinja too, as Jinja2 itself does:
	// they lose their last line end. dbt gives them back as they are.
	RenderPlain bool
	// MaxSteps and MaxDepth are the limits of threads that set none
	// (DefaultMaxSteps, DefaultMaxDepth if 0).
	MaxSteps int64
	MaxDepth int
}

// Env parses templates. It is immutable and safe for use by many goroutines.
type Env struct {
	opts    Options
	tags    map[string]bool
	filters map[string]FilterFunc
	tests   map[string]TestFunc
	globals map[string]Value
	tokens  sync.Pool // *[]token, used while parsing
}

// NewEnv makes an Env.
func NewEnv(opts Options) *Env {
	e := &Env{
		opts:    opts,
		tags:    map[string]bool{},
		filters: map[string]FilterFunc{},
		tests:   map[string]TestFunc{},
		globals: map[string]Value{},
	}
	if opts.Tags == nil {
		opts.Tags = []string{"materialization", "test", "data_test", "docs"}
	}
	for _, t := range opts.Tags {
		e.tags[t] = true
	}
	addFilters(e.filters)
	addTests(e.tests)
	addGlobals(e.globals)
	for k, v := range opts.Filters {
		e.filters[k] = v
	}
	for k, v := range opts.Tests {
		e.tests[k] = v
	}
	for k, v := range opts.Globals {
		e.globals[k] = v
	}
	return e
}

// FilterNames and TestNames list what the environment knows, sorted.
func (e *Env) FilterNames() []string { return sortedNames(e.filters) }

// TestNames lists the tests the environment knows, sorted.
func (e *Env) TestNames() []string { return sortedNames(e.tests) }

// Global gives a value that templates see unless the Context has one of this name.
func (e *Env) Global(name string) (Value, bool) {
	v, ok := e.globals[name]
	return v, ok
}

// Context gives the values of the names that a template does not define. It
// is called from rendering goroutines and must be safe for that.
type Context interface {
	Lookup(name string) (Value, bool)
}

// MapContext is a Context made of a map.
type MapContext map[string]Value

// Lookup gives the value of name.
func (m MapContext) Lookup(name string) (Value, bool) {
	v, ok := m[name]
	return v, ok
}

// Template is a parsed source. It is immutable and safe for use by many goroutines.
type Template struct {
	env    *Env
	file   string
	src    string
	first  int // line number of the first line
	body   []stmt
	root   function
	macros []*Macro
	plain  bool // no Jinja in it
	raw    string
	// written keeps expressions as they are written: nothing is worked out ahead.
	written bool

	linesOnce sync.Once
	lines     []int32 // offsets at which lines start
	callsOnce sync.Once
	static    []StaticCall
	names     map[string]bool
}

// Parse parses src; file is shown in errors. The error is an *Error of kind Syntax.
func (e *Env) Parse(file, src string) (*Template, error) { return e.ParseAt(file, src, 1) }

// ParseAt parses a part of a file whose first line is the given line of it.
func (e *Env) ParseAt(file, src string, line int) (*Template, error) {
	return e.parse(&Template{env: e, file: file, first: line, raw: src})
}

// ParseWritten parses for [Template.CallText]: no expression is worked out ahead.
func (e *Env) ParseWritten(file, src string) (*Template, error) {
	return e.parse(&Template{env: e, file: file, first: 1, raw: src, written: true})
}

func (e *Env) parse(t *Template) (*Template, error) {
	src := t.raw
	if !e.opts.RenderPlain && !HasMarkup(src) {
		t.plain = true
		t.src = src
		return t, nil
	}
	t.src = normalizeNewlines(src)
	if err := t.parse(); err != nil {
		return nil, err
	}
	return t, nil
}

// HasMarkup tells whether src holds any Jinja delimiter. dbt gives texts
// without one back as they are, last newline included.
func HasMarkup(src string) bool {
	for i := 0; ; i++ {
		j := strings.IndexAny(src[i:], "{}")
		if j < 0 {
			return false
		}
		i += j
		if src[i] == '{' && i+1 < len(src) && (src[i+1] == '{' || src[i+1] == '%' || src[i+1] == '#') ||
			src[i] == '}' && i > 0 && (src[i-1] == '}' || src[i-1] == '%' || src[i-1] == '#') {
			return true
		}
	}
}

func (t *Template) parse() (err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	kept, _ := t.env.tokens.Get().(*[]token)
	if kept == nil {
		kept = new([]token)
	}
	l := lexer{src: t.src, tokens: (*kept)[:0]}
	l.run()
	p := parser{t: t, src: t.src, tokens: l.tokens, lexErr: l.err}
	p.next()
	t.body = p.subparse(nil)
	clear(l.tokens)
	*kept = l.tokens
	t.env.tokens.Put(kept)
	t.resolve(p.special)
	return nil
}

// File is the name given to Parse.
func (t *Template) File() string { return t.file }

// Source is the text given to Parse.
func (t *Template) Source() string { return t.raw }

func (t *Template) lineIndex() []int32 {
	t.linesOnce.Do(func() {
		t.lines = []int32{0}
		for i := 0; i < len(t.src); i++ {
			if t.src[i] == '\n' {
				t.lines = append(t.lines, int32(i+1))
			}
		}
	})
	return t.lines
}

// position gives line and column, in characters from 1, of an offset.
func (t *Template) position(pos int32) (line, col int) {
	lines := t.lineIndex()
	i := sort.Search(len(lines), func(i int) bool { return lines[i] > pos }) - 1
	return t.first + i, utf8.RuneCountInString(t.src[lines[i]:min(int(pos), len(t.src))]) + 1
}

// locate puts file, line, column and the source line into e.
func (t *Template) locate(e *Error, pos int32) {
	e.File = t.file
	e.Line, e.Column = t.position(pos)
	s := t.src[t.lineIndex()[e.Line-t.first]:]
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	e.SourceLine = s
}

// Render gives the text of the template. th may be nil for one with a
// background context.
func (t *Template) Render(th *Thread, ctx Context) (string, error) {
	if t.plain {
		return t.raw, nil
	}
	if th == nil {
		th = NewThread(context.Background())
	}
	f := th.newFrame(&t.root, t, ctx, nil)
	f.out = th.getBuf()
	err := f.runRoot()
	s := ""
	if err == nil {
		s, err = f.out.text()
	}
	th.putBuf(f.out)
	th.freeFrame(f)
	return s, err
}

// RenderNative gives the value of the template as dbt's native environment
// does for YAML: a single expression keeps its type, unless it is constant;
// several parts join to a text; as_native, as_bool and as_number parse a literal.
func (t *Template) RenderNative(th *Thread, ctx Context) (Value, error) {
	if th == nil {
		th = NewThread(context.Background())
	}
	if t.plain {
		return Str(normalizeNewlines(t.raw)), nil
	}
	f := th.newFrame(&t.root, t, ctx, nil)
	nat := &nativeOut{}
	f.nat = nat
	err := f.runRoot()
	th.freeFrame(f)
	if err != nil {
		return nil, err
	}
	return nat.concat()
}

// Macros gives the macros, tests, materializations, snapshots and docs blocks
// at the top level, in the order of the file.
func (t *Template) Macros() []*Macro { return t.macros }
