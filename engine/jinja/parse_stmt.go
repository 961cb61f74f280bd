package jinja

// statement parses one tag, from its name up to, not including, the end of it.
func (p *parser) statement() stmt {
	t := p.cur
	if t.kind != tName {
		p.fail(t.pos, "tag name expected")
	}
	p.tags, p.openAt = append(p.tags, t.val), append(p.openAt, t.pos)
	defer func() { p.tags, p.openAt = p.tags[:len(p.tags)-1], p.openAt[:len(p.openAt)-1] }()
	switch t.val {
	case "if":
		return p.ifTag()
	case "for":
		return p.forTag()
	case "set":
		return p.setTag()
	case "macro":
		return p.macroTag()
	case "call":
		return p.callTag()
	case "do":
		p.next()
		return &doStmt{t.pos, p.tuple(tupleOpts{cond: true})}
	case "filter":
		p.next()
		n := 0
		f := p.filter(nil, true, &n).(*filterExpr)
		return &filterBlockStmt{pos: t.pos, filter: f, body: p.statements(true, "endfilter")}
	case "with":
		return p.withTag()
	case "autoescape":
		p.next()
		s := &autoescapeStmt{pos: t.pos, x: p.expression()}
		s.body = p.statements(true, "endautoescape")
		return s
	case "break", "continue":
		p.next()
		ctl := doBreak
		if t.val == "continue" {
			ctl = doContinue
		}
		return &loopControl{t.pos, ctl}
	case "block":
		return p.blockTag()
	case "include", "import", "from", "extends":
		for p.cur.kind != tBlockEnd && p.cur.kind != tEOF {
			p.next()
		}
		return &failStmt{t.pos, Error{Type: "TypeError",
			Msg: "no loader for this environment specified: {% " + t.val + " %} cannot be used in dbt"}}
	case "materialization", "test", "data_test", "docs":
		if p.t.env.tags[t.val] {
			return p.dbtTag(t.val)
		}
	}
	p.tags, p.openAt = p.tags[:len(p.tags)-1], p.openAt[:len(p.openAt)-1]
	defer func() { p.tags, p.openAt = append(p.tags, t.val), append(p.openAt, t.pos) }()
	p.failTag(t.val, t.pos)
	return nil
}

func (p *parser) ifTag() stmt {
	s := &ifStmt{}
	p.expectName("if")
	for {
		var b branch
		b.test = p.tuple(tupleOpts{})
		b.body = p.statements(false, "elif", "else", "endif")
		s.branches = append(s.branches, b)
		switch t := p.next(); t.val {
		case "elif":
			continue
		case "else":
			s.els = p.statements(true, "endif")
		}
		return s
	}
}

func (p *parser) forTag() stmt {
	s := &forStmt{pos: p.expectName("for").pos}
	s.target = p.target(tupleOpts{end: "in"})
	p.expectName("in")
	s.iter = p.tuple(tupleOpts{end: "recursive"})
	if p.skipName("if") {
		s.test = p.expression()
	}
	s.recursive = p.skipName("recursive")
	s.body = p.statements(false, "endfor", "else")
	if p.next().val == "else" {
		s.els = p.statements(true, "endfor")
	}
	return s
}

func (p *parser) setTag() stmt {
	pos := p.expectName("set").pos
	target := p.target(tupleOpts{ns: true})
	if p.skipIf(tAssign) {
		return &setStmt{pos, target, p.tuple(tupleOpts{cond: true})}
	}
	s := &setBlockStmt{pos: pos, target: target}
	if p.cur.kind == tPipe {
		n := 0
		s.filter = p.filter(nil, false, &n).(*filterExpr)
	}
	s.body = p.statements(true, "endset")
	return s
}

func (p *parser) withTag() stmt {
	p.expectName("with")
	s := &withStmt{}
	for p.cur.kind != tBlockEnd {
		if len(s.targets) > 0 {
			p.expect(tComma)
		}
		s.targets = append(s.targets, p.target(tupleOpts{}))
		p.expect(tAssign)
		s.vals = append(s.vals, p.expression())
	}
	s.body = p.statements(true, "endwith")
	return s
}

func (p *parser) blockTag() stmt {
	p.expectName("block")
	s := &blockStmt{name: p.expect(tName).val}
	p.skipName("scoped")
	p.skipName("required")
	if p.cur.kind == tSub {
		p.fail(p.cur.pos, "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.")
	}
	s.body = p.statements(true, "endblock")
	p.skipName(s.name)
	return s
}

// signature parses (a, b: type = default, …).
func (p *parser) signature(m *macroDef) {
	p.expect(tLParen)
	defaults := false
	for p.cur.kind != tRParen {
		if len(m.params) > 0 {
			p.expect(tComma)
			// a trailing comma is refused, as Jinja2 does: a name must follow
		}
		d := paramDef{name: p.nameTarget()}
		if p.skipIf(tColon) {
			from := p.cur.pos
			p.typeName()
			d.typ = trimRightSpace(p.src[from:p.cur.pos])
		}
		switch {
		case p.skipIf(tAssign):
			defaults = true
			d.def = p.expression()
		case defaults:
			p.fail(p.cur.pos, "non-default argument follows default argument")
		}
		for _, o := range m.params {
			if o.name.name == d.name.name {
				p.failKind(Runtime, d.name.pos, "duplicate argument "+reprString(d.name.name)+" in the definition of "+m.name)
			}
		}
		m.params = append(m.params, d)
	}
	p.expect(tRParen)
}

// typeName parses an annotation, Name or Name[Name, …].
func (p *parser) typeName() {
	t := p.expect(tName)
	if p.skipIf(tLBracket) {
		p.enter(t.pos)
		for n := 0; p.cur.kind != tRBracket; n++ {
			if n > 0 {
				p.expect(tComma)
			}
			p.typeName()
		}
		p.expect(tRBracket)
		p.depth--
	}
}

func (p *parser) macroTag() stmt {
	m := &macroDef{pos: p.expectName("macro").pos, kind: "macro"}
	name := p.nameTarget()
	m.name = name.name
	p.signature(m)
	m.body = p.statements(true, "endmacro")
	s := &macroStmt{def: m, target: name}
	if p.t.env.opts.MangleMacros {
		s.target = nil
	}
	return s
}

func (p *parser) callTag() stmt {
	pos := p.expectName("call").pos
	m := &macroDef{pos: pos, name: "caller", kind: "caller"}
	if p.cur.kind == tLParen {
		p.signature(m)
	}
	c, ok := p.expression().(*callExpr)
	if !ok {
		p.fail(pos, "expected call")
	}
	m.body = p.statements(true, "endcall")
	return &callBlockStmt{pos, c, m}
}

// dbtTag parses the blocks that dbt adds. Each becomes a macro.
func (p *parser) dbtTag(kind string) stmt {
	m := &macroDef{pos: p.next().pos, kind: kind}
	name := p.nameTarget().name
	switch kind {
	case "test", "data_test":
		m.name = "test_" + name
		m.kind = "test"
		p.signature(m)
	case "materialization":
		p.materialization(m, name)
	case "docs":
		m.name = name
	}
	m.body = p.statements(true, "end"+kind)
	return &macroStmt{def: m}
}

func (p *parser) materialization(m *macroDef, name string) {
	m.adapter = "default"
	langs := &nameExpr{node: node{m.pos}, name: "supported_languages", store: true}
	for p.skipIf(tComma) {
		arg := p.nameTarget()
		switch arg.name {
		case "default":
		case "adapter":
			p.expect(tAssign)
			c, ok := p.expression().(*constExpr)
			if ok {
				m.adapter, ok = AsString(c.v)
			}
			if !ok {
				p.fail(arg.pos, "the adapter of materialization '"+name+"' must be a string")
			}
		case "supported_languages":
			p.expect(tAssign)
			m.langs = p.expression()
		default:
			p.failKind(Runtime, arg.pos, "materialization '"+name+"' received unknown argument '"+arg.name+"'.")
		}
	}
	if m.langs == nil {
		m.langs = &listExpr{node{m.pos}, []expr{&constExpr{node{m.pos}, Str("sql")}}}
	}
	m.params = []paramDef{{name: langs, def: m.langs}}
	m.name = "materialization_" + name + "_" + m.adapter
}
