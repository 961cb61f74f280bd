package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// fakeDriver is a driver with PostgreSQL's rules under any name.
type fakeDriver struct {
	name    string
	support map[string]string
	extra   map[string]adapter.Method
}

func (d *fakeDriver) Name() string      { return d.name }
func (d *fakeDriver) Parents() []string { return nil }
func (d *fakeDriver) Version() string   { return "0" }
func (d *fakeDriver) Macros() fs.FS     { return nil }
func (d *fakeDriver) Credentials(map[string]any, adapter.Dirs) (adapter.Credentials, error) {
	return fakeCredentials{}, nil
}
func (d *fakeDriver) Open(context.Context, adapter.Credentials) (adapter.Warehouse, error) {
	return nil, errors.New("not used")
}
func (d *fakeDriver) Methods(adapter.Credentials) map[string]adapter.Method { return d.extra }
func (d *fakeDriver) Dialect() adapter.Dialect {
	return adapter.Dialect{
		QuoteChar: `"`, MaxIdentifierLength: 63,
		DefaultQuoting: adapter.QuotePolicy{Database: true, Schema: true, Identifier: true},
		SeedType: func(k adapter.Kind) string {
			return map[adapter.Kind]string{adapter.KindInteger: "integer", adapter.KindNumber: "float8", adapter.KindBool: "boolean",
				adapter.KindDate: "date", adapter.KindTimestamp: "timestamp without time zone", adapter.KindTime: "time"}[k]
		},
		Strategies: []string{"append", "delete+insert", "merge", "microbatch"}, ConstraintSupport: d.support,
		Columns: adapter.ColumnRules{PlainStrings: []string{"text", "character varying"}},
	}
}

type fakeCredentials struct{ noTransactions bool }

func (fakeCredentials) Database() string { return "db" }
func (fakeCredentials) Schema() string   { return "s" }
func (fakeCredentials) Threads() int     { return 2 }
func (fakeCredentials) Fields() []adapter.Field {
	return []adapter.Field{{Name: "host", Value: "h"}, {Name: "schema", Value: "s"}}
}
func (fakeCredentials) ConnectionInfo() []adapter.Field { return nil }
func (fakeCredentials) Secrets() []string               { return []string{"hunter2"} }
func (c fakeCredentials) DisableTransactions() bool     { return c.noTransactions }

// fakePool records what is sent over all its sessions, each line with the
// session's name when it is not "n".
type fakePool struct {
	mu     sync.Mutex
	log    []string
	answer func(sql string) (adapter.Response, *adapter.Table, error)
	open   int
	binds  [][]any
	bulk   bool // its sessions have BulkInsert
}

func (p *fakePool) note(conn, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if conn != "n" {
		line = conn + ": " + line
	}
	p.log = append(p.log, line)
}

func (p *fakePool) Conn(_ context.Context, name string) (adapter.Conn, error) {
	p.mu.Lock()
	p.open++
	p.mu.Unlock()
	c := &fakeConn{p: p, name: name}
	if p.bulk {
		return bulkConn{c}, nil
	}
	return c, nil
}

func (p *fakePool) Close() error { return nil }

// sent gives what was recorded since the last call.
func (p *fakePool) sent() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := strings.Join(p.log, "\n")
	p.log = nil
	return out
}

type fakeConn struct {
	p    *fakePool
	name string
	tx   bool
}

func (c *fakeConn) Execute(_ context.Context, sql string, fetch bool, limit int, args ...any) (adapter.Response, *adapter.Table, error) {
	line := sql
	if fetch {
		line += " [fetch"
		if limit > 0 {
			line += fmt.Sprint(" ", limit)
		}
		line += "]"
	}
	c.p.note(c.name, line)
	c.tx = c.tx && sql != "commit;"
	if len(args) > 0 {
		c.p.binds = append(c.p.binds, args)
	}
	if c.p.answer != nil {
		return c.p.answer(sql)
	}
	return adapter.Response{Message: "OK", RowsAffected: -1}, &adapter.Table{}, nil
}
func (c *fakeConn) Begin(context.Context) error { c.tx = true; c.p.note(c.name, "BEGIN"); return nil }
func (c *fakeConn) Commit(context.Context) error {
	c.tx = false
	c.p.note(c.name, "COMMIT")
	return nil
}
func (c *fakeConn) Rollback(context.Context) error {
	c.tx = false
	c.p.note(c.name, "ROLLBACK")
	return nil
}
func (c *fakeConn) InTransaction() bool { return c.tx }
func (c *fakeConn) Release() {
	c.p.mu.Lock()
	c.p.open--
	c.p.mu.Unlock()
}

// macros is a MacroCaller made of functions, which records the calls.
type macros struct {
	mu    sync.Mutex
	calls []string
	fn    map[string]func(args []jinja.Value) (jinja.Value, error)
}

func (m *macros) CallMacro(_ *jinja.Thread, name string, args []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
	var parts []string
	for _, a := range args {
		parts = append(parts, a.String())
	}
	m.mu.Lock()
	m.calls = append(m.calls, name+"("+strings.Join(parts, ", ")+")")
	m.mu.Unlock()
	if f, ok := m.fn[name]; ok {
		return f(args)
	}
	return jinja.Str(""), nil
}

func (m *macros) called() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := strings.Join(m.calls, " ")
	m.calls = nil
	return out
}

// rowsOf makes a macro that gives a list of tuples of texts.
func rowsOf(rows ...string) func([]jinja.Value) (jinja.Value, error) {
	return func([]jinja.Value) (jinja.Value, error) {
		l := jinja.NewList()
		for _, r := range rows {
			var t jinja.Tuple
			for _, f := range strings.Split(r, ",") {
				t = append(t, jinja.Str(f))
			}
			l.Append(t)
		}
		return l, nil
	}
}

// world is a runtime on a fake warehouse with one node's adapter.
type world struct {
	rt     *Runtime
	pool   *fakePool
	macros *macros
	nc     *NodeConn
	obj    *Adapter
	mu     sync.Mutex
	events []event.Event
	warns  []string
	ctx    jinja.MapContext
}

func newWorld(t *testing.T, d *fakeDriver, change func(*Config)) *world {
	t.Helper()
	w := &world{pool: &fakePool{}, macros: &macros{fn: map[string]func([]jinja.Value) (jinja.Value, error){}}}
	c := Config{
		Driver: d, Credentials: fakeCredentials{}, Pool: w.pool, Quoting: d.Dialect().DefaultQuoting, ProjectName: "proj", Threads: 2,
		Bus: event.NewBus(event.Options{Sink: event.SinkFunc(func(r event.Record) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if r.Level == event.Warn {
				w.warns = append(w.warns, r.Message(event.Style{}))
			} else {
				w.events = append(w.events, r.Event)
			}
		})}),
	}
	if change != nil {
		change(&c)
	}
	rt, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	w.rt = rt
	w.nc = rt.Node("n", NodeOptions{Values: func() map[string]any { return map[string]any{"name": "m"} }})
	w.obj = rt.Object(w.nc, w.macros, Options{Dispatch: jinja.NewFunction("dispatch", func(_ *jinja.Thread, pos []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
		return jinja.Str("dispatched " + pos[0].String()), nil
	})})
	w.ctx = jinja.MapContext{"adapter": w.obj, "api": api(rt)}
	return w
}

func api(rt *Runtime) jinja.Value {
	d := jinja.NewDict()
	d.SetStr("Relation", rt.Classes.Relation)
	d.SetStr("Column", rt.Classes.Column)
	return d
}

// render renders a template with white space trimmed.
func (w *world) render(t *testing.T, in string) (string, error) {
	t.Helper()
	tmpl, err := jinja.NewEnv(jinja.Options{}).Parse("m.sql", in)
	if err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	out, err := tmpl.Render(jinja.NewThread(context.Background()), w.ctx)
	return strings.TrimSpace(out), err
}

func (w *world) check(t *testing.T, in, want string) {
	t.Helper()
	got, err := w.render(t, in)
	if err != nil {
		t.Errorf("%s: %v", in, err)
		return
	}
	if got != want {
		t.Errorf("%s\n got %s\nwant %s", in, got, want)
	}
}

func (w *world) fails(t *testing.T, in, want string) {
	t.Helper()
	got, err := w.render(t, in)
	if err == nil {
		t.Errorf("%s gave %q, want an error", in, got)
		return
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("%s\nerror %v\n want %s", in, err, want)
	}
}

// expect compares what was sent to the warehouse.
func (w *world) expect(t *testing.T, what, want string) {
	t.Helper()
	if got := w.pool.sent(); got != want {
		t.Errorf("%s sent\n%s\nwant\n%s", what, got, want)
	}
}
