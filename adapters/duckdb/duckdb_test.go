package duckdb_test

import (
	"path/filepath"
	"testing"

	"github.com/gdbt-dev/gdbt/adapters/adaptertest"
	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// output is a profile output for a new database file.
func output(t testing.TB) map[string]any {
	return map[string]any{"type": "duckdb", "path": filepath.Join(t.TempDir(), "dev.duckdb"), "threads": 4}
}

func credentials(t testing.TB, output map[string]any) adapter.Credentials {
	t.Helper()
	c, err := duckdb.Driver().Credentials(output, adapter.Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, func(t *testing.T) (adapter.Driver, adapter.Credentials) {
		return duckdb.Driver(), credentials(t, output(t))
	})
}

func BenchmarkAdapter(b *testing.B) {
	adaptertest.Bench(b, func(b *testing.B) (adapter.Driver, adapter.Credentials) {
		return duckdb.Driver(), credentials(b, output(b))
	})
}
