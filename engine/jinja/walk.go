package jinja

// walk visits x and the expressions in it in the order of evaluation, as
// Jinja2's visitors do. visit returns false to leave the inside out.
func walk(x expr, visit func(expr) bool) {
	if x == nil || !visit(x) {
		return
	}
	switch x := x.(type) {
	case *nsRef:
	case *listExpr:
		walkAll(x.elems, visit)
	case *tupleExpr:
		walkAll(x.elems, visit)
	case *dictExpr:
		for i := range x.keys {
			walk(x.keys[i], visit)
			walk(x.vals[i], visit)
		}
	case *binExpr:
		walk(x.l, visit)
		walk(x.r, visit)
	case *unaryExpr:
		walk(x.x, visit)
	case *notExpr:
		walk(x.x, visit)
	case *logicExpr:
		walk(x.l, visit)
		walk(x.r, visit)
	case *compareExpr:
		walk(x.x, visit)
		for i := range x.ops {
			walk(x.ops[i].x, visit)
		}
	case *concatExpr:
		walkAll(x.parts, visit)
	case *condExpr:
		walk(x.test, visit)
		walk(x.yes, visit)
		if x.no != nil {
			walk(x.no, visit)
		}
	case *attrExpr:
		walk(x.obj, visit)
	case *itemExpr:
		walk(x.obj, visit)
		walk(x.key, visit)
	case *sliceExpr:
		walk(x.obj, visit)
		walkOpt(x.start, visit)
		walkOpt(x.stop, visit)
		walkOpt(x.step, visit)
	case *sliceKey:
		walkOpt(x.start, visit)
		walkOpt(x.stop, visit)
		walkOpt(x.step, visit)
	case *callExpr:
		walk(x.fn, visit)
		x.callArgs.walk(visit)
	case *filterExpr:
		walkOpt(x.x, visit)
		x.callArgs.walk(visit)
	case *testExpr:
		walk(x.x, visit)
		x.callArgs.walk(visit)
	}
}

func walkOpt(x expr, visit func(expr) bool) {
	if x != nil {
		walk(x, visit)
	}
}

func walkAll(xs []expr, visit func(expr) bool) {
	for _, x := range xs {
		walk(x, visit)
	}
}

func (c *callArgs) walk(visit func(expr) bool) {
	walkAll(c.args, visit)
	for _, k := range c.kwargs {
		walk(k.x, visit)
	}
	walkOpt(c.star, visit)
	walkOpt(c.stars, visit)
}

// walkBody visits every expression of the statements, in source order, inner
// scopes and macros included.
func walkBody(body []stmt, visit func(expr) bool) {
	for _, st := range body {
		switch x := st.(type) {
		case *outputStmt:
			for _, it := range x.items {
				walkOpt(it.x, visit)
			}
		case *ifStmt:
			for i := range x.branches {
				walk(x.branches[i].test, visit)
				walkBody(x.branches[i].body, visit)
			}
			walkBody(x.els, visit)
		case *forStmt:
			walk(x.target, visit)
			walk(x.iter, visit)
			walkBody(x.body, visit)
			walkBody(x.els, visit)
			walkOpt(x.test, visit)
		case *setStmt:
			walk(x.target, visit)
			walk(x.x, visit)
		case *setBlockStmt:
			walk(x.target, visit)
			if x.filter != nil {
				walk(x.filter, visit)
			}
			walkBody(x.body, visit)
		case *macroStmt:
			x.def.walk(visit)
		case *callBlockStmt:
			walk(x.call, visit)
			x.caller.walk(visit)
		case *filterBlockStmt:
			walkBody(x.body, visit)
			walk(x.filter, visit)
		case *withStmt:
			walkAll(x.targets, visit)
			walkAll(x.vals, visit)
			walkBody(x.body, visit)
		case *doStmt:
			walk(x.x, visit)
		case *autoescapeStmt:
			walk(x.x, visit)
			walkBody(x.body, visit)
		case *blockStmt:
			walkBody(x.body, visit)
		}
	}
}

func (m *macroDef) walk(visit func(expr) bool) {
	for i := range m.params {
		visit(m.params[i].name)
	}
	for i := range m.params {
		walkOpt(m.params[i].def, visit)
	}
	walkBody(m.body, visit)
}

// usesUndeclared tells whether the statements load name before they store it
// (jinja2.compiler.find_undeclared).
func usesUndeclared(body []stmt, name string) bool {
	used, declared := false, false
	walkBody(body, func(x expr) bool {
		n, ok := x.(*nameExpr)
		if !ok || n.name != name || used || declared {
			return !used && !declared
		}
		if n.store {
			declared = true
		} else {
			used = true
		}
		return true
	})
	return used
}
