//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gdbt-dev/gdbt/adapters/postgres/pgtest"
)

// The project of these tests: a before slow before after, and other beside them. slow never ends by itself.
var faultProject = map[string]string{
	"dbt_project.yml": "name: faults\nversion: '1.0'\nprofile: faults\nmodels: {faults: {+materialized: table}}\n",
	"profiles.yml": `faults:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: faults.duckdb, schema: main, threads: 1}
    postgres:
      {type: postgres, host: 127.0.0.1, port: "{{ env_var('PGPORT') | as_number }}", user: postgres,
       password: "{{ env_var('PGPASSWORD') }}", dbname: "{{ env_var('PGDATABASE') }}", schema: faults, threads: 1}
`,
	"models/a.sql": "select 1 as id",
	"models/slow.sql": `select a.id, {% if target.type == 'postgres' %}pg_sleep(600)::text
{% else %}(select count(*) from range(1000000000000) as r(i) where i % 7 = 3){% endif %} as n from {{ ref('a') }} as a`,
	"models/after.sql": "select * from {{ ref('slow') }}",
	"models/other.sql": "select 1 as id",
}

// faults is a project at work in processes of their own.
type faults struct {
	*testing.T
	dir string
	env []string
}

func newFaults(t *testing.T) *faults {
	t.Helper()
	f := &faults{T: t, dir: t.TempDir(), env: append(os.Environ(), "DBT_SEND_ANONYMOUS_USAGE_STATS=false")}
	for name, text := range faultProject {
		f.write(name, text)
	}
	return f
}

// onPostgres gives the project a database of its own.
func (f *faults) onPostgres(server *pgtest.Server) (database string) {
	f.Helper()
	database = server.NewDatabase(f.T)
	f.env = append(f.env, fmt.Sprintf("PGPORT=%d", server.Port), "PGPASSWORD="+server.Password, "PGDATABASE="+database)
	return database
}

func (f *faults) write(name, text string) {
	f.Helper()
	path := filepath.Join(f.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		f.Fatal(err)
	}
}

func (f *faults) remove(name string) {
	f.Helper()
	if err := os.RemoveAll(filepath.Join(f.dir, name)); err != nil {
		f.Fatal(err)
	}
}

// mend makes slow end.
func (f *faults) mend() { f.write("models/slow.sql", "select id, 1 as n from {{ ref('a') }}") }

// command prepares a gdbt, which this test binary becomes.
func (f *faults) command(args ...string) *exec.Cmd {
	f.Helper()
	exe, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Args = append([]string{"gdbt-program"}, args...)
	cmd.Dir, cmd.Env = f.dir, f.env
	return cmd
}

// gdbt runs a command to its end.
func (f *faults) gdbt(args ...string) (code int, printed string) {
	f.Helper()
	out, err := f.command(args...).CombinedOutput()
	return f.code(err), string(out)
}

// succeeds runs a command that must succeed.
func (f *faults) succeeds(args ...string) {
	f.Helper()
	if code, out := f.gdbt(args...); code != exitOK {
		f.Errorf("gdbt %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
}

func (f *faults) code(err error) int {
	f.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	f.Fatal(err)
	return 0
}

// during starts a command, does something once a text was printed, and waits for the end.
func (f *faults) during(word string, do func(*os.Process), args ...string) (code int, printed string) {
	f.Helper()
	var out watched
	seen := make(chan struct{})
	out.word, out.then = word, func() { close(seen) }
	cmd := f.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		f.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-seen:
		do(cmd.Process)
	case err := <-ended:
		f.Fatalf("gdbt ended (%v) before it printed %q:\n%s", err, word, out.String())
	}
	select {
	case err := <-ended:
		return f.code(err), out.String()
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		f.Fatalf("gdbt did not end:\n%s", out.String())
	}
	return 0, ""
}

// statuses are those of run_results.json by the name of the node.
func (f *faults) statuses() map[string]string {
	f.Helper()
	raw, err := os.ReadFile(filepath.Join(f.dir, "target", "run_results.json"))
	if err != nil {
		f.Fatal(err)
	}
	var doc struct {
		Results []struct {
			Status string
			ID     string `json:"unique_id"`
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		f.Fatal(err)
	}
	found := map[string]string{}
	for _, r := range doc.Results {
		found[strings.TrimPrefix(r.ID, "model.faults.")] = r.Status
	}
	return found
}

func (f *faults) expect(what string, want, got any) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s: -want +got\n%s", what, diff)
	}
}

func (f *faults) contains(printed string, words ...string) {
	f.Helper()
	for _, w := range words {
		if !strings.Contains(printed, w) {
			f.Errorf("the output lacks %q:\n%s", w, printed)
		}
	}
}

// query gives the first column of the rows of a query in a PostgreSQL database.
func query(t *testing.T, server *pgtest.Server, database, sql string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgconn.Connect(ctx, server.DSN(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	values := []string{}
	for _, r := range results {
		for _, row := range r.Rows {
			values = append(values, string(row[0]))
		}
	}
	return values
}

const (
	startOfSlow = "START sql table model"
	relations   = "select relname from pg_class where relnamespace = 'faults'::regnamespace and relkind in ('r', 'v') order by 1"
	asleep      = "select pid from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
)

// An interrupt cancels the query in the server, marks the nodes and writes the results; retry goes on from there.
func TestSignals(t *testing.T) {
	for _, target := range []string{"duckdb", "postgres"} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(fmt.Sprintf("%s %s", target, signal), func(t *testing.T) {
				f := newFaults(t)
				var server *pgtest.Server
				var database string
				if target == "postgres" {
					var err error
					if server, err = usePostgres(); err != nil {
						t.Fatal(err)
					}
					database = f.onPostgres(server)
				}
				var sent time.Time
				code, out := f.during(startOfSlow+" "+map[string]string{"duckdb": "main", "postgres": "faults"}[target]+".slow", func(p *os.Process) {
					time.Sleep(200 * time.Millisecond) // the query is on its way
					sent = time.Now()
					if err := p.Signal(signal); err != nil {
						t.Fatal(err)
					}
				}, "run", "-s", "slow+", "a", "--target", target)
				took := time.Since(sent)
				f.expect("exit code", exitUsage, code)
				if took > 5*time.Second {
					t.Errorf("it took %s", took)
				}
				f.contains(out, "CANCEL query model.faults.slow ", "ERROR creating sql table model", "Exited because of keyboard interrupt", "Done. PASS=1 ")
				f.expect("results", map[string]string{"a": "success", "slow": "error", "after": "skipped"}, f.statuses())
				if server != nil {
					f.expect("queries that still run", []string{}, query(t, server, database, asleep))
					f.expect("relations", []string{"a"}, query(t, server, database, relations))
				}
				f.mend()
				f.succeeds("retry")
				f.expect("results of retry", map[string]string{"slow": "success", "after": "success"}, f.statuses())
			})
		}
	}
}

// A process that can't end because nobody takes what it prints is left at once by a second interrupt.
func TestSecondSignal(t *testing.T) {
	f := newFaults(t)
	f.write("macros/talk.sql", "{% macro talk() %}{% for i in range(99999) %}{% do print('and on and on and on and on') %}{% endfor %}{% endmacro %}")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := f.command("run-operation", "talk")
	cmd.Stdout = writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if _, err := io.ReadFull(reader, make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	interrupt := func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond) // the pipe fills
	interrupt()
	select {
	case err := <-ended:
		t.Fatalf("the first interrupt ended it: %v", err)
	case <-time.After(800 * time.Millisecond):
	}
	interrupt()
	select {
	case err := <-ended:
		f.expect("exit code", 128+int(syscall.SIGINT), f.code(err))
	case <-time.After(10 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatal("the second interrupt did not end it")
	}
}

// A reader that leaves does not end the run.
func TestClosedPipe(t *testing.T) {
	f := newFaults(t)
	f.mend()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd := f.command("run")
	cmd.Stdout, cmd.Stderr = writer, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if _, err := reader.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	f.expect("exit code", exitOK, f.code(cmd.Wait()))
	f.expect("stderr", "", errs.String())
	f.expect("results", map[string]string{"a": "success", "slow": "success", "after": "success", "other": "success"}, f.statuses())
}

// A full disk below stdout: the run goes on, but it does not end as if all had been told.
func TestStdoutOnFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	f := newFaults(t)
	f.mend()
	var errs bytes.Buffer
	cmd := f.command("run")
	cmd.Stdout, cmd.Stderr = full, &errs
	f.expect("exit code", exitUsage, f.code(cmd.Run()))
	f.contains(errs.String(), "standard output can't be written: no space left on device")
	f.expect("results", map[string]string{"a": "success", "slow": "success", "after": "success", "other": "success"}, f.statuses())
}

// limited runs a command whose files may have no more than so many blocks of 512 bytes, which holds for root too.
func (f *faults) limited(blocks int, args ...string) (code int, printed string) {
	f.Helper()
	cmd := f.command(args...)
	cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, blocks), f.program()}, args...)
	shell, err := exec.LookPath("sh")
	if err != nil {
		f.Skip(err)
	}
	cmd.Path = shell
	out, err := cmd.CombinedOutput()
	return f.code(err), string(out)
}

// program is a link to this test binary under the name that makes it gdbt.
func (f *faults) program() string {
	f.Helper()
	exe, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	link := filepath.Join(f.TempDir(), "gdbt-program")
	if err := os.Symlink(exe, link); err != nil {
		f.Fatal(err)
	}
	return link
}

// A disk without room for the manifest: the results are there, and the run is no success.
func TestNoRoomForManifest(t *testing.T) {
	f := newFaults(t)
	f.mend()
	code, out := f.limited(600, "run", "-s", "a")
	f.expect("exit code", exitUsage, code)
	f.contains(out, "Done. PASS=1 ", "Could not write ", "manifest.json: file too large")
	f.expect("results", map[string]string{"a": "success"}, f.statuses())
	left, err := filepath.Glob(filepath.Join(f.dir, "target", ".*.json.*"))
	f.expect("halves of files", []string(nil), left)
	if err != nil {
		t.Error(err)
	}
}

// A disk without room for the database: the node fails, what is there stays, and retry goes on.
func TestNoRoomForDatabase(t *testing.T) {
	f := newFaults(t)
	f.mend()
	f.succeeds("run", "-s", "a", "slow")
	f.write("models/slow.sql", "select i as id, md5(i::varchar) || md5((i + 1)::varchar) as n from range(400000) as r(i) where (select count(*) from {{ ref('a') }}) > 0")
	code, out := f.limited(8000, "run", "-s", "slow+")
	f.expect("exit code", exitFailed, code)
	f.contains(out, "ERROR creating sql table model main.slow ", "SKIP relation main.after ")
	f.expect("results", map[string]string{"slow": "error", "after": "skipped"}, f.statuses())
	if code, out := f.gdbt("show", "-q", "--no-write-json", "--inline", "select count(*) as n from {{ ref('slow') }}"); code != exitOK || !strings.Contains(out, "| 1 |") {
		t.Errorf("the table of the run before is gone: exit code %d\n%s", code, out)
	}
	f.succeeds("retry")
	f.expect("results of retry", map[string]string{"slow": "success", "after": "success"}, f.statuses())
}

// A file where a folder must be is in the way for root too, which may write to any folder.
func TestTargetThatCannotBeWritten(t *testing.T) {
	f := newFaults(t)
	f.mend()
	f.write("target", "")
	code, out := f.gdbt("run", "-s", "a")
	f.expect("exit code", exitUsage, code)
	f.contains(out, "target", "not a directory")
	f.remove("target")

	// The folder of the statements alone: the nodes fail, each for itself.
	f.write("target/run", "")
	code, out = f.gdbt("run", "-s", "a", "other")
	f.expect("exit code", exitFailed, code)
	f.contains(out, "Could not write ", "models/a.sql: not a directory", "= hint: a file stands where a folder is needed")
	f.expect("results", map[string]string{"a": "error", "other": "error"}, f.statuses())
	f.remove("target/run")
	f.succeeds("retry")
	f.expect("results of retry", map[string]string{"a": "success", "other": "success"}, f.statuses())
}

// A session that the server ends: its node fails, those that need it are skipped, the others go on with a new session.
func TestKilledConnection(t *testing.T) {
	server, err := usePostgres()
	if err != nil {
		t.Fatal(err)
	}
	f := newFaults(t)
	database := f.onPostgres(server)
	code, out := f.during(startOfSlow+" faults.slow", func(*os.Process) {
		for killed := false; !killed; {
			killed = len(query(t, server, database, strings.Replace(asleep, "select pid", "select pg_terminate_backend(pid)", 1))) > 0
		}
	}, "run", "--target", "postgres")
	f.expect("exit code", exitFailed, code)
	f.contains(out, "ERROR creating sql table model faults.slow ", "SKIP relation faults.after ", "terminating connection due to administrator command")
	f.expect("results", map[string]string{"a": "success", "slow": "error", "after": "skipped", "other": "success"}, f.statuses())
	f.expect("relations", []string{"a", "other"}, query(t, server, database, relations))
	f.mend()
	f.succeeds("retry")
	f.expect("results of retry", map[string]string{"slow": "success", "after": "success"}, f.statuses())
}

// A server that goes away in mid-run and comes back later.
func TestServerRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("a server of its own")
	}
	server, err := pgtest.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	f := newFaults(t)
	database := f.onPostgres(server)
	code, out := f.during(startOfSlow+" faults.slow", func(*os.Process) {
		if err := server.End(); err != nil {
			t.Fatal(err)
		}
	}, "run", "--target", "postgres")
	f.expect("exit code", exitFailed, code)
	f.contains(out, "ERROR creating sql table model faults.slow ", "SKIP relation faults.after ", fmt.Sprintf("127.0.0.1:%d", server.Port))
	f.expect("results", map[string]string{"a": "success", "slow": "error", "after": "skipped", "other": "error"}, f.statuses())
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.expect("relations", []string{"a"}, query(t, server, database, relations))
	f.mend()
	f.succeeds("retry")
	f.expect("results of retry", map[string]string{"slow": "success", "after": "success", "other": "success"}, f.statuses())
}
