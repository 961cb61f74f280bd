package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func open(t *testing.T, output map[string]any) adapter.Warehouse {
	t.Helper()
	w, err := postgres.Driver().Open(t.Context(), credentials(t, output))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func session(t *testing.T, w adapter.Warehouse) adapter.Conn {
	t.Helper()
	c, err := w.Conn(t.Context(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Release)
	return c
}

func exec(t *testing.T, c adapter.Conn, sql string) adapter.Response {
	t.Helper()
	r, _, err := c.Execute(t.Context(), sql, false, 0)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return r
}

func value(t *testing.T, c adapter.Conn, sql string) any {
	t.Helper()
	_, table, err := c.Execute(t.Context(), sql, true, 0)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return table.Values[0][0]
}

// The responses are those that dbt-postgres writes into run_results.json.
func TestResponses(t *testing.T) {
	c := session(t, open(t, output(t)))
	for _, test := range []struct {
		sql  string
		want adapter.Response
	}{
		{"create table t as select 1 as a union all select 2", adapter.Response{Message: "SELECT 2", Code: "SELECT", RowsAffected: 2}},
		{"insert into t values (3)", adapter.Response{Message: "INSERT 0 1", Code: "INSERT", RowsAffected: 1}},
		{"update t set a = a", adapter.Response{Message: "UPDATE 3", Code: "UPDATE", RowsAffected: 3}},
		{"select 1; select 2 where false", adapter.Response{Message: "SELECT 0", Code: "SELECT", RowsAffected: 0}},
		{"create view v as select * from t", adapter.Response{Message: "CREATE VIEW", Code: "CREATE VIEW", RowsAffected: -1}},
		{"drop table t cascade", adapter.Response{Message: "DROP TABLE", Code: "DROP TABLE", RowsAffected: -1}},
	} {
		if diff := cmp.Diff(test.want, exec(t, c, test.sql)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sql, diff)
		}
	}
}

// The texts are those that psycopg2 gives for the same statements, so dbt
// shows the same.
func TestErrorTexts(t *testing.T) {
	c := session(t, open(t, output(t)))
	a := strings.Repeat("a", 100)
	for _, test := range []struct{ sql, want string }{
		{"select 1/0", "division by zero"},
		{"selec 1", "syntax error at or near \"selec\"\nLINE 1: selec 1\n        ^"},
		{"select (1", "syntax error at end of input\nLINE 1: select (1\n                 ^"},
		{"select 1;\n-- éé\nselect 'é' as x, \tfoo from (select 1) q where " + a + " = 1",
			"column \"foo\" does not exist\nLINE 3: select 'é' as x,  foo from (select 1) q where aaaaaaaaaaaaaa...\n                          ^"},
		{"select 1 as " + a + ", nope, 1 as b, 2 as c, 3 as d from (select 1) q",
			"column \"nope\" does not exist\nLINE 1: ...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, nope, 1 as...\n                                                             ^"},
		{"do $$ begin execute 'select * from nope'; end $$",
			"relation \"nope\" does not exist\nLINE 1: select * from nope\n                      ^\nQUERY:  select * from nope\nCONTEXT:  PL/pgSQL function inline_code_block line 1 at EXECUTE"},
		{"create temp table z (id int primary key); insert into z values (1); insert into z values (1)",
			"duplicate key value violates unique constraint \"z_pkey\"\nDETAIL:  Key (id)=(1) already exists."},
		{"select to_char('x')",
			"function to_char(unknown) does not exist\nLINE 1: select to_char('x')\n               ^\nHINT:  No function matches the given name and argument types. You might need to add explicit type casts."},
		{"-- only a comment", "can't execute an empty query"},
	} {
		_, _, err := c.Execute(t.Context(), test.sql, true, 0)
		if err == nil {
			t.Errorf("%s\ngave no error", test.sql)
			continue
		}
		if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sql, diff)
		}
	}
	// The BEGIN that travels in front moves nothing.
	if err := c.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, _, err := c.Execute(t.Context(), "select nowhere", true, 0)
	var db *adapter.DatabaseError
	if !errors.As(err, &db) || db.Position != 8 || !strings.Contains(db.Message, "LINE 1: select nowhere\n               ^") || db.Code != "42703" {
		t.Errorf("the first statement of a transaction: %#v", err)
	}
}

// Values and type names as psycopg2 has them.
func TestTypesOfPostgres(t *testing.T) {
	c := session(t, open(t, output(t)))
	exec(t, c, "create type mood as enum ('sad', 'ok')")
	for _, test := range []struct {
		sql, code, typ string
		want           any
	}{
		{"true", "BOOLEAN", "boolean", true},
		{"1::smallint", "INTEGER", "smallint", int64(1)},
		{"1::bigint", "LONGINTEGER", "bigint", int64(1)},
		{"1.50::numeric", "DECIMAL", "numeric", adapter.Decimal("1.50")},
		{"1.50::numeric(10,2)", "DECIMAL", "numeric(10,2)", adapter.Decimal("1.50")},
		{"1.1::real", "FLOAT", "real", 1.1},
		{"'Infinity'::float8 > 0", "BOOLEAN", "boolean", true},
		{"'x'::varchar(5)", "STRING", "character varying(5)", "x"},
		{"'x'::char(3)", "STRING", "character(3)", "x  "},
		{"'\\x00ff'::bytea", "BINARY", "bytea", []byte{0, 255}},
		{"'infinity'::date", "DATE", "date", adapter.Date("9999-12-31")},
		{"'-infinity'::timestamp", "DATETIME", "timestamp without time zone", adapter.Timestamp{Time: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"'0044-03-15 10:00:00 BC'::timestamp", "DATETIME", "timestamp without time zone", adapter.Timestamp{Time: time.Date(-43, 3, 15, 10, 0, 0, 0, time.UTC)}},
		{"'2024-01-02 03:04:05.6+05:30'::timestamptz", "DATETIMETZ", "timestamp with time zone", time.Date(2024, 1, 1, 21, 34, 5, 600000000, time.UTC)},
		{"'2024-01-02 03:04:05'::timestamp(0)", "DATETIME", "timestamp(0) without time zone", adapter.Timestamp{Time: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{"'12:00+02'::timetz", "TIME", "time with time zone", "12:00:00+02:00"},
		{"interval '1 year 2 mons 3 days 04:05:06.789'", "INTERVAL", "interval", 428*24*time.Hour + 4*time.Hour + 5*time.Minute + 6789*time.Millisecond},
		{"interval '-1 day 2 hours'", "INTERVAL", "interval", -22 * time.Hour},
		{"interval '5000 years'", "INTERVAL", "interval", "5000 years"},
		{`'{"b": 1.0, "a": [1, 2, "é"]}'::json`, "JSON", "json", adapter.Object{{Name: "b", Value: 1.0}, {Name: "a", Value: []any{int64(1), int64(2), "é"}}}},
		{`'{"b": 1, "a": null}'::jsonb`, "JSONB", "jsonb", adapter.Object{{Name: "a", Value: nil}, {Name: "b", Value: int64(1)}}},
		{"array[[1,2],[3,4]]", "INTEGERARRAY", "integer[]", []any{[]any{int64(1), int64(2)}, []any{int64(3), int64(4)}}},
		{"'[0:1]={a,\"b,c\"}'::text[]", "STRINGARRAY", "text[]", []any{"a", "b,c"}},
		{"array[1.5::numeric(4,2)]", "DECIMALARRAY", "numeric(4,2)[]", []any{adapter.Decimal("1.50")}},
		{"array['2024-01-01'::date, null]", "DATEARRAY", "date[]", []any{adapter.Date("2024-01-01"), nil}},
		{"'{}'::int[]", "INTEGERARRAY", "integer[]", []any{}},
		{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "unknown type_code 2950", "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{"row(1,'x')", "unknown type_code 2249", "record", "(1,x)"},
		{"'[1,3)'::int4range", "type", "int4range", "[1, 3)"},
	} {
		_, table, err := c.Execute(t.Context(), "select "+test.sql+" as v", true, 0)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		got := table.Values[0][0]
		if diff := cmp.Diff(test.want, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sql, diff)
		}
		if col := table.Columns[0]; col.DBType != test.code || col.SQLType != test.typ {
			t.Errorf("%s: DBType %q, SQLType %q; want %q, %q", test.sql, col.DBType, col.SQLType, test.code, test.typ)
		}
	}
	// A type of the user's has the server's name.
	_, table, err := c.Execute(t.Context(), "select 'sad'::mood as a, array['ok'::mood] as b", true, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := []string{table.Columns[0].SQLType, table.Columns[1].SQLType}; got[0] != "mood" || got[1] != "mood[]" {
		t.Errorf("types of the user's: %q", got)
	}
	if table.Values[0][0] != "sad" || table.Values[1][0] != "{ok}" {
		t.Errorf("values: %v", table.Values)
	}
}

func TestSessionSettings(t *testing.T) {
	o := output(t)
	admin := session(t, open(t, o))
	exec(t, admin, `create role "Reporter"; create role plain; create schema "my schema"`)
	t.Cleanup(func() {
		if _, _, err := admin.Execute(context.Background(), `drop role "Reporter"; drop role plain`, false, 0); err != nil {
			t.Error(err)
		}
	})
	for role, want := range map[string]string{`"Reporter"`: "Reporter", "PLAIN": "plain"} {
		o["role"], o["search_path"], o["application_name"] = role, `"my schema", public`, "my 'app'"
		o["keepalives_idle"] = 30
		c := session(t, open(t, o))
		for sql, want := range map[string]string{
			"select current_user": want, "show search_path": `"my schema", public`, "show application_name": "my 'app'",
			"show client_encoding": "UTF8",
		} {
			if got := value(t, c, sql); got != want {
				t.Errorf("%s = %v, want %v", sql, got, want)
			}
		}
		c.Release()
	}
	delete(o, "application_name")
	o["role"] = "plain"
	if got := value(t, session(t, open(t, o)), "show application_name"); got != "dbt" {
		t.Errorf("application_name is %v by default", got)
	}
}

func TestAutocommitProfileSendsNoBegin(t *testing.T) {
	o := output(t)
	o["autocommit"] = true
	w := open(t, o)
	c, other := session(t, w), session(t, w)
	exec(t, c, "create table t (a int)")
	if err := c.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec(t, c, "insert into t values (1)")
	if !c.InTransaction() {
		t.Error("no transaction seems open")
	}
	if n := value(t, other, "select count(*) from t"); n != int64(1) {
		t.Errorf("another session sees %v rows", n)
	}
	if err := c.Commit(t.Context()); err != nil || c.InTransaction() {
		t.Errorf("Commit: %v", err)
	}
}

// Sessions that were begun early are the first ones that are given; what nobody takes is ended by Close, also where
// the server doesn't answer; a refusal is told by the Conn that meets it.
func TestOpenEarly(t *testing.T) {
	openEarly := func(change map[string]any) adapter.Warehouse {
		o := output(t)
		for k, v := range change {
			o[k] = v
		}
		w, err := postgres.Driver().(adapter.EarlyOpener).OpenEarly(t.Context(), credentials(t, o), 3)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() })
		return w
	}
	w := openEarly(map[string]any{"application_name": "early"})
	var sessions []adapter.Conn
	for range 4 {
		sessions = append(sessions, session(t, w))
	}
	if n := value(t, sessions[3], "select count(*)::int from pg_stat_activity where application_name = 'early'"); n != int64(4) {
		t.Errorf("%v sessions, want 4", n)
	}
	if _, err := openEarly(map[string]any{"pass": "hunter2hunter2"}).Conn(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "password authentication failed") {
		t.Errorf("a wrong password: %v", err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	w = openEarly(map[string]any{"port": silent.Addr().(*net.TCPAddr).Port, "connect_timeout": 3600})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Conn(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled Conn: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestConnectErrors(t *testing.T) {
	base := output(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, never answers
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, test := range []struct {
		name, text, hint string
		change           map[string]any
	}{
		{"wrong password", "password authentication failed", "check `user` and `password`", map[string]any{"pass": "hunter2hunter2"}},
		{"unknown database", `database "nowhere" does not exist`, "create the database", map[string]any{"dbname": "nowhere"}},
		{"unknown role", `role "nobody_here" does not exist`, "role: nobody_here", map[string]any{"role": "nobody_here"}},
		{"server down", "onnection refused", "Is the server running on that host", map[string]any{"port": closed.Addr().(*net.TCPAddr).Port}},
		{"silent server", "timeout expired", "connect_timeout (1 s)", map[string]any{"port": listener.Addr().(*net.TCPAddr).Port, "connect_timeout": 1}},
		{"no TLS", "refused TLS", "sslmode", map[string]any{"sslmode": "require"}},
		{"unknown host", "no such host", "check `host`", map[string]any{"host": "no.such.host.invalid", "connect_timeout": 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := map[string]any{}
			for k, v := range base {
				o[k] = v
			}
			for k, v := range test.change {
				o[k] = v
			}
			start := time.Now()
			w := open(t, o)
			c, err := w.Conn(t.Context(), "x")
			if err == nil {
				c.Release()
				t.Fatal("no error")
			}
			if took := time.Since(start); took > 3500*time.Millisecond {
				t.Errorf("the error took %v", took)
			}
			var ce *adapter.ConnectError
			if !errors.As(err, &ce) {
				t.Fatalf("%T %v", err, err)
			}
			shown := fmt.Sprintf("%v %v %+v", err, ce.Hint, ce)
			if test.name != "unknown host" && !strings.Contains(err.Error(), test.text) {
				t.Errorf("text: %v; want %q", err, test.text)
			}
			if !strings.Contains(ce.Hint, test.hint) {
				t.Errorf("hint: %q (of %v); want %q", ce.Hint, err, test.hint)
			}
			if pass := o["pass"].(string); strings.Contains(shown, pass) {
				t.Errorf("the password is in the error: %s", shown)
			}
		})
	}
}

func TestBrokenSessionIsReplaced(t *testing.T) {
	w := open(t, output(t))
	admin, c := session(t, w), session(t, w)
	kill := func(c adapter.Conn) {
		t.Helper()
		pid := value(t, c, "select pg_backend_pid()")
		exec(t, admin, fmt.Sprintf("select pg_terminate_backend(%d, 5000)", pid))
	}
	kill(c)
	_, _, err := c.Execute(t.Context(), "select 1", true, 0)
	var db *adapter.DatabaseError
	if !errors.As(err, &db) {
		t.Fatalf("a statement on a dead session: %T %v", err, err)
	}
	if got := value(t, c, "select 1"); got != int64(1) {
		t.Errorf("the next statement gave %v", got)
	}
	// In a transaction the loss is told, not healed.
	if err := c.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec(t, c, "create table t (a int)")
	kill(c)
	if _, _, err := c.Execute(t.Context(), "insert into t values (1)", false, 0); err == nil {
		t.Error("a statement in a lost transaction gave no error")
	}
	if err := c.Commit(t.Context()); err == nil {
		t.Error("the commit of a lost transaction gave no error")
	}
	if err := c.Rollback(t.Context()); err != nil {
		t.Errorf("rollback: %v", err)
	}
	// An idle one isn't handed out.
	kill(c)
	c.Release()
	if got := value(t, session(t, w), "select 2"); got != int64(2) {
		t.Errorf("a new session gave %v", got)
	}
}

func TestCancelReachesTheServer(t *testing.T) {
	w := open(t, output(t))
	admin, c := session(t, w), session(t, w)
	pid := value(t, c, "select pg_backend_pid()")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	_, _, err := c.Execute(ctx, "select pg_sleep(60)", true, 0)
	if took := time.Since(start); !errors.Is(err, context.Canceled) || took > 2*time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	if n := value(t, admin, fmt.Sprintf("select count(*) from pg_stat_activity where pid = %d and state = 'active'", pid)); n != int64(0) {
		t.Error("the statement still runs in the server")
	}
	if again := value(t, c, "select pg_backend_pid()"); again != pid {
		t.Error("the cancel cost the session")
	}
}

func TestCommitOfAnAbortedTransactionIsAnError(t *testing.T) {
	c := session(t, open(t, output(t)))
	if err := c.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec(t, c, "create table t (a int)")
	if _, _, err := c.Execute(t.Context(), "select 1/0", false, 0); err == nil {
		t.Fatal("no error")
	}
	if err := c.Commit(t.Context()); err == nil {
		t.Error("no error")
	}
}
