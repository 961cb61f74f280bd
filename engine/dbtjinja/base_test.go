package dbtjinja

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/adapter/fake"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// world is a session with macros of some packages, for renderings in any context.
type world struct {
	*Session
	t    testing.TB
	logs []string
	warn error
	vars map[string]any
}

// newWorld compiles the macros of packages; "shop" is the root project, "dbt" and
// "dbt_duckdb" are built in.
func newWorld(t testing.TB, packages ...[2]string) *world {
	t.Helper()
	driver := &fake.Driver{}
	creds, err := driver.Credentials(map[string]any{"path": "dev.duckdb"}, adapter.Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, vars: map[string]any{}}
	m := manifest.New("shop")
	w.Session = &Session{
		Env: jinja.NewEnv(jinja.Options{MangleMacros: true}), Library: NewLibrary("shop", []string{"dbt_duckdb", "dbt"}, []string{"duckdb"}), Manifest: m,
		ProjectName: "shop", Driver: driver, Credentials: creds, Quoting: driver.Dialect().DefaultQuoting, Packages: map[string]PackageInfo{},
		Target: yamldoc.NewMap("name", "dev", "schema", "main"), Flags: yamldoc.NewMap("FULL_REFRESH", false, "WHICH", "run"), InvocationArgs: yamldoc.NewMap(),
		RunStartedAt: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), InvocationID: "inv", DBTVersion: "1.11.0", Modules: jinja.NewDict(),
		Var:      func(pkg, name string) (any, bool) { v, ok := w.vars[name]; return v, ok },
		VarNames: func(string) []string { return sortedKeys(w.vars) },
		EnvVar: func(name string) (string, bool) {
			v, ok := map[string]string{"SET": "x", "DBT_ENV_SECRET_X": "hunter2"}[name]
			return v, ok
		},
		RecordEnv: func(string, string, bool) {},
		Log: func(msg string, info bool, _ *Context) {
			w.logs = append(w.logs, map[bool]string{true: "info ", false: "debug "}[info]+msg)
		},
		Print: func(msg string, _ *Context) { w.logs = append(w.logs, "print "+msg) },
		Tell: func(e event.Event, _ *Context) error {
			w.logs = append(w.logs, e.Kind().Level.String()+" "+e.Message(event.Style{}))
			return w.warn
		},
		ParseAdapter: func(dispatch jinja.Value) jinja.Value { d := jinja.NewDict(); d.SetStr("dispatch", dispatch); return d },
	}
	for _, p := range packages {
		w.add(p[0], p[1])
	}
	w.Library.Seal()
	w.Init()
	return w
}

func (w *world) add(pkg, text string) {
	w.t.Helper()
	if err := w.tryAdd(pkg, pkg+".sql", text); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tryAdd(pkg, file, text string) error {
	w.t.Helper()
	blocks, err := jinja.Blocks(file, text, "macro", "materialization", "test")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range blocks {
		if b.Kind == "" {
			continue
		}
		tmpl, err := w.Env.ParseAt(file, b.Full, b.Line)
		if err != nil {
			w.t.Fatal(err)
		}
		prog := tmpl.Macros()[0]
		def := &manifest.Macro{Name: prog.Name, PackageName: pkg, OriginalFilePath: file, UniqueID: "macro." + pkg + "." + prog.Name, Line: b.Line}
		if err := w.Library.Add(&Macro{Def: def, Prog: prog}); err != nil {
			return err
		}
	}
	return nil
}

// model adds a model of a package to the manifest.
func (w *world) model(pkg, name string, change ...func(*manifest.Node)) *manifest.Node {
	n := &manifest.Node{Name: name, Alias: name, ResourceType: manifest.Model, PackageName: pkg, UniqueID: "model." + pkg + "." + name, Database: "dev", Schema: "main",
		OriginalFilePath: "models/" + name + ".sql", Config: yamldoc.NewMap("materialized", "view", "meta", yamldoc.NewMap()), Meta: yamldoc.NewMap(), Access: "protected"}
	for _, f := range change {
		f(n)
	}
	w.Manifest.AddNode(n)
	w.Manifest.RebuildRefs()
	return n
}

// render renders a text in a context; an error comes back as "ERROR " and its words.
func (w *world) render(c *Context, text string) string {
	w.t.Helper()
	t := jinja.NewThread(w.t.Context())
	t.Local = c
	out, err := c.RenderText(t, "m.sql", text)
	if err != nil {
		if d, ok := diag.As(err); ok {
			return "ERROR " + d.Message
		}
		return "ERROR " + err.Error()
	}
	return out
}

// The functions without a node, against what dbt's own give: testdata/base.jsonl
// holds pairs of a template and its result, errors by the name of their class.
func TestBaseFunctions(t *testing.T) {
	w := newWorld(t)
	f, err := os.Open("testdata/base.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	cases := 0
	for in.Scan() {
		var c [2]string
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases++
		got := w.render(w.Operation("", jinja.None), c[0])
		if strings.HasPrefix(c[1], "ERROR ") {
			if !strings.HasPrefix(got, "ERROR ") {
				t.Errorf("%s\ngives %q\nwant  %s", c[0], got, c[1])
			}
			continue
		}
		if got != c[1] {
			t.Errorf("%s\ngives %q\nwant  %q", c[0], got, c[1])
		}
	}
	if err := in.Err(); err != nil || cases < 50 {
		t.Fatalf("%d cases, %v", cases, err)
	}
}

// What toyaml prints reads back as the same value.
func FuzzToYAML(f *testing.F) {
	for _, s := range []string{"", "a", "a: b", "- x", "'", "\"", "a\nb", " a", "a ", "#", "yes", "1", "\x00", "é\u2028", "a \n b", strings.Repeat("word ", 40), "\t", "---", "? x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range s {
			if r == '\ufffd' || r == '\ufeff' || r == '\r' {
				t.Skip() // not text, or changed by every YAML reader
			}
		}
		for _, v := range []any{yamldoc.NewMap("k", s, "l", []any{s, yamldoc.NewMap("m", s)}), []any{s}} {
			text := yamldoc.Dump(v, yamldoc.DumpOptions{})
			back, err := yamldoc.ToValue("", []byte(text), yamldoc.Limits{})
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if !yamldoc.Equal(v, back) {
				t.Fatalf("%s reads back as %s", yamldoc.Repr(v), yamldoc.Repr(back))
			}
		}
	})
}
