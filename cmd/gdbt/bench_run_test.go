package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gdbt-dev/gdbt/engine/dag"
)

// threads is what the generated profile says.
const threads = 4

// BenchmarkRun is `gdbt run` of 100 models in empty schemas beside its floor: the statements that it sends, sent by the
// bare driver in the same order, over as many connections. Both start from the same database and take turns. ratio is
// the wall time of the whole process over that of the bare driver; run-ratio leaves out what comes before and after the
// run itself: reading the project, writing the artifacts.
func BenchmarkRun(b *testing.B) {
	b.Run("postgres/models=100", func(b *testing.B) { benchmarkRun(b, newPostgresBench(b)) })
	b.Run("duckdb/models=100", func(b *testing.B) { benchmarkRun(b, newDuckDBBench(b)) })
}

// bench is a database with the sources and seeds of a project.
type bench interface {
	// env points gdbt at it.
	env() []string
	// exec runs the SQL that makes the source tables.
	exec(b *testing.B, text string)
	// keep makes what is there now the state that reset goes back to.
	keep(b *testing.B)
	reset(b *testing.B)
	// open starts a session of the bare driver.
	open(ctx context.Context) (bareSession, error)
	// finish ends what the sessions shared.
	finish() error
}

type bareSession interface {
	exec(ctx context.Context, text string) error
	close() error
}

func benchmarkRun(b *testing.B, db bench) {
	gdbt := program(b)
	dir := generated(b, 100)
	setup, err := os.ReadFile(filepath.Join(dir, "setup", "sources_"+strings.Split(b.Name(), "/")[1]+".sql"))
	if err != nil {
		b.Fatal(err)
	}
	db.exec(b, string(setup))
	gdbt.run(b, dir, db.env(), "seed", "-q")
	db.keep(b)
	db.reset(b)
	tr := record(b, gdbt, dir, db.env())

	var runs, bare, inside usages
	for b.Loop() {
		b.StopTimer()
		db.reset(b)
		b.StartTimer()
		runs.add(gdbt.run(b, dir, db.env(), "run", "-q"))
		b.StopTimer()
		inside.add(usage{Wall: elapsed(b, dir)})
		db.reset(b)
		bare.add(usage{Wall: tr.replay(b, db)})
		b.StartTimer()
	}
	runs.report(b)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(tr.statements), "statements")
	b.ReportMetric(runs.wall(), "gdbt-ms")
	b.ReportMetric(inside.wall(), "run-ms")
	b.ReportMetric(bare.wall(), "bare-ms")
	b.ReportMetric(runs.wall()/bare.wall(), "ratio")
	b.ReportMetric(inside.wall()/bare.wall(), "run-ratio")
}

// trace is what a run sends, by the name of the connection: a node's id, or what is done before the nodes.
type trace struct {
	conns      map[string][]string
	before     []string
	graph      *dag.Graph
	statements int
}

// record runs gdbt once and takes the statements from its log and the order from its manifest.
func record(b *testing.B, gdbt executable, dir string, env []string) *trace {
	b.Helper()
	logs := b.TempDir()
	gdbt.run(b, dir, env, "run", "-q", "--log-path", logs, "--log-format-file", "json", "--log-level-file", "debug")
	text, err := os.ReadFile(filepath.Join(logs, "dbt.log"))
	if err != nil {
		b.Fatal(err)
	}
	t := &trace{conns: map[string][]string{}, graph: dag.New()}
	begun := map[string]int{} // connection → index+1 of its transaction's first statement
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e struct {
			Info struct{ Name string }
			Data struct {
				SQL      string
				ConnName string `json:"conn_name"`
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			b.Fatal(err)
		}
		conn, text := e.Data.ConnName, e.Data.SQL
		switch e.Info.Name {
		case "Rollback":
			text = "ROLLBACK"
		case "SQLQuery":
		default:
			continue
		}
		switch text {
		case "BEGIN":
			begun[conn] = -1
		case "COMMIT", "ROLLBACK":
			// PostgreSQL's BEGIN goes out with the first statement of its transaction and is not in the log.
			if at := begun[conn]; at > 0 {
				t.conns[conn][at-1] = "begin;" + t.conns[conn][at-1]
			}
			delete(begun, conn)
		default:
			if begun[conn] == 0 {
				begun[conn] = len(t.conns[conn]) + 1
			}
		}
		if t.conns[conn] == nil && !strings.HasPrefix(conn, "model.") {
			t.before = append(t.before, conn)
		}
		t.conns[conn] = append(t.conns[conn], text)
		t.statements++
	}
	if err := lines.Err(); err != nil {
		b.Fatal(err)
	}
	var m struct {
		Parents map[string][]string `json:"parent_map"`
	}
	readJSON(b, filepath.Join(dir, "target", "manifest.json"), &m)
	for id := range m.Parents {
		t.graph.AddNode(id)
	}
	for id, parents := range m.Parents {
		for _, parent := range parents {
			if err := t.graph.AddEdge(parent, id); err != nil {
				b.Fatal(err)
			}
		}
	}
	keep := func(id string) bool { return strings.HasPrefix(id, "model.") }
	t.graph = t.graph.Subset(keep)
	if len(t.conns) < 80 {
		b.Fatalf("only %d nodes sent statements", len(t.conns))
	}
	return t
}

// replay sends the statements and gives the wall time, with that of opening the sessions.
func (t *trace) replay(b *testing.B, db bench) time.Duration {
	b.Helper()
	left, err := t.graph.LongestPaths(func(string) float64 { return 1 })
	if err != nil {
		b.Fatal(err)
	}
	sessions := make(chan bareSession, threads)
	for range threads {
		sessions <- nil
	}
	send := func(ctx context.Context, list []string) (err error) {
		s := <-sessions
		defer func() { sessions <- s }()
		if s == nil {
			if s, err = db.open(ctx); err != nil {
				return err
			}
		}
		for _, text := range list {
			if err := s.exec(ctx, text); err != nil {
				return fmt.Errorf("%w in %s", err, text)
			}
		}
		return nil
	}
	start := time.Now()
	for _, conn := range t.before {
		if err := send(b.Context(), t.conns[conn]); err != nil {
			b.Fatal(err)
		}
	}
	report, err := t.graph.Walk(b.Context(), dag.Walker{
		Workers: threads, Priority: func(id string) float64 { return left[id] },
		Visit: func(ctx context.Context, id string) error {
			if len(t.conns[id]) == 0 {
				return nil // ephemeral
			}
			return send(ctx, t.conns[id])
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	for range threads {
		if s := <-sessions; s != nil {
			wg.Go(func() {
				if err := s.close(); err != nil {
					b.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if err := db.finish(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start)
	for _, err := range report.Failed {
		b.Fatal(err)
	}
	return took
}

// elapsed is how long the run of the last invocation took, as it says itself.
func elapsed(b *testing.B, dir string) time.Duration {
	b.Helper()
	var r struct {
		Elapsed float64 `json:"elapsed_time"`
	}
	readJSON(b, filepath.Join(dir, "target", "run_results.json"), &r)
	return time.Duration(r.Elapsed * float64(time.Second))
}

func readJSON(b *testing.B, path string, to any) {
	b.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// postgresBench is a database of the shared server; its states are templates.
type postgresBench struct {
	host, user, password string
	port                 int
	dsn                  func(database string) string
}

func newPostgresBench(b *testing.B) *postgresBench {
	b.Helper()
	s, err := usePostgres()
	if err != nil {
		b.Fatal(err)
	}
	p := &postgresBench{host: s.Host, port: s.Port, user: s.User, password: s.Password, dsn: s.DSN}
	p.admin(b, "create database bench")
	b.Cleanup(func() {
		for _, name := range []string{"bench", "bench_kept"} {
			if err := s.DropDatabase(context.Background(), name); err != nil {
				b.Log(err)
			}
		}
	})
	return p
}

func (p *postgresBench) env() []string {
	return []string{
		"BENCH_TARGET=postgres", "PGHOST=" + p.host, "PGPORT=" + strconv.Itoa(p.port), "PGUSER=" + p.user,
		"PGPASSWORD=" + p.password, "PGDATABASE=bench", "PGSSLMODE=disable",
	}
}

func (p *postgresBench) on(b *testing.B, database, text string) {
	b.Helper()
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, p.dsn(database))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, text).ReadAll(); err != nil {
		b.Fatal(err)
	}
}

func (p *postgresBench) admin(b *testing.B, text string) { p.on(b, "postgres", text) }
func (p *postgresBench) exec(b *testing.B, text string)  { p.on(b, "bench", text) }
func (p *postgresBench) keep(b *testing.B)               { p.admin(b, "alter database bench rename to bench_kept") }
func (p *postgresBench) open(ctx context.Context) (bareSession, error) {
	conn, err := pgconn.Connect(ctx, p.dsn("bench"))
	return pgSession{conn}, err
}

func (p *postgresBench) reset(b *testing.B) {
	b.Helper()
	p.admin(b, "drop database if exists bench with (force)")
	p.admin(b, "create database bench template bench_kept")
	p.admin(b, "checkpoint") // what the copy left to write is not the run's
}

func (p *postgresBench) finish() error { return nil }

type pgSession struct{ conn *pgconn.PgConn }

func (s pgSession) exec(ctx context.Context, text string) error {
	_, err := s.conn.Exec(ctx, text).ReadAll()
	return err
}

func (s pgSession) close() error { return s.conn.Close(context.Background()) }

// duckDBBench is a file; its states are copies.
type duckDBBench struct {
	dir string
	mu  sync.Mutex
	db  *sql.DB // of the replay that goes on
}

func newDuckDBBench(b *testing.B) *duckDBBench { return &duckDBBench{dir: b.TempDir()} }

func (d *duckDBBench) path() string { return filepath.Join(d.dir, "bench.duckdb") }
func (d *duckDBBench) env() []string {
	return []string{"BENCH_TARGET=duckdb", "BENCH_DUCKDB=" + d.path()}
}

func (d *duckDBBench) exec(b *testing.B, text string) {
	b.Helper()
	db, err := sql.Open("duckdb", d.path())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		b.Fatal(err)
	}
}

func (d *duckDBBench) keep(b *testing.B) {
	b.Helper()
	if err := os.Rename(d.path(), d.path()+".kept"); err != nil {
		b.Fatal(err)
	}
}

func (d *duckDBBench) reset(b *testing.B) {
	b.Helper()
	if err := os.RemoveAll(d.path() + ".wal"); err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(d.path() + ".kept")
	if err == nil {
		err = os.WriteFile(d.path(), text, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func (d *duckDBBench) open(ctx context.Context) (bareSession, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.db == nil {
		db, err := sql.Open("duckdb", d.path())
		if err != nil {
			return nil, err
		}
		d.db = db
	}
	conn, err := d.db.Conn(ctx)
	return duckSession{conn}, err
}

func (d *duckDBBench) finish() error {
	if d.db == nil {
		return nil
	}
	err := d.db.Close()
	d.db = nil
	return err
}

type duckSession struct{ conn *sql.Conn }

func (s duckSession) exec(ctx context.Context, text string) error {
	_, err := s.conn.ExecContext(ctx, text)
	return err
}

func (s duckSession) close() error { return s.conn.Close() }
