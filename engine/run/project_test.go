package run

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/adapter/fake"
	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	builtin "github.com/gdbt-dev/gdbt/engine/dbtjinja/macros"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/jinja/pymod"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/parse"
	"github.com/gdbt-dev/gdbt/engine/selector"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// clock gives moments a millisecond apart.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Millisecond)
	return c.t
}

// messages is a sink that keeps texts.
type messages struct {
	mu   sync.Mutex
	text []string
}

func (m *messages) Put(r event.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text = append(m.text, r.Message(event.Style{}))
}

// world is a parsed project on a warehouse that answers as a test says.
type world struct {
	*Runner
	driver *fake.Driver
	log    *messages
}

// newWorld parses a project given as a txtar archive without dbt_project.yml.
func newWorld(t *testing.T, command Command, files string) *world {
	t.Helper()
	if !strings.Contains(files, "-- dbt_project.yml --") {
		files = "-- dbt_project.yml --\nname: shop\nversion: '1.0'\nprofile: shop\n" + files
	}
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(files)).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	raw, err := config.ReadProject(dir)
	must(err)
	env := config.MapEnviron(nil)
	flags, _, err := config.ResolveFlags(nil, env, raw.Flags())
	must(err)
	driver := &fake.Driver{}
	creds, err := driver.Credentials(map[string]any{"path": "dev.duckdb"}, adapter.Dirs{})
	must(err)
	target := yamldoc.NewMap("name", "dev", "schema", "main", "database", "dev", "type", "duckdb")
	root, err := raw.Render(config.LoadOptions{Render: config.RenderOptions{Env: env, Vars: yamldoc.NewMap(), Target: target}})
	must(err)
	vars := config.NewVars(yamldoc.NewMap(), root, nil)
	w := &world{driver: driver, log: &messages{}}
	c := &clock{t: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}
	bus := event.NewBus(event.Options{Sink: w.log, Now: c.now})
	quoting := driver.Dialect().DefaultQuoting
	pool, err := driver.Open(t.Context(), creds)
	must(err)
	runtime, err := warehouse.New(warehouse.Config{Driver: driver, Credentials: creds, Pool: pool, Quoting: quoting, ProjectName: "shop", Threads: 2, Bus: bus})
	must(err)
	s := &dbtjinja.Session{
		Env: jinja.NewEnv(jinja.Options{MangleMacros: true}), ProjectName: root.Name, ProjectRoot: root.Root, TargetPath: "target",
		Driver: driver, Credentials: creds, Quoting: quoting, Target: target, Flags: yamldoc.NewMap("STORE_FAILURES", false, "FULL_REFRESH", false),
		InvocationArgs: yamldoc.NewMap(), RunStartedAt: c.t, DBTVersion: config.DbtVersion,
		Var: vars.Lookup, VarNames: vars.Names, EnvVar: env.Lookup, RecordEnv: env.Record, Modules: pymod.Modules(nil),
		Log:   func(msg string, _ bool, _ *dbtjinja.Context) { bus.Emit(event.Note{Msg: msg}) },
		Print: func(string, *dbtjinja.Context) {}, Tell: func(event.Event, *dbtjinja.Context) error { return nil },
		ParseAdapter: func(dispatch jinja.Value) jinja.Value {
			return runtime.ParseObject(warehouse.Options{Dispatch: dispatch})
		},
	}
	s.Init()
	m, err := parse.Project(t.Context(), parse.Options{
		Session: s, Root: root, Resolver: config.NewResolver(root, nil, config.ResolverOptions{}),
		Builtin:  []parse.BuiltinPackage{{Name: "dbt_duckdb", Files: driver.Macros()}, {Name: "dbt", Files: builtin.FS()}},
		Behavior: flags.Behavior, Now: 1, Warn: func(*diag.Diagnostic) error { return nil },
	})
	must(err)
	w.Runner = &Runner{
		Command: command, Session: s, Runtime: runtime, Bus: bus, Now: c.now,
		Graph:    selector.BuildGraph(m).Subset(func(id string) bool { n := m.Nodes[id]; return n == nil || n.ResourceType != manifest.Operation }),
		Compiler: &compile.Compiler{Session: s, Target: filepath.Join(dir, "target"), TargetName: "target", Write: true},
		Threads:  1, TargetName: "dev", PopulateCache: true, Introspect: true,
		Target: filepath.Join(dir, "target"), TargetFolder: "target", WriteFiles: true, Limit: -1,
	}
	// Answers to the queries of data tests: their text names the status to give.
	w.driver.Answer = w.answer(nil)
	return w
}

// answer makes an Answer that asks hook first and knows data tests: a query with
// the word "failures 3" gives three failures, compared with the test's own limits.
func (w *world) answer(hook fake.Answer) fake.Answer {
	return func(ctx context.Context, session, sql string) (adapter.Response, *adapter.Table, error) {
		if hook != nil {
			if r, t, err := hook(ctx, session, sql); t != nil || err != nil {
				return r, t, err
			}
		}
		if strings.Contains(sql, "broken") {
			return adapter.Response{}, nil, &adapter.DatabaseError{Message: "relation is broken", SQL: sql}
		}
		if !strings.Contains(sql, "as should_warn") {
			return adapter.Response{}, nil, nil
		}
		n := int64(0)
		if _, rest, ok := strings.Cut(sql, "failures:"); ok {
			n = int64(rest[0] - '0')
		}
		limit := func(what string) bool {
			before, _, _ := strings.Cut(sql, " as "+what)
			words := strings.Fields(before)
			op, x := words[len(words)-2], int64(words[len(words)-1][0]-'0')
			switch op {
			case ">":
				return n > x
			case "!=":
				return n != x
			}
			return false
		}
		return adapter.Response{Message: "OK"}, fake.Rows([]string{"failures", "should_warn", "should_error"}, []any{n, limit("should_warn"), limit("should_error")}), nil
	}
}

// statuses runs the project and gives "name status" of every result, sorted.
func (w *world) statuses(t *testing.T, ctx context.Context) string {
	t.Helper()
	out, err := w.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return summary(out)
}

func summary(out *Results) string {
	var lines []string
	for _, r := range out.Results {
		name := r.UniqueID[strings.LastIndexByte(r.UniqueID, '.')+1:]
		if r.Node != nil {
			name = r.Node.Name
		}
		lines = append(lines, name+" "+string(r.Status))
	}
	sort.Strings(lines)
	return strings.Join(lines, ", ")
}

func rows(name string, v any) *adapter.Table { return fake.Rows([]string{name}, []any{v}) }
