package jinja

// exec runs a for statement.
func (s *forStmt) exec(f *frame) (control, error) {
	v, err := s.iter.eval(f)
	if err != nil {
		return goOn, err
	}
	return goOn, s.loop(f, v, nil)
}

// loop runs the body over v. up is the loop that a recursive call comes from.
func (s *forStmt) loop(f *frame, v Value, up *loopValue) error {
	it, err := iterOf(v)
	if err != nil {
		return f.fail(s.iter.at(), err)
	}
	if s.test != nil {
		it = &testIter{s: s, f: f, it: it}
		v = nil
	}
	if s.extended {
		return s.extendedLoop(f, v, it, up)
	}
	any := false
	for {
		x, ok, err := it.next()
		if err != nil {
			return f.fail(s.iter.at(), err)
		}
		if !ok {
			break
		}
		any = true
		c, err := s.round(f, x)
		if err != nil {
			return err
		}
		if c == doBreak {
			return nil
		}
	}
	if !any && s.els != nil {
		f.initScope(s.elsInit)
		_, err := f.run(s.els)
		return err
	}
	return nil
}

func (s *forStmt) round(f *frame, x Value) (control, error) {
	if err := f.th.step(); err != nil {
		return goOn, f.fail(s.pos, err)
	}
	f.initScope(s.init)
	if n, ok := s.target.(*nameExpr); ok {
		f.slots[n.slot] = x
	} else if err := f.assign(s.target, x); err != nil {
		return goOn, err
	}
	return f.run(s.body)
}

// testIter leaves out what does not meet the condition of the loop.
type testIter struct {
	s  *forStmt
	f  *frame
	it iterator
}

func (t *testIter) next() (Value, bool, error) {
	for {
		x, ok, err := t.it.next()
		if err != nil || !ok {
			return nil, false, err
		}
		if err := t.f.th.step(); err != nil {
			return nil, false, err
		}
		t.f.initScope(t.s.testInit)
		if err := t.f.assign(t.s.testTgt, x); err != nil {
			return nil, false, err
		}
		ok, err = t.f.truth(t.s.test)
		if err != nil {
			return nil, false, err
		}
		if ok {
			return x, true, nil
		}
	}
}

func (s *forStmt) extendedLoop(f *frame, v Value, it iterator, up *loopValue) error {
	l := &loopValue{s: s, f: f, it: it, length: -1, index: -1}
	if up != nil {
		l.depth0 = up.depth0 + 1
	}
	switch v.(type) {
	case nil, *Generator:
	default:
		if n, err := Len(v); err == nil {
			l.length = n
		}
	}
	any := false
	for {
		x, ok, err := l.advance()
		if err != nil {
			return f.fail(s.iter.at(), err)
		}
		if !ok {
			break
		}
		any = true
		f.slots[s.loopSlot] = l
		c, err := s.round(f, x)
		if err != nil {
			return err
		}
		if c == doBreak {
			break
		}
	}
	f.slots[s.loopSlot] = nil
	if !any && s.els != nil {
		f.initScope(s.elsInit)
		_, err := f.run(s.els)
		return err
	}
	return nil
}

// loopValue is the variable loop.
type loopValue struct {
	s       *forStmt
	f       *frame
	it      iterator
	length  int // -1: not known yet
	index   int // from 0
	depth0  int
	prev    Value
	cur     Value
	ahead   []Value // read, not yet used
	changed []Value
	seen    bool // changed was called
}

func (*loopValue) Type() string     { return "LoopContext" }
func (*loopValue) Truth() bool      { return true }
func (l *loopValue) String() string { return l.Repr() }
func (l *loopValue) Repr() string {
	n, _ := l.count()
	return "<LoopContext " + Int(l.index+1).String() + "/" + Int(n).String() + ">"
}

// Len is the number of rounds.
func (l *loopValue) Len() int {
	n, _ := l.count()
	return n
}

func (l *loopValue) advance() (Value, bool, error) {
	var x Value
	if len(l.ahead) > 0 {
		x, l.ahead = l.ahead[0], l.ahead[1:]
	} else {
		var ok bool
		var err error
		if x, ok, err = l.it.next(); err != nil || !ok {
			return nil, false, err
		}
	}
	l.index++
	l.prev, l.cur = l.cur, x
	return x, true, nil
}

func (l *loopValue) peek() (Value, error) {
	if len(l.ahead) == 0 {
		x, ok, err := l.it.next()
		if err != nil || !ok {
			return nil, err
		}
		l.ahead = append(l.ahead, x)
	}
	return l.ahead[0], nil
}

func (l *loopValue) count() (int, error) {
	if l.length < 0 {
		for {
			x, ok, err := l.it.next()
			if err != nil {
				return 0, err
			}
			if !ok {
				break
			}
			l.ahead = append(l.ahead, x)
		}
		l.length = l.index + 1 + len(l.ahead)
	}
	return l.length, nil
}

func (l *loopValue) Attr(t *Thread, name string) (Value, error) {
	switch name {
	case "index":
		return Int(l.index + 1), nil
	case "index0":
		return Int(l.index), nil
	case "first":
		return Bool(l.index == 0), nil
	case "last":
		next, err := l.peek()
		return Bool(next == nil), err
	case "length":
		n, err := l.count()
		return Int(n), err
	case "revindex":
		n, err := l.count()
		return Int(n - l.index), err
	case "revindex0":
		n, err := l.count()
		return Int(n - l.index - 1), err
	case "depth":
		return Int(l.depth0 + 1), nil
	case "depth0":
		return Int(l.depth0), nil
	case "previtem":
		if l.index == 0 {
			return &Undefined{Hint: "there is no previous item", policy: t.Undefined}, nil
		}
		return l.prev, nil
	case "nextitem":
		next, err := l.peek()
		if next == nil && err == nil {
			return &Undefined{Hint: "there is no next item", policy: t.Undefined}, nil
		}
		return next, err
	case "cycle", "changed":
		return &Function{name: name, fn: func(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
			v, _, err := l.CallMethod(t, name, args, kwargs)
			return v, err
		}}, nil
	}
	return nil, nil
}

// CallMethod is cycle and changed.
func (l *loopValue) CallMethod(_ *Thread, name string, args []Value, _ []Kwarg) (Value, bool, error) {
	switch name {
	case "cycle":
		if len(args) == 0 {
			return nil, true, raise("TypeError", "no items for cycling given")
		}
		return args[l.index%len(args)], true, nil
	case "changed":
		same := l.seen && len(l.changed) == len(args)
		for i := 0; same && i < len(args); i++ {
			same = Equal(args[i], l.changed[i])
		}
		l.seen, l.changed = true, args
		return Bool(!same), true, nil
	}
	return nil, false, nil
}

// Call is loop(items): the body again, one level deeper.
func (l *loopValue) Call(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
	if !l.s.recursive {
		return nil, raise("TypeError", "The loop must have the 'recursive' marker to be called recursively.")
	}
	if len(args) != 1 || len(kwargs) > 0 {
		return nil, raise("TypeError", "loop() takes one argument")
	}
	if err := t.enter("loop"); err != nil {
		return nil, err
	}
	f := l.f
	saved := append([]Value(nil), f.slots[l.s.lo:l.s.hi]...)
	out, nat := f.out, f.nat
	f.out, f.nat = t.getBuf(), nil
	err := l.s.loop(f, args[0], l)
	text, bad := f.out.text()
	t.putBuf(f.out)
	f.out, f.nat = out, nat
	copy(f.slots[l.s.lo:l.s.hi], saved)
	t.leave()
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, err
	}
	if t.autoescape {
		return Markup(text), nil
	}
	return Str(text), nil
}
