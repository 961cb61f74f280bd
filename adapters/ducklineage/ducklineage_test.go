package ducklineage_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/adapters/ducklineage"
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/lineagetest"
)

func parser(t testing.TB) lineage.Parser {
	p := ducklineage.Parser()
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestCorpus(t *testing.T) { lineagetest.Run(t, parser(t), 60) }

// DuckDB takes the queries of the corpus and gives the columns that are expected.
func TestCorpusIsSQL(t *testing.T) {
	creds, err := duckdb.Driver().Credentials(map[string]any{"path": filepath.Join(t.TempDir(), "db.duckdb"), "schema": "main"}, adapter.Dirs{Project: t.TempDir(), Target: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	w, err := duckdb.Driver().Open(t.Context(), creds)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	conn, err := w.Conn(t.Context(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	exec := func(sql string) error {
		_, _, err := conn.Execute(t.Context(), sql, false, 0)
		return err
	}
	lineagetest.RunNames(t, "duckdb", exec, func(sql string) ([]string, error) {
		_, table, err := conn.Execute(t.Context(), sql, true, 0)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, c := range table.Columns {
			names = append(names, c.Name)
		}
		return names, nil
	})
}

func TestErrors(t *testing.T) {
	p := parser(t)
	for sql, want := range map[string]string{
		"select a\nfrom from t":  `syntax error at or near "from" (line 2, column 6)`,
		"select 1; select 2":     "the SQL has 2 statements, where one query is wanted",
		"":                       "the SQL has 0 statements, where one query is wanted",
		"insert into t select 1": "DuckDB gives no tree of it: it is no SELECT",
		"select \x00":            "the SQL holds a NUL character",
	} {
		if _, err := p.Parse(t.Context(), sql); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", sql, err, want)
		}
	}
}

func TestPivotValues(t *testing.T) {
	const in = ` IN ('gdbt: the values are not known')`
	for sql, want := range map[string]string{
		"pivot t on a using sum(b)":                  "pivot t on a" + in + " using sum(b)",
		"pivot t on a":                               "pivot t on a" + in,
		"pivot t on a, b in (1), f(c, d) group by e": "pivot t on a" + in + ", b in (1), f(c, d)" + in + " group by e",
		"with p as (pivot (select 1 as a) on a) select 'on x' from p -- pivot q on r": "with p as (pivot (select 1 as a) on a" + in + ") select 'on x' from p -- pivot q on r",
		"select * from t pivot (sum(b) for a in (1))":                                 "",
		"select 'pivot t on a' as x":                                                  "",
		"pivot t on a in ('x')":                                                       "",
		"pivot":                                                                       "",
		"pivot t on":                                                                  "",
		"pivot t on $$ using $$ || a /* using */ using sum(b)":                        "pivot t on $$ using $$ || a" + in + " /* using */ using sum(b)",
	} {
		got, ok := ducklineage.WithPivotValues(sql)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v, want %q", sql, got, ok, want)
		}
	}
}

// A parser may be used by many at once, and again after Close.
func TestConcurrent(t *testing.T) {
	p := parser(t)
	for range 2 {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					if _, err := p.Parse(t.Context(), "select max(a), b from t group by all"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

// No text makes the parser or what comes after it panic.
func FuzzParse(f *testing.F) {
	lineagetest.Seed(f, "duckdb")
	p := parser(f)
	f.Fuzz(func(t *testing.T, sql string) { lineagetest.Trace(t, p, sql) })
}

func BenchmarkParse(b *testing.B) {
	p := parser(b)
	for b.Loop() {
		if _, err := p.Parse(b.Context(), lineagetest.LongQuery); err != nil {
			b.Fatal(err)
		}
	}
}
