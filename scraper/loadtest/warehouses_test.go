package loadtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/adapters/postgres/pgtest"
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/source"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// warehouse is an empty database.
type warehouse struct {
	driver adapter.Driver
	creds  adapter.Credentials
	open   adapter.Warehouse
}

func openWarehouse(t testing.TB, driver adapter.Driver, output map[string]any) *warehouse {
	t.Helper()
	creds, err := driver.Credentials(output, adapter.Dirs{Project: t.TempDir(), Target: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	open, err := driver.Open(t.Context(), creds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := open.Close(); err != nil {
			t.Error(err)
		}
	})
	return &warehouse{driver, creds, open}
}

func openDuckDB(t testing.TB) *warehouse { t.Skip(); return nil }

func openPostgres(t testing.TB) *warehouse {
	s := pgtest.Start(t)
	return openWarehouse(t, postgres.Driver(), map[string]any{
		"type": "postgres", "host": s.Host, "port": s.Port, "user": s.User, "pass": s.Password,
		"dbname": s.NewDatabase(t), "schema": "public", "sslmode": "disable",
	})
}

// onEach runs a test on every warehouse.
func onEach(t *testing.T, test func(*testing.T, *warehouse)) {
	t.Run("duckdb", func(t *testing.T) { test(t, openDuckDB(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, openPostgres(t)) })
}

// target takes a session for a test.
func (w *warehouse) target(t testing.TB) source.Target {
	t.Helper()
	conn, err := w.open.Conn(t.Context(), "loadtest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Release)
	return source.NewTarget(conn, w.driver.Dialect(), w.creds.Database())
}

// query gives the rows of a statement, one text each.
func query(t testing.TB, db source.Target, sql string, args ...any) []string {
	t.Helper()
	table, err := db.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var out []string
	for r := range table.Len() {
		var cells []string
		for c := range table.Columns {
			cells = append(cells, fmt.Sprint(table.Values[c][r]))
		}
		out = append(out, strings.Join(cells, " "))
	}
	return out
}

// one is the only cell of a statement's result.
func one(t testing.TB, db source.Target, sql string, args ...any) string {
	t.Helper()
	rows := query(t, db, sql, args...)
	if len(rows) != 1 {
		t.Fatalf("%s: %d rows", sql, len(rows))
	}
	return rows[0]
}
