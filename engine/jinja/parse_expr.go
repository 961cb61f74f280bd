package jinja

func (p *parser) expression() expr {
	p.enter(p.cur.pos)
	x := p.orExpr()
	n := 0
	for p.isName("if") {
		pos := p.next().pos
		p.chain(&n, pos)
		c := &condExpr{node: node{x.at()}, yes: x}
		c.test = p.orExpr()
		if p.skipName("else") {
			c.no = p.expression()
		}
		x = c
	}
	p.depth--
	return x
}

func (p *parser) orExpr() expr {
	x := p.andExpr()
	n := 0
	for p.isName("or") {
		pos := p.next().pos
		p.chain(&n, pos)
		x = &logicExpr{node{pos}, true, x, p.andExpr()}
	}
	return x
}

func (p *parser) andExpr() expr {
	x := p.notExpr()
	n := 0
	for p.isName("and") {
		pos := p.next().pos
		p.chain(&n, pos)
		x = &logicExpr{node{pos}, false, x, p.notExpr()}
	}
	return x
}

func (p *parser) notExpr() expr {
	if p.isName("not") {
		pos := p.next().pos
		p.enter(pos)
		x := p.notExpr()
		p.depth--
		return &notExpr{node{pos}, x}
	}
	return p.compare()
}

func (p *parser) compare() expr {
	x := p.math1()
	var ops []compareOp
	pos := x.at()
	for {
		var op cmpOp
		switch {
		case p.cur.kind == tEq:
			op = cmpEq
		case p.cur.kind == tNe:
			op = cmpNe
		case p.cur.kind == tLt:
			op = cmpLt
		case p.cur.kind == tLe:
			op = cmpLe
		case p.cur.kind == tGt:
			op = cmpGt
		case p.cur.kind == tGe:
			op = cmpGe
		case p.isName("in"):
			op = cmpIn
		case p.isName("not") && p.look().kind == tName && p.look().val == "in":
			op = cmpNotIn
			p.next()
		default:
			if ops == nil {
				return x
			}
			return &compareExpr{node{pos}, x, ops}
		}
		pos = p.next().pos
		ops = append(ops, compareOp{op, p.math1()})
	}
}

func (p *parser) math1() expr {
	x := p.concat()
	n := 0
	for p.cur.kind == tAdd || p.cur.kind == tSub {
		t := p.next()
		p.chain(&n, t.pos)
		x = &binExpr{node{t.pos}, t.kind, x, p.concat()}
	}
	return x
}

func (p *parser) concat() expr {
	x := p.math2()
	if p.cur.kind != tTilde {
		return x
	}
	c := &concatExpr{node: node{x.at()}, parts: []expr{x}}
	for p.skipIf(tTilde) {
		c.parts = append(c.parts, p.math2())
	}
	return c
}

func (p *parser) math2() expr {
	x := p.pow()
	n := 0
	for p.cur.kind == tMul || p.cur.kind == tDiv || p.cur.kind == tFloorDiv || p.cur.kind == tMod {
		t := p.next()
		p.chain(&n, t.pos)
		x = &binExpr{node{t.pos}, t.kind, x, p.pow()}
	}
	return x
}

func (p *parser) pow() expr {
	x := p.unary(true)
	n := 0
	for p.cur.kind == tPow {
		t := p.next()
		p.chain(&n, t.pos)
		x = &binExpr{node{t.pos}, t.kind, x, p.unary(true)}
	}
	return x
}

func (p *parser) unary(filters bool) expr {
	var x expr
	switch p.cur.kind {
	case tSub, tAdd:
		t := p.next()
		p.enter(t.pos)
		x = &unaryExpr{node{t.pos}, t.kind, p.unary(false)}
		p.depth--
	default:
		x = p.primary(false)
	}
	n := 0
	x = p.postfix(x, &n)
	if filters {
		x = p.filters(x, &n)
	}
	return x
}

func (p *parser) postfix(x expr, n *int) expr {
	for {
		switch p.cur.kind {
		case tDot, tLBracket:
			p.chain(n, p.cur.pos)
			x = p.subscript(x)
		case tLParen:
			p.chain(n, p.cur.pos)
			x = p.call(x)
		default:
			return x
		}
	}
}

func (p *parser) filters(x expr, n *int) expr {
	for {
		switch {
		case p.cur.kind == tPipe:
			x = p.filter(x, false, n)
		case p.isName("is"):
			p.chain(n, p.cur.pos)
			x = p.test(x)
		case p.cur.kind == tLParen:
			p.chain(n, p.cur.pos)
			x = p.call(x)
		default:
			return x
		}
	}
}

func (p *parser) subscript(x expr) expr {
	if t := p.cur; t.kind == tDot {
		p.next()
		a := p.cur
		p.next()
		switch a.kind {
		case tName:
			return &attrExpr{node: node{a.pos}, obj: x, name: a.val}
		case tInt:
			return &itemExpr{node{a.pos}, x, &constExpr{node{a.pos}, p.parseInt(a)}}
		}
		p.fail(a.pos, "expected name or number")
	}
	t := p.expect(tLBracket)
	p.enter(t.pos)
	defer func() { p.depth-- }()
	var keys []expr
	for p.cur.kind != tRBracket {
		if len(keys) > 0 {
			p.expect(tComma)
		}
		keys = append(keys, p.subscribed())
	}
	p.expect(tRBracket)
	if len(keys) == 1 {
		if s, ok := keys[0].(*sliceKey); ok {
			return &sliceExpr{node{t.pos}, x, s.start, s.stop, s.step}
		}
		return &itemExpr{node{t.pos}, x, keys[0]}
	}
	return &itemExpr{node{t.pos}, x, &tupleExpr{node{t.pos}, keys}}
}

func (p *parser) subscribed() expr {
	pos := p.cur.pos
	s := &sliceKey{node: node{pos}}
	if p.cur.kind == tColon {
		p.next()
	} else {
		x := p.expression()
		if p.cur.kind != tColon {
			return x
		}
		p.next()
		s.start = x
	}
	switch p.cur.kind {
	case tColon:
	case tRBracket, tComma:
		return s
	default:
		s.stop = p.expression()
	}
	if p.cur.kind == tColon {
		p.next()
		if p.cur.kind != tRBracket && p.cur.kind != tComma {
			s.step = p.expression()
		}
	}
	return s
}

func (p *parser) call(fn expr) *callExpr {
	c := &callExpr{node: node{p.cur.pos}, fn: fn}
	p.args(&c.callArgs)
	return c
}

func (p *parser) args(c *callArgs) {
	t := p.expect(tLParen)
	p.enter(t.pos)
	ensure := func(ok bool) {
		if !ok {
			p.fail(t.pos, "invalid syntax for function call expression")
		}
	}
	comma := false
	for p.cur.kind != tRParen {
		if comma {
			p.expect(tComma)
			if p.cur.kind == tRParen {
				break
			}
		}
		switch {
		case p.cur.kind == tMul:
			ensure(c.star == nil && c.stars == nil)
			p.next()
			c.star = p.expression()
		case p.cur.kind == tPow:
			ensure(c.stars == nil)
			p.next()
			c.stars = p.expression()
		case p.cur.kind == tName && p.look().kind == tAssign:
			ensure(c.stars == nil)
			key := p.next()
			p.next()
			for _, k := range c.kwargs {
				if k.name == key.val {
					p.failKind(Runtime, key.pos, "keyword argument repeated: "+key.val)
				}
			}
			c.kwargs = append(c.kwargs, kwExpr{key.val, p.expression()})
		default:
			ensure(c.star == nil && c.stars == nil && len(c.kwargs) == 0)
			c.args = append(c.args, p.expression())
		}
		comma = true
	}
	p.expect(tRParen)
	p.depth--
}

func (p *parser) dotted() token {
	t := p.expect(tName)
	for p.skipIf(tDot) {
		t.val += "." + p.expect(tName).val
	}
	return t
}

func (p *parser) filter(x expr, inline bool, n *int) expr {
	for p.cur.kind == tPipe || inline {
		if !inline {
			p.next()
		}
		inline = false
		t := p.dotted()
		p.chain(n, t.pos)
		f := &filterExpr{node: node{t.pos}, x: x, name: t.val}
		if p.cur.kind == tLParen {
			p.args(&f.callArgs)
		}
		x = f
	}
	return x
}

func (p *parser) test(x expr) expr {
	p.expectName("is")
	pos := p.cur.pos
	negated := p.skipName("not")
	t := p.dotted()
	f := &testExpr{node: node{t.pos}, x: x, name: t.val}
	switch k := p.cur.kind; {
	case k == tLParen:
		p.args(&f.callArgs)
	case k == tName && (p.cur.val == "else" || p.cur.val == "or" || p.cur.val == "and"):
	case k == tName || k == tString || k == tInt || k == tFloat || k == tLBracket || k == tLBrace:
		if p.isName("is") {
			p.fail(p.cur.pos, "You cannot chain multiple tests with is")
		}
		p.enter(pos)
		arg := p.primary(false)
		n := 0
		f.args = []expr{p.postfix(arg, &n)}
		p.depth--
	}
	if negated {
		return &notExpr{node{pos}, f}
	}
	return f
}
