package warehouse

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

func postgres() *fakeDriver { return &fakeDriver{name: "postgres"} }

func TestTransactionOfANode(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	ctx := context.Background()
	run := func(sql string, begin, fetch bool) {
		t.Helper()
		if _, _, err := w.nc.Execute(ctx, sql, begin, fetch, 0); err != nil {
			t.Fatal(err)
		}
	}
	run("select 1", false, true)
	run("create table t", true, false)
	run("insert into t", true, false)
	w.expect(t, "one transaction a node", "select 1 [fetch]\nBEGIN\ncreate table t\ninsert into t")
	if err := w.nc.Begin(ctx); err == nil {
		t.Error("a second begin must fail")
	}
	if err := w.nc.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.nc.Commit(ctx); err != nil { // nothing to commit
		t.Fatal(err)
	}
	run("drop table old", true, false)
	w.nc.Release(ctx)
	w.nc.Release(ctx)
	w.expect(t, "commit, then a rollback of what is left", "COMMIT\nBEGIN\ndrop table old\nROLLBACK")
	if w.pool.open != 0 {
		t.Errorf("%d sessions are still out", w.pool.open)
	}
}

func TestDisabledTransactions(t *testing.T) {
	w := newWorld(t, &fakeDriver{name: "duckdb"}, func(c *Config) { c.Credentials = fakeCredentials{noTransactions: true} })
	if _, _, err := w.nc.Execute(context.Background(), "x", true, false, 0); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "no begin", "x")
}

func TestQueryComment(t *testing.T) {
	calls := 0
	comment := func(_ context.Context, conn string, _ any) (string, error) {
		calls++
		return ` {"app": "dbt"} ` + conn, nil
	}
	w := newWorld(t, postgres(), func(c *Config) { c.Comment = comment })
	ctx := context.Background()
	for range 2 {
		if _, _, err := w.nc.Execute(ctx, "select 1", false, false, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.nc.AddQuery(ctx, "insert", false, []any{int64(1), "x"}, false); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "comment in front, none for bound inserts", "/* {\"app\": \"dbt\"} n */\nselect 1\n/* {\"app\": \"dbt\"} n */\nselect 1\ninsert")
	if calls != 1 || len(w.pool.binds) != 1 {
		t.Errorf("%d calls, bindings %v", calls, w.pool.binds)
	}

	w = newWorld(t, postgres(), func(c *Config) { c.Comment, c.CommentAppend = comment, true })
	for _, sql := range []string{"select 1 ;\n", "select 2\n"} {
		if _, _, err := w.nc.Execute(ctx, sql, false, false, 0); err != nil {
			t.Fatal(err)
		}
	}
	w.expect(t, "comment behind", "select 1 \n/* {\"app\": \"dbt\"} n */;\nselect 2\n/* {\"app\": \"dbt\"} n */")

	w = newWorld(t, postgres(), func(c *Config) {
		c.Comment = func(context.Context, string, any) (string, error) { return "a */ drop table x", nil }
	})
	if _, _, err := w.nc.Execute(ctx, "select 1", false, false, 0); err == nil || !strings.Contains(err.Error(), `query comment contains illegal value "*/"`) {
		t.Errorf("got %v", err)
	}
	w.expect(t, "nothing", "")
}

func TestStatementErrors(t *testing.T) {
	w := newWorld(t, postgres(), func(c *Config) {
		c.Comment = func(context.Context, string, any) (string, error) { return "c", nil }
	})
	sent := "/* c */\nselect 1\nfrom nope"
	w.pool.answer = func(sql string) (adapter.Response, *adapter.Table, error) {
		return adapter.Response{}, nil, &adapter.DatabaseError{
			Message: "relation \"nope\" does not exist (hunter2)\nLINE 3: from nope", Code: "42P01", SQL: sql, Position: strings.Index(sent, "nope") + 1}
	}
	ctx := context.Background()
	_, _, err := w.nc.Execute(ctx, "select 1\nfrom nope", true, true, 0)
	w.expect(t, "rolled back", "BEGIN\n"+sent+" [fetch]\nROLLBACK")
	d, ok := diag.As(err)
	if !ok || d.Category != diag.DatabaseError || d.Message != "relation \"nope\" does not exist (*****)\nLINE 3: from nope" || d.Source != "from nope" {
		t.Errorf("diagnostic %+v", d)
	}
	var se *StatementError
	if !errors.As(err, &se) || se.Line != 2 || se.Column != 6 || se.SQL != "select 1\nfrom nope" {
		t.Errorf("statement error %+v", se)
	}
	var de *adapter.DatabaseError
	if !errors.As(err, &de) || de.Code != "42P01" {
		t.Errorf("the driver's error is lost: %v", err)
	}

	w = newWorld(t, &fakeDriver{name: "duckdb"}, nil)
	w.pool.answer = func(string) (adapter.Response, *adapter.Table, error) {
		return adapter.Response{}, nil, errors.New("boom hunter2")
	}
	_, _, err = w.nc.Execute(ctx, "x", false, false, 0)
	if d, ok := diag.As(err); !ok || d.Category != diag.RuntimeError || d.Message != "boom *****" {
		t.Errorf("got %v", err)
	}
}

func TestSQLEvents(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	ctx := context.Background()
	if _, err := w.nc.AddQuery(ctx, strings.Repeat("x", 600), true, nil, true); err != nil {
		t.Fatal(err)
	}
	w.nc.Release(ctx)
	var got []string
	for _, e := range w.events {
		got = append(got, e.Kind().Name)
		if q, ok := e.(event.SQLQuery); ok && q.SQL != strings.Repeat("x", 512)+"..." {
			t.Errorf("logged %d characters", len(q.SQL))
		}
	}
	if want := "NewConnection ConnectionUsed SQLQuery NewConnectionOpening SQLQueryStatus Rollback ConnectionClosed"; strings.Join(got, " ") != want {
		t.Errorf("events %v", got)
	}
}

func TestExecuteBatchWithoutBatcher(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	if _, err := w.nc.ExecuteBatch(context.Background(), []string{"a", "b"}, true); err != nil {
		t.Fatal(err)
	}
	w.expect(t, "one after the other", "BEGIN\na\nb\nCOMMIT")
}

func TestImplicitTransaction(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, postgres(), nil)
	node := w.rt.Node("n", NodeOptions{Implicit: true})
	run := func(sql string, begin bool) {
		t.Helper()
		if _, _, err := node.Execute(ctx, sql, begin, false, 0); err != nil {
			t.Fatal(err)
		}
	}
	run("drop old", false)
	run("create new", true)
	if err := node.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	run("drop backup", false)
	run("analyze new", true)
	node.Release(ctx)
	w.expect(t, "all up to the commit is one transaction, what follows is none", "BEGIN\ndrop old\ncreate new\nCOMMIT\ndrop backup\nanalyze new")

	run("select 1", false)
	node.Release(ctx)
	w.expect(t, "another session begins anew", "BEGIN\nselect 1\nROLLBACK")

	run("commit;", false)
	run("hook", false)
	run("create new", true)
	node.Release(ctx)
	w.expect(t, "behind the commit of a hook the next one is opened as asked", "BEGIN\ncommit;\nhook\nBEGIN\ncreate new\nROLLBACK")
}
