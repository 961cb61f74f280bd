package loadtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/adapters/postgres/pgtest"
	"github.com/gdbt-dev/gdbt/engine/source"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// warehouse is an empty database.
type warehouse struct {
	database string
	// session opens a session and gives its release.
	session func(context.Context) (source.Target, func(), error)
}

// profileDirs are the folders of a profile without relative paths.
type profileDirs = struct{ Project, Target string }

func openDuckDB(t testing.TB) *warehouse {
	driver := duckdb.Driver()
	creds, err := driver.Credentials(map[string]any{
		"type": "duckdb", "path": t.TempDir() + "/lake.duckdb", "schema": "main",
	}, profileDirs{})
	if err != nil {
		t.Fatal(err)
	}
	open, err := driver.Open(t.Context(), creds)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, open.Close)
	return &warehouse{creds.Database(), func(ctx context.Context) (source.Target, func(), error) {
		conn, err := open.Conn(ctx, "loadtest")
		if err != nil {
			return nil, nil, err
		}
		return source.NewTarget(conn, driver.Dialect(), creds.Database()), conn.Release, nil
	}}
}

func openPostgres(t testing.TB) *warehouse {
	s := pgtest.Start(t)
	driver := postgres.Driver()
	creds, err := driver.Credentials(map[string]any{
		"type": "postgres", "host": s.Host, "port": s.Port, "user": s.User, "pass": s.Password,
		"dbname": s.NewDatabase(t), "schema": "public", "sslmode": "disable",
	}, profileDirs{})
	if err != nil {
		t.Fatal(err)
	}
	open, err := driver.Open(t.Context(), creds)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, open.Close)
	return &warehouse{creds.Database(), func(ctx context.Context) (source.Target, func(), error) {
		conn, err := open.Conn(ctx, "loadtest")
		if err != nil {
			return nil, nil, err
		}
		return source.NewTarget(conn, driver.Dialect(), creds.Database()), conn.Release, nil
	}}
}

func closeAtEnd(t testing.TB, closer func() error) {
	t.Cleanup(func() {
		if err := closer(); err != nil {
			t.Error(err)
		}
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
	db, release, err := w.session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return db
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
