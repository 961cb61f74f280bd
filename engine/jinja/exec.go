package jinja

func (f *frame) runRoot() error {
	th := f.th
	oldT, oldP, oldA := th.tmpl, th.pos, th.autoescape
	th.tmpl, th.pos, th.autoescape = f.tmpl, 0, false
	th.begin()
	defer th.end()
	err := th.step()
	if err == nil {
		_, err = f.run(f.tmpl.body)
	} else {
		err = f.fail(0, err)
	}
	th.tmpl, th.pos, th.autoescape = oldT, oldP, oldA
	return err
}

func (f *frame) run(body []stmt) (control, error) {
	for _, s := range body {
		if c, err := s.exec(f); err != nil || c != goOn {
			return c, err
		}
	}
	return goOn, nil
}

func (s *outputStmt) exec(f *frame) (control, error) {
	for i := range s.items {
		it := &s.items[i]
		if it.x == nil {
			if f.nat != nil {
				f.nat.add(Str(it.text))
			} else {
				f.out.str(it.text)
			}
			continue
		}
		if s.esc == escapeOff {
			if c, ok := it.x.(*callExpr); ok && f.nat == nil {
				done, err := c.callInto(f)
				if err != nil {
					return goOn, err
				}
				if done {
					continue
				}
			}
		}
		v, err := it.x.eval(f)
		if err != nil {
			return goOn, err
		}
		switch x := v.(type) {
		case *Undefined:
			if err := x.checkUse(); err != nil {
				return goOn, f.fail(it.x.at(), err)
			}
		case *List, *Dict:
			if f.out != nil && len(f.out.b) > maxOutput {
				return goOn, f.fail(it.x.at(), limitErr("the output is too large"))
			}
		}
		if s.esc != escapeOff && (s.esc == escapeOn || f.th.autoescape) {
			v = escapeValue(v)
		}
		f.write(v)
	}
	if f.out != nil && len(f.out.b) > maxOutput {
		return goOn, f.fail(s.pos(), limitErr("the output is too large"))
	}
	return goOn, nil
}

func (s *outputStmt) pos() int32 {
	for _, it := range s.items {
		if it.x != nil {
			return it.x.at()
		}
	}
	return 0
}

func (s *ifStmt) exec(f *frame) (control, error) {
	for i := range s.branches {
		b := &s.branches[i]
		ok, err := f.truth(b.test)
		if err != nil {
			return goOn, err
		}
		if ok {
			return f.run(b.body)
		}
	}
	return f.run(s.els)
}

// truth evaluates a condition.
func (f *frame) truth(x expr) (bool, error) {
	v, err := x.eval(f)
	if err != nil {
		return false, err
	}
	switch v := v.(type) {
	case Bool:
		return bool(v), nil
	case *Undefined:
		if err := v.checkUse(); err != nil {
			return false, f.fail(x.at(), err)
		}
		return false, nil
	}
	return v.Truth(), nil
}

func (s *setStmt) exec(f *frame) (control, error) {
	v, err := s.x.eval(f)
	if err != nil {
		return goOn, err
	}
	return goOn, f.assign(s.target, v)
}

// assign stores v in a name, namespace attribute or, unpacked, in several.
func (f *frame) assign(target expr, v Value) error {
	switch t := target.(type) {
	case *nameExpr:
		t.set(f, v)
		return nil
	case *nsRef:
		ns, err := t.ns.eval(f)
		if err != nil {
			return err
		}
		n, ok := ns.(*Namespace)
		if !ok {
			return f.fail(t.pos, raise("TemplateRuntimeError", "cannot assign attribute on non-namespace object"))
		}
		n.Set(t.attr, v)
		return nil
	case *tupleExpr:
		if elems, ok := asSeq(v); ok && len(elems) == len(t.elems) {
			for i, e := range t.elems {
				if err := f.assign(e, elems[i]); err != nil {
					return err
				}
			}
			return nil
		}
		elems, err := f.unpack(v, len(t.elems))
		if err != nil {
			return f.fail(t.pos, err)
		}
		for i, e := range t.elems {
			if err := f.assign(e, elems[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *frame) unpack(v Value, n int) ([]Value, error) {
	it, err := iterOf(v)
	if err != nil {
		if isRaised(err, "TypeError") {
			return nil, raise("TypeError", "cannot unpack non-iterable "+v.Type()+" object")
		}
		return nil, err
	}
	var out []Value
	for {
		x, ok, err := it.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if len(out) == n {
			return nil, raise("ValueError", "too many values to unpack (expected "+Int(n).String()+")")
		}
		out = append(out, x)
	}
	if len(out) < n {
		return nil, raise("ValueError", "not enough values to unpack (expected "+Int(n).String()+", got "+Int(len(out)).String()+")")
	}
	return out, nil
}

// capture runs a body and gives its text, as markup where the template escapes by itself.
func (f *frame) capture(body []stmt) (Value, control, error) {
	out, nat := f.out, f.nat
	f.out, f.nat = f.th.getBuf(), nil
	c, err := f.run(body)
	text := ""
	if err == nil {
		text, err = f.out.text()
	}
	f.th.putBuf(f.out)
	f.out, f.nat = out, nat
	if f.th.autoescape {
		return Markup(text), c, err
	}
	return Str(text), c, err
}

func (s *setBlockStmt) exec(f *frame) (control, error) {
	f.initScope(s.init)
	v, c, err := f.capture(s.body)
	if err != nil {
		return goOn, err
	}
	if s.filter != nil {
		if v, err = s.filter.chain(f, v); err != nil {
			return goOn, err
		}
		if s, ok := v.(Str); ok && f.th.autoescape {
			v = Markup(s)
		}
	}
	if err := f.assign(s.target, v); err != nil {
		return goOn, err
	}
	return c, nil
}

func (s *filterBlockStmt) exec(f *frame) (control, error) {
	f.initScope(s.init)
	v, c, err := f.capture(s.body)
	if err != nil {
		return goOn, err
	}
	if v, err = s.filter.chain(f, v); err != nil {
		return goOn, err
	}
	f.write(v)
	return c, nil
}

func (s *withStmt) exec(f *frame) (control, error) {
	vals := make([]Value, len(s.vals))
	for i, x := range s.vals {
		v, err := x.eval(f)
		if err != nil {
			return goOn, err
		}
		vals[i] = v
	}
	f.initScope(s.init)
	for i, t := range s.targets {
		if err := f.assign(t, vals[i]); err != nil {
			return goOn, err
		}
	}
	return f.run(s.body)
}

func (s *doStmt) exec(f *frame) (control, error) {
	_, err := s.x.eval(f)
	return goOn, err
}

func (s *loopControl) exec(*frame) (control, error) { return s.ctl, nil }

func (s *failStmt) exec(f *frame) (control, error) {
	e := s.err
	return goOn, f.fail(s.pos, &e)
}

func (s *macroStmt) exec(f *frame) (control, error) {
	if s.target != nil {
		s.target.set(f, &macroValue{def: s.def, tmpl: f.tmpl, frame: f, ctx: f.ctx})
	}
	return goOn, nil
}

func (s *callBlockStmt) exec(f *frame) (control, error) {
	caller := &macroValue{def: s.caller, tmpl: f.tmpl, frame: f, ctx: f.ctx}
	v, err := s.call.call(f, caller)
	if err != nil {
		return goOn, err
	}
	if f.nat != nil {
		f.nat.add(v)
		return goOn, nil
	}
	text, ok := AsString(v)
	if !ok {
		if f.out.bad == nil {
			f.out.bad = f.fail(s.pos, raise("TypeError", "a call block must give text, but "+callName(s.call)+" gave "+v.Type()))
		}
		return goOn, nil
	}
	f.out.str(text)
	return goOn, nil
}

func callName(c *callExpr) string {
	if n := dottedName(c.fn); n != "" {
		return n + "()"
	}
	return "the call"
}

func (s *autoescapeStmt) exec(f *frame) (control, error) {
	f.initScope(s.init)
	v, err := s.x.eval(f)
	if err != nil {
		return goOn, err
	}
	old := f.th.autoescape
	f.th.autoescape = v.Truth()
	c, err := f.run(s.body)
	f.th.autoescape = old
	return c, err
}

func (s *blockStmt) exec(f *frame) (control, error) {
	f.initScope(s.init)
	return f.run(s.body)
}
