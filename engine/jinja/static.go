package jinja

// StaticCall is a call as it is written in the source.
type StaticCall struct {
	// Name is what is called, dotted: "ref", "dbt_utils.star"; "" if it is
	// neither a name nor an attribute of one.
	Name string
	// Args and Kwargs hold the value of literals, nil for other arguments.
	Args   []Value
	Kwargs []Kwarg
	// Star tells that *args or **kwargs are handed over as well.
	Star bool
	// Printed tells that its value is what a {{ }} outside of all statements prints.
	Printed bool
	Line    int
	Column  int
	// Macro is the name of the top-level macro around the call, "" if none.
	Macro string
}

func (t *Template) look() {
	t.callsOnce.Do(func() {
		t.names = map[string]bool{}
		macro := ""
		visit := func(x expr) bool {
			switch x := x.(type) {
			case *nameExpr:
				if !x.store {
					t.names[x.name] = true
				}
			case *nsRef:
				t.names[x.ns.name] = true
			case *callExpr:
				c := StaticCall{Name: dottedName(x.fn), Macro: macro, Star: x.star != nil || x.stars != nil}
				c.Printed = x.printed
				c.Line, c.Column = t.position(x.fn.at())
				for _, a := range x.args {
					c.Args = append(c.Args, literal(a))
				}
				for _, k := range x.kwargs {
					c.Kwargs = append(c.Kwargs, Kwarg{k.name, literal(k.x)})
				}
				t.static = append(t.static, c)
			}
			return true
		}
		for _, s := range t.body {
			macro = ""
			if o, ok := s.(*outputStmt); ok {
				for _, it := range o.items {
					if c, ok := it.x.(*callExpr); ok {
						c.printed = true
					}
				}
			}
			if m, ok := s.(*macroStmt); ok {
				macro = m.def.name
			}
			walkBody([]stmt{s}, visit)
		}
	})
}

// Calls gives every call of the template, those in macros too, in the order of the source.
// The result must not be changed.
func (t *Template) Calls() []StaticCall {
	t.look()
	return t.static
}

// Uses tells whether any expression loads this name.
func (t *Template) Uses(name string) bool {
	t.look()
	return t.names[name]
}
