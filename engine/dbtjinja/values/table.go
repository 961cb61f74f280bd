package values

import (
	"iter"
	"strconv"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// DataType is an agate data type.
type DataType string

// agate's data types; Integer is dbt's own.
const (
	TypeInteger   DataType = "Integer"
	TypeNumber    DataType = "Number"
	TypeText      DataType = "Text"
	TypeBoolean   DataType = "Boolean"
	TypeDate      DataType = "Date"
	TypeDateTime  DataType = "DateTime"
	TypeTimeDelta DataType = "TimeDelta"
)

// Type is the Python class.
func (d DataType) Type() string { return string(d) }

// Truth is true.
func (DataType) Truth() bool { return true }

// String is the repr.
func (d DataType) String() string { return d.Repr() }

// Repr names the class; Python shows an address too.
func (d DataType) Repr() string {
	mod := map[DataType]string{
		TypeInteger: "dbt_common.clients.agate_helper", TypeNumber: "agate.data_types.number", TypeText: "agate.data_types.text",
		TypeBoolean: "agate.data_types.boolean", TypeDate: "agate.data_types.date", TypeDateTime: "agate.data_types.date_time",
		TypeTimeDelta: "agate.data_types.time_delta",
	}[d]
	return "<" + mod + "." + string(d) + " object>"
}

// Attr has agate's csvify and jsonify, which give a value of the column as the formats write it.
func (d DataType) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if name != "csvify" && name != "jsonify" {
		return nil, nil
	}
	return jinja.NewFunction(name, func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind(name, args, kwargs, required("d"))
		if err != nil {
			return nil, err
		}
		v := a[0]
		if v == jinja.None {
			return v, nil
		}
		json := name == "jsonify"
		switch d {
		case TypeInteger, TypeBoolean:
			if json {
				return v, nil
			}
		case TypeNumber:
			if json {
				f, err := strconv.ParseFloat(v.String(), 64)
				if err != nil {
					return nil, jinja.Raise("ValueError", "could not convert to float: "+v.Repr())
				}
				return jinja.Float(f), nil
			}
		case TypeDate, TypeDateTime:
			m, err := jinja.GetAttr(t, v, "isoformat")
			if err != nil {
				return nil, err
			}
			if f, ok := m.(jinja.Callable); ok {
				return f.Call(t, nil, nil)
			}
		}
		return jinja.Str(v.String()), nil
	}), nil
}

// Kind is the result kind that the type stands for.
func (d DataType) Kind() adapter.Kind {
	switch d {
	case TypeInteger:
		return adapter.KindInteger
	case TypeNumber:
		return adapter.KindNumber
	case TypeBoolean:
		return adapter.KindBool
	case TypeDate:
		return adapter.KindDate
	case TypeDateTime:
		return adapter.KindTimestamp
	case TypeTimeDelta:
		return adapter.KindTime
	}
	return adapter.KindText
}

// Table is agate's Table: the result of a query or the content of a seed. It is
// immutable. Cells become Jinja values when they are first asked for, so it is
// used by one goroutine at a time.
type Table struct {
	names []string
	types []DataType
	cols  [][]any         // raw cells; nil once in vals
	vals  [][]jinja.Value // per column, filled on demand
	n     int
	src   *adapter.Table // what it was made of, when unchanged
	all   *seq           // the rows, once asked for
}

// NewTable makes the Jinja value of a result. Column types follow from the
// values, as dbt infers them (agate_helper.table_from_data_flat): a column
// without any value is Integer, intervals and times are text.
func NewTable(t *adapter.Table) *Table {
	if t == nil {
		t = &adapter.Table{}
	}
	out := &Table{n: t.Len(), src: t}
	seen := map[string]int{}
	for i, c := range t.Columns {
		name := c.Name
		seen[name]++
		if seen[name] > 1 {
			name += "_" + strconv.Itoa(seen[c.Name])
		}
		out.names = append(out.names, name)
		var col []any
		if i < len(t.Values) {
			col = t.Values[i]
		}
		out.types = append(out.types, dataType(c.Kind, col))
		out.cols = append(out.cols, col)
	}
	out.vals = make([][]jinja.Value, len(out.names))
	return out
}

func dataType(k adapter.Kind, col []any) DataType {
	null := true
	for _, v := range col {
		if v != nil {
			null = false
			break
		}
	}
	switch {
	case null && k != adapter.KindNumber:
		return TypeInteger
	case k == adapter.KindInteger:
		return TypeInteger
	case k == adapter.KindNumber:
		return TypeNumber
	case k == adapter.KindBool:
		return TypeBoolean
	case k == adapter.KindDate:
		return TypeDate
	case k == adapter.KindTimestamp:
		return TypeDateTime
	}
	return TypeText
}

// newTable makes a table of values.
func newTable(names []string, types []DataType, vals [][]jinja.Value, n int) *Table {
	return &Table{names: names, types: types, cols: make([][]any, len(names)), vals: vals, n: n}
}

// Adapter returns the plain table.
func (t *Table) Adapter() *adapter.Table {
	if t.src != nil {
		return t.src
	}
	out := &adapter.Table{Values: make([][]any, len(t.names))}
	for i, n := range t.names {
		out.Columns = append(out.Columns, adapter.ResultColumn{Name: n, Kind: t.types[i].Kind()})
		out.Values[i] = make([]any, t.n)
		for r, v := range t.column(i) {
			g, err := ToGo(v)
			if err != nil {
				g = v.String()
			}
			out.Values[i][r] = g
		}
	}
	return out
}

// column gives the values of a column.
func (t *Table) column(i int) []jinja.Value {
	if t.vals[i] == nil {
		vals := make([]jinja.Value, t.n)
		text := t.types[i] == TypeText
		for r := range vals {
			if r < len(t.cols[i]) {
				vals[r] = cell(t.cols[i][r], text)
			} else {
				vals[r] = jinja.None
			}
		}
		t.vals[i] = vals
	}
	return t.vals[i]
}

// ColumnNames lists the columns.
func (t *Table) ColumnNames() []string { return t.names }

// ColumnTypes lists their types.
func (t *Table) ColumnTypes() []DataType { return t.types }

// Len is the number of rows.
func (t *Table) Len() int { return t.n }

// Value is the cell of a row and a column.
func (t *Table) Value(row, col int) jinja.Value { return t.column(col)[row] }

// Row is one row.
func (t *Table) Row(i int) *Row {
	elems := make([]jinja.Value, len(t.names))
	for c := range elems {
		elems[c] = t.column(c)[i]
	}
	return &Row{seq{class: "Row", elems: elems, keys: t.names}}
}

// Type is "Table".
func (*Table) Type() string { return "Table" }

// Truth is false for a table without rows: Python takes the length.
func (t *Table) Truth() bool { return t.n > 0 }

// String is the structure of the table, as agate prints it.
func (t *Table) String() string { return t.structure() }

// Repr names the class; Python shows an address too.
func (*Table) Repr() string { return "<agate.table.Table object>" }

func (t *Table) rows() []jinja.Value {
	out := make([]jinja.Value, t.n)
	for i := range out {
		out[i] = t.Row(i)
	}
	return out
}

// Iterate goes through the rows.
func (t *Table) Iterate() iter.Seq[jinja.Value] {
	return func(yield func(jinja.Value) bool) {
		for i := range t.n {
			if !yield(t.Row(i)) {
				return
			}
		}
	}
}

// Item is table[i], a row.
func (t *Table) Item(th *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	if n, ok := key.(jinja.Int); ok {
		i := int(n)
		if i < 0 {
			i += t.n
		}
		if i < 0 || i >= t.n {
			return nil, nil
		}
		return t.Row(i), nil
	}
	return t.rowSeq().Item(th, key)
}

func (t *Table) rowSeq() *seq {
	if t.all == nil {
		t.all = &seq{class: "MappedSequence", elems: t.rows()}
	}
	return t.all
}

func (t *Table) columnSeq() *seq {
	s := &seq{class: "MappedSequence", keys: t.names}
	for i := range t.names {
		s.elems = append(s.elems, &TableColumn{t: t, i: i})
	}
	return s
}

// Attr gives the attributes of agate's Table.
func (t *Table) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "columns":
		return t.columnSeq(), nil
	case "rows":
		return t.rowSeq(), nil
	case "column_names":
		out := make(jinja.Tuple, len(t.names))
		for i, n := range t.names {
			out[i] = jinja.Str(n)
		}
		return out, nil
	case "column_types":
		out := make(jinja.Tuple, len(t.types))
		for i, d := range t.types {
			out[i] = d
		}
		return out, nil
	case "row_names":
		return jinja.None, nil
	}
	if v := tableMethods.bound(t, name); v != nil {
		return v, nil
	}
	if isAgateMethod(name) {
		return jinja.NewFunction(name, func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) {
			return nil, compilationError("Table.%s of agate is not supported", name)
		}), nil
	}
	return nil, nil
}

// isAgateMethod tells the methods of agate's Table that are left out: they need
// Python objects that templates cannot make, or write files.
func isAgateMethod(name string) bool {
	switch name {
	case "aggregate", "bar_chart", "bins", "column_chart", "compute", "denormalize", "from_csv", "from_fixed", "from_json",
		"from_object", "homogenize", "join", "line_chart", "merge", "normalize", "pivot", "print_bars", "print_html",
		"scatterplot", "to_csv", "to_json":
		return true
	}
	return false
}

// TableColumn is one column of a [Table].
type TableColumn struct {
	t *Table
	i int
}

func (c *TableColumn) seq() *seq { return &seq{class: "Column", elems: c.t.column(c.i)} }

// Type is "Column".
func (*TableColumn) Type() string { return "Column" }

// Truth is false without rows.
func (c *TableColumn) Truth() bool { return c.t.n > 0 }

// String is `<agate.Column: (1, 2)>`.
func (c *TableColumn) String() string { return c.seq().Repr() }

// Repr is as String.
func (c *TableColumn) Repr() string { return c.seq().Repr() }

// Len is the number of rows.
func (c *TableColumn) Len() int { return c.t.n }

// Iterate goes through the values.
func (c *TableColumn) Iterate() iter.Seq[jinja.Value] { return c.seq().Iterate() }

// Item is column[i].
func (c *TableColumn) Item(t *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	return c.seq().Item(t, key)
}

// EqualTo compares the values.
func (c *TableColumn) EqualTo(other jinja.Value) bool { return c.seq().EqualTo(other) }

// Attr gives name, index, data_type and the methods.
func (c *TableColumn) Attr(t *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "name":
		return jinja.Str(c.t.names[c.i]), nil
	case "index":
		return jinja.Int(c.i), nil
	case "data_type":
		return c.t.types[c.i], nil
	}
	if v := tableColumnMethods.bound(c, name); v != nil {
		return v, nil
	}
	return c.seq().Attr(t, name)
}

var tableColumnMethods = methods[*TableColumn]{
	"values_distinct": func(c *TableColumn, a args) (jinja.Value, error) {
		out, err := distinct(c.t.column(c.i))
		if err != nil {
			return nil, err
		}
		return jinja.Tuple(out), a.none("values_distinct")
	},
	"values_without_nulls": func(c *TableColumn, a args) (jinja.Value, error) {
		return jinja.Tuple(withoutNulls(c.t.column(c.i))), a.none("values_without_nulls")
	},
	"values_sorted": func(c *TableColumn, a args) (jinja.Value, error) {
		if err := a.none("values_sorted"); err != nil {
			return nil, err
		}
		return sorted(c.t.column(c.i))
	},
	"values_without_nulls_sorted": func(c *TableColumn, a args) (jinja.Value, error) {
		if err := a.none("values_without_nulls_sorted"); err != nil {
			return nil, err
		}
		return sorted(withoutNulls(c.t.column(c.i)))
	},
}

func withoutNulls(vals []jinja.Value) []jinja.Value {
	var out []jinja.Value
	for _, v := range vals {
		if v != jinja.None {
			out = append(out, v)
		}
	}
	return out
}

func distinct(vals []jinja.Value) ([]jinja.Value, error) {
	s, err := jinja.NewSet(vals...)
	if err != nil {
		return nil, err
	}
	return s.Elems(), nil
}
