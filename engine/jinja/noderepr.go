package jinja

import "strings"

// CallText tells how the first call of a name stands in a template: its keywords in their order, each as Python prints the
// Keyword node of Jinja2. dbt keeps these texts where it must compare what was written, not what came out
// (dbt/clients/jinja_static.py, statically_parse_unrendered_config). ok is false when the template has no such call. The
// template comes from [Env.ParseWritten].
func (t *Template) CallText(name string) (keywords []Keyword, ok bool) {
	var first *callExpr
	walkBody(t.body, func(x expr) bool {
		if c, isCall := x.(*callExpr); isCall && first == nil {
			if n, isName := c.fn.(*nameExpr); isName && n.name == name {
				first = c
			}
		}
		return first == nil
	})
	if first == nil {
		return nil, false
	}
	for _, k := range first.kwargs {
		keywords = append(keywords, Keyword{k.name, keywordText(k)})
	}
	return keywords, true
}

// Keyword is a keyword argument and its node's text.
type Keyword struct{ Name, Text string }

// OnlyCalls tells whether a template is text and calls of the names, with literals for arguments, and nothing else.
func (t *Template) OnlyCalls(names ...string) bool {
	for _, s := range t.body {
		out, ok := s.(*outputStmt)
		if !ok {
			return false
		}
		for _, it := range out.items {
			if it.x != nil && !isPlainCall(it.x, names) {
				return false
			}
		}
	}
	return true
}

func isPlainCall(x expr, names []string) bool {
	c, ok := x.(*callExpr)
	if !ok || c.star != nil || c.stars != nil {
		return false
	}
	fn, ok := c.fn.(*nameExpr)
	if !ok {
		return false
	}
	known := false
	for _, n := range names {
		known = known || n == fn.name
	}
	for _, a := range c.args {
		known = known && literal(a) != nil
	}
	for _, k := range c.kwargs {
		known = known && literal(k.x) != nil
	}
	return known
}

var binNames = map[tokenKind]string{tAdd: "Add", tSub: "Sub", tMul: "Mul", tDiv: "Div", tFloorDiv: "FloorDiv", tMod: "Mod", tPow: "Pow"}

var operandNames = [...]string{cmpEq: "eq", cmpNe: "ne", cmpLt: "lt", cmpLe: "lteq", cmpGt: "gt", cmpGe: "gteq", cmpIn: "in", cmpNotIn: "notin"}

// nodeText is repr() of an expression's node in Jinja2; None for no expression.
func nodeText(x expr) string {
	switch x := x.(type) {
	case nil:
		return "None"
	case *constExpr:
		return nodeOf("Const", "value", x.v.Repr())
	case *nameExpr:
		return nodeOf("Name", "name", quoted(x.name), "ctx", "'load'")
	case *listExpr:
		return nodeOf("List", "items", nodesText(x.elems))
	case *tupleExpr:
		return nodeOf("Tuple", "items", nodesText(x.elems), "ctx", "'load'")
	case *dictExpr:
		pairs := make([]string, len(x.keys))
		for i := range x.keys {
			pairs[i] = nodeOf("Pair", "key", nodeText(x.keys[i]), "value", nodeText(x.vals[i]))
		}
		return nodeOf("Dict", "items", "["+strings.Join(pairs, ", ")+"]")
	case *binExpr:
		return nodeOf(binNames[x.op], "left", nodeText(x.l), "right", nodeText(x.r))
	case *unaryExpr:
		return nodeOf(map[bool]string{true: "Neg", false: "Pos"}[x.op == tSub], "node", nodeText(x.x))
	case *notExpr:
		return nodeOf("Not", "node", nodeText(x.x))
	case *logicExpr:
		return nodeOf(map[bool]string{true: "Or", false: "And"}[x.or], "left", nodeText(x.l), "right", nodeText(x.r))
	case *compareExpr:
		ops := make([]string, len(x.ops))
		for i, o := range x.ops {
			ops[i] = nodeOf("Operand", "op", quoted(operandNames[o.op]), "expr", nodeText(o.x))
		}
		return nodeOf("Compare", "expr", nodeText(x.x), "ops", "["+strings.Join(ops, ", ")+"]")
	case *concatExpr:
		return nodeOf("Concat", "nodes", nodesText(x.parts))
	case *condExpr:
		return nodeOf("CondExpr", "test", nodeText(x.test), "expr1", nodeText(x.yes), "expr2", nodeText(x.no))
	case *attrExpr:
		return nodeOf("Getattr", "node", nodeText(x.obj), "attr", quoted(x.name), "ctx", "'load'")
	case *itemExpr:
		return nodeOf("Getitem", "node", nodeText(x.obj), "arg", nodeText(x.key), "ctx", "'load'")
	case *sliceExpr:
		slice := nodeOf("Slice", "start", nodeText(x.start), "stop", nodeText(x.stop), "step", nodeText(x.step))
		return nodeOf("Getitem", "node", nodeText(x.obj), "arg", slice, "ctx", "'load'")
	case *sliceKey:
		return nodeOf("Slice", "start", nodeText(x.start), "stop", nodeText(x.stop), "step", nodeText(x.step))
	case *callExpr:
		return nodeOf("Call", append([]string{"node", nodeText(x.fn)}, x.callArgs.texts()...)...)
	case *filterExpr:
		return nodeOf("Filter", append([]string{"node", nodeText(x.x), "name", quoted(x.name)}, x.callArgs.texts()...)...)
	case *testExpr:
		return nodeOf("Test", append([]string{"node", nodeText(x.x), "name", quoted(x.name)}, x.callArgs.texts()...)...)
	}
	return "Expr()" // of a statement: none stands among arguments
}

func (c *callArgs) texts() []string {
	kwargs := make([]string, len(c.kwargs))
	for i, k := range c.kwargs {
		kwargs[i] = keywordText(k)
	}
	return []string{"args", nodesText(c.args), "kwargs", "[" + strings.Join(kwargs, ", ") + "]", "dyn_args", nodeText(c.star), "dyn_kwargs", nodeText(c.stars)}
}

func keywordText(k kwExpr) string {
	return nodeOf("Keyword", "key", quoted(k.name), "value", nodeText(k.x))
}

func nodesText(xs []expr) string {
	texts := make([]string, len(xs))
	for i, x := range xs {
		texts[i] = nodeText(x)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// nodeOf prints a node: its class and then field, text, field, text …
func nodeOf(class string, fields ...string) string {
	var b strings.Builder
	b.WriteString(class + "(")
	for i := 0; i < len(fields); i += 2 {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(fields[i] + "=" + fields[i+1])
	}
	b.WriteString(")")
	return b.String()
}

func quoted(s string) string { return Str(s).Repr() }
