package adapter

import "time"

// Kind is the kind of a value in a result column; agate's data types are the model.
type Kind uint8

// Kinds of column values and their Go types in a [Table].
const (
	KindText      Kind = iota // string
	KindInteger               // int64 or *big.Int
	KindNumber                // Decimal, float64
	KindBool                  // bool
	KindDate                  // Date
	KindTimestamp             // Timestamp, or time.Time where the type has a zone
	KindTime                  // string "15:04:05.999999"
	KindInterval              // time.Duration, or the server's text where that overflows
	KindBytes                 // []byte
	KindOther                 // []any, Object, or string (JSON, UUID …); see JSONText
)

// Decimal is an exact decimal number as text, for example "1.50".
type Decimal string

// Date is a day without time, as "2006-01-02".
type Date string

// Timestamp is a timestamp without time zone; the Time's location is UTC.
// Values with a zone travel as time.Time.
type Timestamp struct{ time.Time }

// ResultColumn describes one column of a result.
type ResultColumn struct {
	Name string
	Kind Kind
	// DBType is the driver's name of the type, as dbt's
	// data_type_code_to_name gives it for contracts.
	DBType string
	// SQLType is the type as it would be written in DDL.
	SQLType string
}

// Table is a column-oriented result. Values[c][r] is nil for NULL.
type Table struct {
	Columns []ResultColumn
	Values  [][]any
}

// Len returns the number of rows.
func (t *Table) Len() int {
	if t == nil || len(t.Values) == 0 {
		return 0
	}
	return len(t.Values[0])
}

// Column describes a column of a relation, as dbt's Column.
type Column struct {
	Name             string
	DataType         string // base type name, without size
	CharSize         *int64
	NumericPrecision *int64
	NumericScale     *int64
}
