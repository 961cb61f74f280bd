package adaptertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func requireTransactions(t *testing.T, f *fixture) {
	t.Helper()
	if !f.dialect.SupportsTransactions {
		t.Skip("the dialect has no transactions")
	}
}

func begin(t *testing.T, c adapter.Conn) {
	t.Helper()
	if err := c.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !c.InTransaction() {
		t.Fatal("Begin left no transaction open")
	}
}

func testTransactions(t *testing.T, f *fixture) {
	requireTransactions(t, f)
	exec(t, f.conn, "create table t (a integer)")
	other := f.session(t)

	begin(t, f.conn)
	if err := f.conn.Begin(t.Context()); err == nil {
		t.Error("a second Begin gave no error")
	}
	exec(t, f.conn, "insert into t values (1)")
	exec(t, f.conn, "create table made_inside (a integer)")
	equal(t, "seen inside", one(t, f.conn, "select count(*) from t"), int64(1))
	equal(t, "seen outside", one(t, other, "select count(*) from t"), int64(0))
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.conn.InTransaction() {
		t.Error("Rollback left a transaction open")
	}
	equal(t, "after rollback", one(t, f.conn, "select count(*) from t"), int64(0))
	if _, _, err := f.conn.Execute(t.Context(), "select * from made_inside", true, 0); err == nil {
		t.Error("a table outlived the rollback of its creation")
	}

	begin(t, f.conn)
	exec(t, f.conn, "insert into t values (2)")
	if err := f.conn.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.conn.InTransaction() {
		t.Error("Commit left a transaction open")
	}
	equal(t, "after commit", values(t, other, "select a from t"), []any{int64(2)})

	// A statement that isn't sent doesn't end the transaction.
	begin(t, f.conn)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := f.conn.Execute(done, "insert into t values (3)", false, 0); err == nil {
		t.Error("a context that is done gave no error")
	}
	exec(t, f.conn, "insert into t values (4)")
	equal(t, "seen outside", one(t, other, "select count(*) from t where a > 2"), int64(0))
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}

	// An empty one costs nothing and ends well both ways.
	begin(t, f.conn)
	if err := f.conn.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	begin(t, f.conn)
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Errorf("Rollback without a transaction: %v", err)
	}
}

func testFailedTransaction(t *testing.T, f *fixture) {
	requireTransactions(t, f)
	exec(t, f.conn, "create table t (a integer)")
	begin(t, f.conn)
	exec(t, f.conn, "insert into t values (1)")
	if _, _, err := f.conn.Execute(t.Context(), "insert into t select cast(s as integer) from (select 'x' as s) q", false, 0); err == nil {
		t.Fatal("no error")
	}
	if err := f.conn.Commit(t.Context()); err == nil && one(t, f.conn, "select count(*) from t") != int64(1) {
		t.Error("Commit of a failed transaction gave no error, and its rows are gone")
	}
	if f.conn.InTransaction() {
		t.Error("Commit of a failed transaction left it open")
	}
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Fatalf("Rollback after an error: %v", err)
	}
	exec(t, f.conn, "insert into t values (2)")

	// Rollback works when the context is done.
	begin(t, f.conn)
	exec(t, f.conn, "insert into t values (3)")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.conn.Rollback(done); err != nil {
		t.Errorf("Rollback with a cancelled context: %v", err)
	}
	equal(t, "nothing stayed", one(t, f.conn, "select count(*) from t where a = 3"), int64(0))
}

func testReleaseRollsBack(t *testing.T, f *fixture) {
	requireTransactions(t, f)
	exec(t, f.conn, "create table t (a integer)")
	c, err := f.warehouse.Conn(t.Context(), "released")
	if err != nil {
		t.Fatal(err)
	}
	begin(t, c)
	exec(t, c, "insert into t values (1)")
	c.Release()
	equal(t, "rows after release", one(t, f.conn, "select count(*) from t"), int64(0))
	again := f.session(t)
	if again.InTransaction() {
		t.Error("a released session came back inside a transaction")
	}
}

func testTransactionInText(t *testing.T, f *fixture) {
	requireTransactions(t, f)
	exec(t, f.conn, "create table t (a integer)")
	begin(t, f.conn)
	exec(t, f.conn, "insert into t values (1)")
	exec(t, f.conn, "commit;")
	if f.conn.InTransaction() {
		t.Error("a commit in the text left InTransaction true")
	}
	if err := f.conn.Commit(t.Context()); err != nil {
		t.Errorf("Commit after a commit in the text: %v", err)
	}
	equal(t, "rows", one(t, f.session(t), "select count(*) from t"), int64(1))
	exec(t, f.conn, "begin; insert into t values (2)")
	if !f.conn.InTransaction() {
		t.Error("a begin in the text left InTransaction false")
	}
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "rows", one(t, f.conn, "select count(*) from t"), int64(1))
}

func testBatch(t *testing.T, f *fixture) {
	b, ok := f.conn.(adapter.Batcher)
	if !ok {
		t.Skip("the adapter has no batches")
	}
	if _, err := b.ExecuteBatch(t.Context(), []string{"select 1"}, false); err == nil {
		t.Error("a batch outside a transaction gave no error")
	}
	begin(t, f.conn)
	responses, err := b.ExecuteBatch(t.Context(), []string{
		"create table t (a integer)", "insert into t values (1), (2)", "insert into t values (3); insert into t values (4)",
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(responses) != 3 || responses[1].RowsAffected != 2 {
		t.Errorf("responses: %+v", responses)
	}
	if f.conn.InTransaction() {
		t.Error("the batch did not commit")
	}
	equal(t, "rows", one(t, f.session(t), "select count(*) from t"), int64(4))

	begin(t, f.conn)
	responses, err = b.ExecuteBatch(t.Context(), []string{"insert into t values (5)", "insert into nowhere values (1)", "insert into t values (6)"}, true)
	var be *adapter.BatchError
	var db *adapter.DatabaseError
	if !errors.As(err, &be) || be.Index != 1 || !errors.As(err, &db) || db.SQL != "insert into nowhere values (1)" || len(responses) != 1 {
		t.Errorf("a failing batch: %d responses, %#v", len(responses), err)
	}
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "rows", one(t, f.conn, "select count(*) from t"), int64(4))
}

// slow runs for minutes when nothing stops it.
const slow = "select sum(a.i * b.i % 7) from generate_series(1, 1000000) as a(i), generate_series(1, 1000000) as b(i)"

func testCancel(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	stopped(t, f, ctx, context.Canceled)
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if _, _, err := f.conn.Execute(ctx, "select 1", true, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is done already: %v", err)
	}
	equal(t, "the session goes on", one(t, f.conn, "select cast(1 as integer)"), int64(1))
}

func testDeadline(t *testing.T, f *fixture) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if f.dialect.SupportsTransactions {
		begin(t, f.conn)
	}
	stopped(t, f, ctx, context.DeadlineExceeded)
}

// stopped runs the slow statement under a context that ends after 0.2 s.
func stopped(t *testing.T, f *fixture, ctx context.Context, want error) {
	t.Helper()
	start := time.Now()
	_, _, err := f.conn.Execute(ctx, slow, true, 0)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the statement ended only after %v", took)
	}
	var db *adapter.DatabaseError
	if !errors.Is(err, want) || !errors.As(err, &db) {
		t.Errorf("got %v, want a *adapter.DatabaseError that is %v", err, want)
	}
	if err := f.conn.Rollback(background()); err != nil {
		t.Errorf("rollback after a cancel: %v", err)
	}
	equal(t, "the session goes on", one(t, f.conn, "select cast(1 as integer)"), int64(1))
}
