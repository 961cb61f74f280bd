package jinja

import (
	"strings"
)

// Namespace is what namespace() gives: an object whose attributes a set
// statement can assign from any scope.
type Namespace struct {
	d Dict
}

func (*Namespace) Type() string     { return "Namespace" }
func (*Namespace) Truth() bool      { return true }
func (n *Namespace) String() string { return n.Repr() }
func (n *Namespace) Repr() string   { return "<Namespace " + n.d.Repr() + ">" }

// Attr gives an attribute.
func (n *Namespace) Attr(_ *Thread, name string) (Value, error) {
	v, _ := n.d.GetStr(name)
	return v, nil
}

// Item gives the attribute of this name.
func (n *Namespace) Item(_ *Thread, key Value) (Value, error) {
	v, _, err := n.d.Get(key)
	return v, err
}

// Set assigns an attribute.
func (n *Namespace) Set(name string, v Value) { n.d.SetStr(name, v) }

// maxRange is the sandbox's bound on range().
const maxRange = 100000

// class is a builtin type as a callable, which prints as Python's does.
type class struct {
	Function
}

func (c *class) Type() string   { return "type" }
func (c *class) String() string { return c.Repr() }
func (c *class) Repr() string   { return "<class '" + c.name + "'>" }

func addGlobals(m map[string]Value) {
	def := func(name string, fn func(t *Thread, args []Value, kwargs []Kwarg) (Value, error)) {
		m[name] = NewFunction(name, fn)
	}
	def("range", func(_ *Thread, args []Value, kwargs []Kwarg) (Value, error) {
		if err := argCount("range", args, kwargs, 1, 3); err != nil {
			return nil, err
		}
		n, err := ints(args)
		if err != nil {
			return nil, err
		}
		r := Range{0, int64(n[0]), 1}
		if len(n) > 1 {
			r.Start, r.Stop = int64(n[0]), int64(n[1])
		}
		if len(n) > 2 {
			r.Step = int64(n[2])
		}
		if r.Step == 0 {
			return nil, raise("ValueError", "range() arg 3 must not be zero")
		}
		if r.Len() > maxRange {
			return nil, &Error{Kind: Runtime, Type: "OverflowError",
				Msg: "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + Int(maxRange).String() + ")."}
		}
		return r, nil
	})
	m["dict"] = &class{Function{name: "dict", fn: func(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
		if err := argCount("dict", args, nil, 0, 1); err != nil {
			return nil, err
		}
		d := NewDict()
		if len(args) > 0 {
			o, err := toDict(t, args[0])
			if err != nil {
				return nil, err
			}
			d = o.Copy()
		}
		for _, k := range kwargs {
			d.SetStr(k.Name, k.Value)
		}
		return d, nil
	}}}
	def("namespace", func(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
		d, err := m["dict"].(Callable).Call(t, args, kwargs)
		if err != nil {
			return nil, err
		}
		return &Namespace{*d.(*Dict)}, nil
	})
	def("cycler", func(_ *Thread, args []Value, kwargs []Kwarg) (Value, error) {
		if len(args) == 0 {
			return nil, raise("RuntimeError", "at least one item has to be provided")
		}
		return &cycler{items: args}, nil
	})
	def("joiner", func(_ *Thread, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("joiner", args, kwargs, Param{"sep", Str(", ")})
		if err != nil {
			return nil, err
		}
		used := false
		return NewFunction("joiner", func(*Thread, []Value, []Kwarg) (Value, error) {
			if !used {
				used = true
				return Str(""), nil
			}
			return a[0], nil
		}), nil
	})
	def("lipsum", lipsum)
}

type cycler struct {
	items []Value
	pos   int
}

func (*cycler) Type() string     { return "Cycler" }
func (*cycler) Truth() bool      { return true }
func (c *cycler) String() string { return c.Repr() }
func (c *cycler) Repr() string   { return "<Cycler>" }

func (c *cycler) Attr(_ *Thread, name string) (Value, error) {
	switch name {
	case "current":
		return c.items[c.pos], nil
	case "pos":
		return Int(c.pos), nil
	case "items":
		return Tuple(c.items), nil
	case "next", "reset":
		return NewFunction(name, func(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
			v, _, err := c.CallMethod(t, name, args, kwargs)
			return v, err
		}), nil
	}
	return nil, nil
}

func (c *cycler) CallMethod(_ *Thread, name string, _ []Value, _ []Kwarg) (Value, bool, error) {
	switch name {
	case "next":
		v := c.items[c.pos]
		c.pos = (c.pos + 1) % len(c.items)
		return v, true, nil
	case "reset":
		c.pos = 0
		return None, true, nil
	}
	return nil, false, nil
}

const lipsumWords = "a ac ad amet ante arcu at augue commodo congue cras diam dolor donec eget elit enim erat et eu felis " +
	"fusce id in ipsum justo lectus leo libero ligula lorem magna massa mauris metus mi morbi nec nibh nisi non nulla nunc " +
	"odio orci pede porta purus quam quis risus rutrum sapien sed sem sit sodales tellus tempor tortor turpis urna ut vel velit vitae"

// lipsum gives filler text. Unlike Jinja2's it is the same each time.
func lipsum(t *Thread, args []Value, kwargs []Kwarg) (Value, error) {
	a, err := Bind("generate_lorem_ipsum", args, kwargs, Param{"n", Int(5)}, Param{"html", True}, Param{"min", Int(20)}, Param{"max", Int(100)})
	if err != nil {
		return nil, err
	}
	n, err := ints([]Value{a[0], a[2], a[3]})
	if err != nil {
		return nil, err
	}
	words := strings.Fields(lipsumWords)
	size := max(1, (n[1]+n[2])/2)
	if n[0] < 0 || n[0] > 10000 || size > 10000 {
		return nil, errTooLarge()
	}
	var paras []string
	for i := range n[0] {
		var b strings.Builder
		for w := range size {
			word := words[(i*31+w*7+w/11)%len(words)]
			switch {
			case w == 0:
				b.WriteString(capitalize(word))
			case w%9 == 0:
				b.WriteString(". " + capitalize(word))
			case w%5 == 0:
				b.WriteString(", " + word)
			default:
				b.WriteString(" " + word)
			}
		}
		b.WriteString(".")
		paras = append(paras, b.String())
	}
	if err := t.work(n[0] * size); err != nil {
		return nil, err
	}
	if !a[1].Truth() {
		return Str(strings.Join(paras, "\n\n")), nil
	}
	for i, p := range paras {
		paras[i] = "<p>" + p + "</p>"
	}
	return Markup(strings.Join(paras, "\n")), nil
}
