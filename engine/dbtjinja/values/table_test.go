package values

import (
	"encoding/json"
	"math"
	"os"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/google/go-cmp/cmp"
)

// result makes a table of columns (name, kind) and rows.
func result(cols []adapter.ResultColumn, rows ...[]any) *adapter.Table {
	t := &adapter.Table{Columns: cols, Values: make([][]any, len(cols))}
	for _, r := range rows {
		for i := range cols {
			t.Values[i] = append(t.Values[i], r[i])
		}
	}
	return t
}

func col(name string, k adapter.Kind) adapter.ResultColumn {
	return adapter.ResultColumn{Name: name, Kind: k}
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05.999999", s)
	if err != nil {
		panic(err)
	}
	return t
}

func testTables() map[string]*adapter.Table {
	ints := func(names string, row ...any) *adapter.Table {
		var cols []adapter.ResultColumn
		for _, n := range names {
			cols = append(cols, col(string(n), adapter.KindInteger))
		}
		return result(cols, row)
	}
	long := result([]adapter.ResultColumn{col("n", adapter.KindInteger)})
	for i := range int64(25) {
		long.Values[0] = append(long.Values[0], i)
	}
	stamp := func(s string) adapter.Timestamp { return adapter.Timestamp{Time: at(s)} }
	return map[string]*adapter.Table{
		"mixed": result([]adapter.ResultColumn{col("id", adapter.KindInteger), col("name", adapter.KindText), col("amount", adapter.KindNumber),
			col("day", adapter.KindDate), col("at", adapter.KindTimestamp), col("ok", adapter.KindBool)},
			[]any{int64(1), "Abebe", adapter.Decimal("1.50"), adapter.Date("2024-01-05"), stamp("2024-01-05 10:00:00"), true},
			[]any{int64(2), nil, adapter.Decimal("1234567.125"), nil, stamp("2024-01-05 10:00:00.5"), false},
			[]any{int64(1000), "a very long text that is cut, really", adapter.Decimal("-0.001"), adapter.Date("2024-01-06"), nil, nil}),
		"wide":  ints("abcdefgh", int64(0), int64(1), int64(2), int64(3), int64(4), int64(5), int64(6), int64(7)),
		"long":  long,
		"empty": result([]adapter.ResultColumn{col("a", adapter.KindText), col("b", adapter.KindDate)}),
		"floats": result([]adapter.ResultColumn{col("f", adapter.KindNumber), col("a column with a very long name", adapter.KindNumber)},
			[]any{1.0, 1.123456}, []any{math.NaN(), 2.5}, []any{1e20, nil}),
		"types": result([]adapter.ResultColumn{col("t", adapter.KindTime), col("i", adapter.KindInterval), col("l", adapter.KindOther), col("z", adapter.KindTimestamp)},
			[]any{"10:30:00", 26 * time.Hour, []any{int64(1), "é"}, time.Date(2024, 1, 5, 10, 0, 0, 0, time.FixedZone("", 3*3600))}),
		"null": result([]adapter.ResultColumn{col("x", adapter.KindText)}, []any{nil}),
		"amharic": result([]adapter.ResultColumn{col("ቻናል", adapter.KindText), col("v", adapter.KindInteger)},
			[]any{"ሰላም", int64(1)}, []any{"x", int64(22)}),
		"csv": result([]adapter.ResultColumn{col("a", adapter.KindText), col("b", adapter.KindInteger)},
			[]any{"x,y", int64(1)}, []any{`q"r`, nil}, []any{"l1\nl2", int64(3)}),
	}
}

// testdata/tables.json holds what agate prints for the same rows.
func TestTablesPrintAsAgate(t *testing.T) {
	data, err := os.ReadFile("testdata/tables.json")
	if err != nil {
		t.Fatal(err)
	}
	type golden struct {
		Table, Narrow, All, Str, CSV, JSON, Rows string
		Types                                    []string
		Cells                                    [][]string
	}
	var want map[string]golden
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for name, src := range testTables() {
		t.Run(name, func(t *testing.T) {
			tab := NewTable(src)
			got := golden{
				Table:  tab.Format(DefaultPrintOptions()),
				Narrow: tab.Format(PrintOptions{2, 2, 8, 3}),
				All:    tab.Format(PrintOptions{-1, -1, -1, -1}),
				Str:    tab.String(), CSV: tab.CSV(), JSON: tab.JSON(false), Rows: tab.rowSeq().String(),
				Cells: [][]string{},
			}
			for _, d := range tab.ColumnTypes() {
				got.Types = append(got.Types, string(d))
			}
			for r := range tab.Len() {
				var cells []string
				for c := range tab.ColumnNames() {
					cells = append(cells, tab.Value(r, c).Repr())
				}
				got.Cells = append(got.Cells, cells)
			}
			if diff := cmp.Diff(want[name], got); diff != "" {
				t.Error("(-agate +got)\n" + diff)
			}
		})
	}
}

func TestTableInTemplates(t *testing.T) {
	names := jinja.MapContext{}
	for n, src := range testTables() {
		names[n] = NewTable(src)
	}
	names["by_row"] = jinja.NewFunction("by_row", func(th *jinja.Thread, pos []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
		return pos[0].(*Row).Get("id"), nil
	})
	checkTemplates(t, names, []templateCase{
		{"{{ mixed.columns[0].values() }}", "(1, 2, 1000)"},
		{"{{ mixed.columns['name'].values() }}", "('Abebe', None, 'a very long text that is cut, really')"},
		{"{{ mixed.columns.name.values_without_nulls() }}", "('Abebe', 'a very long text that is cut, really')"},
		{"{{ mixed.columns['id'].values_sorted() }} {{ mixed.columns[1].name }} {{ mixed.columns[1].index }}", "[1, 2, 1000] name 1"},
		{"{{ mixed.columns.keys() }}", "('id', 'name', 'amount', 'day', 'at', 'ok')"},
		{"{{ mixed.column_names }}", "('id', 'name', 'amount', 'day', 'at', 'ok')"},
		{"{{ mixed.rows[0]['name'] }} {{ mixed.rows[0][0] }} {{ mixed[0].amount }} {{ mixed.rows[-1].id }}", "Abebe 1 1.50 1000"},
		{"{{ mixed.rows[0] }}", "<agate.Row: (1, 'Abebe', Decimal('1.50'), datetime.date(2024, 1, 5), datetime.datetime(2024, 1, 5, 10, 0), ...)>"},
		{"{{ mixed.rows[0].values()[:2] }} {{ mixed.rows[0][1:3] }} {{ mixed.rows[0].keys() }}", "(1, 'Abebe') ('Abebe', Decimal('1.50')) ('id', 'name', 'amount', 'day', 'at', 'ok')"},
		{"{{ csv.rows[0].dict() }} {{ csv.rows[0].get('zz', 5) }} {{ csv.rows[1].get('b') }} {{ csv.rows[0].items() }}", "{'a': 'x,y', 'b': 1} 5 None (('a', 'x,y'), ('b', 1))"},
		{"{% for r in csv %}{{ r.b }}|{% endfor %}{% for a, b in csv.rows %}{{ b }}|{% endfor %}", "1|None|3|1|None|3|"},
		{"{{ mixed.rows[0]['nope'] is defined }} {{ mixed.rows[99] is defined }}", "False False"},
		{"{{ 'Abebe' in mixed.rows[0] }} {{ 3 in mixed.rows[0] }}", "True False"},
		{"{{ csv.rows[0] == ('x,y', 1) }} {{ csv.rows[0] == csv.rows[1] }}", "True False"},
		{"{% if empty %}rows{% else %}none{% endif %} {{ 'x' if mixed else 'y' }}", "none x"},
		{"{{ mixed.select(['id', 'ok']).column_names }} {{ mixed.exclude('id').column_names }}", "('id', 'ok') ('name', 'amount', 'day', 'at', 'ok')"},
		{"{{ mixed.rename({'id': 'key'}).column_names[0] }} {{ csv.rename(['x', 'y']).column_names }}", "key ('x', 'y')"},
		{"{{ mixed.order_by('id', reverse=true).columns[0].values() }} {{ mixed.order_by('day').columns[0].values() }}", "(1000, 2, 1) (1, 1000, 2)"},
		{"{{ long.limit(3).columns[0].values() }} {{ long.limit(20, 24, 2).columns[0].values() }}", "(0, 1, 2) (20, 22)"},
		{"{{ mixed.where(by_row).columns[0].values() }} {{ mixed.find(by_row).id }}", "(1, 2, 1000) 1"},
		{"{{ csv.distinct('a').rows | safe_len }}", "3"},
		{"{% for t in mixed.group_by('ok') %}{{ t.rows[0].id }} {% endfor %}", "1 2 1000 "},
		{"{% for c in mixed.columns %}{{ [c.data_type.jsonify(mixed.rows[0][c.name]), c.data_type.csvify(mixed.rows[1][c.name])] }} {% endfor %}",
			"[1, '2'] ['Abebe', None] [1.5, '1234567.125'] ['2024-01-05', None] ['2024-01-05T10:00:00', '2024-01-05T10:00:00.500000'] [True, 'False'] "},
		{"{{ long.rows[3].n + 1 }} {{ mixed.rows[0].amount * 2 }} {{ mixed.rows[0].amount > 1 }}", "4 3.00 True"},
	})
	checkErrors(t, names, []templateCase{
		{"{{ mixed.select('zz') }}", "'zz'"},
		{"{{ mixed.join(csv) }}", "Table.join of agate is not supported"},
		{"{{ mixed.to_csv('f.csv') }}", "Table.to_csv of agate is not supported"},
		{"{% do mixed.print_table() %}", "print_table cannot print here"},
		{"{{ mixed.limit() }}", "missing 1 required positional argument: 'start_or_stop'"},
	})
}

// Repeated column names get a number, as in dbt's process_results.
func TestDuplicateColumnNames(t *testing.T) {
	tab := NewTable(result([]adapter.ResultColumn{col("a", adapter.KindInteger), col("a", adapter.KindInteger), col("b", adapter.KindInteger), col("a", adapter.KindInteger)},
		[]any{int64(1), int64(2), int64(3), int64(4)}))
	if diff := cmp.Diff([]string{"a", "a_2", "b", "a_3"}, tab.ColumnNames()); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkTableRows(b *testing.B) {
	src := result([]adapter.ResultColumn{col("id", adapter.KindInteger), col("name", adapter.KindText)})
	for i := range int64(10_000) {
		src.Values[0] = append(src.Values[0], i)
		src.Values[1] = append(src.Values[1], "name")
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range NewTable(src).Iterate() {
			n++
		}
	}
}
