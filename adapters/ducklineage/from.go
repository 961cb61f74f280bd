package ducklineage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/tree"
)

// from turns an item of FROM into the model.
func (c *converter) from(n tree.Value) lineage.FromItem {
	alias, names := n.Get("alias").Text(), texts(n.Get("column_name_alias"))
	switch kind := n.Get("type").Text(); kind {
	case "EMPTY":
		return &lineage.Subselect{Query: &lineage.Query{Body: &lineage.Values{}}}
	case "BASE_TABLE":
		return &lineage.Table{
			Catalog: n.Get("catalog_name").Text(), Schema: n.Get("schema_name").Text(), Name: n.Get("table_name").Text(), Alias: alias, Names: names,
		}
	case "SUBQUERY":
		return &lineage.Subselect{Query: c.query(n.Get("subquery").Get("node")), Lateral: true, Alias: alias, Names: names}
	case "EXPRESSION_LIST":
		return &lineage.Subselect{Query: &lineage.Query{Body: c.rows(n)}, Lateral: true, Alias: alias, Names: names}
	case "JOIN":
		return c.join(n, alias, names)
	case "TABLE_FUNCTION":
		return c.tableFunction(n, alias, names)
	case "PIVOT":
		if n.Get("unpivot_names").Is() && len(n.Get("unpivot_names").Items()) > 0 {
			return c.unpivot(n, alias, names)
		}
		return c.pivot(n, alias, names)
	case "SHOW_REF":
		return &lineage.Opaque{Reason: "it tells of the database, not of data", Alias: alias, Names: names}
	default:
		return &lineage.Opaque{Reason: fmt.Sprintf("%s in FROM is not traced", kind), Alias: alias, Names: names}
	}
}

func (c *converter) join(n tree.Value, alias string, names []string) lineage.FromItem {
	kinds := map[string]lineage.JoinKind{
		"LEFT": lineage.LeftJoin, "RIGHT": lineage.RightJoin, "FULL": lineage.FullJoin, "OUTER": lineage.FullJoin,
		"SEMI": lineage.SemiJoin, "ANTI": lineage.SemiJoin,
	}
	j := &lineage.Join{
		Kind: kinds[n.Get("join_type").Text()], Left: c.from(n.Get("left")), Right: c.from(n.Get("right")), Using: texts(n.Get("using_columns")),
		Natural: n.Get("ref_type").Text() == "NATURAL", Alias: alias, Names: names,
	}
	if on := n.Get("condition"); on.Is() {
		j.On = c.expr(on)
	}
	return j
}

// tableColumns are the columns of DuckDB's functions in FROM that are known.
var tableColumns = map[string][]string{
	"unnest": {"unnest"}, "range": {"range"}, "generate_series": {"generate_series"}, "glob": {"file"}, "repeat": {"repeat"},
	"json_each": jsonColumns, "json_tree": jsonColumns,
}

var jsonColumns = []string{"key", "value", "type", "atom", "id", "parent", "fullkey", "path"}

func (c *converter) tableFunction(n tree.Value, alias string, names []string) lineage.FromItem {
	call := n.Get("function")
	name := strings.ToLower(call.Get("function_name").Text())
	if children := call.Get("children").Items(); name == "query_table" && len(children) == 1 {
		if table := children[0].Get("value").Get("value").Text(); table != "" {
			return &lineage.Table{Name: table, Alias: alias, Names: names}
		}
	}
	f := &lineage.Function{Name: name, Alias: alias, Names: names, Args: c.parts(call.Get("children"))}
	if name == "query" || name == "query_table" {
		return &lineage.Opaque{Reason: fmt.Sprintf("%s runs SQL that is a value", name), Alias: alias, Names: names}
	}
	known, ok := tableColumns[name]
	for _, col := range known {
		f.Columns = append(f.Columns, lineage.Item{Name: col, Expr: &lineage.Call{Args: f.Args}})
	}
	if !ok {
		f.Open = fmt.Sprintf("the columns that %s gives are not known", name)
	}
	if n.Get("with_ordinality").Text() == "WITH_ORDINALITY" {
		f.Columns = append(f.Columns, lineage.Item{Name: "ordinality", Expr: &lineage.Call{Args: f.Args}})
	}
	return f
}

func (c *converter) pivot(n tree.Value, alias string, names []string) lineage.FromItem {
	p := &lineage.Pivot{Source: c.from(n.Get("source")), Alias: alias, Names: names, Groups: texts(n.Get("groups"))}
	for _, a := range n.Get("aggregates").Items() {
		p.Aggregates = append(p.Aggregates, lineage.Item{Expr: c.expr(a), Name: a.Get("alias").Text(), Aliased: a.Get("alias").Text() != ""})
		if last := &p.Aggregates[len(p.Aggregates)-1]; last.Name == "" {
			last.Name = c.nameOf(a)
		}
	}
	outputs := []string{""}
	for _, on := range n.Get("pivots").Items() {
		p.On = append(p.On, tree.Map(c.expr, on.Get("pivot_expressions"))...)
		var values []string
		for _, e := range on.Get("entries").Items() {
			name := e.Get("alias").Text()
			if name == "" {
				var parts []string
				for _, v := range e.Get("values").Items() {
					if v.Get("is_null").True() {
						parts = append(parts, "NULL")
						continue
					}
					parts = append(parts, v.Get("value").Scalar())
				}
				name = strings.Join(parts, "_")
			}
			values = append(values, name)
		}
		if len(values) == 0 || slices.Contains(values, unknownPivot) { // the data, an enum or a subquery says which
			p.Open = "a PIVOT does not list its values"
		}
		var all []string
		for _, o := range outputs {
			for _, v := range values {
				all = append(all, strings.TrimPrefix(o+"_"+v, "_"))
			}
			if len(all) > maxPivot {
				return &lineage.Opaque{Reason: "a PIVOT gives too many columns", Alias: alias, Names: names}
			}
		}
		outputs = all
	}
	if p.Open == "" {
		p.Outputs = outputs
	}
	return p
}

// maxPivot bounds the columns that a PIVOT makes.
const maxPivot = 100_000

func (c *converter) unpivot(n tree.Value, alias string, names []string) lineage.FromItem {
	u := &lineage.Unpivot{
		Source: c.from(n.Get("source")), ValueColumns: texts(n.Get("unpivot_names")), KeepNulls: n.Get("include_nulls").True(), Alias: alias, Names: names,
	}
	for _, on := range n.Get("pivots").Items() {
		u.NameColumns = append(u.NameColumns, texts(on.Get("unpivot_names"))...)
		for _, e := range on.Get("entries").Items() {
			var row []lineage.Expr
			if s := e.Get("star_expr"); s.Is() {
				row = append(row, c.expr(s))
			} else if x := e.Get("expr"); x.Is() {
				row = append(row, c.expr(x))
			}
			for _, v := range e.Get("values").Items() {
				row = append(row, &lineage.ColumnRef{Parts: []string{v.Get("value").Text()}})
			}
			u.Entries = append(u.Entries, row)
		}
	}
	return u
}
