package values

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// ColumnClass is `api.Column`.
type ColumnClass struct {
	name    string
	dialect adapter.Dialect
}

// NewColumnClass makes the class of a driver.
func NewColumnClass(d adapter.Driver) *ColumnClass {
	return &ColumnClass{name: ClassPrefix(d.Name()) + "Column", dialect: d.Dialect()}
}

// Type of the class object.
func (*ColumnClass) Type() string { return "type" }

// Truth is true.
func (*ColumnClass) Truth() bool { return true }

// String names the class.
func (c *ColumnClass) String() string { return c.Repr() }

// Repr names the class.
func (c *ColumnClass) Repr() string { return "<class '" + c.name + "'>" }

// Call is api.Column(column, dtype, char_size, numeric_precision, numeric_scale).
func (c *ColumnClass) Call(_ *jinja.Thread, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, error) {
	v, err := jinja.Bind(c.name, pos, kw, required("column"), required("dtype"), optional("char_size"), optional("numeric_precision"), optional("numeric_scale"))
	if err != nil {
		return nil, err
	}
	return c.make(v[0].String(), v[1].String(), v[2], v[3], v[4]), nil
}

func (c *ColumnClass) make(name, dtype string, size, precision, scale jinja.Value) *Column {
	col := &Column{class: c, name: name, dtype: dtype, size: size, precision: precision, scale: scale}
	if c.dialect.Columns.Flatten && col.isStruct() {
		col.fields = c.structFields(dtype)
	}
	return col
}

// Wrap makes the Jinja value of a plain column.
func (c *ColumnClass) Wrap(col adapter.Column) *Column {
	return c.make(col.Name, col.DataType, intOrNone(col.CharSize), intOrNone(col.NumericPrecision), intOrNone(col.NumericScale))
}

// Create makes a column of a type label, translated as the warehouse names it.
func (c *ColumnClass) Create(name, label string) *Column {
	return c.make(name, c.TranslateType(label), jinja.None, jinja.None, jinja.None)
}

// TranslateType gives the warehouse's name for a generic type name.
func (c *ColumnClass) TranslateType(dtype string) string {
	if t := c.dialect.TranslateType(dtype); t != dtype || !strings.EqualFold(dtype, "STRING") {
		return t
	}
	return "TEXT"
}

func intOrNone(n *int64) jinja.Value {
	if n == nil {
		return jinja.None
	}
	return jinja.Int(*n)
}

// Attr gives the class methods.
func (c *ColumnClass) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if name == "TYPE_LABELS" {
		d := jinja.NewDict()
		d.SetStr("STRING", jinja.Str("TEXT"))
		for k, v := range c.dialect.TypeLabels {
			d.SetStr(k, jinja.Str(v))
		}
		return d, nil
	}
	return columnClassMethods.bound(c, name), nil
}

// CallMethod calls a class method.
func (c *ColumnClass) CallMethod(t *jinja.Thread, name string, pos []jinja.Value, kw []jinja.Kwarg) (jinja.Value, bool, error) {
	return columnClassMethods.call(c, t, name, pos, kw)
}

var columnClassMethods = methods[*ColumnClass]{
	"create": func(c *ColumnClass, a args) (jinja.Value, error) {
		v, err := a.bind("create", required("name"), required("label_or_dtype"))
		if err != nil {
			return nil, err
		}
		return c.Create(v[0].String(), v[1].String()), nil
	},
	"translate_type": func(c *ColumnClass, a args) (jinja.Value, error) {
		v, err := a.bind("translate_type", required("dtype"))
		if err != nil {
			return nil, err
		}
		return jinja.Str(c.TranslateType(v[0].String())), nil
	},
	"string_type": func(_ *ColumnClass, a args) (jinja.Value, error) {
		v, err := a.bind("string_type", required("size"))
		if err != nil {
			return nil, err
		}
		return jinja.Str(stringType(v[0])), nil
	},
	"numeric_type": func(_ *ColumnClass, a args) (jinja.Value, error) {
		v, err := a.bind("numeric_type", required("dtype"), required("precision"), required("scale"))
		if err != nil {
			return nil, err
		}
		return jinja.Str(numericType(v[0].String(), v[1], v[2])), nil
	},
	"from_description": func(c *ColumnClass, a args) (jinja.Value, error) {
		v, err := a.bind("from_description", required("name"), required("raw_data_type"))
		if err != nil {
			return nil, err
		}
		return c.FromDescription(v[0].String(), v[1].String())
	},
}

func stringType(size jinja.Value) string { return "character varying(" + size.String() + ")" }

func numericType(dtype string, precision, scale jinja.Value) string {
	if isNone(precision) || isNone(scale) {
		return dtype
	}
	return dtype + "(" + precision.String() + "," + scale.String() + ")"
}

// FromDescription reads a type with its size: "varchar(12)", "numeric(10, 2)".
func (c *ColumnClass) FromDescription(name, raw string) (*Column, error) {
	col, err := adapter.ColumnFromDescription(name, raw)
	if err != nil {
		return nil, runtimeError("%s", err)
	}
	return c.Wrap(col), nil
}

// structFields reads the fields of DuckDB's STRUCT(a INTEGER, b STRUCT(…)).
func (c *ColumnClass) structFields(dtype string) []*Column {
	open := strings.IndexByte(dtype, '(')
	end := strings.LastIndexByte(dtype, ')')
	if open != len("struct") || end < open {
		return nil
	}
	var out []*Column
	add := func(s string) {
		if name, typ, ok := strings.Cut(strings.TrimSpace(s), " "); ok {
			out = append(out, c.make(name, typ, jinja.None, jinja.None, jinja.None))
		}
	}
	body := dtype[open+1 : end]
	depth, start := 0, 0
	for i := range len(body) {
		switch body[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				add(body[start:i])
				start = i + 1
			}
		}
	}
	add(body[start:])
	return out
}

// Column is dbt's column object.
type Column struct {
	class                  *ColumnClass
	name, dtype            string
	size, precision, scale jinja.Value
	fields                 []*Column // DuckDB structs
}

// Name is the column's name.
func (c *Column) Name() string { return c.name }

// Adapter returns the plain column.
func (c *Column) Adapter() adapter.Column {
	num := func(v jinja.Value) *int64 {
		switch x := v.(type) {
		case jinja.Int:
			n := int64(x)
			return &n
		case Decimal:
			if b, err := x.d.Int(); err == nil && b.IsInt64() {
				n := b.Int64()
				return &n
			}
		}
		return nil
	}
	return adapter.Column{Name: c.name, DataType: c.dtype, CharSize: num(c.size), NumericPrecision: num(c.precision), NumericScale: num(c.scale)}
}

// Type is the Python class name.
func (c *Column) Type() string { return c.class.name }

// Truth is true.
func (*Column) Truth() bool { return true }

// String is the repr of a dataclass.
func (c *Column) String() string { return c.Repr() }

// Repr is the repr of a dataclass.
func (c *Column) Repr() string {
	s := c.class.name + "(column=" + jinja.Str(c.name).Repr() + ", dtype=" + jinja.Str(c.dtype).Repr() +
		", char_size=" + c.size.Repr() + ", numeric_precision=" + c.precision.Repr() + ", numeric_scale=" + c.scale.Repr()
	if c.class.dialect.Columns.Flatten {
		s += ", fields=" + c.fieldList().Repr()
	}
	return s + ")"
}

func (c *Column) fieldList() *jinja.List { return columnList(c.fields) }

func columnList(cols []*Column) *jinja.List {
	l := jinja.NewList()
	for _, f := range cols {
		l.Append(f)
	}
	return l
}

// EqualTo compares all fields, as a dataclass does.
func (c *Column) EqualTo(other jinja.Value) bool {
	o, ok := other.(*Column)
	return ok && c.class.name == o.class.name && c.name == o.name && c.dtype == o.dtype &&
		jinja.Equal(c.size, o.size) && jinja.Equal(c.precision, o.precision) && jinja.Equal(c.scale, o.scale)
}

// HashKey fails: dataclasses with an equality are not hashable.
func (c *Column) HashKey() (any, error) {
	return nil, jinja.Raise("TypeError", "unhashable type: '"+c.class.name+"'")
}

func (c *Column) plain() adapter.Column { return adapter.Column{Name: c.name, DataType: c.dtype} }

func (c *Column) isString() bool  { return c.class.dialect.IsString(c.plain()) }
func (c *Column) isFloat() bool   { return c.class.dialect.IsFloat(c.plain()) }
func (c *Column) isInteger() bool { return c.class.dialect.IsInteger(c.plain()) }
func (c *Column) isNumeric() bool { return c.class.dialect.IsNumeric(c.plain()) }

func (c *Column) isStruct() bool { return strings.HasPrefix(strings.ToLower(c.dtype), "struct") }

// defaultStringSize is what dbt takes for a string column without a size.
const defaultStringSize = 256

func (c *Column) stringSize() (jinja.Value, error) {
	if !c.isString() {
		return nil, runtimeError("Called string_size() on non-string field!")
	}
	if c.dtype == "text" || isNone(c.size) {
		return jinja.Int(defaultStringSize), nil
	}
	return c.size, nil
}

// StringSize is the size of a string column.
func (c *Column) StringSize() (jinja.Value, error) { return c.stringSize() }

// CanExpandTo tells whether a string column is shorter than the other one.
func (c *Column) CanExpandTo(o *Column) (bool, error) {
	if !c.isString() || !o.isString() {
		return false, nil
	}
	mine, _ := c.stringSize()
	other, _ := o.stringSize()
	return jinja.Less(mine, other)
}

// StringType is the type of a string column of a size.
func (c *Column) StringType(size jinja.Value) string { return stringType(size) }

// DataType is the column's type as it is written in DDL.
func (c *Column) DataType() string {
	switch {
	case c.isString():
		lower := strings.ToLower(c.dtype)
		if slices.Contains(c.class.dialect.Columns.PlainStrings, lower) && (lower == "text" || isNone(c.size)) {
			return c.dtype
		}
		size, _ := c.stringSize()
		return stringType(size)
	case c.isNumeric():
		return numericType(c.dtype, c.precision, c.scale)
	}
	return c.dtype
}

// flatten gives a struct's leaves with dotted names.
func (c *Column) flatten() []*Column {
	flat := c.class.dialect.FlattenColumn(c.plain())
	if len(flat) == 1 && flat[0].Name == c.name {
		return []*Column{c}
	}
	out := make([]*Column, len(flat))
	for i, leaf := range flat {
		out[i] = c.class.Wrap(leaf)
	}
	return out
}

// Flatten gives the leaves of a struct column, else the column itself.
func (c *Column) Flatten() []*Column { return c.flatten() }

// Attr gives the attributes of dbt's Column.
func (c *Column) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "column", "name":
		return jinja.Str(c.name), nil
	case "dtype":
		return jinja.Str(c.dtype), nil
	case "char_size":
		return c.size, nil
	case "numeric_precision":
		return c.precision, nil
	case "numeric_scale":
		return c.scale, nil
	case "quoted":
		return jinja.Str(`"` + c.name + `"`), nil
	case "data_type", "expanded_data_type":
		return jinja.Str(c.DataType()), nil
	case "fields":
		if c.class.dialect.Columns.Flatten {
			return c.fieldList(), nil
		}
	}
	if v := columnMethods.bound(c, name); v != nil && (c.class.dialect.Columns.Flatten || name != "is_struct" && name != "flatten") {
		return v, nil
	}
	return columnClassMethods.bound(c.class, name), nil
}

func predicate(name string, f func(*Column) bool) func(*Column, args) (jinja.Value, error) {
	return func(c *Column, a args) (jinja.Value, error) { return jinja.Bool(f(c)), a.none(name) }
}

var columnMethods = methods[*Column]{
	"is_string":  predicate("is_string", (*Column).isString),
	"is_float":   predicate("is_float", (*Column).isFloat),
	"is_integer": predicate("is_integer", (*Column).isInteger),
	"is_numeric": predicate("is_numeric", (*Column).isNumeric),
	"is_struct":  predicate("is_struct", (*Column).isStruct),
	"is_number": predicate("is_number", func(c *Column) bool {
		return c.isInteger() || c.isNumeric() || c.isFloat()
	}),
	"string_size": func(c *Column, a args) (jinja.Value, error) {
		if err := a.none("string_size"); err != nil {
			return nil, err
		}
		return c.stringSize()
	},
	"can_expand_to": func(c *Column, a args) (jinja.Value, error) {
		v, err := a.bind("can_expand_to", required("other_column"))
		if err != nil {
			return nil, err
		}
		o, ok := v[0].(*Column)
		if !ok {
			return nil, jinja.Raise("TypeError", "can_expand_to() wants a column, not "+v[0].Type())
		}
		can, err := c.CanExpandTo(o)
		return jinja.Bool(can), err
	},
	"literal": func(c *Column, a args) (jinja.Value, error) {
		v, err := a.bind("literal", required("value"))
		if err != nil {
			return nil, err
		}
		return jinja.Str(v[0].String() + "::" + c.DataType()), nil
	},
	"flatten": func(c *Column, a args) (jinja.Value, error) {
		return columnList(c.flatten()), a.none("flatten")
	},
	"to_dict": func(c *Column, a args) (jinja.Value, error) {
		d := jinja.NewDict()
		d.SetStr("column", jinja.Str(c.name))
		d.SetStr("dtype", jinja.Str(c.dtype))
		d.SetStr("char_size", c.size)
		d.SetStr("numeric_precision", c.precision)
		d.SetStr("numeric_scale", c.scale)
		_, err := a.bind("to_dict", optional("omit_none"))
		return d, err
	},
}
