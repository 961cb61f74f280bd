package adapter

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ColumnRules are the type families of a warehouse, names in lower case. The
// zero value has dbt's base families.
type ColumnRules struct {
	Integers []string
	Floats   []string
	// PlainStrings are the text types that are printed without a size when
	// they have none.
	PlainStrings []string
	// Flatten tells that a struct column shows as one column a field.
	Flatten bool
}

// The families of dbt's base Column class.
var (
	stringTypes  = []string{"text", "character varying", "character", "varchar"}
	numericTypes = []string{"numeric", "decimal"}
	floatTypes   = []string{"real", "float4", "float", "double precision", "float8", "double"}
	integerTypes = []string{
		"smallint", "integer", "bigint", "smallserial", "serial", "bigserial",
		"int2", "int4", "int8", "serial2", "serial4", "serial8",
	}
)

// IsString tells whether a column holds text, as dbt's Column.is_string.
func (d Dialect) IsString(c Column) bool {
	return slices.Contains(stringTypes, strings.ToLower(c.DataType))
}

// IsNumeric tells whether a column is an exact decimal (Column.is_numeric).
func (d Dialect) IsNumeric(c Column) bool {
	return slices.Contains(numericTypes, strings.ToLower(c.DataType))
}

// IsFloat tells whether a column is a floating point number (Column.is_float).
func (d Dialect) IsFloat(c Column) bool {
	types := floatTypes
	if d.Columns.Floats != nil {
		types = d.Columns.Floats
	}
	return slices.Contains(types, strings.ToLower(c.DataType))
}

// IsInteger tells whether a column is a whole number (Column.is_integer).
func (d Dialect) IsInteger(c Column) bool {
	types := integerTypes
	if d.Columns.Integers != nil {
		types = d.Columns.Integers
	}
	return slices.Contains(types, strings.ToLower(c.DataType))
}

// IsNumber tells whether a column is any number (Column.is_number).
func (d Dialect) IsNumber(c Column) bool {
	return d.IsInteger(c) || d.IsNumeric(c) || d.IsFloat(c)
}

// StringSize is the length limit of a text column, 256 where it has none
// (Column.string_size). On any other column it is an error.
func (d Dialect) StringSize(c Column) (int64, error) {
	if !d.IsString(c) {
		//lint:ignore ST1005 dbt's words
		return 0, fmt.Errorf("Called string_size() on non-string field!")
	}
	if c.DataType == "text" || c.CharSize == nil {
		return 256, nil
	}
	return *c.CharSize, nil
}

// CanExpandTo tells whether c may be widened to the size of other
// (Column.can_expand_to).
func (d Dialect) CanExpandTo(c, other Column) bool {
	if !d.IsString(c) || !d.IsString(other) {
		return false
	}
	from, _ := d.StringSize(c)
	to, _ := d.StringSize(other)
	return to > from
}

// ColumnDataType prints a column's type with its size (Column.data_type).
func (d Dialect) ColumnDataType(c Column) string {
	switch {
	case d.IsString(c):
		lower := strings.ToLower(c.DataType)
		if slices.Contains(d.Columns.PlainStrings, lower) && (lower == "text" || c.CharSize == nil) {
			return c.DataType
		}
		size, _ := d.StringSize(c)
		return StringType(size)
	case d.IsNumeric(c):
		return NumericType(c.DataType, c.NumericPrecision, c.NumericScale)
	default:
		return c.DataType
	}
}

// StringType prints a text type of a size (Column.string_type).
func StringType(size int64) string { return fmt.Sprintf("character varying(%d)", size) }

// NumericType prints a decimal type; without both numbers it is the bare name
// (Column.numeric_type).
func NumericType(name string, precision, scale *int64) string {
	if precision == nil || scale == nil {
		return name
	}
	return fmt.Sprintf("%s(%d,%d)", name, *precision, *scale)
}

// TranslateType turns a generic type name into the warehouse's
// (Column.translate_type).
func (d Dialect) TranslateType(label string) string {
	if name, ok := d.TypeLabels[strings.ToUpper(label)]; ok {
		return name
	}
	return label
}

var typeDescription = regexp.MustCompile(`^([^(]+)(\([^)]+\))?`)

// ColumnFromDescription reads a type such as `character varying(20)` or
// `numeric(10,2)` into its parts (Column.from_description).
func ColumnFromDescription(name, raw string) (Column, error) {
	m := typeDescription.FindStringSubmatch(raw)
	if m == nil {
		//lint:ignore ST1005 dbt's words
		return Column{}, fmt.Errorf("Could not interpret data type %q", raw)
	}
	c := Column{Name: name, DataType: m[1]}
	if m[2] == "" {
		return c, nil
	}
	parts := strings.Split(strings.Trim(m[2], "()"), ",")
	numbers := make([]*int64, len(parts))
	for i, p := range parts {
		n, err := strconv.ParseInt(strings.TrimSpace(p), 10, 64)
		if err != nil && len(parts) <= 2 {
			//lint:ignore ST1005 dbt's words
			return Column{}, fmt.Errorf("Could not interpret data_type %q: could not convert %q to an integer", raw, p)
		}
		numbers[i] = &n
	}
	switch len(parts) {
	case 1:
		c.CharSize = numbers[0]
	case 2:
		c.NumericPrecision, c.NumericScale = numbers[0], numbers[1]
	}
	return c, nil
}

// FlattenColumn gives a struct column as one column a field, named
// `outer.inner`, where the dialect does so; any other column comes back alone.
func (d Dialect) FlattenColumn(c Column) []Column {
	if !d.Columns.Flatten {
		return []Column{c}
	}
	fields, ok := structFields(c.DataType)
	if !ok {
		return []Column{c}
	}
	var out []Column
	for _, f := range fields {
		for _, inner := range d.FlattenColumn(f) {
			inner.Name = c.Name + "." + inner.Name
			out = append(out, inner)
		}
	}
	return out
}

// structFields reads `STRUCT(a INTEGER, "b c" DECIMAL(10,2))`; ok is false for
// any other type.
func structFields(typ string) (fields []Column, ok bool) {
	if len(typ) < len("STRUCT()") || !strings.EqualFold(typ[:7], "STRUCT(") || !strings.HasSuffix(typ, ")") {
		return nil, false
	}
	body := typ[7 : len(typ)-1]
	depth, quoted, start := 0, false, 0
	add := func(part string) bool {
		part = strings.TrimSpace(part)
		name, rest := part, ""
		if strings.HasPrefix(part, `"`) {
			end := 1
			for end < len(part) {
				if part[end] == '"' {
					if end+1 < len(part) && part[end+1] == '"' {
						end += 2
						continue
					}
					break
				}
				end++
			}
			if end >= len(part) {
				return false
			}
			name, rest = part[:end+1], strings.TrimSpace(part[end+1:])
		} else if i := strings.IndexByte(part, ' '); i > 0 {
			name, rest = part[:i], strings.TrimSpace(part[i+1:])
		}
		if rest == "" {
			return false
		}
		fields = append(fields, Column{Name: name, DataType: rest})
		return true
	}
	for i := 0; i < len(body); i++ {
		switch ch := body[i]; {
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '(':
			depth++
		case ch == ')':
			depth--
			if depth < 0 { // STRUCT(…)[] closes early: a list of structs
				return nil, false
			}
		case ch == ',' && depth == 0:
			if !add(body[start:i]) {
				return nil, false
			}
			start = i + 1
		}
	}
	if !add(body[start:]) {
		return nil, false
	}
	return fields, true
}

// CheckRelation says what is wrong with the name of a relation that is to be
// created, nil when it fits. Relations without a type are not looked at, as in
// dbt, because test names are cut elsewhere.
func (d Dialect) CheckRelation(r Relation) error {
	if d.MaxIdentifierLength > 0 && r.Type != TypeUnknown && len([]rune(r.Identifier)) > d.MaxIdentifierLength {
		return fmt.Errorf("Relation name '%s' is longer than %d characters", r.Identifier, d.MaxIdentifierLength)
	}
	return nil
}

// SeedType is the [Dialect.SeedType] of warehouses with PostgreSQL's type names, as
// dbt's SQLAdapter.convert_*_type.
func SeedType(k Kind) string {
	switch k {
	case KindInteger:
		return "integer"
	case KindNumber:
		return "float8"
	case KindBool:
		return "boolean"
	case KindDate:
		return "date"
	case KindTimestamp:
		return "timestamp without time zone"
	case KindTime:
		return "time"
	default:
		return "text"
	}
}
