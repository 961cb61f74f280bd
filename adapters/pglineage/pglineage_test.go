package pglineage_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gdbt-dev/gdbt/adapters/pglineage"
	"github.com/gdbt-dev/gdbt/adapters/postgres/pgtest"
	"github.com/gdbt-dev/gdbt/engine/lineage/lineagetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestCorpus(t *testing.T) { lineagetest.Run(t, pglineage.Parser(), 60) }

// PostgreSQL takes the queries of the corpus and gives the columns that are expected.
func TestCorpusIsSQL(t *testing.T) {
	server := pgtest.Start(t)
	connect := func(database string) *pgconn.PgConn {
		conn, err := pgconn.Connect(t.Context(), server.DSN(database))
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	outside := connect(server.NewDatabase(t))
	if _, err := outside.Exec(t.Context(), "CREATE DATABASE db").ReadAll(); err != nil { // the corpus calls it so
		t.Fatal(err)
	}
	if err := outside.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn := connect("db")
	defer func() { _ = conn.Close(t.Context()) }() // the database goes anyway
	exec := func(sql string) error {
		_, err := conn.Exec(t.Context(), sql).ReadAll()
		return err
	}
	if err := exec("CREATE SCHEMA main; SET search_path = main"); err != nil {
		t.Fatal(err)
	}
	lineagetest.RunNames(t, "postgres", exec, func(sql string) ([]string, error) {
		described, err := conn.Prepare(t.Context(), "", sql, nil)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, f := range described.Fields {
			names = append(names, f.Name)
		}
		return names, nil
	})
}

func TestErrors(t *testing.T) {
	for sql, want := range map[string]string{
		"select a\nfrom from t":  `syntax error at or near "from" (line 2, column 6)`,
		"select 1; select 2":     "the SQL has 2 statements, where one query is wanted",
		"":                       "the SQL has 0 statements, where one query is wanted",
		"insert into t select 1": "the SQL is no query (Insert)",
	} {
		if _, err := pglineage.Parser().Parse(t.Context(), sql); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", sql, err, want)
		}
	}
}

// No text makes the parser or what comes after it panic.
func FuzzParse(f *testing.F) {
	lineagetest.Seed(f, "postgres")
	f.Fuzz(func(t *testing.T, sql string) { lineagetest.Trace(t, pglineage.Parser(), sql) })
}

func BenchmarkParse(b *testing.B) {
	p := pglineage.Parser()
	for b.Loop() {
		if _, err := p.Parse(b.Context(), lineagetest.LongQuery); err != nil {
			b.Fatal(err)
		}
	}
}
