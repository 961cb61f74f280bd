package manifest

import (
	"encoding/json"
	"strconv"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// object appends a JSON object field by field.
type object struct {
	dst   []byte
	first bool
	err   error
}

func (o *object) field(name string, v any) {
	if o.err != nil {
		return
	}
	if !o.first {
		o.dst = append(o.dst, ',')
	}
	o.first = false
	o.dst = append(append(append(o.dst, '"'), name...), '"', ':')
	o.dst, o.err = AppendJSON(o.dst, v)
}

func appendObject(dst []byte, fields func(func(string, any))) ([]byte, error) {
	o := object{dst: append(dst, '{'), first: true}
	fields(o.field)
	return append(o.dst, '}'), o.err
}

func appendList[T any](dst []byte, list []T, item func([]byte, T) ([]byte, error)) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = item(dst, e); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendPtr[T any](dst []byte, p *T) ([]byte, error) {
	if p == nil {
		return append(dst, "null"...), nil
	}
	return AppendJSON(dst, *p)
}

func appendText(dst []byte, s string) ([]byte, error) { return yamldoc.AppendJSON(dst, s) }

func appendItem[T any](dst []byte, v T) ([]byte, error) { return AppendJSON(dst, v) }

// ObjectFields gives the fields of the structs that stand in a node, in dbt's order: f(name, value). It is nil for
// other values.
func ObjectFields(v any) func(f func(name string, v any)) {
	switch v := v.(type) {
	case *Column:
		return v.fields
	case *Macro:
		return v.fields
	case MacroArgument:
		return func(f func(string, any)) { f("name", v.Name); f("type", v.Type); f("description", v.Description) }
	case Constraint:
		return v.fields
	case ColumnConfig:
		return func(f func(string, any)) { f("meta", v.Meta); f("tags", v.Tags) }
	case Checksum:
		return func(f func(string, any)) { f("name", v.Name); f("checksum", v.Checksum) }
	case Docs:
		return func(f func(string, any)) { f("show", v.Show); f("node_color", v.NodeColor) }
	case Ref:
		return func(f func(string, any)) { f("name", v.Name); f("package", v.Package); f("version", v.Version) }
	case DependsOn:
		return func(f func(string, any)) { f("macros", v.Macros); f("nodes", v.Nodes) }
	case MacroDependsOn:
		return func(f func(string, any)) { f("macros", v.Macros) }
	case Contract:
		return func(f func(string, any)) {
			f("enforced", v.Enforced)
			f("alias_types", v.AliasTypes)
			f("checksum", v.Checksum)
		}
	case TestMetadata:
		return func(f func(string, any)) {
			f("name", v.Name)
			f("kwargs", v.Kwargs)
			f("namespace", v.Namespace)
		}
	case FunctionArgument:
		return func(f func(string, any)) {
			f("name", v.Name)
			f("data_type", v.DataType)
			f("description", v.Description)
			f("default_value", v.DefaultValue)
		}
	case FunctionReturns:
		return func(f func(string, any)) { f("data_type", v.DataType); f("description", v.Description) }
	case InjectedCTE:
		return func(f func(string, any)) { f("id", v.ID); f("sql", v.SQL) }
	}
	return nil
}

// AppendJSON appends the JSON form of a value of the resource model.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return appendText(dst, v)
	case *string:
		return appendPtr(dst, v)
	case *bool:
		return appendPtr(dst, v)
	case *int:
		return appendPtr(dst, v)
	case float64:
		return strconv.AppendFloat(dst, v, 'f', -1, 64), nil
	case []string:
		return appendList(dst, v, appendText)
	case [][]string:
		return appendList(dst, v, func(d []byte, s []string) ([]byte, error) { return appendList(d, s, appendText) })
	case *yamldoc.Map:
		return yamldoc.AppendJSON(dst, v)
	case *Node:
		return appendObject(dst, v.Fields)
	case *Semantic:
		return yamldoc.AppendJSON(dst, v.Doc)
	case Columns:
		o := object{dst: append(dst, '{'), first: true}
		for _, c := range v {
			if !o.first {
				o.dst = append(o.dst, ',')
			}
			o.first = false
			o.dst, _ = appendText(o.dst, c.Name)
			o.dst = append(o.dst, ':')
			if o.dst, o.err = appendObject(o.dst, c.fields); o.err != nil {
				return o.dst, o.err
			}
		}
		return append(o.dst, '}'), nil
	case []Constraint:
		return appendList(dst, v, appendItem)
	case []FunctionArgument:
		return appendList(dst, v, appendItem)
	case []MacroArgument:
		return appendList(dst, v, appendItem)
	case []Ref:
		return appendList(dst, v, appendItem)
	case []InjectedCTE:
		return appendList(dst, v, appendItem)
	case json.Marshaler, *Source, *Exposure, *Doc, *Group, *UnitTest:
		raw, err := marshal(v)
		return append(dst, raw...), err
	}
	if fields := ObjectFields(v); fields != nil {
		return appendObject(dst, fields)
	}
	return yamldoc.AppendJSON(dst, v)
}

// marshal is json.Marshal with empty lists for nil slices of the resource model.
func marshal(v any) ([]byte, error) {
	switch r := v.(type) {
	case *Source:
		c := *r
		c.Tags, c.DocBlocks, c.FQN = list(c.Tags), list(c.DocBlocks), list(c.FQN)
		v = c
	case *Exposure:
		c := *r
		c.Tags, c.FQN, c.Refs, c.Sources, c.Metrics = list(c.Tags), list(c.FQN), list(c.Refs), list(c.Sources), list(c.Metrics)
		c.DependsOn = DependsOn{Macros: list(c.DependsOn.Macros), Nodes: list(c.DependsOn.Nodes)}
		v = c
	case *UnitTest:
		c := *r
		c.FQN, c.Given = list(c.FQN), list(c.Given)
		c.DependsOn = DependsOn{Macros: list(c.DependsOn.Macros), Nodes: list(c.DependsOn.Nodes)}
		v = c
	}
	return json.Marshal(v)
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
