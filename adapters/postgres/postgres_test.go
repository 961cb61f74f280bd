package postgres_test

import (
	"testing"

	"github.com/gdbt-dev/gdbt/adapters/adaptertest"
	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/adapters/postgres/pgtest"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// output is a profile output for a new database of the test server.
func output(t testing.TB) map[string]any {
	t.Helper()
	s := pgtest.Start(t)
	return map[string]any{
		"type": "postgres", "host": s.Host, "port": s.Port, "user": s.User, "pass": s.Password,
		"dbname": s.NewDatabase(t), "schema": "public", "threads": 4, "sslmode": "disable",
	}
}

func credentials(t testing.TB, output map[string]any) adapter.Credentials {
	t.Helper()
	c, err := postgres.Driver().Credentials(output, adapter.Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, func(t *testing.T) (adapter.Driver, adapter.Credentials) {
		return postgres.Driver(), credentials(t, output(t))
	})
}

func BenchmarkAdapter(b *testing.B) {
	adaptertest.Bench(b, func(b *testing.B) (adapter.Driver, adapter.Credentials) {
		return postgres.Driver(), credentials(b, output(b))
	})
}
