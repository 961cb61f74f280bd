package pglineage

import (
	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/tree"
)

// converter turns trees into the query model.
type converter struct {
	// windows are those that the WINDOW clause of the SELECT at hand names.
	windows map[string]tree.Value
}

// query turns a SelectStmt into a query.
func (c *converter) query(s tree.Value) *lineage.Query {
	q := &lineage.Query{}
	recursive := s.Get("withClause").Get("recursive").True()
	for _, w := range s.Get("withClause").Get("ctes").Items() {
		_, w = w.Only()
		cte := lineage.CTE{Name: w.Get("ctename").Text(), Columns: texts(w.Get("aliascolnames")), Recursive: recursive}
		search, cycle := w.Get("search_clause"), w.Get("cycle_clause")
		for _, extra := range []lineage.Extra{
			{Name: search.Get("search_seq_column").Text(), From: texts(search.Get("search_col_list"))}, {Name: cycle.Get("cycle_mark_column").Text(), From: texts(cycle.Get("cycle_col_list"))},
			{Name: cycle.Get("cycle_path_column").Text(), From: texts(cycle.Get("cycle_col_list"))},
		} {
			if extra.Name != "" {
				cte.Extra = append(cte.Extra, extra)
			}
		}
		kind, inner := w.Get("ctequery").Only()
		if kind == "SelectStmt" {
			cte.Query = c.query(inner)
		} else {
			cte.Query = &lineage.Query{Body: &lineage.Opaque{Reason: "a WITH that changes data is not traced"}}
		}
		q.With = append(q.With, cte)
	}
	kept := c.windows
	defer func() { c.windows = kept }()
	c.windows = map[string]tree.Value{}
	for _, w := range s.Get("windowClause").Items() {
		_, w = w.Only()
		c.windows[w.Get("name").Text()] = w
	}
	switch op := s.Get("op").Text(); {
	case op == "SETOP_UNION" || op == "SETOP_INTERSECT" || op == "SETOP_EXCEPT":
		kinds := map[string]lineage.SetOpKind{"SETOP_UNION": lineage.Union, "SETOP_INTERSECT": lineage.Intersect, "SETOP_EXCEPT": lineage.Except}
		q.Body = &lineage.SetOp{Op: kinds[op], All: s.Get("all").True(), Left: c.query(s.Get("larg")), Right: c.query(s.Get("rarg"))}
	case s.Get("valuesLists").Is():
		v := &lineage.Values{}
		for _, row := range s.Get("valuesLists").Items() {
			_, row = row.Only()
			v.Rows = append(v.Rows, tree.Map(c.expr, row.Get("items")))
		}
		q.Body = v
	default:
		q.Body = c.selects(s)
	}
	for _, o := range s.Get("sortClause").Items() {
		_, o = o.Only()
		q.OrderBy = append(q.OrderBy, c.ordinal(o.Get("node")))
	}
	for _, key := range []string{"limitCount", "limitOffset"} {
		if l := s.Get(key); l.Is() {
			if _, k := l.Only(); k.Get("isnull").True() { // LIMIT ALL
				continue
			}
			q.Limited = true
			q.Limit = append(q.Limit, c.expr(l))
		}
	}
	return q
}

func (c *converter) selects(s tree.Value) *lineage.Select {
	out := &lineage.Select{}
	for _, f := range s.Get("fromClause").Items() {
		out.From = append(out.From, c.from(f))
	}
	for _, t := range s.Get("targetList").Items() {
		_, t = t.Only()
		item := lineage.Item{Expr: c.expr(t.Get("val")), Name: t.Get("name").Text()}
		item.Aliased = item.Name != ""
		if !item.Aliased {
			item.Name = columnName(t.Get("val"))
		}
		out.Items = append(out.Items, item)
	}
	if d := s.Get("distinctClause"); d.Is() {
		out.Distinct = true
		for _, e := range d.Items() {
			if key, _ := e.Only(); key != "" {
				out.DistinctOn = append(out.DistinctOn, c.ordinal(e))
			}
		}
	}
	if w := s.Get("whereClause"); w.Is() {
		out.Where = []lineage.Expr{c.expr(w)}
	}
	if h := s.Get("havingClause"); h.Is() {
		out.Having = []lineage.Expr{c.expr(h)}
	}
	for _, g := range s.Get("groupClause").Items() {
		out.GroupBy = append(out.GroupBy, c.groups(g)...)
	}
	return out
}

// groups are the expressions of an item of GROUP BY, which may be a grouping set.
func (c *converter) groups(g tree.Value) []lineage.Expr {
	kind, set := g.Only()
	switch kind {
	case "GroupingSet":
		var out []lineage.Expr
		for _, e := range set.Get("content").Items() {
			out = append(out, c.groups(e)...)
		}
		return out
	case "RowExpr":
		var out []lineage.Expr
		for _, e := range set.Get("args").Items() {
			out = append(out, c.groups(e)...)
		}
		return out
	}
	return []lineage.Expr{c.ordinal(g)}
}

// ordinal is an expression where a number means an item of the select list.
func (c *converter) ordinal(v tree.Value) lineage.Expr {
	if kind, k := v.Only(); kind == "A_Const" && k.Get("ival").Is() {
		return &lineage.Ordinal{Index: k.Get("ival").Get("ival").Int()}
	}
	return c.expr(v)
}

// texts reads a list of strings.
func texts(list tree.Value) []string {
	var out []string
	for _, s := range list.Items() {
		if _, s = s.Only(); s.Get("sval").Is() {
			out = append(out, s.Get("sval").Text())
		}
	}
	return out
}

// expr turns an expression into the model; constants are nil.
func (c *converter) expr(v tree.Value) lineage.Expr {
	kind, n := v.Only()
	switch kind {
	case "", "A_Const", "ParamRef", "SetToDefault", "SQLValueFunction", "TypeName", "String", "Integer", "Float", "Boolean", "A_Star":
		return nil
	case "ColumnRef":
		parts := texts(n.Get("fields"))
		if items := n.Get("fields").Items(); len(items) > 0 {
			if last, _ := items[len(items)-1].Only(); last == "A_Star" {
				return &lineage.Star{Qualifier: parts}
			}
		}
		return &lineage.ColumnRef{Parts: parts}
	case "A_Indirection":
		return c.indirection(n)
	case "FuncCall":
		return c.call(n)
	case "CollateClause":
		return &lineage.Same{Arg: c.expr(n.Get("arg"))}
	case "SubLink":
		s := &lineage.Subquery{Query: c.subquery(n.Get("subselect"))}
		switch n.Get("subLinkType").Text() {
		case "EXISTS_SUBLINK":
			s.Exists = true
		case "EXPR_SUBLINK":
		default:
			s.Computed = true
		}
		if t := n.Get("testexpr"); t.Is() {
			s.Args = []lineage.Expr{c.expr(t)}
		}
		return s
	case "SelectStmt":
		return &lineage.Subquery{Query: c.query(n), Computed: true}
	}
	return &lineage.Call{Args: c.parts(n)}
}

func (c *converter) subquery(v tree.Value) *lineage.Query {
	if kind, s := v.Only(); kind == "SelectStmt" {
		return c.query(s)
	}
	return &lineage.Query{Body: &lineage.Opaque{Reason: "a subquery that is no SELECT is not traced"}}
}

// parts are the expressions anywhere within a node, whatever its kind.
func (c *converter) parts(n tree.Value) []lineage.Expr {
	var out []lineage.Expr
	for _, x := range n.Items() {
		switch x.Kind() {
		case tree.List:
			out = append(out, c.parts(x)...)
		case tree.Object:
			if key, _ := x.Only(); key != "" && key[0] >= 'A' && key[0] <= 'Z' {
				if e := c.expr(x); e != nil {
					out = append(out, e)
				}
				continue
			}
			out = append(out, c.parts(x)...)
		}
	}
	return out
}

// indirection is a field, an element or all fields of a value.
func (c *converter) indirection(n tree.Value) lineage.Expr {
	arg := c.expr(n.Get("arg"))
	steps := n.Get("indirection").Items()
	fields := texts(n.Get("indirection"))
	star := false
	if len(steps) > 0 {
		last, _ := steps[len(steps)-1].Only()
		star = last == "A_Star"
	}
	if ref, ok := arg.(*lineage.ColumnRef); ok && (len(fields) == len(steps) || star && len(fields) == len(steps)-1) {
		parts := append(append([]string{}, ref.Parts...), fields...)
		if star {
			return &lineage.Star{Qualifier: parts}
		}
		return &lineage.ColumnRef{Parts: parts}
	}
	call := &lineage.Call{Args: append([]lineage.Expr{arg}, c.parts(n.Get("indirection"))...)}
	if star {
		return &lineage.Fields{Arg: call}
	}
	return call
}

func (c *converter) call(n tree.Value) lineage.Expr {
	name := functionName(n)
	call := &lineage.Call{Args: tree.Map(c.expr, n.Get("args"))}
	call.Args = append(call.Args, c.parts(n.Get("agg_order"))...)
	if f := n.Get("agg_filter"); f.Is() {
		call.Args = append(call.Args, c.expr(f))
	}
	if over := n.Get("over"); over.Is() {
		call.Args = append(call.Args, c.window(over, 0)...)
		return call
	}
	call.Rows = setReturning[name]
	return call
}

// window are the expressions of a window and of those that it builds on.
func (c *converter) window(w tree.Value, depth int) []lineage.Expr {
	var out []lineage.Expr
	for _, key := range []string{"name", "refname"} {
		if base, ok := c.windows[w.Get(key).Text()]; ok && depth < 16 && (key == "refname" || !w.Get("partitionClause").Is() && !w.Get("orderClause").Is()) {
			if depth > 0 && key == "name" {
				continue
			}
			out = append(out, c.window(base, depth+1)...)
		}
	}
	for _, key := range []string{"partitionClause", "orderClause"} {
		out = append(out, c.parts(w.Get(key))...)
	}
	for _, key := range []string{"startOffset", "endOffset"} {
		if o := w.Get(key); o.Is() {
			out = append(out, c.expr(o))
		}
	}
	return out
}

// functionName is the last part of a function's name.
func functionName(n tree.Value) string {
	names := texts(n.Get("funcname"))
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}
