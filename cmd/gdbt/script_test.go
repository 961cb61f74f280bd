package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gdbt-dev/gdbt/adapters/postgres/pgtest"
)

var (
	update = flag.Bool("update", false, "write what gdbt prints into the scripts")
	oracle = flag.String("oracle", "", "path of dbt 1.11, which runs the scripts in gdbt's place as far as they tell of dbt")
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){
		"gdbt-program": func() { os.Exit(mainWith(pluginsOfTest)) },
		"gdbt-measure": func() { os.Exit(measure(os.Args[1], os.Args[2:])) },
	})
}

// tests stops the PostgreSQL server when the scripts that share it are done.
type tests struct{ *testing.M }

func (m tests) Run() int {
	code := m.M.Run()
	if server, err := postgresServer(); server != nil && err == nil {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return code
}

var started atomic.Bool

var startServer = sync.OnceValues(func() (*pgtest.Server, error) { return pgtest.Run(context.Background()) })

// usePostgres gives the server, which the first script that asks starts.
func usePostgres() (*pgtest.Server, error) {
	started.Store(true)
	return startServer()
}

// postgresServer gives the server if a script started it.
func postgresServer() (*pgtest.Server, error) {
	if !started.Load() {
		return nil, nil
	}
	return startServer()
}

// The scripts of testdata/scripts show each command at work, those of testdata/errors what bad input leads to. What they
// expect was printed by dbt 1.11 where dbt can do the same. Beside the commands of testscript they use:
//
//	project NAME           copies testdata/projects/NAME here
//	gdbt ARG...            runs gdbt, which must exit 0
//	exits CODE gdbt ARG... runs gdbt, which must exit with this code
//	output FILE            compares what was printed with a file, without times, durations and version numbers
//	postgres               makes a PostgreSQL database and names it by PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE
//	sql TEXT               runs SQL in it as its owner, with $NAME replaced
//	unordered FILE         the same, whatever the order of the lines of nodes
//	latin1 FILE            writes a model that is not UTF-8
//	big FILE               writes a model of 10 MB
//	csv FILE N             writes a seed of N rows with all that a CSV file can hold
//	telegram               starts a fake Telegram, which gdbt reads from here on
//	skiporacle             from here on the script expects what is ours, not dbt's
//	[ours] COMMAND         a command that expects what is ours
//
// With -oracle PATH the scripts run with dbt, without what is ours: a script whose
// every line is dbt's passes with either. With -oracle PATH -beside FILE they run with
// gdbt, and the file gets what both print on each command:
//
//	go test ./cmd/gdbt -run TestErrors -oracle PATH -beside errors.md
func TestScripts(t *testing.T) { runScripts(t, "scripts") }

// TestErrors runs the scripts of bad input.
func TestErrors(t *testing.T) { runScripts(t, "errors") }

func runScripts(t *testing.T, dir string) {
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(testdata, dir)
	switch {
	case *besideFile != "":
		t.Cleanup(func() { writeBeside(t) })
	case *oracle != "":
		folder = scriptsOfDbt(t, folder)
	}
	testscript.Run(t, testscript.Params{
		Dir: folder,
		Condition: func(cond string) (bool, error) {
			if cond != "ours" {
				return false, fmt.Errorf("unknown condition %q", cond)
			}
			return *oracle == "" || *besideFile != "", nil
		},
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		ContinueOnError:     *oracle != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("TZ", "UTC")
			env.Setenv("TESTDATA", testdata)
			if *oracle != "" && *besideFile == "" {
				env.Setenv("DBT_USE_COLORS", "false")
				env.Setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"project": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(copyTree(filepath.Join(testdata, "projects", args[0]), ts.MkAbs(".")))
			},
			"gdbt": func(ts *testscript.TestScript, _ bool, args []string) { runGdbt(ts, 0, args) },
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				if len(args) < 2 || args[1] != "gdbt" {
					ts.Fatalf("usage: exits CODE gdbt ARG...")
				}
				code, err := strconv.Atoi(args[0])
				ts.Check(err)
				runGdbt(ts, code, args[2:])
			},
			"output": func(ts *testscript.TestScript, neg bool, args []string) {
				compareOutput(ts, neg, args, func(text string) string { return text })
			},
			"unordered": func(ts *testscript.TestScript, neg bool, args []string) { compareOutput(ts, neg, args, sortLines) },
			"latin1": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("select 1 as id -- caf\xe9\n"), 0o644))
			},
			"postgres": func(ts *testscript.TestScript, _ bool, _ []string) {
				server, err := usePostgres()
				ts.Check(err)
				database, err := server.CreateDatabase(context.Background())
				ts.Check(err)
				ts.Defer(func() {
					if err := server.DropDatabase(context.Background(), database); err != nil {
						ts.Logf("drop database: %v", err)
					}
				})
				ts.Setenv("PGHOST", server.Host)
				ts.Setenv("PGPORT", strconv.Itoa(server.Port))
				ts.Setenv("PGUSER", server.User)
				ts.Setenv("PGPASSWORD", server.Password)
				ts.Setenv("PGDATABASE", database)
			},
			"sql": func(ts *testscript.TestScript, _ bool, args []string) {
				server, err := usePostgres()
				ts.Check(err)
				ctx := context.Background()
				conn, err := pgconn.Connect(ctx, server.DSN(ts.Getenv("PGDATABASE")))
				ts.Check(err)
				_, err = conn.Exec(ctx, os.Expand(strings.Join(args, " "), ts.Getenv)).ReadAll()
				ts.Check(err)
				ts.Check(conn.Close(ctx))
			},
			"big": func(ts *testscript.TestScript, _ bool, args []string) {
				text := strings.Repeat("-- a comment that fills the file up to ten megabytes\n", 10<<20/53) + "select 1 as id\n"
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
			},
			"csv": func(ts *testscript.TestScript, _ bool, args []string) {
				n, err := strconv.Atoi(args[1])
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), bigSeed(n), 0o644))
			},
			"telegram":   startTelegram,
			"skiporacle": func(*testscript.TestScript, bool, []string) {},
		},
	})
}

// bigSeed is a CSV file of n rows: quotes, commas, line breaks, tabs, backslashes, letters beyond ASCII, and empty fields.
func bigSeed(n int) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	names := []string{"Ärzte \"%d\"", "a,b %d", "two\nlines %d", "tab\t\\N \\ %d", "ሰላም 🙂 %d"}
	_ = w.Write([]string{"id", "name", "note", "price", "day", "ok"}) // a buffer refuses nothing
	for i := 1; i <= n; i++ {
		note := ""
		if i%3 > 0 {
			note = fmt.Sprint("n", i%7)
		}
		_ = w.Write([]string{strconv.Itoa(i), fmt.Sprintf(names[i%len(names)], i), note, fmt.Sprintf("%d.%02d", i/100, i%100),
			fmt.Sprintf("2026-01-%02d", i%28+1), strconv.FormatBool(i%2 > 0)})
	}
	w.Flush()
	return b.Bytes()
}

// scriptsOfDbt copies the scripts as far as they tell of dbt: up to `skiporacle`.
func scriptsOfDbt(t *testing.T, folder string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	copies := t.TempDir()
	for _, name := range names {
		script, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if before, _, found := strings.Cut("\n"+string(script.Comment), "\nskiporacle\n"); found {
			script.Comment = []byte(before + "\n")
		}
		if err := os.WriteFile(filepath.Join(copies, filepath.Base(name)), txtar.Format(script), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return copies
}

func runGdbt(ts *testscript.TestScript, want int, args []string) {
	program, note := "gdbt-program", func(int) {}
	switch {
	case *besideFile != "":
		note = runBeside(ts, args)
	case *oracle != "":
		program = *oracle
	}
	err := ts.Exec(program, args...)
	if program == *oracle {
		compactArtifacts(ts)
	}
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("gdbt: %v", err)
	}
	note(got)
	if got != want {
		ts.Fatalf("gdbt %s: exit code %d, want %d", strings.Join(args, " "), got, want)
	}
}

// compactArtifacts takes the white space out of the JSON that dbt wrote, which gdbt writes without.
func compactArtifacts(ts *testscript.TestScript) {
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var compact bytes.Buffer
		if json.Compact(&compact, text) != nil || compact.Len() == len(text) {
			return nil
		}
		return os.WriteFile(path, compact.Bytes(), 0o644)
	}))
}

func compareOutput(ts *testscript.TestScript, neg bool, args []string, order func(string) string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: output FILE, or unordered FILE")
	}
	got := order(normalize(ts.ReadFile("stdout"), ts.Getenv("WORK")))
	want := order(ts.ReadFile(args[0]))
	if got == want {
		return
	}
	if *update {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(got), 0o644))
		return
	}
	ts.Fatalf("output differs from %s\n%s", args[0], lineDiff(want, got))
}

// changing is what differs from run to run, with what stands for it.
var changing = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  `), "| "},
	{regexp.MustCompile(`(?m)^\| (Running with dbt=|Unable to do partial parsing).*\n`), ""},
	{regexp.MustCompile(`(?m)(Registered adapter: \w+)=.*`), "$1"},
	{regexp.MustCompile(` in \d+\.\d\ds\]`), " in 0.00s]"},
	{regexp.MustCompile(`in \d+ hours \d+ minutes and \d+\.\d\d seconds \(\d+\.\d\ds\)`), "in 0 hours 0 minutes and 0.00 seconds (0.00s)"},
	{regexp.MustCompile(`\d+ macros`), "N macros"},
	{regexp.MustCompile(`(?m)[ \t]+$`), ""},
}

func normalize(text, work string) string {
	text = strings.ReplaceAll(text, work, "$WORK")
	for _, c := range changing {
		text = c.re.ReplaceAllString(text, c.by)
	}
	return strings.TrimRight(text, "\n") + "\n"
}

var counter = regexp.MustCompile(`^\| \d+ of (\d+ .*?)\.*( \[.*\])$`)

// sortLines takes the lines of nodes out of their order, which is not dbt's: gdbt starts what most depends on first.
func sortLines(text string) string {
	lines := strings.Split(text, "\n")
	var at []int
	var nodes []string
	for i, line := range lines {
		if m := counter.FindStringSubmatch(line); m != nil {
			at = append(at, i)
			nodes = append(nodes, "| i of "+m[1]+m[2])
		}
	}
	slices.Sort(nodes)
	for i, line := range at {
		lines[line] = nodes[i]
	}
	return strings.Join(lines, "\n")
}

// lineDiff shows the lines that one text has and the other hasn't.
func lineDiff(want, got string) string {
	var b strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, c string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			c = g[i]
		}
		if a != c {
			b.WriteString("-" + a + "\n+" + c + "\n")
		}
	}
	return b.String()
}

func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o644)
	})
}
