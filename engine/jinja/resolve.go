package jinja

// This file turns the parsed tree into the program: every name gets a slot,
// by the rules of Jinja2's scopes (jinja2/idtracking.py), filters and tests
// are bound and constant expressions are folded.

// symbol is a name in a scope.
type symbol struct {
	name   string
	slot   int32
	kind   loadKind
	outer  *symbol // of loadAlias
	stored bool
	fn     *function
}

// scope is a region in which assignments stay. Several scopes share the frame
// of one function.
type scope struct {
	parent *scope
	fn     *function
	syms   []*symbol
}

func (s *scope) own(name string) *symbol {
	for _, y := range s.syms {
		if y.name == name {
			return y
		}
	}
	return nil
}

func (s *scope) find(name string) *symbol {
	for ; s != nil; s = s.parent {
		if y := s.own(name); y != nil {
			return y
		}
	}
	return nil
}

func (s *scope) define(name string, kind loadKind) *symbol {
	y := &symbol{name: name, kind: kind, slot: s.fn.slots, fn: s.fn}
	s.fn.slots++
	s.syms = append(s.syms, y)
	return y
}

func (s *scope) load(name string) {
	if s.find(name) == nil {
		s.define(name, loadContext)
	}
}

func (s *scope) param(name string) *symbol {
	y := s.own(name)
	if y == nil {
		y = s.define(name, loadParam)
	}
	y.kind, y.stored = loadParam, true
	return y
}

func (s *scope) store(name string) {
	y := s.own(name)
	if y == nil {
		if outer := s.parent.find(name); outer != nil {
			y = s.define(name, loadAlias)
			y.outer = outer
		} else {
			y = s.define(name, loadUndefined)
		}
	}
	y.stored = true
}

// inits lists what has to be done each time the scope is entered.
func (s *scope) inits(r *resolver) []scopeInit {
	var out []scopeInit
	for _, y := range s.syms {
		if !y.stored || y.kind == loadParam {
			continue
		}
		i := scopeInit{slot: y.slot}
		if y.kind == loadAlias {
			i.outer = r.ref(s, y.outer)
		}
		out = append(out, i)
	}
	return out
}

// resolver walks the tree once more after parsing.
type resolver struct {
	t    *Template
	soft bool // within an if: unknown filters fail only when reached
	loop int  // loops around
	esc  escapeMode

	special specialNames
}

func (t *Template) resolve(special specialNames) {
	r := &resolver{t: t, special: special}
	root := &scope{fn: &t.root}
	r.collect(root, t.body)
	r.stmts(root, t.body)
	for _, s := range t.body {
		if m, ok := s.(*macroStmt); ok {
			t.macros = append(t.macros, t.macro(m.def))
		}
	}
}

func (t *Template) macro(d *macroDef) *Macro {
	m := &Macro{Name: d.name, Kind: d.kind, File: t.file, Adapter: d.adapter, tmpl: t, def: d}
	m.Line, _ = t.position(d.pos)
	for _, p := range d.params {
		mp := MacroParam{Name: p.name.name, Type: p.typ, HasDefault: p.def != nil}
		if p.def != nil {
			mp.Default = literal(p.def)
		}
		m.Params = append(m.Params, mp)
	}
	if d.langs != nil {
		if l, ok := literal(d.langs).(*List); ok {
			for _, e := range l.Elems {
				m.SupportedLanguages = append(m.SupportedLanguages, e.String())
			}
		}
	}
	return m
}

// ref makes a reference to y as seen from s.
func (r *resolver) ref(s *scope, y *symbol) *nameExpr {
	n := &nameExpr{name: y.name}
	r.bind(s, n, y)
	return n
}

func (r *resolver) bind(s *scope, n *nameExpr, y *symbol) {
	n.slot, n.kind = y.slot, y.kind
	for fn := s.fn; fn != y.fn; fn = fn.parent {
		n.depth++
	}
}

// collect finds the names that statements load and store in scope s itself,
// in the order in which they run.
func (r *resolver) collect(s *scope, body []stmt) {
	for _, st := range body {
		switch x := st.(type) {
		case *outputStmt:
			for _, it := range x.items {
				if it.x != nil {
					r.names(s, it.x)
				}
			}
		case *ifStmt:
			r.collectIf(s, x)
		case *forStmt:
			r.names(s, x.iter)
		case *setStmt:
			r.names(s, x.x)
			r.names(s, x.target)
		case *setBlockStmt:
			r.names(s, x.target)
		case *macroStmt:
			if x.target != nil {
				s.store(x.target.name)
			}
		case *callBlockStmt:
			r.names(s, x.call)
		case *filterBlockStmt:
			r.names(s, x.filter)
		case *withStmt:
			for _, v := range x.vals {
				r.names(s, v)
			}
		case *doStmt:
			r.names(s, x.x)
		}
	}
}

// collectIf: a name stored in some branches only still has its old value in
// the others, so it starts with the outer value or that of the context.
func (r *resolver) collectIf(s *scope, x *ifStmt) {
	var before []bool
	for i := range x.branches {
		r.names(s, x.branches[i].test)
		if i == 0 {
			// the first test belongs to what comes before the branches
			before = make([]bool, len(s.syms))
			for j, y := range s.syms {
				before[j] = y.stored
			}
		}
		r.collect(s, x.branches[i].body)
	}
	r.collect(s, x.els)
	for j, y := range s.syms {
		if y.stored && !(j < len(before) && before[j]) && y.kind != loadParam {
			y.kind, y.outer = loadContext, nil
			if outer := s.parent.find(y.name); outer != nil {
				y.kind, y.outer = loadAlias, outer
			}
		}
	}
}

// names does the same for the names of an expression.
func (r *resolver) names(s *scope, x expr) {
	walk(x, func(x expr) bool {
		switch x := x.(type) {
		case *nameExpr:
			if x.store {
				s.store(x.name)
			} else {
				s.load(x.name)
			}
		case *nsRef:
			s.load(x.ns.name)
		}
		return true
	})
}

// params declares the names of a for target.
func (r *resolver) params(s *scope, x expr) {
	walk(x, func(x expr) bool {
		if n, ok := x.(*nameExpr); ok {
			s.param(n.name)
		}
		return true
	})
}

func (r *resolver) stmts(s *scope, body []stmt) {
	for _, st := range body {
		r.stmt(s, st)
	}
}

// inner runs f for the inside of a construct with scopes of its own.
func (r *resolver) inner(f func()) {
	soft := r.soft
	r.soft = false
	f()
	r.soft = soft
}

func (r *resolver) stmt(s *scope, st stmt) {
	switch x := st.(type) {
	case *outputStmt:
		r.output(s, x)
	case *ifStmt:
		soft := r.soft
		r.soft = true
		for i := range x.branches {
			b := &x.branches[i]
			b.test = r.expr(s, b.test)
			r.stmts(s, b.body)
		}
		r.stmts(s, x.els)
		r.soft = soft
	case *forStmt:
		r.forStmt(s, x)
	case *setStmt:
		x.x = r.expr(s, x.x)
		r.target(s, x.target)
	case *setBlockStmt:
		in := &scope{parent: s, fn: s.fn}
		r.inner(func() {
			r.collect(in, x.body)
			x.init = in.inits(r)
			r.stmts(in, x.body)
			if x.filter != nil {
				r.names(in, x.filter)
				r.filter(in, x.filter)
			}
		})
		r.target(s, x.target)
	case *macroStmt:
		r.macro(s, x.def, false)
		if x.target != nil {
			r.target(s, x.target)
		}
	case *callBlockStmt:
		r.expr(s, x.call)
		r.macro(s, x.caller, true)
	case *filterBlockStmt:
		in := &scope{parent: s, fn: s.fn}
		r.inner(func() {
			r.names(in, x.filter)
			r.collect(in, x.body)
			x.init = in.inits(r)
			r.stmts(in, x.body)
			r.filter(in, x.filter)
		})
	case *withStmt:
		in := &scope{parent: s, fn: s.fn}
		for _, t := range x.targets {
			r.params(in, t)
		}
		for i := range x.vals {
			x.vals[i] = r.expr(s, x.vals[i])
		}
		r.inner(func() {
			r.collect(in, x.body)
			x.init = in.inits(r)
			for _, t := range x.targets {
				r.target(in, t)
			}
			r.stmts(in, x.body)
		})
	case *doStmt:
		x.x = r.expr(s, x.x)
	case *loopControl:
		if r.loop == 0 {
			word := "break"
			if x.ctl == doContinue {
				word = "continue"
			}
			e := &Error{Kind: Runtime, Type: "SyntaxError", Msg: "'" + word + "' outside loop"}
			r.t.locate(e, x.pos)
			panic(e)
		}
	case *autoescapeStmt:
		in := &scope{parent: s, fn: s.fn}
		old := r.esc
		r.inner(func() {
			r.names(in, x.x)
			r.collect(in, x.body)
			x.init = in.inits(r)
			x.x = r.expr(in, x.x)
			r.esc = escapeDynamic
			if c, ok := x.x.(*constExpr); ok {
				r.esc = escapeOff
				if c.v.Truth() {
					r.esc = escapeOn
				}
			}
			r.stmts(in, x.body)
		})
		r.esc = old
	case *blockStmt:
		in := &scope{parent: s, fn: s.fn}
		r.inner(func() {
			r.collect(in, x.body)
			x.init = in.inits(r)
			r.stmts(in, x.body)
		})
	}
}

// target binds the names that are assigned to.
func (r *resolver) target(s *scope, x expr) {
	switch x := x.(type) {
	case *nameExpr:
		r.bind(s, x, s.find(x.name))
	case *nsRef:
		r.bind(s, x.ns, s.find(x.ns.name))
	case *tupleExpr:
		for _, e := range x.elems {
			r.target(s, e)
		}
	}
}

func (r *resolver) forStmt(s *scope, x *forStmt) {
	x.iter = r.expr(s, x.iter)
	x.lo = s.fn.slots
	body := &scope{parent: s, fn: s.fn}
	x.extended = x.recursive || r.special.loop && usesUndeclared(x.body, "loop")
	if x.extended {
		x.loopSlot = body.param("loop").slot
	}
	if r.special.storesLoop {
		r.noLoopStore(x)
	}
	r.params(body, x.target)
	r.collect(body, x.body)
	x.init = body.inits(r)
	r.inner(func() {
		if x.els != nil {
			els := &scope{parent: s, fn: s.fn}
			r.collect(els, x.els)
			x.elsInit = els.inits(r)
			loop := r.loop
			r.loop = 0
			r.stmts(els, x.els)
			r.loop = loop
		}
		if x.test != nil {
			test := &scope{parent: s, fn: s.fn}
			x.testTgt = cloneTarget(x.target)
			r.params(test, x.target)
			r.names(test, x.test)
			x.testInit = test.inits(r)
			r.target(test, x.testTgt)
			x.test = r.expr(test, x.test)
		}
		r.target(body, x.target)
		r.loop++
		r.stmts(body, x.body)
		r.loop--
	})
	x.hi = s.fn.slots
}

func (r *resolver) noLoopStore(x *forStmt) {
	walkBody([]stmt{x}, func(e expr) bool {
		if n, ok := e.(*nameExpr); ok && n.store && n.name == "loop" {
			e := &Error{Kind: Syntax, Msg: "Can't assign to special loop variable in for-loop target"}
			r.t.locate(e, n.pos)
			panic(e)
		}
		return true
	})
}

func cloneTarget(x expr) expr {
	switch x := x.(type) {
	case *nameExpr:
		c := *x
		return &c
	case *tupleExpr:
		c := &tupleExpr{node: x.node}
		for _, e := range x.elems {
			c.elems = append(c.elems, cloneTarget(e))
		}
		return c
	}
	return x
}

func (r *resolver) macro(s *scope, m *macroDef, caller bool) {
	m.fn = function{}
	in := &scope{fn: &m.fn}
	if caller || !r.t.env.opts.MangleMacros {
		for fn := s.fn; fn != nil && !fn.captured; fn = fn.parent {
			fn.captured = true
		}
		in.parent = s
		m.fn.parent = s.fn
	}
	m.esc = r.esc
	m.callerSlot, m.kwargsSlot, m.varSlot = -1, -1, -1
	for i := range m.params {
		y := in.param(m.params[i].name.name)
		r.bind(in, m.params[i].name, y)
		if y.name == "caller" {
			m.explicit = true
			if usesUndeclared(m.body, "caller") && m.params[i].def == nil {
				e := &Error{Kind: Syntax, Msg: `When defining macros or call blocks the special "caller" argument must be omitted or be given a default.`}
				r.t.locate(e, m.pos)
				panic(e)
			}
		}
	}
	special := func(name string, occurs bool, slot *int32) {
		if occurs && in.own(name) == nil && usesUndeclared(m.body, name) {
			*slot = in.param(name).slot
		}
	}
	special("caller", r.special.caller, &m.callerSlot)
	special("kwargs", r.special.kwargs, &m.kwargsSlot)
	special("varargs", r.special.varargs, &m.varSlot)
	for i := range m.params {
		if d := m.params[i].def; d != nil {
			r.names(in, d)
		}
	}
	r.collect(in, m.body)
	m.init = in.inits(r)
	loop := r.loop
	r.loop = 0
	r.inner(func() {
		for i := range m.params {
			if d := m.params[i].def; d != nil {
				m.params[i].def = r.expr(in, d)
			}
		}
		r.stmts(in, m.body)
	})
	r.loop = loop
}

// output resolves the expressions, folds constants and joins texts.
func (r *resolver) output(s *scope, x *outputStmt) {
	x.esc = r.esc
	out := x.items[:0]
	for _, it := range x.items {
		if it.x != nil {
			it.x = r.expr(s, it.x)
			if r.esc == escapeOff && isConst(it.x) {
				if v := r.evalConst(it.x); v != nil {
					it = outItem{text: v.String()}
				}
			}
		}
		if n := len(out); it.x == nil && n > 0 && out[n-1].x == nil {
			out[n-1].text += it.text
			continue
		}
		out = append(out, it)
	}
	x.items = out
}
