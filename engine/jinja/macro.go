package jinja

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// MacroParam is a parameter of a macro as it is written.
type MacroParam struct {
	Name       string
	Type       string // annotation; "" if none
	HasDefault bool
	Default    Value // if it is a literal; else nil
}

// Macro is a macro, test, materialization, snapshot or docs block at the top
// level of a template.
type Macro struct {
	// Name is the macro's name; of a test test_NAME, of a materialization
	// materialization_NAME_ADAPTER, of a snapshot snapshot_NAME, of docs NAME.
	Name string
	// Kind is macro, test, materialization, snapshot or docs.
	Kind   string
	Params []MacroParam
	File   string
	Line   int
	// SupportedLanguages is what a materialization declares; ["sql"] if nothing.
	SupportedLanguages []string
	// Adapter is that of a materialization, "default" if it names none.
	Adapter string

	tmpl *Template
	def  *macroDef
}

// Call runs the macro with ctx as its globals. The result is the text of the
// macro, a Str, or the value that was given to [Return] while it ran.
func (m *Macro) Call(th *Thread, ctx Context, args []Value, kwargs []Kwarg) (Value, error) {
	if th == nil {
		th = NewThread(context.Background())
	}
	th.begin()
	defer th.end()
	var parent *frame
	if !m.tmpl.env.opts.MangleMacros {
		parent = m.tmpl.moduleFrame(th, ctx)
	}
	mv := macroValue{def: m.def, tmpl: m.tmpl, ctx: ctx, frame: parent}
	out := th.getBuf()
	v, err := mv.run(th, out, args, kwargs)
	if err != nil {
		th.putBuf(out)
		if rv, ok := err.(*returnSignal); ok {
			return rv.value, nil
		}
		if rv, ok := ReturnValue(err); ok {
			return rv, nil
		}
		if e, ok := err.(*Error); ok && e.Line == 0 && th.tmpl == nil {
			m.tmpl.locate(e, m.def.pos) // wrong arguments from the host
		}
		return nil, err
	}
	if v == nil {
		v = Str(out.String())
	}
	th.putBuf(out)
	return v, nil
}

// Bind makes a callable Value of the macro, with ctx as its globals.
func (m *Macro) Bind(ctx Context) Value { return &boundMacro{m, ctx} }

// Template is the template that holds the macro.
func (m *Macro) Template() *Template { return m.tmpl }

type boundMacro struct {
	m   *Macro
	ctx Context
}

func (*boundMacro) Type() string     { return "Macro" }
func (*boundMacro) Truth() bool      { return true }
func (b *boundMacro) String() string { return b.Repr() }
func (b *boundMacro) Repr() string   { return "<Macro " + reprString(b.m.Name) + ">" }
func (b *boundMacro) Call(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
	return b.m.Call(t, b.ctx, args, kwargs)
}

// moduleFrame is a root frame that holds the top-level macros only, for a
// macro that is called without its template being rendered.
func (t *Template) moduleFrame(th *Thread, ctx Context) *frame {
	f := th.newFrame(&t.root, t, ctx, nil)
	for _, s := range t.body {
		if m, ok := s.(*macroStmt); ok && m.target != nil {
			m.target.set(f, &macroValue{def: m.def, tmpl: t, frame: f, ctx: ctx})
		}
	}
	return f
}

// macroValue is a macro with the frame in which it was defined.
type macroValue struct {
	def   *macroDef
	tmpl  *Template
	frame *frame
	ctx   Context
}

func (*macroValue) Type() string     { return "Macro" }
func (*macroValue) Truth() bool      { return true }
func (m *macroValue) String() string { return m.Repr() }
func (m *macroValue) Repr() string   { return "<Macro " + reprString(m.def.name) + ">" }

// Attr gives what Jinja2's Macro objects show.
func (m *macroValue) Attr(_ *Thread, name string) (Value, error) {
	switch name {
	case "name":
		return Str(m.def.name), nil
	case "arguments":
		t := Tuple{}
		for _, p := range m.def.params {
			t = append(t, Str(p.name.name))
		}
		return t, nil
	case "catch_kwargs":
		return Bool(m.def.kwargsSlot >= 0), nil
	case "catch_varargs":
		return Bool(m.def.varSlot >= 0), nil
	case "caller":
		return Bool(m.def.callerSlot >= 0), nil
	}
	return nil, nil
}

func (m *macroValue) Call(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
	out := t.getBuf()
	v, err := m.run(t, out, args, kwargs)
	if err == nil && v == nil {
		if t.autoescape {
			v = Markup(out.String())
		} else {
			v = Str(out.String())
		}
	}
	t.putBuf(out)
	return v, err
}

// run binds the arguments and executes the body, which writes to out. A value
// is only given for bodies of plain text, which need no buffer.
func (m *macroValue) run(t *Thread, out *buffer, args []Value, kwargs []Kwarg) (Value, error) {
	def := m.def
	if err := t.enter(def.name); err != nil {
		return nil, err
	}
	if err := t.step(); err != nil {
		t.leave()
		return nil, err
	}
	f := t.newFrame(&def.fn, m.tmpl, m.ctx, m.frame)
	f.out = out
	auto := t.autoescape
	before := out.bad // of the text around, where out is that
	out.bad = nil
	err := def.bind(f, args, kwargs)
	if err == nil {
		t.tmpl = m.tmpl
		err = f.params(def)
		if err == nil {
			_, err = f.run(def.body)
		}
	}
	if err == nil {
		err = out.bad
	}
	out.bad = before
	t.autoescape = auto
	t.leave()
	t.freeFrame(f)
	return nil, err
}

// bind puts the arguments of a call in their slots.
func (m *macroDef) bind(f *frame, args []Value, kwargs []Kwarg) error {
	n := len(m.params)
	used := 0
	foundCaller := false
	pos := len(args)
	if pos > n {
		pos = n
	}
	for i := 0; i < pos; i++ {
		f.slots[m.params[i].name.slot] = args[i]
	}
	var taken uint64
	if pos < n {
		for i := pos; i < n; i++ {
			name := m.params[i].name.name
			if name == "caller" {
				foundCaller = true
			}
			for k := range kwargs {
				if kwargs[k].Name == name {
					f.slots[m.params[i].name.slot] = kwargs[k].Value
					used++
					if k < 64 {
						taken |= 1 << k
					}
					break
				}
			}
		}
	} else {
		foundCaller = m.explicit
	}
	isTaken := func(k int) bool {
		if k < 64 {
			return taken&(1<<k) != 0
		}
		for i := pos; i < n; i++ {
			if m.params[i].name.name == kwargs[k].Name {
				return true
			}
		}
		return false
	}
	if m.callerSlot >= 0 && !foundCaller {
		var caller Value
		for k := range kwargs {
			if kwargs[k].Name == "caller" && !isTaken(k) {
				caller = kwargs[k].Value
				used++
				if k < 64 {
					taken |= 1 << k
				}
			}
		}
		if caller == nil {
			caller = &Undefined{Name: "caller", Hint: "No caller defined", policy: f.th.Undefined}
		}
		f.slots[m.callerSlot] = caller
	}
	if m.kwargsSlot >= 0 {
		d := NewDict()
		for k := range kwargs {
			if !isTaken(k) {
				d.SetStr(kwargs[k].Name, kwargs[k].Value)
			}
		}
		f.slots[m.kwargsSlot] = d
	} else if used < len(kwargs) {
		for k := range kwargs {
			if isTaken(k) {
				continue
			}
			if kwargs[k].Name == "caller" {
				return raise("TypeError", "macro "+reprString(f.tmpl.shownName(m))+
					" was invoked with two values for the special caller argument. This is most likely a bug.")
			}
			e := raise("TypeError", "macro "+reprString(f.tmpl.shownName(m))+" takes no keyword argument "+reprString(kwargs[k].Name))
			e.Hint = m.parametersHint(kwargs[k].Name)
			return e
		}
	}
	if m.varSlot >= 0 {
		var rest Tuple
		if len(args) > n {
			rest = append(rest, args[n:]...)
		}
		f.slots[m.varSlot] = rest
	} else if len(args) > n {
		e := raise("TypeError", "macro "+reprString(f.tmpl.shownName(m))+" takes not more than "+strconv.Itoa(n)+" argument(s)")
		e.Hint = m.parametersHint("")
		return e
	}
	return nil
}

// params evaluates the defaults of parameters without an argument.
func (f *frame) params(m *macroDef) error {
	f.initScope(m.init)
	for i := range m.params {
		p := &m.params[i]
		if f.slots[p.name.slot] != nil {
			continue
		}
		if p.def == nil {
			f.slots[p.name.slot] = &Undefined{Name: p.name.name,
				Hint: "parameter " + reprString(p.name.name) + " was not provided", policy: f.th.Undefined}
			continue
		}
		v, err := p.def.eval(f)
		if err != nil {
			return err
		}
		f.slots[p.name.slot] = v
	}
	return nil
}

// parametersHint names the parameter that was meant, or all.
func (m *macroDef) parametersHint(name string) string {
	var known []string
	for i := range m.params {
		known = append(known, m.params[i].name.name)
	}
	if near := closest(name, known); near != "" {
		return "did you mean " + reprString(near) + "?"
	}
	if len(known) == 0 {
		return "it has no parameters"
	}
	return "its parameters are: " + strings.Join(known, ", ")
}

// Takes checks that the macro has parameters of these names.
func (m *Macro) Takes(names []string) error {
	if m.def.kwargsSlot >= 0 {
		return nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(m.Params, func(p MacroParam) bool { return p.Name == name }) {
			e := raise("TypeError", "macro "+reprString(m.tmpl.shownName(m.def))+" takes no keyword argument "+reprString(name))
			e.Hint = m.def.parametersHint(name)
			return e
		}
	}
	return nil
}

// shownName is a macro's name in errors: dbt compiles macros under another name, which its texts show.
func (t *Template) shownName(m *macroDef) string {
	if t.env.opts.MangleMacros {
		return "dbt_macro__" + m.name
	}
	return m.name
}
