package adaptertest

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func itoa(n int) string { return strconv.Itoa(n) }

func testManyStatements(t *testing.T, f *fixture) {
	r, table, err := f.conn.Execute(t.Context(), `
		-- a comment; with a semicolon
		create table t (a integer, b varchar);
		insert into t values (1, 'x;y');
		/* another; one */
		insert into t values (2, 'it''s; --');
		select a, b from t order by a; -- the end
	`, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "a", table.Values[0], []any{int64(1), int64(2)})
	equal(t, "b", table.Values[1], []any{"x;y", "it's; --"})
	if r.Message == "" {
		t.Error("the response has no message")
	}
	// The second of three fails: the third is not run.
	_, _, err = f.conn.Execute(t.Context(), "select 1; select nowhere; drop table t", false, 0)
	if err == nil {
		t.Error("a failing statement among others gave no error")
	}
	equal(t, "the table is there", len(values(t, f.conn, "select a from t")), 2)
}

func testEmptyText(t *testing.T, f *fixture) {
	for _, sql := range []string{"", "  \n", "-- nothing", ";"} {
		_, table, err := f.conn.Execute(t.Context(), sql, true, 0)
		// A warehouse may refuse it or do nothing; the session goes on.
		if err == nil && table == nil {
			t.Errorf("%q: neither table nor error", sql)
		}
	}
	equal(t, "the session goes on", one(t, f.conn, "select cast(1 as integer)"), int64(1))
}

func testBoundValues(t *testing.T, f *fixture) {
	exec(t, f.conn, "create table t (i integer, n numeric(10,2), f double precision, b boolean, s varchar, d date, ts timestamp)")
	hostile := `'); drop table t; -- \' %s $1 "` + "\t\né"
	args := []any{int64(-1), adapter.Decimal("1.25"), 1.5, true, hostile, adapter.Date("2024-01-31"), adapter.Timestamp{Time: moment("2024-01-31 01:02:03")}}
	exec(t, f.conn, "insert into t values ($1, $2, $3, $4, $5, $6, $7)", args...)
	mark := f.dialect.BindingChar
	marks := strings.Join([]string{mark, mark, mark, mark, mark, mark, mark}, ", ")
	exec(t, f.conn, "insert into t values ("+marks+"), ("+marks+")", append(args, make([]any, 7)...)...)
	table := query(t, f.conn, "select * from t order by i nulls last")
	for i, want := range args {
		equal(t, table.Columns[i].Name, table.Values[i], []any{want, want, nil})
	}
	equal(t, "a filter", one(t, f.conn, "select count(*) from t where s = $1", hostile), int64(2))
	if _, _, err := f.conn.Execute(t.Context(), "insert into t (i) values ("+mark+")", false, 0, int64(1), int64(2), int64(3)); err == nil {
		t.Error("three values for one placeholder gave no error")
	}
}

func testErrorPosition(t *testing.T, f *fixture) {
	for _, test := range []struct{ sql, at string }{
		{"select 1 as a,\n  'é' as b, nowhere from (select 1 as x) q", "nowhere"},
		{"select *\nfrom\n  missing_table", "missing_table"},
		{"selec 1", "selec"},
		{"select 1;\n\nselect 2;\nselect\n\t3, no_such_column from (select 1 as x) q", "no_such_column"},
		{"select " + strings.Repeat("1 as long_column_name, ", 20) + "no_such_column, " + strings.Repeat("2 as more, ", 20) + "3 as last", "no_such_column"},
	} {
		_, _, err := f.conn.Execute(t.Context(), test.sql, true, 0)
		var db *adapter.DatabaseError
		if !errors.As(err, &db) {
			t.Errorf("%s\ngave %T %v, want *adapter.DatabaseError", test.sql, err, err)
			continue
		}
		want := len([]rune(test.sql[:strings.Index(test.sql, test.at)])) + 1
		if db.Position != want {
			t.Errorf("%s\nposition %d, want %d; message:\n%s", test.sql, db.Position, want, db.Message)
		}
		if !strings.Contains(db.Message, test.at) {
			t.Errorf("%s\nthe message doesn't name %s: %s", test.sql, test.at, db.Message)
		}
		if db.SQL != test.sql {
			t.Errorf("the error's SQL is %q", db.SQL)
		}
		if db.Code == "" {
			t.Errorf("%s\nthe error has no code", test.sql)
		}
	}
}

func testErrorKeepsSession(t *testing.T, f *fixture) {
	for range 3 {
		if _, _, err := f.conn.Execute(t.Context(), "select nowhere", true, 0); err == nil {
			t.Fatal("no error")
		}
		equal(t, "the next statement", one(t, f.conn, "select cast(1 as integer)"), int64(1))
	}
	// An error among the values of a running query.
	if _, _, err := f.conn.Execute(t.Context(), "select cast(case when i = 5000 then 'x' else '1' end as integer) from generate_series(1, 10000) as s(i)", true, 0); err == nil {
		t.Error("a failing cast gave no error")
	}
	equal(t, "the next statement", one(t, f.conn, "select cast(1 as integer)"), int64(1))
}

func testHostileNames(t *testing.T, f *fixture) {
	for _, name := range []string{
		`plain`, `CamelCase`, `with space`, `semi;colon`, `quo"te`, `"; drop table plain; --`, `dash-and.dot`, `ስም`, `select`, `100%`, `back\slash`, `$1`, `%s`,
	} {
		rel := f.table(name)
		column := rel.Quoted(name)
		exec(t, f.conn, "create table "+rel.Render()+" ("+column+" varchar)")
		exec(t, f.conn, "insert into "+rel.Render()+" ("+column+") values ($1)", name)
		table := query(t, f.conn, "select "+column+" from "+rel.Render())
		equal(t, "column name", table.Columns[0].Name, name)
		equal(t, "value", table.Values[0], []any{name})
		if bulk, ok := f.conn.(adapter.BulkInserter); ok {
			n, err := bulk.BulkInsert(t.Context(), rel, []string{name}, rowsOf([]any{name}))
			if err != nil || n != 1 {
				t.Errorf("bulk insert into %q: %d, %v", name, n, err)
			}
		}
	}
	equal(t, "the first table is still there", len(values(t, f.conn, "select plain from "+f.table("plain").Render())), 2)
}
