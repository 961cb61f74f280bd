package adaptertest

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func rowsOf(rows ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func bulk(t *testing.T, f *fixture) adapter.BulkInserter {
	t.Helper()
	b, ok := f.conn.(adapter.BulkInserter)
	if !ok {
		t.Skip("the adapter has no bulk insert")
	}
	return b
}

func testBulkInsert(t *testing.T, f *fixture) {
	b := bulk(t, f)
	exec(t, f.conn, `create table t (i integer, n numeric(20,4), f double precision, b boolean, s varchar,
		d date, ts timestamp, tz timestamp with time zone, tm time)`)
	columns := []string{"i", "n", "f", "b", "s", "d", "ts", "tz", "tm"}
	at := moment("2024-02-29 12:34:56.789012")
	first := []any{int64(1), adapter.Decimal("12345678.1234"), -1.5e-7, true, "a\tb\nc\\d\re'f\"g,h ሰላም", adapter.Date("2024-02-29"), adapter.Timestamp{Time: at}, at.In(time.FixedZone("", 3*3600)), "12:34:56.5"}
	nulls := make([]any, len(columns))
	// What a column holds may change on the way: text where numbers were.
	mixed := []any{"3", int64(7), int64(2), "false", "", "2024-03-01", "2024-03-01 00:00:00", "2024-03-01 00:00:00+00", "00:00:00"}
	const many = 20_000
	rows := func(yield func([]any, error) bool) {
		for i := range many {
			row := first
			switch i {
			case 1:
				row = nulls
			case many - 1:
				row = mixed
			}
			if !yield(row, nil) {
				return
			}
		}
	}
	if f.dialect.SupportsTransactions {
		begin(t, f.conn)
	}
	n, err := b.BulkInsert(t.Context(), f.table("t"), columns, rows)
	if err != nil {
		t.Fatal(err)
	}
	if n != many {
		t.Errorf("%d rows were inserted, want %d", n, many)
	}
	if f.dialect.SupportsTransactions {
		equal(t, "seen before the commit", one(t, f.session(t), "select count(*) from t"), int64(0))
		if err := f.conn.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "rows", one(t, f.conn, "select count(*) from t"), int64(many))
	table := query(t, f.conn, "select * from t where i = 1 limit 1")
	for i, want := range first {
		equal(t, columns[i], table.Values[i], []any{want})
	}
	equal(t, "nulls", one(t, f.conn, "select count(*) from t where i is null and n is null and f is null and b is null and s is null and d is null and ts is null and tz is null and tm is null"), int64(1))
	last := query(t, f.conn, "select * from t where i = 3")
	for i, want := range []any{int64(3), adapter.Decimal("7.0000"), 2.0, false, "", adapter.Date("2024-03-01"), adapter.Timestamp{Time: moment("2024-03-01 00:00:00")}, moment("2024-03-01 00:00:00"), "00:00:00"} {
		equal(t, columns[i]+" of the last row", last.Values[i], []any{want})
	}
	if n, err := b.BulkInsert(t.Context(), f.table("t"), columns, rowsOf()); n != 0 || err != nil {
		t.Errorf("no rows: %d, %v", n, err)
	}
}

func testBulkInsertSomeColumns(t *testing.T, f *fixture) {
	b := bulk(t, f)
	exec(t, f.conn, "create table t (a integer default 7, b varchar, c varchar)")
	if _, err := b.BulkInsert(t.Context(), f.table("t"), []string{"c", "b"}, rowsOf([]any{"in c", "in b"})); err != nil {
		t.Fatal(err)
	}
	table := query(t, f.conn, "select a, b, c from t")
	equal(t, "row", table.Values, [][]any{{int64(7)}, {"in b"}, {"in c"}})
}

func testBulkInsertFails(t *testing.T, f *fixture) {
	b := bulk(t, f)
	exec(t, f.conn, "create table t (a integer, b varchar)")
	columns := []string{"a", "b"}
	broken := errors.New("the source broke")
	for name, rows := range map[string]iter.Seq2[[]any, error]{
		"an error of the source": func(yield func([]any, error) bool) {
			if yield([]any{int64(1), "x"}, nil) {
				yield(nil, broken)
			}
		},
		"too few values":     rowsOf([]any{int64(1), "x"}, []any{int64(2)}),
		"a wrong value":      rowsOf([]any{int64(1), "x"}, []any{"two", "y"}),
		"an unknown Go type": rowsOf([]any{int64(1), "x"}, []any{struct{}{}, "y"}),
	} {
		if f.dialect.SupportsTransactions {
			begin(t, f.conn)
		}
		_, err := b.BulkInsert(t.Context(), f.table("t"), columns, rows)
		if err == nil {
			t.Errorf("%s gave no error", name)
		}
		if strings.HasPrefix(name, "an error") && !errors.Is(err, broken) {
			t.Errorf("%s: got %v", name, err)
		}
		if err := f.conn.Rollback(t.Context()); err != nil {
			t.Errorf("%s: rollback: %v", name, err)
		}
		equal(t, name+": rows", one(t, f.conn, "select count(*) from t"), int64(0))
	}
	if _, err := b.BulkInsert(t.Context(), f.table("missing"), columns, rowsOf([]any{int64(1), "x"})); err == nil {
		t.Error("a missing table gave no error")
	}
	if _, err := b.BulkInsert(t.Context(), f.table("t"), []string{"a", "nope"}, rowsOf([]any{int64(1), "x"})); err == nil {
		t.Error("a missing column gave no error")
	}
}

func testConcurrent(t *testing.T, f *fixture) {
	const workers, rounds = 6, 5
	exec(t, f.conn, "create table shared (w integer, r integer)")
	errs := make(chan error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs <- func() error {
				for r := range rounds {
					c, err := f.warehouse.Conn(t.Context(), fmt.Sprint("worker ", w))
					if err != nil {
						return err
					}
					err = func() error {
						defer c.Release()
						if f.dialect.SupportsTransactions {
							if err := c.Begin(t.Context()); err != nil {
								return err
							}
						}
						name := f.table(fmt.Sprintf("own_%d_%d", w, r)).Render()
						sql := fmt.Sprintf("create table %s as select i from generate_series(1, 1000) as s(i); insert into shared values (%d, %d)", name, w, r)
						if _, _, err := c.Execute(t.Context(), sql, false, 0); err != nil {
							return err
						}
						_, table, err := c.Execute(t.Context(), "select count(*) from "+name, true, 0)
						if err != nil {
							return err
						}
						if n := table.Values[0][0]; n != int64(1000) {
							return fmt.Errorf("worker %d, round %d: %v rows", w, r, n)
						}
						return c.Commit(t.Context())
					}()
					if err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	equal(t, "rows of all workers", one(t, f.conn, "select count(*) from shared"), int64(workers*rounds))
}

func testCredentials(t *testing.T, f *fixture) {
	for _, secret := range f.creds.Secrets() {
		shown := fmt.Sprint(f.creds.Fields(), f.creds.ConnectionInfo())
		if secret == "" || strings.Contains(shown, secret) {
			t.Errorf("a secret is empty or shown: %v", shown)
		}
	}
	names := map[string]bool{}
	for _, field := range f.creds.Fields() {
		names[field.Name] = true
	}
	for _, want := range []string{"database", "schema"} {
		if !names[want] {
			t.Errorf("Fields has no %s", want)
		}
	}
	if _, err := f.driver.Credentials(map[string]any{"type": f.driver.Name(), "no_such_field": 1}, adapter.Dirs{}); err == nil {
		t.Error("an unknown field gave no error")
	} else if ce := (*adapter.CredentialsError)(nil); !errors.As(err, &ce) || ce.Field == "" {
		t.Errorf("an unknown field gave %T %v", err, err)
	}
}

func testClosed(t *testing.T, f *fixture) {
	w, err := f.driver.Open(t.Context(), f.creds)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err := w.Conn(t.Context(), "late"); err == nil {
		c.Release()
		t.Error("a closed warehouse gave a session")
	}
	if err := w.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}
