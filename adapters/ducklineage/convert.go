package ducklineage

import (
	"fmt"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/tree"
)

// converter turns trees into the query model.
type converter struct {
	// nameOf prints an expression as DuckDB does.
	nameOf func(expr tree.Value) string
	// aggregate tells whether a function is an aggregate.
	aggregate func(name string) bool
	// columns are the COLUMNS(…) met so far.
	columns []columnsStar
}

// root turns the tree of a text with one query into the query.
func (c *converter) root(v tree.Value) (*lineage.Query, error) {
	stmts := v.Get("statements").Items()
	if len(stmts) != 1 {
		return nil, fmt.Errorf("the SQL has %d statements, where one query is wanted", len(stmts))
	}
	return c.query(stmts[0].Get("node")), nil
}

// query turns a query node into a query.
func (c *converter) query(n tree.Value) *lineage.Query {
	q := &lineage.Query{}
	for _, e := range n.Get("cte_map").Get("map").Items() {
		inner := e.Get("value").Get("query").Get("node")
		q.With = append(q.With, lineage.CTE{
			Name: e.Get("key").Text(), Columns: texts(e.Get("value").Get("aliases")), Query: c.query(inner), Recursive: inner.Get("type").Text() == "RECURSIVE_CTE_NODE",
		})
	}
	switch kind := n.Get("type").Text(); kind {
	case "SELECT_NODE":
		if rows, ok := c.values(n); ok {
			q.Body = rows
			break
		}
		q.Body = c.selects(n)
	case "SET_OPERATION_NODE":
		op := &lineage.SetOp{All: !n.Get("setop_all").Is() || n.Get("setop_all").True(), Left: c.query(n.Get("left")), Right: c.query(n.Get("right"))}
		switch name := n.Get("setop_type").Text(); name {
		case "UNION":
		case "UNION_BY_NAME":
			op.ByName = true
		case "EXCEPT":
			op.Op = lineage.Except
		case "INTERSECT":
			op.Op = lineage.Intersect
		default:
			q.Body = &lineage.Opaque{Reason: fmt.Sprintf("%s is not traced", name)}
			return q
		}
		q.Body = op
	case "RECURSIVE_CTE_NODE":
		q.Body = &lineage.SetOp{All: n.Get("union_all").True(), Left: c.query(n.Get("left")), Right: c.query(n.Get("right"))}
	case "CTE_NODE":
		q.With = append(q.With, lineage.CTE{Name: n.Get("cte_name").Text(), Columns: texts(n.Get("aliases")), Query: c.query(n.Get("query"))})
		q.Body = &lineage.Select{Items: []lineage.Item{{Expr: &lineage.Star{}}}, From: []lineage.FromItem{&lineage.Subselect{Query: c.query(n.Get("child"))}}}
	default:
		q.Body = &lineage.Opaque{Reason: fmt.Sprintf("%s is not traced", kind)}
		return q
	}
	c.modifiers(q, n.Get("modifiers"))
	return q
}

// modifiers are DISTINCT, ORDER BY and LIMIT.
func (c *converter) modifiers(q *lineage.Query, list tree.Value) {
	for _, m := range list.Items() {
		switch m.Get("type").Text() {
		case "DISTINCT_MODIFIER":
			s, ok := q.Body.(*lineage.Select)
			if !ok {
				continue
			}
			s.Distinct = true
			for _, e := range m.Get("distinct_on_targets").Items() {
				s.DistinctOn = append(s.DistinctOn, c.ordinal(e))
			}
		case "ORDER_MODIFIER":
			for _, o := range m.Get("orders").Items() {
				e := o.Get("expression")
				if e.Get("class").Text() == "STAR" {
					q.OrderByAll = true
					continue
				}
				q.OrderBy = append(q.OrderBy, c.ordinal(e))
			}
		case "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER":
			q.Limited = true
			for _, key := range []string{"limit", "offset"} {
				if e := m.Get(key); e.Is() {
					q.Limit = append(q.Limit, c.expr(e))
				}
			}
		}
	}
}

// values is a bare VALUES, which DuckDB writes as a SELECT of all.
func (c *converter) values(n tree.Value) (*lineage.Values, bool) {
	from := n.Get("from_table")
	if from.Get("type").Text() != "EXPRESSION_LIST" || len(texts(from.Get("column_name_alias"))) > 0 || from.Get("alias").Text() != "valueslist" {
		return nil, false
	}
	return c.rows(from), true
}

func (c *converter) rows(from tree.Value) *lineage.Values {
	v := &lineage.Values{}
	for _, row := range from.Get("values").Items() {
		v.Rows = append(v.Rows, tree.Map(c.expr, row))
	}
	return v
}

func (c *converter) selects(n tree.Value) *lineage.Select {
	s := &lineage.Select{GroupByAll: n.Get("aggregate_handling").Text() == "FORCE_AGGREGATES"}
	if f := n.Get("from_table"); f.Is() && f.Get("type").Text() != "EMPTY" {
		s.From = []lineage.FromItem{c.from(f)}
	}
	for _, e := range n.Get("select_list").Items() {
		s.Items = append(s.Items, c.item(e))
	}
	if w := n.Get("where_clause"); w.Is() {
		s.Where = []lineage.Expr{c.expr(w)}
	}
	for _, g := range n.Get("group_expressions").Items() {
		s.GroupBy = append(s.GroupBy, c.ordinal(g))
	}
	for _, key := range []string{"having", "qualify"} {
		if h := n.Get(key); h.Is() {
			s.Having = append(s.Having, c.expr(h))
		}
	}
	return s
}

// item is an item of a select list with its name.
func (c *converter) item(e tree.Value) lineage.Item {
	item := lineage.Item{Name: e.Get("alias").Text()}
	item.Aliased = item.Name != ""
	if star, ok := c.starLike(e); ok {
		item.Expr = star
		return item
	}
	before := len(c.columns)
	item.Expr = c.expr(e)
	if strings.Contains(item.Name, `\`) && len(c.columns) > before {
		first := c.columns[before]
		first.star.Alias = aliasTemplate(first.choice, item.Name)
	}
	switch class := e.Get("class").Text(); {
	case item.Aliased, class == "COLUMN_REF", class == "STAR", class == "POSITIONAL_REFERENCE":
	case class == "FUNCTION" && e.Get("function_name").Text() == "unnest" && takesFields(e.Get("children").Items()):
		item.Expr = &lineage.Fields{Arg: item.Expr, Known: c.fields(e.Get("children").Items())}
	default:
		item.Name = c.nameOf(e)
	}
	return item
}

// takesFields tells whether unnest gives a column for each field: of a struct written there, or because it is told to.
func takesFields(args []tree.Value) bool {
	for _, a := range args {
		if a.Get("function_name").Text() == "struct_pack" || a.Get("alias").Text() == "recursive" {
			return true
		}
	}
	return false
}

// fields are those of a struct that is written out and unnested one level deep; its rows stay as they are.
func (c *converter) fields(args []tree.Value) []lineage.Item {
	if len(args) != 1 || args[0].Get("function_name").Text() != "struct_pack" {
		return nil
	}
	return tree.Map(func(x tree.Value) lineage.Item { return lineage.Item{Name: x.Get("alias").Text(), Expr: c.expr(x)} }, args[0].Get("children"))
}

// ordinal is an expression where a number means an item of the select list.
func (c *converter) ordinal(e tree.Value) lineage.Expr {
	if v := e.Get("value"); e.Get("class").Text() == "CONSTANT" && v.Get("value").Kind() == tree.Number {
		return &lineage.Ordinal{Index: v.Get("value").Int()}
	}
	return c.expr(e)
}

// texts reads a list of strings.
func texts(list tree.Value) []string {
	var out []string
	for _, s := range list.Items() {
		if s.Kind() == tree.Text {
			out = append(out, s.Text())
		}
	}
	return out
}

// expr turns an expression into the model; constants are nil.
func (c *converter) expr(e tree.Value) lineage.Expr {
	switch e.Get("class").Text() {
	case "", "CONSTANT", "PARAMETER", "DEFAULT", "LAMBDA_REF":
		return nil
	case "COLUMN_REF":
		return &lineage.ColumnRef{Parts: texts(e.Get("column_names"))}
	case "POSITIONAL_REFERENCE":
		return &lineage.Position{Index: e.Get("index").Int()}
	case "STAR":
		return c.star(e)
	case "COLLATE":
		return &lineage.Same{Arg: c.expr(e.Get("child"))}
	case "SUBQUERY":
		s := &lineage.Subquery{Query: c.query(e.Get("subquery").Get("node"))}
		switch e.Get("subquery_type").Text() {
		case "EXISTS", "NOT_EXISTS":
			s.Exists = true
		case "SCALAR":
		default:
			s.Computed = true
		}
		if child := e.Get("child"); child.Is() {
			s.Args = []lineage.Expr{c.expr(child)}
		}
		return s
	case "OPERATOR":
		if e.Get("type").Text() == "STRUCT_EXTRACT" {
			if call := c.field(e); call != nil {
				return call
			}
		}
		if e.Get("type").Text() == "OPERATOR_UNPACK" {
			return c.unpacked(e)
		}
	case "FUNCTION":
		return c.function(e)
	}
	return &lineage.Call{Args: c.parts(e)}
}

// field is `(x).y`, which names what `x.y` names.
func (c *converter) field(e tree.Value) lineage.Expr {
	children := e.Get("children").Items()
	if len(children) != 2 || children[0].Get("class").Text() != "COLUMN_REF" {
		return nil
	}
	name := children[1].Get("value").Get("value").Text()
	if name == "" {
		return nil
	}
	return &lineage.ColumnRef{Parts: append(texts(children[0].Get("column_names")), name)}
}

// parts are the expressions anywhere within a node, whatever its class.
func (c *converter) parts(n tree.Value) []lineage.Expr {
	var out []lineage.Expr
	for _, x := range n.Items() {
		switch {
		case x.Kind() == tree.Object && x.Get("class").Is():
			if e := c.expr(x); e != nil {
				out = append(out, e)
			}
		case x.Kind() == tree.Object && x.Get("node").Is():
			out = append(out, &lineage.Subquery{Query: c.query(x.Get("node")), Computed: true})
		case x.Kind() == tree.Object || x.Kind() == tree.List:
			out = append(out, c.parts(x)...)
		}
	}
	return out
}

// takesLambda are the functions that take `x -> …` for a function rather than for a path into JSON.
var takesLambda = map[string]bool{
	"list_transform": true, "array_transform": true, "list_apply": true, "array_apply": true, "apply": true, "list_filter": true,
	"array_filter": true, "filter": true, "list_reduce": true, "array_reduce": true, "reduce": true,
}

func (c *converter) function(e tree.Value) lineage.Expr {
	name := strings.ToLower(e.Get("function_name").Text())
	call := &lineage.Call{Rows: name == "unnest" || name == "unlist", Aggregate: c.aggregate(name)}
	for i, child := range e.Get("children").Items() {
		if child.Get("class").Text() == "LAMBDA" && i > 0 && takesLambda[name] {
			call.Args = append(call.Args, c.lambda(child))
			continue
		}
		call.Args = append(call.Args, c.expr(child))
	}
	for _, key := range []string{"order_bys", "filter"} {
		if x := e.Get(key); x.Get("class").Is() {
			call.Args = append(call.Args, c.expr(x))
		} else {
			call.Args = append(call.Args, c.parts(x)...)
		}
	}
	// x.f() is read as the function f of a schema x.
	if schema := e.Get("schema").Text(); schema != "" && schema != "main" && schema != "pg_catalog" && schema != "system" {
		if catalog := e.Get("catalog").Text(); catalog != "" {
			call.Maybe = append(call.Maybe, catalog)
		}
		call.Maybe = append(call.Maybe, schema)
		if name == "columns" {
			call.Unknown = "a COLUMNS of one table is not traced"
		}
	}
	return call
}

func (c *converter) lambda(e tree.Value) lineage.Expr {
	l := &lineage.Lambda{Body: c.expr(e.Get("expr"))}
	params := []tree.Value{e.Get("lhs")}
	if e.Get("lhs").Get("class").Text() == "FUNCTION" {
		params = e.Get("lhs").Get("children").Items()
	}
	for _, p := range params {
		l.Params = append(l.Params, texts(p.Get("column_names"))...)
	}
	return l
}
