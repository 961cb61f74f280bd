package parse

import (
	"slices"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// property is the name and the JSON type of a property; "strings" is a list of
// texts. What is left out or null has no type.
type property struct{ name, typ string }

// The properties whose type is held, by what has them; the classes are those of
// dbt's contracts/graph/unparsed.py.
var (
	nodeTypes = []property{
		{"description", "string"}, {"data_type", "string"}, {"columns", "array"}, {"constraints", "array"}, {"versions", "array"}, {"access", "string"},
		{"quote_columns", "boolean"}, {"docs", "object"}, {"meta", "object"}, {"time_spine", "object"}, {"relation", "string"},
	}
	columnTypes = []property{
		{"description", "string"}, {"data_type", "string"}, {"meta", "object"}, {"docs", "object"}, {"constraints", "array"}, {"quote", "boolean"},
		{"tags", "strings"}, {"config", "object"}, {"granularity", "string"},
	}
	sourceTypes = []property{
		{"description", "string"}, {"meta", "object"}, {"database", "string"}, {"schema", "string"}, {"loader", "string"}, {"quoting", "object"},
		{"freshness", "object"}, {"loaded_at_field", "string"}, {"loaded_at_query", "string"}, {"tables", "array"}, {"tags", "strings"}, {"overrides", "string"},
		{"config", "object"},
	}
	tableTypes = []property{
		{"description", "string"}, {"meta", "object"}, {"docs", "object"}, {"columns", "array"}, {"identifier", "string"}, {"quoting", "object"},
		{"freshness", "object"}, {"loaded_at_field", "string"}, {"loaded_at_query", "string"}, {"external", "object"}, {"tags", "strings"}, {"config", "object"},
	}
	exposureTypeRules = []property{
		{"description", "string"}, {"label", "string"}, {"maturity", "string"}, {"url", "string"}, {"meta", "object"}, {"depends_on", "strings"}, {"config", "object"},
		{"owner", "object"},
	}
	macroTypes = []property{{"description", "string"}, {"meta", "object"}, {"docs", "object"}, {"arguments", "array"}, {"config", "object"}}
	groupTypes = []property{{"description", "string"}, {"owner", "object"}, {"config", "object"}}
)

// types holds the types of the properties of m, which stands at path in the entry.
func (e *entry) types(m *yamldoc.Map, path []any, props []property) error {
	for _, p := range props {
		v, ok := m.Get(p.name)
		if !ok || v == nil {
			continue
		}
		at := append(slices.Clone(path), p.name)
		list, isList := v.([]any)
		_, isMap := v.(*yamldoc.Map)
		_, isText := v.(string)
		_, isBool := v.(bool)
		good, want := false, p.typ
		switch p.typ {
		case "string":
			good = isText
		case "object":
			good = isMap
		case "boolean":
			good = isBool
		case "array":
			good = isList
		case "strings":
			good, want = isList, "array"
			for i, x := range list {
				if _, text := x.(string); !text {
					good, want, v, at = false, "string", x, append(at, i)
					break
				}
			}
		}
		if good {
			continue
		}
		d := e.at(diag.ParsingError, at, "Invalid %s config given in %s @ %s: %s - at path %s: %s is not of type '%s'",
			e.key, e.pf.path, e.key, yamldoc.Repr(e.raw), steps(at), yamldoc.Repr(v), want).WithCode("property-type")
		if want == "string" && !isMap && !isList {
			d.WithHint("put the value in quotes")
		}
		if text, isText := v.(string); isText && want == "array" {
			d.WithHint("write a list: [%s]", text)
		}
		if want == "array" && isMap {
			d.WithHint("this is a list: each element stands behind a dash, as in `- name: …`")
		}
		return d
	}
	return nil
}
