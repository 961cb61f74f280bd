package jinja

import "strings"

// expr binds names, filters and tests below x, and gives x or, if it is
// constant, its value.
func (r *resolver) expr(s *scope, x expr) expr {
	switch x := x.(type) {
	case *nameExpr:
		y := s.find(x.name)
		if y == nil { // a name that the scope's analysis does not see: filter arguments of blocks
			y = s.define(x.name, loadContext)
		}
		r.bind(s, x, y)
		return x
	case *constExpr, *nsRef:
		return x
	case *listExpr:
		r.exprs(s, x.elems)
	case *tupleExpr:
		r.exprs(s, x.elems)
	case *dictExpr:
		r.exprs(s, x.keys)
		r.exprs(s, x.vals)
	case *binExpr:
		x.l, x.r = r.expr(s, x.l), r.expr(s, x.r)
	case *unaryExpr:
		x.x = r.expr(s, x.x)
	case *notExpr:
		x.x = r.expr(s, x.x)
	case *logicExpr:
		x.l, x.r = r.expr(s, x.l), r.expr(s, x.r)
	case *compareExpr:
		x.x = r.expr(s, x.x)
		for i := range x.ops {
			x.ops[i].x = r.expr(s, x.ops[i].x)
		}
	case *concatExpr:
		x.esc = r.esc
		r.exprs(s, x.parts)
	case *condExpr:
		soft := r.soft
		r.soft = true
		x.test, x.yes = r.expr(s, x.test), r.expr(s, x.yes)
		if x.no != nil {
			x.no = r.expr(s, x.no)
		}
		r.soft = soft
	case *attrExpr:
		x.obj = r.expr(s, x.obj)
		x.methods = findMethods(x.name)
	case *itemExpr:
		x.obj, x.key = r.expr(s, x.obj), r.expr(s, x.key)
	case *sliceExpr:
		x.obj = r.expr(s, x.obj)
		r.slice(s, &x.start, &x.stop, &x.step)
	case *sliceKey:
		r.slice(s, &x.start, &x.stop, &x.step)
	case *callExpr:
		x.fn = r.expr(s, x.fn)
		r.args(s, &x.callArgs)
		return x
	case *filterExpr:
		r.filter(s, x)
		if x.isMark || impureFilters[x.name] {
			return x
		}
	case *testExpr:
		x.x = r.expr(s, x.x)
		r.args(s, &x.callArgs)
		x.fn = r.t.env.tests[x.name]
		if x.fn == nil && !r.soft {
			r.unknown("test", x.name, x.pos, r.t.env.TestNames())
		}
	}
	return r.fold(x)
}

func (r *resolver) exprs(s *scope, xs []expr) {
	for i := range xs {
		xs[i] = r.expr(s, xs[i])
	}
}

func (r *resolver) slice(s *scope, xs ...*expr) {
	for _, x := range xs {
		if *x != nil {
			*x = r.expr(s, *x)
		}
	}
}

func (r *resolver) args(s *scope, c *callArgs) {
	r.exprs(s, c.args)
	for i := range c.kwargs {
		c.kwargs[i].x = r.expr(s, c.kwargs[i].x)
	}
	if c.star != nil {
		c.star = r.expr(s, c.star)
	}
	if c.stars != nil {
		c.stars = r.expr(s, c.stars)
	}
}

func (r *resolver) filter(s *scope, x *filterExpr) {
	if in, ok := x.x.(*filterExpr); ok && in.blockChain() {
		r.filter(s, in)
	} else if x.x != nil {
		x.x = r.expr(s, x.x)
	}
	r.args(s, &x.callArgs)
	switch x.name {
	case "as_text":
		x.isMark, x.mark = true, markText
	case "as_native":
		x.isMark, x.mark = true, markNative
	case "as_bool":
		x.isMark, x.mark = true, markBool
	case "as_number":
		x.isMark, x.mark = true, markNumber
	default:
		x.fn = r.t.env.filters[x.name]
		if x.fn == nil && !r.soft {
			r.unknown("filter", x.name, x.pos, r.t.env.FilterNames())
		}
	}
}

// blockChain tells whether x starts at the text of a block, not at an expression.
func (x *filterExpr) blockChain() bool {
	for {
		in, ok := x.x.(*filterExpr)
		if !ok {
			return x.x == nil
		}
		x = in
	}
}

func (r *resolver) unknown(what, name string, pos int32, known []string) {
	msg := "No " + what + " named " + reprString(name) + "."
	if hint := closest(name, known); hint != "" {
		msg += " Did you mean " + reprString(hint) + "?"
	}
	e := &Error{Kind: Syntax, Msg: msg}
	r.t.locate(e, pos)
	panic(e)
}

// impureFilters give something else each time, need the context, or give
// iterators, so they are never evaluated ahead.
var impureFilters = map[string]bool{
	"random": true, "map": true, "select": true, "reject": true, "selectattr": true, "rejectattr": true,
}

// maxFold is how large a folded text may be.
const maxFold = 1 << 16

// fold evaluates x if everything in it is constant, as Jinja2's optimizer
// does. What fails is left to fail when it is reached.
func (r *resolver) fold(x expr) expr {
	switch x.(type) {
	case *listExpr, *tupleExpr, *dictExpr:
		return x // new each time; folded as part of an output only
	}
	if r.esc != escapeOff || r.t.written || !isConst(x) {
		return x
	}
	v := r.evalConst(x)
	if v == nil {
		return x
	}
	switch v.(type) {
	case *List, Tuple, *Dict, *Set, *namedTuple:
		return x // may be changed by who gets it
	}
	return &constExpr{node{x.at()}, v}
}

// evalConst gives the value of a constant expression, nil if it has none that
// can be written down.
func (r *resolver) evalConst(x expr) Value {
	th := &Thread{MaxSteps: 20_000, tmpl: r.t}
	th.nextCheck = 1
	f := &frame{th: th, tmpl: r.t, out: &buffer{}}
	v, err := x.eval(f)
	if err != nil || !safeConst(v, 0) {
		return nil
	}
	if s, ok := AsString(v); ok && len(s) > maxFold {
		return nil
	}
	return v
}

// safeConst is jinja2.compiler.has_safe_repr.
func safeConst(v Value, depth int) bool {
	if depth > 50 {
		return false
	}
	switch x := v.(type) {
	case NoneType, Bool, Int, *BigInt, Float, Str, Markup, Range:
		return true
	case *List, Tuple:
		elems, _ := asSeq(x)
		for _, e := range elems {
			if !safeConst(e, depth+1) {
				return false
			}
		}
		return true
	case *Dict:
		for k, e := range x.Items() {
			if !safeConst(k, depth+1) || !safeConst(e, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// isConst tells whether x has no names and no calls in it.
func isConst(x expr) bool {
	ok := true
	walk(x, func(x expr) bool {
		switch x := x.(type) {
		case *nameExpr, *nsRef, *callExpr:
			ok = false
		case *condExpr:
			if c, isC := x.test.(*constExpr); x.no == nil && !(isC && c.v.Truth()) {
				ok = false
			}
		case *filterExpr:
			if x.isMark || x.fn == nil || impureFilters[x.name] {
				ok = false
			}
		case *testExpr:
			if x.fn == nil {
				ok = false
			}
		}
		return ok
	})
	return ok
}

// closest finds the known name that is most like name, "" if none is near.
func closest(name string, known []string) string {
	best, bestD := "", 3
	if len(name) < 5 {
		bestD = 2
	}
	for _, k := range known {
		if d := editDistance(strings.ToLower(name), k); d < bestD {
			best, bestD = k, d
		}
	}
	return best
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			d := diag
			if a[i-1] != b[j-1] {
				d++
			}
			diag = row[j]
			row[j] = min(d, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// literal gives the value of an expression that is written as a literal, else nil.
func literal(x expr) Value {
	switch x := x.(type) {
	case *constExpr:
		return x.v
	case *listExpr:
		l := &List{}
		for _, e := range x.elems {
			v := literal(e)
			if v == nil {
				return nil
			}
			l.Append(v)
		}
		return l
	case *tupleExpr:
		t := Tuple{}
		for _, e := range x.elems {
			v := literal(e)
			if v == nil {
				return nil
			}
			t = append(t, v)
		}
		return t
	case *dictExpr:
		d := NewDict()
		for i := range x.keys {
			k, v := literal(x.keys[i]), literal(x.vals[i])
			if k == nil || v == nil || d.Set(k, v) != nil {
				return nil
			}
		}
		return d
	case *unaryExpr:
		if c, ok := x.x.(*constExpr); ok {
			if v, err := unary(x.op, c.v); err == nil {
				return v
			}
		}
	}
	return nil
}

// dottedName gives a.b.c of names and attributes, "" for other expressions.
func dottedName(x expr) string {
	switch x := x.(type) {
	case *nameExpr:
		return x.name
	case *attrExpr:
		if s := dottedName(x.obj); s != "" {
			return s + "." + x.name
		}
	}
	return ""
}
