package adaptertest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// locker takes a session that can lock tables.
func (f *fixture) locker(t *testing.T) (adapter.Conn, adapter.TableLocker) {
	t.Helper()
	c := f.session(t)
	l, ok := c.(adapter.TableLocker)
	if !ok {
		t.Skip("the adapter has no table locks")
	}
	return c, l
}

// Sessions that lock a table take turns: each sees what the one before it has
// committed, so that no count is lost. Readers wait for nobody.
func testLockTable(t *testing.T, f *fixture) {
	requireTransactions(t, f)
	const workers, rounds = 4, 5
	exec(t, f.conn, "create table counted (n integer)")
	exec(t, f.conn, "insert into counted values (0)")
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		c, l := f.locker(t)
		wg.Go(func() {
			errs[w] = func() error {
				for range rounds {
					if err := c.Begin(t.Context()); err != nil {
						return err
					}
					if err := l.LockTable(t.Context(), f.table("counted")); err != nil {
						return err
					}
					_, table, err := c.Execute(t.Context(), "select n from counted", true, 0)
					if err != nil {
						return err
					}
					n := table.Values[0][0].(int64)
					if _, _, err := c.Execute(t.Context(), "update counted set n = $1", false, 0, n+1); err != nil {
						return err
					}
					if err := c.Commit(t.Context()); err != nil {
						return err
					}
				}
				return nil
			}()
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	equal(t, "count", one(t, f.conn, "select n from counted"), int64(workers*rounds))

	holder, lock := f.locker(t)
	begin(t, holder)
	if err := lock.LockTable(t.Context(), f.table("counted")); err != nil {
		t.Fatal(err)
	}
	equal(t, "read beside the lock", one(t, f.conn, "select n from counted"), int64(workers*rounds))
	// Who waits can be called off, and goes on with the session.
	waiter, wait := f.locker(t)
	begin(t, waiter)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := wait.LockTable(ctx, f.table("counted")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lock that another session has: %v", err)
	}
	if err := waiter.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The lock ends with a rollback too.
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin(t, waiter)
	if err := wait.LockTable(t.Context(), f.table("counted")); err != nil {
		t.Error(err)
	}
	if err := waiter.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin(t, waiter)
	if err := wait.LockTable(t.Context(), adapter.NewRelation(f.dialect, f.creds.Database(), "no_such_schema", "t", adapter.TypeTable)); err == nil {
		t.Error("a table of no schema was locked")
	}
	if err := waiter.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A key can be added where the rows that it forbids were deleted in the same
// transaction, while an older one still reads them. A rollback takes both back.
func testAddPrimaryKey(t *testing.T, f *fixture) {
	adder, ok := f.conn.(adapter.KeyAdder)
	if !ok {
		t.Skip("alter table is enough here")
	}
	exec(t, f.conn, `create table t (a integer, "b ""c""" varchar, d integer)`)
	exec(t, f.conn, `insert into t values (1, 'x', 1), (1, 'x', 2), (2, 'x', 3)`)
	exec(t, f.conn, `create view seen as select * from t`)
	key := []string{"a", `b "c"`}
	add := func() error {
		begin(t, f.conn)
		exec(t, f.conn, "delete from t where d = 1")
		return adder.AddPrimaryKey(t.Context(), f.table("t"), key)
	}
	if err := add(); err != nil {
		t.Fatal(err)
	}
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "rows after the rollback", one(t, f.conn, "select count(*) from t"), int64(3))
	exec(t, f.conn, "insert into t values (1, 'x', 4)")

	reader := f.session(t)
	begin(t, reader)
	equal(t, "rows of the reader", one(t, reader, "select count(*) from t"), int64(4))
	begin(t, f.conn)
	if err := adder.AddPrimaryKey(t.Context(), f.table("t"), key); err == nil {
		t.Error("a key was added to a table that has it twice")
	}
	if err := f.conn.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec(t, f.conn, "delete from t where d = 4")
	if err := add(); err != nil {
		t.Fatal(err)
	}
	if err := f.conn.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "rows of the reader", one(t, reader, "select count(*) from t"), int64(4))
	if err := reader.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "rows", query(t, f.conn, "select d from seen order by d").Values, [][]any{{int64(2), int64(3)}})
	if _, _, err := f.conn.Execute(t.Context(), "insert into t values (1, 'x', 5)", false, 0); err == nil {
		t.Error("the key lets a second row in")
	}
	exec(t, f.conn, `insert into t values (1, 'x', 5) on conflict (a, "b ""c""") do update set d = excluded.d`)
	equal(t, "rows", query(t, f.conn, "select d from seen order by d").Values, [][]any{{int64(3), int64(5)}})
}
