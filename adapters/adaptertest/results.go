package adaptertest

import (
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// typed is a SQL expression with the value it must come back as.
type typed struct {
	name, typ, sql string
	kind           adapter.Kind
	want           any
}

func moment(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05.999999999", s)
	if err != nil {
		panic(err)
	}
	return t
}

// types are those that every warehouse has under these names.
func types() []typed {
	return []typed{
		{"small", "smallint", "-32768", adapter.KindInteger, int64(-32768)},
		{"i", "integer", "2147483647", adapter.KindInteger, int64(2147483647)},
		{"b", "bigint", "'-9223372036854775808'", adapter.KindInteger, int64(-9223372036854775808)},
		{"n", "numeric(10,2)", "'1.5'", adapter.KindNumber, adapter.Decimal("1.50")},
		{"n_negative", "numeric(10,3)", "'-0.005'", adapter.KindNumber, adapter.Decimal("-0.005")},
		{"n_zero", "numeric(10,2)", "0", adapter.KindNumber, adapter.Decimal("0.00")},
		{"n_large", "numeric(38,4)", "'1234567890123456789012345678901234.5678'", adapter.KindNumber, adapter.Decimal("1234567890123456789012345678901234.5678")},
		{"f", "double precision", "'0.1'", adapter.KindNumber, 0.1},
		{"f_large", "double precision", "'-1e300'", adapter.KindNumber, -1e300},
		{"yes", "boolean", "'true'", adapter.KindBool, true},
		{"no", "boolean", "'false'", adapter.KindBool, false},
		{"d", "date", "'2024-02-29'", adapter.KindDate, adapter.Date("2024-02-29")},
		{"d_old", "date", "'1582-10-04'", adapter.KindDate, adapter.Date("1582-10-04")},
		{"ts", "timestamp", "'2024-02-29 12:34:56.789012'", adapter.KindTimestamp, adapter.Timestamp{Time: moment("2024-02-29 12:34:56.789012")}},
		{"ts_old", "timestamp", "'1899-12-31 23:59:59'", adapter.KindTimestamp, adapter.Timestamp{Time: moment("1899-12-31 23:59:59")}},
		{"tz", "timestamp with time zone", "'2024-02-29 12:34:56+03:00'", adapter.KindTimestamp, moment("2024-02-29 09:34:56")},
		{"tm", "time", "'12:34:56.5'", adapter.KindTime, "12:34:56.5"},
		{"midnight", "time", "'00:00:00'", adapter.KindTime, "00:00:00"},
		{"span", "interval", "'1 day 02:00:00'", adapter.KindInterval, 26 * time.Hour},
		{"span_back", "interval", "'-90 minutes'", adapter.KindInterval, -90 * time.Minute},
		{"s", "varchar", "'a''b'", adapter.KindText, "a'b"},
		{"s_empty", "varchar", "''", adapter.KindText, ""},
		{"s_long", "varchar", "'" + strings.Repeat("x", 100) + "'", adapter.KindText, strings.Repeat("x", 100)},
		{"s_unicode", "varchar", "'ሰላም 🙂'", adapter.KindText, "ሰላም 🙂"},
	}
}

func testTypes(t *testing.T, f *fixture) {
	var list []string
	for _, c := range types() {
		list = append(list, "cast("+c.sql+" as "+c.typ+") as "+c.name)
	}
	table := query(t, f.conn, "select "+strings.Join(list, ",\n")+" union all select "+strings.Join(list, ",\n"))
	if table.Len() != 2 {
		t.Fatalf("got %d rows, want 2", table.Len())
	}
	for i, c := range types() {
		col := table.Columns[i]
		equal(t, c.name+": name", col.Name, c.name)
		equal(t, c.name+": kind", col.Kind, c.kind)
		equal(t, c.name+": values", table.Values[i], []any{c.want, c.want})
		if col.DBType == "" || col.SQLType == "" {
			t.Errorf("%s: types DBType %q, SQLType %q", c.name, col.DBType, col.SQLType)
		}
	}
	// SQLType is good for DDL.
	var columns []string
	for i, c := range types() {
		columns = append(columns, c.name+" "+table.Columns[i].SQLType)
	}
	exec(t, f.conn, "create table typed ("+strings.Join(columns, ", ")+")")
	exec(t, f.conn, "insert into typed select "+strings.Join(list, ", "))
	again := query(t, f.conn, "select * from typed")
	for i, c := range types() {
		equal(t, c.name+": stored", again.Values[i], []any{c.want})
		equal(t, c.name+": stored type", again.Columns[i].SQLType, table.Columns[i].SQLType)
	}
}

func testNulls(t *testing.T, f *fixture) {
	var list []string
	for _, c := range types() {
		list = append(list, "cast(null as "+c.typ+") as "+c.name)
	}
	table := query(t, f.conn, "select "+strings.Join(list, ", "))
	for i, c := range types() {
		equal(t, c.name, table.Values[i], []any{nil})
		equal(t, c.name+": kind", table.Columns[i].Kind, c.kind)
	}
}

func testNoRows(t *testing.T, f *fixture) {
	const sql = "select cast(1 as integer) as a, 'x' as b where 1 = 0"
	for _, fetch := range []bool{true, false} {
		_, table, err := f.conn.Execute(t.Context(), sql, fetch, 0)
		if err != nil {
			t.Fatal(err)
		}
		if table.Len() != 0 || len(table.Columns) != 2 || len(table.Values) != 2 {
			t.Errorf("fetch %v: %d rows, %d columns, %d value lists", fetch, table.Len(), len(table.Columns), len(table.Values))
		}
	}
	_, table, err := f.conn.Execute(t.Context(), "create table t (a integer)", true, 0)
	if err != nil || table == nil || table.Len() != 0 {
		t.Errorf("DDL with fetch: %v, %v", table, err)
	}
}

func testLimit(t *testing.T, f *fixture) {
	const sql = "select 1 as n union all select 2 union all select 3 order by 1"
	_, table, err := f.conn.Execute(t.Context(), sql, true, 2)
	if err != nil {
		t.Fatal(err)
	}
	if table.Len() != 2 {
		t.Errorf("limit 2 gave %d rows", table.Len())
	}
	equal(t, "the session goes on", one(t, f.conn, "select cast(4 as integer)"), int64(4))
	_, table, err = f.conn.Execute(t.Context(), sql, false, 0)
	if err != nil || table.Len() != 0 {
		t.Errorf("without fetch: %d rows, %v", table.Len(), err)
	}
}

func testNested(t *testing.T, f *fixture) {
	table := query(t, f.conn, "select array[1, 2, null] as numbers, array['a,b', 'c\"d', null, ''] as texts")
	equal(t, "kind", table.Columns[0].Kind, adapter.KindOther)
	equal(t, "numbers", table.Values[0], []any{[]any{int64(1), int64(2), nil}})
	equal(t, "texts", table.Values[1], []any{[]any{"a,b", `c"d`, nil, ""}})
	equal(t, "as JSON", adapter.JSONText(table.Values[1][0]), `["a,b", "c\"d", null, ""]`)
}

func testLargeResult(t *testing.T, f *fixture) {
	const rows = 100_000
	table := query(t, f.conn, `select i, 'row ' || cast(i as varchar) as label, case when i % 2 = 0 then i end as even
		from generate_series(1, 100000) as s(i) order by i`)
	if table.Len() != rows {
		t.Fatalf("got %d rows, want %d", table.Len(), rows)
	}
	for _, i := range []int{0, 1, 2047, 2048, 65_535, rows - 1} {
		equal(t, "i", table.Values[0][i], int64(i+1))
		equal(t, "label", table.Values[1][i], "row "+itoa(i+1))
		if odd := table.Values[2][i] == nil; odd != (i%2 == 0) {
			t.Errorf("row %d: null %v", i, odd)
		}
	}
	long, ok := one(t, f.conn, "select repeat('ሰ', 400000)").(string)
	if !ok || long != strings.Repeat("ሰ", 400_000) {
		t.Errorf("a text of 1.2 MB came back with %d bytes", len(long))
	}
}
