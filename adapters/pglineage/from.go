package pglineage

import (
	"fmt"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/tree"
)

// from turns an item of FROM into the model.
func (c *converter) from(v tree.Value) lineage.FromItem {
	kind, n := v.Only()
	alias := n.Get("alias").Get("aliasname").Text()
	names := texts(n.Get("alias").Get("colnames"))
	switch kind {
	case "RangeVar":
		return &lineage.Table{
			Catalog: n.Get("catalogname").Text(), Schema: n.Get("schemaname").Text(), Name: n.Get("relname").Text(), Alias: alias, Names: names,
		}
	case "RangeSubselect":
		return &lineage.Subselect{Query: c.subquery(n.Get("subquery")), Lateral: n.Get("lateral").True(), Alias: alias, Names: names}
	case "RangeTableSample":
		return c.from(n.Get("relation"))
	case "RangeFunction":
		return c.function(n, alias, names)
	case "JsonTable":
		f := &lineage.Function{Name: "json_table", Alias: alias, Names: names, Args: append(c.parts(n.Get("context_item")), c.parts(n.Get("passing"))...)}
		c.jsonColumns(f, n.Get("columns"))
		return f
	case "RangeTableFunc":
		f := &lineage.Function{Name: "xmltable", Alias: alias, Names: names, Args: []lineage.Expr{c.expr(n.Get("docexpr")), c.expr(n.Get("rowexpr"))}}
		for _, col := range n.Get("columns").Items() {
			_, col = col.Only()
			args := append([]lineage.Expr{c.expr(col.Get("colexpr")), c.expr(col.Get("coldefexpr"))}, f.Args...)
			f.Columns = append(f.Columns, lineage.Item{Name: col.Get("colname").Text(), Expr: &lineage.Call{Args: args}})
		}
		return f
	case "JoinExpr":
		kinds := map[string]lineage.JoinKind{"JOIN_LEFT": lineage.LeftJoin, "JOIN_RIGHT": lineage.RightJoin, "JOIN_FULL": lineage.FullJoin}
		j := &lineage.Join{
			Kind: kinds[n.Get("jointype").Text()], Left: c.from(n.Get("larg")), Right: c.from(n.Get("rarg")), Using: texts(n.Get("usingClause")),
			Natural: n.Get("isNatural").True(), Alias: alias, Names: names, UsingAlias: n.Get("join_using_alias").Get("aliasname").Text(),
		}
		if q := n.Get("quals"); q.Is() {
			j.On = c.expr(q)
		}
		return j
	}
	return &lineage.Opaque{Reason: fmt.Sprintf("%s in FROM is not traced", kind), Alias: alias, Names: names}
}

// jsonColumns adds the columns of JSON_TABLE, with those of nested paths.
func (c *converter) jsonColumns(f *lineage.Function, columns tree.Value) {
	for _, col := range columns.Items() {
		_, col = col.Only()
		if col.Get("coltype").Text() == "JTC_NESTED" {
			c.jsonColumns(f, col.Get("columns"))
			continue
		}
		f.Columns = append(f.Columns, lineage.Item{Name: col.Get("name").Text(), Expr: &lineage.Call{Args: f.Args}})
	}
}

// function is a function in FROM, or ROWS FROM with several.
func (c *converter) function(n tree.Value, alias string, names []string) lineage.FromItem {
	functions := n.Get("functions").Items()
	f := &lineage.Function{Alias: alias, Names: names}
	defined := n.Get("coldeflist")
	for _, one := range functions {
		_, pair := one.Only()
		items := pair.Get("items").Items()
		if len(items) == 0 {
			continue
		}
		kind, call := items[0].Only()
		name := columnName(items[0])
		var args []lineage.Expr
		if kind == "FuncCall" {
			args = tree.Map(c.expr, call.Get("args"))
		} else if e := c.expr(items[0]); e != nil {
			args = []lineage.Expr{e}
		}
		if f.Name == "" {
			f.Name = name
		}
		f.Args = append(f.Args, args...)
		all := &lineage.Call{Args: args}
		own := defined
		if len(items) > 1 && items[1].Get("List").Is() {
			own = items[1].Get("List").Get("items")
		}
		scalar := name
		if alias != "" && len(functions) == 1 {
			scalar = alias
		}
		switch known, ok := functionColumns[name]; {
		case own.Is():
			for _, d := range own.Items() {
				_, d = d.Only()
				f.Columns = append(f.Columns, lineage.Item{Name: d.Get("colname").Text(), Expr: all})
			}
		case name == "unnest" && len(args) > 1:
			for _, a := range args {
				f.Columns = append(f.Columns, lineage.Item{Name: name, Expr: a})
			}
		case ok:
			for _, col := range known {
				f.Columns = append(f.Columns, lineage.Item{Name: col, Expr: all})
			}
		case setReturning[name] || kind != "FuncCall" || scalarFunctions[name]:
			f.Columns = append(f.Columns, lineage.Item{Name: scalar, Expr: all})
		default:
			f.Open = fmt.Sprintf("the columns that the function %s gives are not known", name)
		}
	}
	if n.Get("ordinality").True() {
		f.Columns = append(f.Columns, lineage.Item{Name: "ordinality", Expr: &lineage.Call{Args: f.Args}})
	}
	return f
}

// functionColumns are the columns of PostgreSQL's functions that give rows of several.
var functionColumns = map[string][]string{
	"json_each": {"key", "value"}, "jsonb_each": {"key", "value"}, "json_each_text": {"key", "value"}, "jsonb_each_text": {"key", "value"},
	"json_array_elements": {"value"}, "jsonb_array_elements": {"value"}, "json_array_elements_text": {"value"}, "jsonb_array_elements_text": {"value"},
	"each":    {"key", "value"}, // hstore
	"ts_stat": {"word", "ndoc", "nentry"}, "ts_parse": {"tokid", "token"}, "ts_token_type": {"tokid", "alias", "description"},
	"ts_debug":   {"alias", "description", "token", "dictionaries", "dictionary", "lexemes"},
	"aclexplode": {"grantor", "grantee", "privilege_type", "is_grantable"}, "pg_options_to_table": {"option_name", "option_value"},
}

// setReturning are PostgreSQL's functions that give rows of one value.
var setReturning = map[string]bool{
	"unnest": true, "generate_series": true, "generate_subscripts": true, "regexp_matches": true, "regexp_split_to_table": true,
	"string_to_table": true, "json_array_elements": true, "jsonb_array_elements": true, "json_array_elements_text": true,
	"jsonb_array_elements_text": true, "json_object_keys": true, "jsonb_object_keys": true, "jsonb_path_query": true,
	"jsonb_path_query_tz": true, "json_each": true, "jsonb_each": true, "json_each_text": true, "jsonb_each_text": true,
	"json_populate_recordset": true, "jsonb_populate_recordset": true, "json_to_recordset": true, "jsonb_to_recordset": true,
	"skeys": true, "svals": true, "each": true,
}

// scalarFunctions are functions of one value that stand in FROM now and then.
var scalarFunctions = map[string]bool{
	"now": true, "version": true, "current_setting": true, "date_trunc": true, "coalesce": true, "least": true, "greatest": true,
	"array_agg": true, "string_to_array": true, "regexp_split_to_array": true, "lower": true, "upper": true, "jsonb_path_query_first": true,
	"jsonb_path_query_array": true, "to_timestamp": true, "make_date": true, "date_part": true,
}
