package jinja

func (x *constExpr) eval(*frame) (Value, error) { return x.v, nil }

func (x *nameExpr) home(f *frame) *frame {
	for d := x.depth; d > 0; d-- {
		f = f.parent
	}
	return f
}

func (x *nameExpr) eval(f *frame) (Value, error) {
	h := x.home(f)
	if v := h.slots[x.slot]; v != nil {
		return v, nil
	}
	if v := x.fetch(h); v != nil {
		return v, nil
	}
	return &Undefined{Name: x.name, policy: f.th.Undefined}, nil
}

// load gives the value or nil.
func (x *nameExpr) load(f *frame) Value {
	h := x.home(f)
	if v := h.slots[x.slot]; v != nil {
		return v
	}
	return x.fetch(h)
}

// fetch asks the context, once a frame.
func (x *nameExpr) fetch(h *frame) Value {
	if x.kind != loadContext {
		return nil
	}
	if h.ctx != nil {
		if v, ok := h.ctx.Lookup(x.name); ok && v != nil {
			h.slots[x.slot] = v
			return v
		}
	}
	if v, ok := h.tmpl.env.globals[x.name]; ok {
		h.slots[x.slot] = v
		return v
	}
	return nil
}

func (x *nameExpr) set(f *frame, v Value) { x.home(f).slots[x.slot] = v }

func (x *nsRef) eval(f *frame) (Value, error) {
	ns, err := x.ns.eval(f)
	if err != nil {
		return nil, err
	}
	return GetAttr(f.th, ns, x.attr)
}

func (f *frame) evalAll(xs []expr) ([]Value, error) {
	if len(xs) == 0 {
		return nil, nil
	}
	out := make([]Value, len(xs))
	for i, x := range xs {
		v, err := x.eval(f)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (x *listExpr) eval(f *frame) (Value, error) {
	elems, err := f.evalAll(x.elems)
	if err != nil {
		return nil, err
	}
	return &List{Elems: elems}, nil
}

func (x *tupleExpr) eval(f *frame) (Value, error) {
	elems, err := f.evalAll(x.elems)
	if err != nil {
		return nil, err
	}
	return Tuple(elems), nil
}

func (x *dictExpr) eval(f *frame) (Value, error) {
	d := &Dict{}
	if len(x.keys) > 0 {
		d.entries = make([]dictEntry, 0, len(x.keys))
	}
	for i, kx := range x.keys {
		k, err := kx.eval(f)
		if err != nil {
			return nil, err
		}
		v, err := x.vals[i].eval(f)
		if err != nil {
			return nil, err
		}
		if err := d.Set(k, v); err != nil {
			return nil, f.fail(kx.at(), err)
		}
	}
	return d, nil
}

func (x *binExpr) eval(f *frame) (Value, error) {
	l, err := x.l.eval(f)
	if err != nil {
		return nil, err
	}
	r, err := x.r.eval(f)
	if err != nil {
		return nil, err
	}
	v, err := binary(f.th, x.op, l, r)
	if err != nil {
		return nil, f.fail(x.pos, err)
	}
	return v, nil
}

func (x *unaryExpr) eval(f *frame) (Value, error) {
	v, err := x.x.eval(f)
	if err != nil {
		return nil, err
	}
	v, err = unary(x.op, v)
	if err != nil {
		return nil, f.fail(x.pos, err)
	}
	return v, nil
}

func (x *notExpr) eval(f *frame) (Value, error) {
	ok, err := f.truth(x.x)
	if err != nil {
		return nil, err
	}
	return Bool(!ok), nil
}

func (x *logicExpr) eval(f *frame) (Value, error) {
	l, err := x.l.eval(f)
	if err != nil {
		return nil, err
	}
	if u, ok := l.(*Undefined); ok {
		if err := u.checkUse(); err != nil {
			return nil, f.fail(x.l.at(), err)
		}
	}
	if l.Truth() == x.or {
		return l, nil
	}
	return x.r.eval(f)
}

func (x *compareExpr) eval(f *frame) (Value, error) {
	l, err := x.x.eval(f)
	if err != nil {
		return nil, err
	}
	for i := range x.ops {
		r, err := x.ops[i].x.eval(f)
		if err != nil {
			return nil, err
		}
		ok, err := compareValues(f.th, x.ops[i].op, l, r)
		if err != nil {
			return nil, f.fail(x.pos, err)
		}
		if !ok {
			return False, nil
		}
		l = r
	}
	return True, nil
}

func (x *concatExpr) eval(f *frame) (Value, error) {
	parts, err := f.evalAll(x.parts)
	if err != nil {
		return nil, err
	}
	if x.esc == escapeOn || x.esc == escapeDynamic && f.th.autoescape {
		b := f.th.getBuf()
		for _, p := range parts {
			b.value(escapeValue(p))
		}
		s := b.String()
		f.th.putBuf(b)
		return Markup(s), nil
	}
	b := f.th.getBuf()
	for i, p := range parts {
		if u, ok := p.(*Undefined); ok {
			if err := u.checkUse(); err != nil {
				return nil, f.fail(x.parts[i].at(), err)
			}
		}
		b.value(p)
	}
	if len(b.b) > maxString {
		return nil, f.fail(x.pos, errTooLarge())
	}
	if err := f.th.work(len(b.b) / 64); err != nil {
		return nil, f.fail(x.pos, err)
	}
	s := b.String()
	f.th.putBuf(b)
	return Str(s), nil
}

func (x *condExpr) eval(f *frame) (Value, error) {
	ok, err := f.truth(x.test)
	if err != nil {
		return nil, err
	}
	if ok {
		return x.yes.eval(f)
	}
	if x.no != nil {
		return x.no.eval(f)
	}
	line, _ := f.tmpl.position(x.pos)
	return &Undefined{Hint: "the inline if-expression on line " + Int(line).String() +
		" evaluated to false and no else section was defined.", policy: f.th.Undefined}, nil
}

func (x *attrExpr) eval(f *frame) (Value, error) {
	obj, err := x.obj.eval(f)
	if err != nil {
		return nil, err
	}
	v, err := x.get(f, obj)
	if err != nil {
		return nil, f.fail(x.pos, err)
	}
	return v, nil
}

func (x *attrExpr) get(f *frame, obj Value) (Value, error) {
	if d, ok := obj.(*Dict); ok && x.methods == nil && x.name[0] != '_' {
		if v, ok := d.GetStr(x.name); ok {
			return v, nil
		}
	}
	f.th.tmpl, f.th.pos = f.tmpl, x.pos
	return GetAttr(f.th, obj, x.name)
}

func (x *itemExpr) eval(f *frame) (Value, error) {
	obj, err := x.obj.eval(f)
	if err != nil {
		return nil, err
	}
	key, err := x.key.eval(f)
	if err != nil {
		return nil, err
	}
	f.th.tmpl, f.th.pos = f.tmpl, x.pos
	v, err := GetItem(f.th, obj, key)
	if err != nil {
		return nil, f.fail(x.pos, err)
	}
	return v, nil
}

func (f *frame) evalOpt(x expr) (Value, error) {
	if x == nil {
		return None, nil
	}
	return x.eval(f)
}

func (f *frame) slice(start, stop, step expr) (s Slice, err error) {
	if s.Start, err = f.evalOpt(start); err != nil {
		return s, err
	}
	if s.Stop, err = f.evalOpt(stop); err != nil {
		return s, err
	}
	s.Step, err = f.evalOpt(step)
	return s, err
}

func (x *sliceExpr) eval(f *frame) (Value, error) {
	obj, err := x.obj.eval(f)
	if err != nil {
		return nil, err
	}
	s, err := f.slice(x.start, x.stop, x.step)
	if err != nil {
		return nil, err
	}
	v, err := getSlice(f.th, obj, s)
	if err != nil {
		return nil, f.fail(x.pos, err)
	}
	return v, nil
}

func (x *sliceKey) eval(f *frame) (Value, error) {
	s, err := f.slice(x.start, x.stop, x.step)
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// eval evaluates the arguments. extra is room for one keyword more.
func (c *callArgs) eval(f *frame, extra int) ([]Value, []Kwarg, error) {
	args, err := f.evalAll(c.args)
	if err != nil {
		return nil, nil, err
	}
	var kwargs []Kwarg
	if n := len(c.kwargs) + extra; n > 0 {
		kwargs = make([]Kwarg, 0, n)
	}
	for i := range c.kwargs {
		v, err := c.kwargs[i].x.eval(f)
		if err != nil {
			return nil, nil, err
		}
		kwargs = append(kwargs, Kwarg{c.kwargs[i].name, v})
	}
	if c.star != nil {
		v, err := c.star.eval(f)
		if err != nil {
			return nil, nil, err
		}
		elems, err := listOf(v)
		if err != nil {
			return nil, nil, f.fail(c.star.at(), err)
		}
		args = append(args, elems...)
	}
	if c.stars != nil {
		v, err := c.stars.eval(f)
		if err != nil {
			return nil, nil, err
		}
		d, err := toDict(f.th, v)
		if err != nil {
			return nil, nil, f.fail(c.stars.at(), raise("TypeError", "argument after ** must be a mapping, not "+v.Type()))
		}
	next:
		for k, e := range d.Items() {
			name, ok := AsString(k)
			if !ok {
				return nil, nil, f.fail(c.stars.at(), raise("TypeError", "keywords must be strings"))
			}
			for i := range kwargs {
				if kwargs[i].Name == name {
					return nil, nil, f.fail(c.stars.at(), raise("TypeError", "got multiple values for keyword argument "+reprString(name)))
				}
			}
			kwargs = append(kwargs, Kwarg{name, e})
			continue next
		}
	}
	return args, kwargs, nil
}

// evalArgs is eval for callees of this package that keep neither args nor the
// slice: positional arguments lie on the thread's stack until dropArgs(base).
func (c *callArgs) evalArgs(f *frame) (args []Value, kwargs []Kwarg, base int, err error) {
	th := f.th
	base = len(th.args)
	if len(c.kwargs) > 0 || c.star != nil || c.stars != nil {
		args, kwargs, err = c.eval(f, 0)
		return args, kwargs, base, err
	}
	for _, x := range c.args {
		v, err := x.eval(f)
		if err != nil {
			th.dropArgs(base)
			return nil, nil, base, err
		}
		th.args = append(th.args, v)
	}
	return th.args[base:len(th.args):len(th.args)], nil, base, nil
}

func (t *Thread) dropArgs(base int) {
	clear(t.args[base:])
	t.args = t.args[:base]
}

func (x *callExpr) eval(f *frame) (Value, error) { return x.call(f, nil) }

// call calls, with caller as a further keyword argument if it is not nil.
func (x *callExpr) call(f *frame, caller Value) (Value, error) {
	var self, fn Value
	var method methodFunc
	var host HasMethod
	var err error
	a, isAttr := x.fn.(*attrExpr)
	if isAttr {
		if self, err = a.obj.eval(f); err != nil {
			return nil, err
		}
		if a.methods != nil {
			method = a.methods.of(self)
		}
		if method == nil {
			if h, ok := self.(HasMethod); ok && a.name[0] != '_' {
				host = h
			} else if fn, err = a.get(f, self); err != nil {
				return nil, f.fail(a.pos, err)
			}
		}
	} else if fn, err = x.fn.eval(f); err != nil {
		return nil, err
	}
	extra := 0
	if caller != nil {
		extra = 1
	}
	th := f.th
	_, isMacro := fn.(*macroValue)
	if caller == nil && (method != nil || isMacro) {
		args, kwargs, base, err := x.callArgs.evalArgs(f)
		if err != nil {
			return nil, err
		}
		th.tmpl, th.pos = f.tmpl, x.fn.at()
		var v Value
		if err = th.step(); err == nil {
			if isMacro {
				v, err = fn.(*macroValue).Call(th, args, kwargs)
			} else {
				v, err = method(th, self, args, kwargs)
			}
		}
		th.dropArgs(base)
		if err != nil {
			return nil, f.fail(x.fn.at(), err)
		}
		return v, nil
	}
	args, kwargs, err := x.callArgs.eval(f, extra)
	if err != nil {
		return nil, err
	}
	if caller != nil {
		kwargs = append(kwargs, Kwarg{"caller", caller})
	}
	th.tmpl, th.pos = f.tmpl, x.fn.at()
	var v Value
	switch {
	case method != nil: // a call block: {% call x.method() %}
		if err = th.step(); err == nil {
			v, err = method(th, self, args, kwargs)
		}
	case host != nil:
		if err = th.step(); err == nil {
			var ok bool
			v, ok, err = host.CallMethod(th, a.name, args, kwargs)
			if err == nil && !ok {
				if fn, err = a.get(f, self); err == nil {
					v, err = CallValue(th, fn, args, kwargs)
				}
			}
		}
	default:
		v, err = CallValue(th, fn, args, kwargs)
	}
	if err != nil {
		return nil, f.fail(x.fn.at(), err)
	}
	if v == nil {
		v = None
	}
	return v, nil
}

// callInto is a call whose text goes straight to the output, for macros. done
// is false if the callee is something else; then nothing was evaluated.
func (x *callExpr) callInto(f *frame) (done bool, err error) {
	n, ok := x.fn.(*nameExpr)
	if !ok {
		return false, nil
	}
	v := n.load(f)
	var mv *macroValue
	var bound *boundMacro
	switch m := v.(type) {
	case *macroValue:
		mv = m
	case *boundMacro:
		bound = m
	default:
		return false, nil
	}
	args, kwargs, base, err := x.callArgs.evalArgs(f)
	if err != nil {
		return false, err
	}
	th := f.th
	th.tmpl, th.pos = f.tmpl, x.fn.at()
	if bound != nil {
		var parent *frame
		if !bound.m.tmpl.env.opts.MangleMacros {
			parent = bound.m.tmpl.moduleFrame(th, bound.ctx)
		}
		mv = &macroValue{def: bound.m.def, tmpl: bound.m.tmpl, ctx: bound.ctx, frame: parent}
	}
	mark := len(f.out.b)
	_, err = mv.run(th, f.out, args, kwargs)
	th.dropArgs(base)
	if err != nil {
		if bound != nil {
			if rv, ok := ReturnValue(err); ok {
				f.out.b = f.out.b[:mark]
				f.out.value(rv)
				return true, nil
			}
		}
		return false, f.fail(x.fn.at(), err)
	}
	return true, nil
}

func (x *filterExpr) eval(f *frame) (Value, error) {
	v, err := x.x.eval(f)
	if err != nil {
		return nil, err
	}
	return x.apply(f, v)
}

// chain applies the filters of a filter block, innermost first.
func (x *filterExpr) chain(f *frame, v Value) (Value, error) {
	if in, ok := x.x.(*filterExpr); ok {
		var err error
		if v, err = in.chain(f, v); err != nil {
			return nil, err
		}
	}
	return x.apply(f, v)
}

func (x *filterExpr) apply(f *frame, v Value) (Value, error) {
	if x.isMark {
		if f.nat == nil {
			return v, nil
		}
		return &markedStr{v.String(), x.mark}, nil
	}
	args, kwargs, base, err := x.callArgs.evalArgs(f)
	if err != nil {
		return nil, err
	}
	if x.fn == nil {
		err = raise("TemplateRuntimeError", "No filter named "+reprString(x.name)+" found.")
	} else {
		f.th.tmpl, f.th.pos = f.tmpl, x.pos
		if err = f.th.step(); err == nil {
			v, err = x.fn(f.th, v, args, kwargs)
		}
	}
	f.th.dropArgs(base)
	if err != nil {
		return nil, f.fail(x.pos, err)
	}
	return v, nil
}

func (x *testExpr) eval(f *frame) (Value, error) {
	v, err := x.x.eval(f)
	if err != nil {
		return nil, err
	}
	if x.fn == nil {
		return nil, f.fail(x.pos, raise("TemplateRuntimeError", "No test named "+reprString(x.name)+" found."))
	}
	args, kwargs, err := x.callArgs.eval(f, 0)
	if err != nil {
		return nil, err
	}
	f.th.tmpl, f.th.pos = f.tmpl, x.pos
	ok, err := x.fn(f.th, v, args, kwargs)
	if err != nil {
		return nil, f.fail(x.pos, err)
	}
	return Bool(ok), nil
}
