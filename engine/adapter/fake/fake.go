// Package fake is a warehouse in memory for the tests of the engine: it holds no
// data, remembers what it was sent and answers as its test says.
//
// It has DuckDB's names and naming rules, so that a project parses as it does on
// DuckDB, and needs no cgo.
package fake

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"testing/fstest"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// macros are the adapter macros without which no model is built. Each statement
// says what it is for, so that tests can answer it.
const macros = `
{% macro duckdb__list_schemas(database) %}
  {{ return(run_query('list schemas of ' ~ database)) }}
{% endmacro %}
{% macro duckdb__list_relations_without_caching(schema_relation) %}
  {% call statement('list', fetch_result=true) %}list relations of {{ schema_relation.schema }}{% endcall %}
  {{ return(load_result('list').table) }}
{% endmacro %}
{% macro duckdb__create_schema(relation) %}
  {% call statement('create_schema') %}create schema {{ relation.schema }}{% endcall %}
{% endmacro %}
{% macro duckdb__get_columns_in_relation(relation) %}{{ return([]) }}{% endmacro %}
{% macro duckdb__current_timestamp() %}now(){% endmacro %}
{% macro duckdb__drop_relation(relation) %}{% call statement('drop', auto_begin=false) %}drop {{ relation }}{% endcall %}{% endmacro %}
{% macro duckdb__rename_relation(a, b) %}{% call statement('rename') %}rename {{ a }} to {{ b }}{% endcall %}{% endmacro %}
`

// Answer answers a statement of a session; ctx is that of the call.
type Answer func(ctx context.Context, session, sql string) (adapter.Response, *adapter.Table, error)

// Driver is a driver with DuckDB's rules. Fill it before its first use.
type Driver struct {
	// Answer answers statements; nil says OK to everything.
	Answer Answer

	mu   sync.Mutex
	sent []string
	open int
}

var _ adapter.Driver = (*Driver)(nil)

// Name implements [adapter.Driver].
func (*Driver) Name() string { return "duckdb" }

// Parents implements [adapter.Driver].
func (*Driver) Parents() []string { return nil }

// Version implements [adapter.Driver].
func (*Driver) Version() string { return "0.0.0" }

// Macros implements [adapter.Driver].
func (*Driver) Macros() fs.FS {
	return fstest.MapFS{"macros/adapters.sql": &fstest.MapFile{Data: []byte(macros)}}
}

// Credentials implements [adapter.Driver]: `path` names the database, as with DuckDB.
func (*Driver) Credentials(output map[string]any, _ adapter.Dirs) (adapter.Credentials, error) {
	c := &Credentials{database: "memory", schema: "main"}
	for k, v := range output {
		s, _ := v.(string)
		switch k {
		case "path":
			c.database = strings.TrimSuffix(s[strings.LastIndexByte(s, '/')+1:], ".duckdb")
		case "schema":
			c.schema = s
		case "threads":
			c.threads = fmt.Sprint(v)
		case "type":
		default:
			return nil, &adapter.CredentialsError{Message: "unknown field " + k}
		}
	}
	return c, nil
}

// Dialect implements [adapter.Driver].
func (*Driver) Dialect() adapter.Dialect {
	return adapter.Dialect{
		QuoteChar: `"`, BindingChar: "?", TypeLabels: map[string]string{"STRING": "TEXT"},
		DefaultQuoting:       adapter.QuotePolicy{Database: true, Schema: true, Identifier: true},
		SeedType:             func(adapter.Kind) string { return "text" },
		SupportsTransactions: true, Strategies: []string{"append", "delete+insert", "merge", "microbatch"},
		ConstraintSupport: map[string]string{"check": "enforced", "not_null": "enforced", "unique": "enforced", "primary_key": "enforced", "foreign_key": "enforced"},
	}
}

// Credentials are those of a [Driver].
type Credentials struct{ database, schema, threads string }

// Database implements [adapter.Credentials].
func (c *Credentials) Database() string { return c.database }

// Schema implements [adapter.Credentials].
func (c *Credentials) Schema() string { return c.schema }

// Threads implements [adapter.Credentials].
func (c *Credentials) Threads() int { return 1 }

// Fields implements [adapter.Credentials].
func (c *Credentials) Fields() []adapter.Field {
	return []adapter.Field{{Name: "database", Value: c.database}, {Name: "schema", Value: c.schema}}
}

// ConnectionInfo implements [adapter.Credentials].
func (c *Credentials) ConnectionInfo() []adapter.Field { return c.Fields() }

// Secrets implements [adapter.Credentials].
func (*Credentials) Secrets() []string { return nil }

// Open implements [adapter.Driver].
func (d *Driver) Open(context.Context, adapter.Credentials) (adapter.Warehouse, error) {
	return &warehouse{d}, nil
}

// Sent gives the statements since the last call, in the order of their arrival,
// white space made single and query comments left out.
func (d *Driver) Sent() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.sent
	d.sent = nil
	return out
}

// Sessions is how many sessions are taken and not given back.
func (d *Driver) Sessions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open
}

type warehouse struct{ d *Driver }

func (w *warehouse) Conn(_ context.Context, name string) (adapter.Conn, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	w.d.open++
	return &conn{d: w.d, name: name}, nil
}

func (w *warehouse) Close() error { return nil }

type conn struct {
	d    *Driver
	name string
	tx   bool
}

var comment = regexp.MustCompile(`(?s)/\*.*?\*/`)

func (c *conn) note(line string) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.d.sent = append(c.d.sent, line)
}

func (c *conn) Execute(ctx context.Context, sql string, fetch bool, _ int, _ ...any) (adapter.Response, *adapter.Table, error) {
	sql = strings.Join(strings.Fields(comment.ReplaceAllString(sql, " ")), " ")
	c.note(sql)
	if err := ctx.Err(); err != nil {
		return adapter.Response{}, nil, err
	}
	if c.d.Answer != nil {
		resp, table, err := c.d.Answer(ctx, c.name, sql)
		if err != nil {
			return adapter.Response{}, nil, err
		}
		if table != nil {
			return resp, table, nil
		}
	}
	return adapter.Response{Message: "OK", RowsAffected: -1}, empty(sql), nil
}

// empty is the result of a statement that nobody answers.
func empty(sql string) *adapter.Table {
	switch {
	case strings.HasPrefix(sql, "list schemas"):
		return Rows([]string{"name"}, []any{"main"})
	case strings.HasPrefix(sql, "list relations"):
		return Rows([]string{"database", "name", "schema", "type"})
	}
	return &adapter.Table{}
}

// Rows makes a result. A column's kind is that of its first value.
func Rows(names []string, rows ...[]any) *adapter.Table {
	t := &adapter.Table{Columns: make([]adapter.ResultColumn, len(names)), Values: make([][]any, len(names))}
	for i, n := range names {
		t.Columns[i] = adapter.ResultColumn{Name: n}
		for _, r := range rows {
			t.Values[i] = append(t.Values[i], r[i])
		}
		if len(rows) > 0 {
			switch rows[0][i].(type) {
			case int64:
				t.Columns[i].Kind = adapter.KindInteger
			case bool:
				t.Columns[i].Kind = adapter.KindBool
			}
		}
	}
	return t
}

func (c *conn) Begin(context.Context) error { c.tx = true; return nil }

func (c *conn) Commit(context.Context) error { c.tx = false; return nil }

func (c *conn) Rollback(context.Context) error { c.tx = false; return nil }

func (c *conn) InTransaction() bool { return c.tx }

func (c *conn) Release() {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.d.open--
}
