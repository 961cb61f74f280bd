package pglineage

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/lineage/tree"
)

// noName is what PostgreSQL calls a column that nothing gives a name to.
const noName = "?column?"

// columnName is the name of a column without an alias, as PostgreSQL finds it (FigureColname); "" for a column or star,
// which keep their own.
func columnName(v tree.Value) string {
	if kind, _ := v.Only(); kind == "ColumnRef" {
		return ""
	}
	if name, strength := figure(v); strength > 0 {
		return name
	}
	return noName
}

// figure finds a name: strength 2 is a good one, 1 one that is taken for lack of a better, 0 none.
func figure(v tree.Value) (name string, strength int) {
	kind, n := v.Only()
	if fixed, ok := fixedNames[kind]; ok {
		return fixed, 2
	}
	switch kind {
	case "ColumnRef":
		if parts := texts(n.Get("fields")); len(parts) > 0 {
			return parts[len(parts)-1], 2
		}
	case "A_Indirection":
		if parts := texts(n.Get("indirection")); len(parts) > 0 {
			return parts[len(parts)-1], 2
		}
		return figure(n.Get("arg"))
	case "FuncCall":
		return functionName(n), 2
	case "A_Expr":
		if n.Get("kind").Text() == "AEXPR_NULLIF" {
			return "nullif", 2
		}
	case "TypeCast":
		if name, strength = figure(n.Get("arg")); strength > 1 {
			return name, strength
		}
		if names := texts(n.Get("typeName").Get("names")); len(names) > 0 {
			return names[len(names)-1], 1
		}
		return name, strength
	case "CollateClause":
		return figure(n.Get("arg"))
	case "SubLink":
		return subqueryName(n)
	case "CaseExpr":
		if name, strength = figure(n.Get("defresult")); strength > 1 {
			return name, strength
		}
		return "case", 1
	case "MinMaxExpr":
		return strings.ToLower(strings.TrimPrefix(n.Get("op").Text(), "IS_")), 2
	case "SQLValueFunction":
		return strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(n.Get("op").Text(), "SVFOP_")), "_n"), 2
	case "XmlExpr":
		op := strings.ToLower(strings.TrimPrefix(n.Get("op").Text(), "IS_"))
		return op, map[bool]int{true: 0, false: 2}[op == "document"]
	case "JsonFuncExpr":
		return strings.ToLower(strings.TrimSuffix(n.Get("op").Text(), "_OP")), 2
	}
	return "", 0
}

var fixedNames = map[string]string{
	"GroupingFunc": "grouping", "MergeSupportFunc": "merge_action", "A_ArrayExpr": "array", "RowExpr": "row", "CoalesceExpr": "coalesce",
	"XmlSerialize": "xmlserialize", "JsonParseExpr": "json", "JsonScalarExpr": "json_scalar", "JsonSerializeExpr": "json_serialize",
	"JsonObjectConstructor": "json_object", "JsonArrayConstructor": "json_array", "JsonArrayQueryConstructor": "json_array",
	"JsonObjectAgg": "json_objectagg", "JsonArrayAgg": "json_arrayagg",
}

// subqueryName is the name of a subquery as a value: that of its first column.
func subqueryName(n tree.Value) (string, int) {
	switch n.Get("subLinkType").Text() {
	case "EXISTS_SUBLINK":
		return "exists", 2
	case "ARRAY_SUBLINK":
		return "array", 2
	case "EXPR_SUBLINK":
		_, s := n.Get("subselect").Only()
		for s.Get("larg").Is() { // of a UNION the first query counts
			s = s.Get("larg")
		}
		if items := s.Get("targetList").Items(); len(items) > 0 {
			_, t := items[0].Only()
			if name := t.Get("name").Text(); name != "" {
				return name, 2
			}
			return figure(t.Get("val"))
		}
	}
	return "", 0
}
