package postgres

import (
	"context"
	"fmt"
	"strconv"
	"unsafe"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// pgType is what the driver knows of a built-in type.
type pgType struct {
	sql    string // as format_type prints it without a size
	code   string // psycopg2's name for its OID, empty where it has none
	kind   adapter.Kind
	decode func(s string) (any, error)
	elem   uint32 // element type of an array that psycopg2 reads
}

// builtin holds the types of pg_type.dat that have a decoder or a psycopg2
// name. Anything else is text with the name that the server gives.
func builtin(oid uint32) (pgType, bool) {
	switch oid {
	case oidBool:
		return pgType{"boolean", "BOOLEAN", adapter.KindBool, decodeBool, 0}, true
	case oidBytea:
		return pgType{"bytea", "BINARY", adapter.KindBytes, decodeBytea, 0}, true
	case 18:
		return pgType{`"char"`, "STRING", adapter.KindText, decodeText, 0}, true
	case 19:
		return pgType{"name", "STRING", adapter.KindText, decodeText, 0}, true
	case oidInt8:
		return pgType{"bigint", "LONGINTEGER", adapter.KindInteger, decodeInt, 0}, true
	case 21:
		return pgType{"smallint", "INTEGER", adapter.KindInteger, decodeInt, 0}, true
	case oidInt4:
		return pgType{"integer", "INTEGER", adapter.KindInteger, decodeInt, 0}, true
	case oidText:
		return pgType{"text", "STRING", adapter.KindText, decodeText, 0}, true
	case 26:
		return pgType{"oid", "ROWID", adapter.KindInteger, decodeInt, 0}, true
	case 114:
		return pgType{"json", "JSON", adapter.KindOther, decodeJSON, 0}, true
	case 700:
		return pgType{"real", "FLOAT", adapter.KindNumber, decodeFloat, 0}, true
	case oidFloat8:
		return pgType{"double precision", "FLOAT", adapter.KindNumber, decodeFloat, 0}, true
	case 705:
		return pgType{"unknown", "UNKNOWN", adapter.KindText, decodeText, 0}, true
	case 1042:
		return pgType{"character", "STRING", adapter.KindText, decodeText, 0}, true
	case 1043:
		return pgType{"character varying", "STRING", adapter.KindText, decodeText, 0}, true
	case oidDate:
		return pgType{"date", "DATE", adapter.KindDate, decodeDate, 0}, true
	case 1083:
		return pgType{"time without time zone", "TIME", adapter.KindTime, decodeText, 0}, true
	case oidTimestamp:
		return pgType{"timestamp without time zone", "DATETIME", adapter.KindTimestamp, decodeTimestamp, 0}, true
	case oidTimestamptz:
		return pgType{"timestamp with time zone", "DATETIMETZ", adapter.KindTimestamp, decodeTimestamptz, 0}, true
	case oidInterval:
		return pgType{"interval", "INTERVAL", adapter.KindInterval, decodeInterval, 0}, true
	case 1266:
		return pgType{"time with time zone", "TIME", adapter.KindTime, decodeTimetz, 0}, true
	case oidNumeric:
		return pgType{"numeric", "DECIMAL", adapter.KindNumber, decodeNumeric, 0}, true
	case 3802:
		return pgType{"jsonb", "JSONB", adapter.KindOther, decodeJSON, 0}, true
	case 2950:
		return pgType{"uuid", "", adapter.KindText, decodeText, 0}, true
	case 869:
		return pgType{"inet", "", adapter.KindText, decodeText, 0}, true
	case 790:
		return pgType{"money", "", adapter.KindText, decodeText, 0}, true
	case 2278:
		return pgType{"void", "", adapter.KindText, decodeText, 0}, true
	case 3908:
		return pgType{"tsrange", "tsrange", adapter.KindText, decodeRange(rangeTime), 0}, true
	case 3910:
		return pgType{"tstzrange", "tstzrange", adapter.KindText, decodeRange(rangeTime), 0}, true
	case 3912:
		return pgType{"daterange", "daterange", adapter.KindText, decodeRange(rangePlain), 0}, true
	case 3904:
		return pgType{"int4range", "type", adapter.KindText, decodeRange(rangePlain), 0}, true
	case 3906:
		return pgType{"numrange", "type", adapter.KindText, decodeRange(rangePlain), 0}, true
	case 3926:
		return pgType{"int8range", "type", adapter.KindText, decodeRange(rangePlain), 0}, true
	}
	if a, ok := arrayOf(oid); ok {
		elem, _ := builtin(a.elem)
		return pgType{elem.sql + "[]", a.code, adapter.KindOther, decodeArray(elem.decode), a.elem}, true
	}
	return pgType{}, false
}

type arrayType struct {
	elem uint32
	code string
}

// arrayOf lists the arrays that psycopg2 turns into lists.
func arrayOf(oid uint32) (arrayType, bool) {
	switch oid {
	case 1000:
		return arrayType{oidBool, "BOOLEANARRAY"}, true
	case 1001:
		return arrayType{oidBytea, "BINARYARRAY"}, true
	case 1002:
		return arrayType{18, "STRINGARRAY"}, true
	case 1003:
		return arrayType{19, "STRINGARRAY"}, true
	case 1005:
		return arrayType{21, "INTEGERARRAY"}, true
	case 1007:
		return arrayType{oidInt4, "INTEGERARRAY"}, true
	case 1009:
		return arrayType{oidText, "STRINGARRAY"}, true
	case 1014:
		return arrayType{1042, "STRINGARRAY"}, true
	case 1015:
		return arrayType{1043, "STRINGARRAY"}, true
	case 1016:
		return arrayType{oidInt8, "LONGINTEGERARRAY"}, true
	case 1021:
		return arrayType{700, "FLOATARRAY"}, true
	case 1022:
		return arrayType{oidFloat8, "FLOATARRAY"}, true
	case 1028:
		return arrayType{26, "ROWIDARRAY"}, true
	case 1041:
		return arrayType{869, "INETARRAY"}, true
	case 1115:
		return arrayType{oidTimestamp, "DATETIMEARRAY"}, true
	case 1182:
		return arrayType{oidDate, "DATEARRAY"}, true
	case 1183:
		return arrayType{1083, "TIMEARRAY"}, true
	case 1185:
		return arrayType{oidTimestamptz, "DATETIMETZARRAY"}, true
	case 1187:
		return arrayType{oidInterval, "INTERVALARRAY"}, true
	case 1231:
		return arrayType{oidNumeric, "DECIMALARRAY"}, true
	case 1270:
		return arrayType{1266, "TIMEARRAY"}, true
	case 199:
		return arrayType{114, "JSONARRAY"}, true
	case 3807:
		return arrayType{3802, "JSONBARRAY"}, true
	}
	return arrayType{}, false
}

// sized adds a type's modifier as format_type does.
func sized(oid uint32, name string, mod int32) string {
	if mod < 0 {
		return name
	}
	switch oid {
	case 1042, 1043:
		return fmt.Sprintf("%s(%d)", name, mod-4)
	case oidNumeric:
		mod -= 4
		return fmt.Sprintf("numeric(%d,%d)", mod>>16&0xffff, (mod&0x7ff^1024)-1024)
	case 1083:
		return fmt.Sprintf("time(%d) without time zone", mod)
	case 1266:
		return fmt.Sprintf("time(%d) with time zone", mod)
	case oidTimestamp:
		return fmt.Sprintf("timestamp(%d) without time zone", mod)
	case oidTimestamptz:
		return fmt.Sprintf("timestamp(%d) with time zone", mod)
	}
	if a, ok := arrayOf(oid); ok {
		elem, _ := builtin(a.elem)
		return sized(a.elem, elem.sql, mod) + "[]"
	}
	return name
}

// result is one statement's result.
type result struct {
	tag     string
	table   *adapter.Table
	unnamed []typeKey // types to ask the server about, by column
}

type typeKey struct {
	column int
	oid    uint32
	mod    int32
}

// forgets tells whether a type's decoder keeps nothing of its text, which then
// needs no copy.
func forgets(oid uint32) bool {
	switch oid {
	case oidBool, oidInt8, 21, oidInt4, 26, 700, oidFloat8, oidTimestamp, oidTimestamptz:
		return true
	}
	return false
}

// decodeError is a value that the driver can't read.
type decodeError struct {
	column string
	err    error
}

func (e *decodeError) Error() string { return fmt.Sprintf("column %q: %v", e.column, e.err) }
func (e *decodeError) Unwrap() error { return e.err }

// readResult reads one statement's rows to their end. The error is the
// server's, or a *decodeError.
func readResult(rr *pgconn.ResultReader, fetch bool, limit int) (*result, error) {
	fields := rr.FieldDescriptions()
	res := &result{table: &adapter.Table{
		Columns: make([]adapter.ResultColumn, len(fields)),
		Values:  make([][]any, len(fields)),
	}}
	decoders := make([]func(string) (any, error), len(fields))
	views := make([]bool, len(fields))
	for i, f := range fields {
		t, ok := builtin(f.DataTypeOID)
		col := adapter.ResultColumn{Name: f.Name, Kind: adapter.KindText}
		decoders[i] = decodeText
		if ok {
			decoders[i], views[i] = t.decode, forgets(f.DataTypeOID)
			col.Kind = t.kind
			col.SQLType = sized(f.DataTypeOID, t.sql, f.TypeModifier)
			col.DBType = t.code
		} else {
			res.unnamed = append(res.unnamed, typeKey{i, f.DataTypeOID, f.TypeModifier})
		}
		if col.DBType == "" {
			col.DBType = "unknown type_code " + strconv.FormatUint(uint64(f.DataTypeOID), 10)
		}
		res.table.Columns[i] = col
	}
	var failed error
	for n := 0; rr.NextRow(); n++ {
		if !fetch || limit > 0 && n >= limit || failed != nil {
			continue
		}
		for i, raw := range rr.Values() {
			var v any
			if raw != nil {
				var err error
				if views[i] && len(raw) > 0 {
					v, err = decoders[i](unsafe.String(&raw[0], len(raw)))
				} else {
					v, err = decoders[i](string(raw))
				}
				if err != nil {
					failed = &decodeError{res.table.Columns[i].Name, err}
					break
				}
			}
			res.table.Values[i] = append(res.table.Values[i], v)
		}
	}
	tag, err := rr.Close()
	if err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	res.tag = tag.String()
	return res, nil
}

// nameTypes asks the server for the names of types that aren't built in: one
// query for a type, once a warehouse.
func (c *conn) nameTypes(ctx context.Context, res *result) error {
	for _, key := range res.unnamed {
		known := typeKey{oid: key.oid, mod: key.mod}
		name, ok := c.w.typeNames.Load(known)
		if !ok {
			// The session may hold an aborted transaction by now only if the
			// statement failed, and then there is no result to name.
			results, err := c.pg.Exec(ctx, fmt.Sprintf("select pg_catalog.format_type(%d, %d)", key.oid, key.mod)).ReadAll()
			if err != nil {
				return statementError(ctx, err, "select pg_catalog.format_type(…)", 0)
			}
			name = string(results[0].Rows[0][0])
			c.w.typeNames.Store(known, name)
		}
		res.table.Columns[key.column].SQLType = name.(string)
	}
	return nil
}
