// Package adaptertest is the suite that every adapter must pass: what a
// warehouse promises through engine/adapter, tried on a real one.
//
//	func TestAdapter(t *testing.T) {
//		adaptertest.Run(t, func(t *testing.T) (adapter.Driver, adapter.Credentials) { … })
//	}
//
// open is called once for each test and must give an empty database whose
// default schema exists. Differences between warehouses are read from the
// Dialect and from the optional interfaces, never from the driver's name.
package adaptertest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Open gives the driver and the credentials of an empty database.
type Open func(t *testing.T) (adapter.Driver, adapter.Credentials)

// Run tries everything that the suite knows.
func Run(t *testing.T, open Open) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *fixture)
	}{
		{"Types", testTypes},
		{"Nulls", testNulls},
		{"NoRows", testNoRows},
		{"Limit", testLimit},
		{"Nested", testNested},
		{"ManyStatements", testManyStatements},
		{"EmptyText", testEmptyText},
		{"BoundValues", testBoundValues},
		{"Transactions", testTransactions},
		{"FailedTransaction", testFailedTransaction},
		{"ReleaseRollsBack", testReleaseRollsBack},
		{"TransactionInText", testTransactionInText},
		{"Batch", testBatch},
		{"ErrorPosition", testErrorPosition},
		{"ErrorKeepsSession", testErrorKeepsSession},
		{"Cancel", testCancel},
		{"Deadline", testDeadline},
		{"BulkInsert", testBulkInsert},
		{"BulkInsertSomeColumns", testBulkInsertSomeColumns},
		{"BulkInsertFails", testBulkInsertFails},
		{"LockTable", testLockTable},
		{"AddPrimaryKey", testAddPrimaryKey},
		{"HostileNames", testHostileNames},
		{"Concurrent", testConcurrent},
		{"LargeResult", testLargeResult},
		{"Credentials", testCredentials},
		{"Closed", testClosed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, newFixture(t, open))
		})
	}
}

// fixture is one test's warehouse and a session of it.
type fixture struct {
	driver    adapter.Driver
	creds     adapter.Credentials
	dialect   adapter.Dialect
	warehouse adapter.Warehouse
	conn      adapter.Conn
}

func newFixture(t *testing.T, open Open) *fixture {
	t.Helper()
	driver, creds := open(t)
	w, err := driver.Open(t.Context(), creds)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	f := &fixture{driver: driver, creds: creds, dialect: driver.Dialect(), warehouse: w}
	f.conn = f.session(t)
	return f
}

// session takes another session, released at the end.
func (f *fixture) session(t *testing.T) adapter.Conn {
	t.Helper()
	c, err := f.warehouse.Conn(t.Context(), t.Name())
	if err != nil {
		t.Fatalf("session: %v", err)
	}
	t.Cleanup(c.Release)
	return c
}

// table names a table in the default schema.
func (f *fixture) table(name string) adapter.Relation {
	return adapter.NewRelation(f.dialect, f.creds.Database(), f.creds.Schema(), name, adapter.TypeTable)
}

func exec(t *testing.T, c adapter.Conn, sql string, args ...any) adapter.Response {
	t.Helper()
	r, _, err := c.Execute(t.Context(), sql, false, 0, args...)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return r
}

func query(t *testing.T, c adapter.Conn, sql string, args ...any) *adapter.Table {
	t.Helper()
	_, table, err := c.Execute(t.Context(), sql, true, 0, args...)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return table
}

// values are the first column.
func values(t *testing.T, c adapter.Conn, sql string, args ...any) []any {
	t.Helper()
	table := query(t, c, sql, args...)
	if len(table.Columns) == 0 {
		t.Fatalf("%s\nhas no columns", sql)
	}
	return table.Values[0]
}

func one(t *testing.T, c adapter.Conn, sql string, args ...any) any {
	t.Helper()
	v := values(t, c, sql, args...)
	if len(v) != 1 {
		t.Fatalf("%s\ngave %d rows, want 1", sql, len(v))
	}
	return v[0]
}

// equal compares values; moments are equal in any zone.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
		cmp.Comparer(func(a, b adapter.Timestamp) bool { return a.Equal(b.Time) })); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// background gives a context that outlives the test's own, for clean-up.
func background() context.Context { return context.Background() }
