package duckdb

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// logical is a DuckDB type, read once a result column.
type logical struct {
	id       mapping.Type
	name     string // as DESCRIBE prints it
	kind     adapter.Kind
	internal mapping.Type // of decimals and enums
	scale    int
	dict     []string // of enums
	kids     []logical
	names    []string // of the fields of structs and members of unions
	size     uint64   // of arrays
}

// decode reads a result; without fetch only its columns.
func (c *conn) decode(res *mapping.Result, fetch bool, limit int) (*adapter.Table, error) {
	n := int(mapping.ColumnCount(res))
	table := &adapter.Table{}
	if mapping.ResultReturnType(*res) == mapping.ResultTypeNothing {
		return table, nil
	}
	table.Columns = make([]adapter.ResultColumn, n)
	table.Values = make([][]any, n)
	types := make([]logical, n)
	zoned := false
	for i := range n {
		lt := mapping.ColumnLogicalType(res, mapping.IdxT(i))
		t, err := c.w.readType(lt)
		mapping.DestroyLogicalType(&lt)
		name := mapping.ColumnName(res, mapping.IdxT(i))
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", name, err)
		}
		types[i] = t
		zoned = zoned || t.zoned()
		table.Columns[i] = adapter.ResultColumn{Name: name, Kind: t.kind, DBType: t.name, SQLType: t.name}
	}
	if !fetch {
		return table, nil
	}
	if zoned && c.zone == nil {
		c.zone = c.timeZone()
	}
	for limit <= 0 || table.Len() < limit {
		chunk := mapping.FetchChunk(*res)
		if chunk.Ptr == nil {
			break
		}
		size := int(mapping.DataChunkGetSize(chunk))
		if limit > 0 {
			size = min(size, limit-table.Len())
		}
		for i := range n {
			v := bindVector(&types[i], mapping.DataChunkGetVector(chunk, mapping.IdxT(i)))
			values := table.Values[i]
			for r := range size {
				values = append(values, v.get(r, c.zone))
			}
			table.Values[i] = values
		}
		mapping.DestroyDataChunk(&chunk)
		if n == 0 {
			break
		}
	}
	return table, nil
}

// timeZone asks for the session's zone, in which Python's values are too.
func (c *conn) timeZone() *time.Location {
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	if mapping.Query(c.raw, "SELECT current_setting('TimeZone')", &res) == mapping.StateError {
		return time.UTC
	}
	table, err := c.decode(&res, true, 1)
	if err != nil || table.Len() == 0 {
		return time.UTC
	}
	name, _ := table.Values[0][0].(string)
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // the moment is the same
	}
	return loc
}

func (t *logical) zoned() bool {
	if t.id == mapping.TypeTimestampTZ {
		return true
	}
	for i := range t.kids {
		if t.kids[i].zoned() {
			return true
		}
	}
	return false
}

// readType reads a type. An error names one that has no values here.
func (w *warehouse) readType(lt mapping.LogicalType) (logical, error) {
	t := logical{id: mapping.GetTypeId(lt), kind: adapter.KindOther}
	alias := mapping.LogicalTypeGetAlias(lt)
	var err error
	child := func(get func() mapping.LogicalType) logical {
		kid := get()
		defer mapping.DestroyLogicalType(&kid)
		k, e := w.readType(kid)
		if err == nil {
			err = e
		}
		return k
	}
	switch t.id {
	case mapping.TypeDecimal:
		t.internal, t.scale = mapping.DecimalInternalType(lt), int(mapping.DecimalScale(lt))
		t.kind = adapter.KindNumber
		t.name = fmt.Sprintf("DECIMAL(%d,%d)", mapping.DecimalWidth(lt), t.scale)
	case mapping.TypeEnum:
		t.internal, t.kind = mapping.EnumInternalType(lt), adapter.KindText
		quoted := make([]string, mapping.EnumDictionarySize(lt))
		for i := range quoted {
			t.dict = append(t.dict, mapping.EnumDictionaryValue(lt, mapping.IdxT(i)))
			quoted[i] = quoteText(t.dict[i])
		}
		t.name = "ENUM(" + strings.Join(quoted, ", ") + ")"
	case mapping.TypeList:
		t.kids = []logical{child(func() mapping.LogicalType { return mapping.ListTypeChildType(lt) })}
		t.name = t.kids[0].name + "[]"
	case mapping.TypeArray:
		t.kids = []logical{child(func() mapping.LogicalType { return mapping.ArrayTypeChildType(lt) })}
		t.size = uint64(mapping.ArrayTypeArraySize(lt))
		t.name = fmt.Sprintf("%s[%d]", t.kids[0].name, t.size)
	case mapping.TypeMap:
		t.kids = []logical{
			child(func() mapping.LogicalType { return mapping.MapTypeKeyType(lt) }),
			child(func() mapping.LogicalType { return mapping.MapTypeValueType(lt) }),
		}
		t.name = "MAP(" + t.kids[0].name + ", " + t.kids[1].name + ")"
	case mapping.TypeStruct, mapping.TypeUnion:
		count, word := uint64(0), "STRUCT("
		if t.id == mapping.TypeStruct {
			count = uint64(mapping.StructTypeChildCount(lt))
		} else {
			count, word = uint64(mapping.UnionTypeMemberCount(lt)), "UNION("
		}
		var parts []string
		for i := range mapping.IdxT(count) {
			var name string
			var kid logical
			if t.id == mapping.TypeStruct {
				name = mapping.StructTypeChildName(lt, i)
				kid = child(func() mapping.LogicalType { return mapping.StructTypeChildType(lt, i) })
			} else {
				name = mapping.UnionTypeMemberName(lt, i)
				kid = child(func() mapping.LogicalType { return mapping.UnionTypeMemberType(lt, i) })
			}
			t.names, t.kids = append(t.names, name), append(t.kids, kid)
			parts = append(parts, w.fieldName(name)+" "+kid.name)
		}
		t.name = word + strings.Join(parts, ", ") + ")"
	default:
		known, ok := scalarType(t.id)
		if !ok {
			return t, fmt.Errorf("DuckDB's type number %d can't be read; cast it to VARCHAR in the query", t.id)
		}
		t.name, t.kind = known.name, known.kind
	}
	if alias != "" {
		t.name = alias
	}
	return t, err
}

type namedKind struct {
	name string
	kind adapter.Kind
}

func scalarType(id mapping.Type) (namedKind, bool) {
	switch id {
	case mapping.TypeBoolean:
		return namedKind{"BOOLEAN", adapter.KindBool}, true
	case mapping.TypeTinyInt:
		return namedKind{"TINYINT", adapter.KindInteger}, true
	case mapping.TypeSmallInt:
		return namedKind{"SMALLINT", adapter.KindInteger}, true
	case mapping.TypeInteger:
		return namedKind{"INTEGER", adapter.KindInteger}, true
	case mapping.TypeBigInt:
		return namedKind{"BIGINT", adapter.KindInteger}, true
	case mapping.TypeUTinyInt:
		return namedKind{"UTINYINT", adapter.KindInteger}, true
	case mapping.TypeUSmallInt:
		return namedKind{"USMALLINT", adapter.KindInteger}, true
	case mapping.TypeUInteger:
		return namedKind{"UINTEGER", adapter.KindInteger}, true
	case mapping.TypeUBigInt:
		return namedKind{"UBIGINT", adapter.KindInteger}, true
	case mapping.TypeHugeInt:
		return namedKind{"HUGEINT", adapter.KindInteger}, true
	case mapping.TypeUHugeInt:
		return namedKind{"UHUGEINT", adapter.KindInteger}, true
	case mapping.TypeBigNum:
		return namedKind{"BIGNUM", adapter.KindInteger}, true
	case mapping.TypeFloat:
		return namedKind{"FLOAT", adapter.KindNumber}, true
	case mapping.TypeDouble:
		return namedKind{"DOUBLE", adapter.KindNumber}, true
	case mapping.TypeVarchar:
		return namedKind{"VARCHAR", adapter.KindText}, true
	case mapping.TypeBlob:
		return namedKind{"BLOB", adapter.KindBytes}, true
	case mapping.TypeBit:
		return namedKind{"BIT", adapter.KindText}, true
	case mapping.TypeUUID:
		return namedKind{"UUID", adapter.KindText}, true
	case mapping.TypeDate:
		return namedKind{"DATE", adapter.KindDate}, true
	case mapping.TypeTime:
		return namedKind{"TIME", adapter.KindTime}, true
	case mapping.TypeTimeNS:
		return namedKind{"TIME_NS", adapter.KindTime}, true
	case mapping.TypeTimeTZ:
		return namedKind{"TIME WITH TIME ZONE", adapter.KindTime}, true
	case mapping.TypeTimestamp:
		return namedKind{"TIMESTAMP", adapter.KindTimestamp}, true
	case mapping.TypeTimestampS:
		return namedKind{"TIMESTAMP_S", adapter.KindTimestamp}, true
	case mapping.TypeTimestampMS:
		return namedKind{"TIMESTAMP_MS", adapter.KindTimestamp}, true
	case mapping.TypeTimestampNS:
		return namedKind{"TIMESTAMP_NS", adapter.KindTimestamp}, true
	case mapping.TypeTimestampTZ:
		return namedKind{"TIMESTAMP WITH TIME ZONE", adapter.KindTimestamp}, true
	case mapping.TypeInterval:
		return namedKind{"INTERVAL", adapter.KindInterval}, true
	case mapping.TypeSQLNull:
		return namedKind{`"NULL"`, adapter.KindText}, true
	}
	return namedKind{}, false
}

var plainField = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fieldName quotes a struct field's name where DuckDB does.
func (w *warehouse) fieldName(name string) string {
	if !plainField.MatchString(name) || w.isReserved(name) {
		return quoteName(name)
	}
	return name
}

// isReserved knows the database's reserved words, which are read once.
func (w *warehouse) isReserved(name string) bool {
	w.keywords.Do(func() {
		w.reserved = map[string]bool{}
		c := conn{w: w}
		if mapping.Connect(w.db, &c.raw) == mapping.StateError {
			return
		}
		defer mapping.Disconnect(&c.raw)
		var res mapping.Result
		defer mapping.DestroyResult(&res)
		if mapping.Query(c.raw, "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'", &res) == mapping.StateError {
			return
		}
		if table, err := c.decode(&res, true, 0); err == nil && len(table.Values) == 1 {
			for _, v := range table.Values[0] {
				w.reserved[v.(string)] = true
			}
		}
	})
	return w.reserved[strings.ToLower(name)]
}

// vector is a column of a chunk, in DuckDB's memory.
type vector struct {
	t    *logical
	data unsafe.Pointer
	mask unsafe.Pointer // nil when nothing is null
	kids []vector
}

func bindVector(t *logical, vec mapping.Vector) vector {
	v := vector{t: t, data: mapping.VectorGetData(vec), mask: mapping.VectorGetValidity(vec)}
	switch t.id {
	case mapping.TypeList:
		v.kids = []vector{bindVector(&t.kids[0], mapping.ListVectorGetChild(vec))}
	case mapping.TypeArray:
		v.kids = []vector{bindVector(&t.kids[0], mapping.ArrayVectorGetChild(vec))}
	case mapping.TypeMap:
		entry := mapping.ListVectorGetChild(vec)
		for i := range t.kids {
			v.kids = append(v.kids, bindVector(&t.kids[i], mapping.StructVectorGetChild(entry, mapping.IdxT(i))))
		}
	case mapping.TypeStruct:
		for i := range t.kids {
			v.kids = append(v.kids, bindVector(&t.kids[i], mapping.StructVectorGetChild(vec, mapping.IdxT(i))))
		}
	case mapping.TypeUnion:
		// The first child holds the tags.
		tag := logical{id: mapping.TypeUTinyInt}
		v.kids = append(v.kids, bindVector(&tag, mapping.StructVectorGetChild(vec, 0)))
		for i := range t.kids {
			v.kids = append(v.kids, bindVector(&t.kids[i], mapping.StructVectorGetChild(vec, mapping.IdxT(i+1))))
		}
	}
	return v
}

func at[T any](v *vector, row int) T {
	var zero T
	return *(*T)(unsafe.Add(v.data, uintptr(row)*unsafe.Sizeof(zero)))
}

type hugeint struct {
	low  uint64
	high int64
}

func (h hugeint) big() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(h.high), 64)
	return n.Add(n, new(big.Int).SetUint64(h.low))
}

type span struct {
	months, days int32
	micros       int64
}

type listEntry struct{ offset, length uint64 }

// get reads the value of a row.
func (v *vector) get(row int, zone *time.Location) any {
	if v.mask != nil && *(*uint64)(unsafe.Add(v.mask, row/64*8))&(1<<(row%64)) == 0 {
		return nil
	}
	switch v.t.id {
	case mapping.TypeBoolean:
		return at[bool](v, row)
	case mapping.TypeTinyInt:
		return int64(at[int8](v, row))
	case mapping.TypeSmallInt:
		return int64(at[int16](v, row))
	case mapping.TypeInteger:
		return int64(at[int32](v, row))
	case mapping.TypeBigInt:
		return at[int64](v, row)
	case mapping.TypeUTinyInt:
		return int64(at[uint8](v, row))
	case mapping.TypeUSmallInt:
		return int64(at[uint16](v, row))
	case mapping.TypeUInteger:
		return int64(at[uint32](v, row))
	case mapping.TypeUBigInt:
		n := at[uint64](v, row)
		if n > math.MaxInt64 {
			return new(big.Int).SetUint64(n)
		}
		return int64(n)
	case mapping.TypeHugeInt:
		h := at[hugeint](v, row)
		if h.high == 0 && h.low <= math.MaxInt64 || h.high == -1 && h.low > math.MaxInt64 {
			return int64(h.low)
		}
		return h.big()
	case mapping.TypeUHugeInt:
		h := at[hugeint](v, row)
		if h.high == 0 && h.low <= math.MaxInt64 {
			return int64(h.low)
		}
		n := new(big.Int).Lsh(new(big.Int).SetUint64(uint64(h.high)), 64)
		return n.Add(n, new(big.Int).SetUint64(h.low))
	case mapping.TypeBigNum:
		return bignum(v.bytes(row))
	case mapping.TypeFloat:
		return float64(at[float32](v, row))
	case mapping.TypeDouble:
		return at[float64](v, row)
	case mapping.TypeDecimal:
		return v.decimal(row)
	case mapping.TypeVarchar:
		return string(v.bytes(row))
	case mapping.TypeBlob:
		return append([]byte{}, v.bytes(row)...)
	case mapping.TypeBit:
		return bits(v.bytes(row))
	case mapping.TypeEnum:
		return v.t.dict[v.index(row)]
	case mapping.TypeUUID:
		return uuid(at[hugeint](v, row))
	case mapping.TypeDate:
		return date(at[int32](v, row))
	case mapping.TypeTime:
		return clock(at[int64](v, row) * 1000)
	case mapping.TypeTimeNS:
		return clock(at[int64](v, row))
	case mapping.TypeTimeTZ:
		return zonedClock(at[uint64](v, row))
	case mapping.TypeTimestamp:
		return adapter.Timestamp{Time: timestamp(at[int64](v, row), time.UnixMicro)}
	case mapping.TypeTimestampS:
		return adapter.Timestamp{Time: timestamp(at[int64](v, row), func(n int64) time.Time { return time.Unix(n, 0) })}
	case mapping.TypeTimestampMS:
		return adapter.Timestamp{Time: timestamp(at[int64](v, row), time.UnixMilli)}
	case mapping.TypeTimestampNS:
		return adapter.Timestamp{Time: timestamp(at[int64](v, row), func(n int64) time.Time { return time.Unix(0, n) })}
	case mapping.TypeTimestampTZ:
		return timestamp(at[int64](v, row), time.UnixMicro).In(zone)
	case mapping.TypeInterval:
		return interval(at[span](v, row))
	case mapping.TypeList:
		e := at[listEntry](v, row)
		return v.slice(e.offset, e.length, zone)
	case mapping.TypeArray:
		return v.slice(uint64(row)*v.t.size, v.t.size, zone)
	case mapping.TypeStruct:
		o := make(adapter.Object, len(v.kids))
		for i := range v.kids {
			o[i] = adapter.Field{Name: v.t.names[i], Value: v.kids[i].get(row, zone)}
		}
		return o
	case mapping.TypeMap:
		e := at[listEntry](v, row)
		o := make(adapter.Object, 0, e.length)
		for i := e.offset; i < e.offset+e.length; i++ {
			o = append(o, adapter.Field{Name: keyText(v.kids[0].get(int(i), zone)), Value: v.kids[1].get(int(i), zone)})
		}
		return o
	case mapping.TypeUnion:
		tag := int(at[uint8](&v.kids[0], row))
		return v.kids[tag+1].get(row, zone)
	default: // SQLNULL
		return nil
	}
}

func (v *vector) slice(offset, length uint64, zone *time.Location) []any {
	list := make([]any, length)
	for i := range list {
		list[i] = v.kids[0].get(int(offset)+i, zone)
	}
	return list
}

// bytes is a string's content in DuckDB's memory: a length and, up to 12
// bytes, the content itself, else a pointer to it.
func (v *vector) bytes(row int) []byte {
	p := unsafe.Add(v.data, row*16)
	n := int(*(*uint32)(p))
	if n <= 12 {
		return unsafe.Slice((*byte)(unsafe.Add(p, 4)), n)
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(p, 8)), n)
}

func (v *vector) index(row int) int {
	switch v.t.internal {
	case mapping.TypeUTinyInt:
		return int(at[uint8](v, row))
	case mapping.TypeUSmallInt:
		return int(at[uint16](v, row))
	default:
		return int(at[uint32](v, row))
	}
}

func (v *vector) decimal(row int) adapter.Decimal {
	switch v.t.internal {
	case mapping.TypeSmallInt:
		return decimalText(strconv.FormatInt(int64(at[int16](v, row)), 10), v.t.scale)
	case mapping.TypeInteger:
		return decimalText(strconv.FormatInt(int64(at[int32](v, row)), 10), v.t.scale)
	case mapping.TypeBigInt:
		return decimalText(strconv.FormatInt(at[int64](v, row), 10), v.t.scale)
	default:
		return decimalText(at[hugeint](v, row).big().String(), v.t.scale)
	}
}

// decimalText sets the point in the digits of an unscaled number.
func decimalText(digits string, scale int) adapter.Decimal {
	if scale == 0 {
		return adapter.Decimal(digits)
	}
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	point := len(digits) - scale
	return adapter.Decimal(sign + digits[:point] + "." + digits[point:])
}

// bignum reads DuckDB's sortable form: three bytes of length and sign, then
// the magnitude, all inverted for negative numbers.
func bignum(b []byte) any {
	if len(b) < 4 {
		return int64(0)
	}
	negative := b[0]&0x80 == 0
	magnitude := append([]byte{}, b[3:]...)
	if negative {
		for i := range magnitude {
			magnitude[i] = ^magnitude[i]
		}
	}
	n := new(big.Int).SetBytes(magnitude)
	if negative {
		n.Neg(n)
	}
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

// bits prints a BIT value; its first byte says how many leading bits are padding.
func bits(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	var s strings.Builder
	for i := int(b[0]); i < (len(b)-1)*8; i++ {
		s.WriteByte('0' + b[1+i/8]>>(7-i%8)&1)
	}
	return s.String()
}

// uuid prints a UUID, whose highest bit DuckDB flips for sorting.
func uuid(h hugeint) string {
	high := uint64(h.high) ^ 1<<63
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, h.low>>48, h.low&(1<<48-1))
}

// Infinite days and moments become the ends of Python's range, as in
// DuckDB's Python client.

func date(days int32) adapter.Date {
	switch days {
	case math.MaxInt32:
		return "9999-12-31"
	case -math.MaxInt32:
		return "0001-01-01"
	}
	t := time.Unix(int64(days)*86400, 0).UTC()
	if y := t.Year(); y <= 0 {
		return adapter.Date(fmt.Sprintf("%04d-%s (BC)", 1-y, t.Format("01-02")))
	}
	return adapter.Date(t.Format(time.DateOnly))
}

func timestamp(n int64, from func(int64) time.Time) time.Time {
	switch n {
	case math.MaxInt64:
		return time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
	case -math.MaxInt64:
		return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return from(n).UTC()
}

func clock(nanos int64) string {
	if nanos == int64(24*time.Hour) {
		return "24:00:00"
	}
	return time.Unix(0, nanos).UTC().Format("15:04:05.999999999")
}

// zonedClock reads microseconds in the high 40 bits and the inverted offset in
// the low 24.
func zonedClock(v uint64) string {
	const maxOffset = 16*3600 - 1
	offset := maxOffset - int64(v&(1<<24-1))
	sign := "+"
	if offset < 0 {
		sign, offset = "-", -offset
	}
	s := clock(int64(v>>24)*1000) + fmt.Sprintf("%s%02d:%02d", sign, offset/3600, offset/60%60)
	if offset%60 != 0 {
		s += fmt.Sprintf(":%02d", offset%60)
	}
	return s
}

// interval counts 30 days a month, as DuckDB's Python client does; what is too
// long stays text.
func interval(s span) any {
	days := int64(s.months)*30 + int64(s.days)
	const day = int64(24 * time.Hour)
	if limit := math.MaxInt64/day - 1; days > limit || days < -limit ||
		s.micros > math.MaxInt64/1000/4 || s.micros < math.MinInt64/1000/4 {
		return fmt.Sprintf("%d months %d days %d microseconds", s.months, s.days, s.micros)
	}
	total, rest := days*day, s.micros*1000
	if rest > 0 && total > math.MaxInt64-rest || rest < 0 && total < math.MinInt64-rest {
		return fmt.Sprintf("%d months %d days %d microseconds", s.months, s.days, s.micros)
	}
	return time.Duration(total + rest)
}

// keyText prints a map's key.
func keyText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if s, err := valueText(v); err == nil {
		return s
	}
	return fmt.Sprint(v)
}
