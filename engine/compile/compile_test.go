package compile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/adapter/fake"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// project makes a compiler for models given as name → SQL; a name that starts with
// "eph" is an ephemeral model. Every model depends on all that it names.
func project(t *testing.T, models map[string]string) (*Compiler, func(string) *manifest.Node) {
	t.Helper()
	m := manifest.New("shop")
	for name, sql := range models {
		kind := "view"
		if strings.HasPrefix(name, "eph") {
			kind = "ephemeral"
		}
		n := &manifest.Node{Name: name, Alias: name, ResourceType: manifest.Model, PackageName: "shop", UniqueID: "model.shop." + name, RawCode: sql, Line: 1,
			Database: "dev", Schema: "main", Path: name + ".sql", OriginalFilePath: "models/" + name + ".sql", Config: yamldoc.NewMap("materialized", kind)}
		for other := range models {
			n.DependsOn.Nodes = append(n.DependsOn.Nodes, "model.shop."+other)
		}
		m.AddNode(n)
	}
	m.RebuildRefs()
	lib := dbtjinja.NewLibrary("shop", nil, []string{"duckdb"})
	lib.Seal()
	driver := &fake.Driver{}
	creds, err := driver.Credentials(map[string]any{"path": "dev.duckdb"}, adapter.Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	s := &dbtjinja.Session{
		Env: jinja.NewEnv(jinja.Options{MangleMacros: true}), Library: lib, Manifest: m, ProjectName: "shop", Driver: driver, Credentials: creds,
		Quoting: driver.Dialect().DefaultQuoting, Target: yamldoc.NewMap(), Flags: yamldoc.NewMap(), InvocationArgs: yamldoc.NewMap(), RunStartedAt: time.Unix(0, 0),
		Modules: jinja.None, Var: func(string, string) (any, bool) { return nil, false }, VarNames: func(string) []string { return nil },
		EnvVar: func(string) (string, bool) { return "", false }, RecordEnv: func(string, string, bool) {},
		Log: func(string, bool, *dbtjinja.Context) {}, Print: func(string, *dbtjinja.Context) {}, Tell: func(event.Event, *dbtjinja.Context) error { return nil },
	}
	s.Init()
	return &Compiler{Session: s, Target: t.TempDir(), TargetName: "target"}, func(name string) *manifest.Node { return m.Nodes["model.shop."+name] }
}

func noAdapter(*dbtjinja.Context) jinja.Value { return jinja.None }

// flat is SQL on one line.
func flat(sql string) string { return strings.Join(strings.Fields(sql), " ") }

// An ephemeral model becomes a CTE in front of the statement, its own parents
// before it, each once; a WITH of the statement is joined.
func TestEphemeral(t *testing.T) {
	models := map[string]string{
		"plain":   "select 1 as id",
		"eph_one": "select * from {{ ref('plain') }}",
		"eph_two": "select * from {{ ref('eph_one') }}",
		"eph_cte": "with x as (select 1) select * from x join {{ ref('eph_one') }} using (id)",
		"uses":    "select * from {{ ref('eph_one') }}",
		"twice":   "select * from {{ ref('eph_one') }} a, {{ ref('eph_one') }} b",
		"deep":    "select * from {{ ref('eph_two') }}",
		"shared":  "with own as (select 1) select * from {{ ref('eph_two') }}, {{ ref('eph_one') }}, own",
		"inner":   "select * from {{ ref('eph_cte') }}",
	}
	const one = `__dbt__cte__eph_one as ( select * from "dev"."main"."plain" )`
	const two = `__dbt__cte__eph_two as ( select * from __dbt__cte__eph_one )`
	for name, want := range map[string]string{
		"plain":   "select 1 as id",
		"uses":    "with " + one + " select * from __dbt__cte__eph_one",
		"twice":   "with " + one + " select * from __dbt__cte__eph_one a, __dbt__cte__eph_one b",
		"deep":    "with " + one + ", " + two + " select * from __dbt__cte__eph_two",
		"shared":  "with " + one + ", " + two + ", own as (select 1) select * from __dbt__cte__eph_two, __dbt__cte__eph_one, own",
		"eph_two": "with " + one + " select * from __dbt__cte__eph_one",
		"inner":   "with " + one + ", __dbt__cte__eph_cte as ( with x as (select 1) select * from x join __dbt__cte__eph_one using (id) ) select * from __dbt__cte__eph_cte",
	} {
		c, node := project(t, models)
		n := node(name)
		if err := c.Node(t.Context(), n, noAdapter); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(want, flat(n.CompiledCode)); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
		if !n.Compiled || !n.ExtraCTEsInjected {
			t.Errorf("%s is not marked as compiled", name)
		}
	}
	c, node := project(t, models)
	n := node("shared")
	if err := c.Node(t.Context(), n, noAdapter); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range n.ExtraCTEs {
		ids = append(ids, e.ID)
	}
	if d := cmp.Diff([]string{"model.shop.eph_one", "model.shop.eph_two"}, ids); d != "" {
		t.Error(d)
	}
}

// Without injection the statement keeps the names of the CTEs.
func TestNoInject(t *testing.T) {
	c, node := project(t, map[string]string{"eph": "select 1", "m": "select * from {{ ref('eph') }}"})
	c.NoInject = true
	n := node("m")
	if err := c.Node(t.Context(), n, noAdapter); err != nil {
		t.Fatal(err)
	}
	if n.CompiledCode != "select * from __dbt__cte__eph" || len(n.ExtraCTEs) != 1 {
		t.Errorf("%q %v", n.CompiledCode, n.ExtraCTEs)
	}
}

// Ephemeral models that refer to each other end in an error.
func TestEphemeralCycle(t *testing.T) {
	c, node := project(t, map[string]string{"eph_a": "select * from {{ ref('eph_b') }}", "eph_b": "select * from {{ ref('eph_a') }}", "m": "select * from {{ ref('eph_a') }}"})
	done := make(chan error, 1)
	go func() { done <- c.Node(t.Context(), node("m"), noAdapter) }()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "refer to each other") {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the compiler waits for itself")
	}
}

// An error in an ephemeral model comes to everything that reads it, with its own place.
func TestEphemeralError(t *testing.T) {
	c, node := project(t, map[string]string{"eph": "select\n{{ exceptions.raise_compiler_error('no good') }}", "a": "select * from {{ ref('eph') }}", "b": "select * from {{ ref('eph') }}"})
	for _, name := range []string{"a", "b"} {
		err := c.Node(t.Context(), node(name), noAdapter)
		d, ok := diag.As(err)
		if !ok || d.File != "models/eph.sql" || d.Line != 2 || d.Node != "model eph" || d.Message != "no good" {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

// Errors have dbt's words and the place in the model's file.
func TestErrors(t *testing.T) {
	models := map[string]string{
		"undefined": "select 1\nfrom {{ ref('nothing') }}", "argument": "{{ ref() }}", "raised": "\n\n  {{ exceptions.raise_compiler_error('x') }}",
		"syntax": "select {{ 1 + }}", "call": "select {{ nothing_here() }}", "fine": "select 1", "zero": "{{ 1 / 0 }}",
	}
	for name, want := range map[string]string{
		"undefined": "models/undefined.sql:2", "argument": "models/argument.sql:1", "raised": "models/raised.sql:3", "syntax": "models/syntax.sql:1",
		"call": "models/call.sql:1", "zero": "models/zero.sql:1",
	} {
		c, node := project(t, models)
		n := node(name)
		err := c.Node(t.Context(), n, noAdapter)
		var d *diag.Diagnostic
		if !errors.As(err, &d) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.HasPrefix(d.Place(), want) || d.Node != "model "+name || d.NodePath != "models/"+name+".sql" || n.Compiled {
			t.Errorf("%s: at %s, node %q (%s)", name, d.Place(), d.Node, d.NodePath)
		}
	}
}

// A ref that parsing did not see, as inside `if execute`, is an error with advice.
func TestConditionalRef(t *testing.T) {
	c, node := project(t, map[string]string{"a": "select 1", "m": "{% if execute %}select * from {{ ref('a') }}{% endif %}"})
	n := node("m")
	n.DependsOn.Nodes = nil
	err := c.Node(t.Context(), n, noAdapter)
	if err == nil || !strings.Contains(err.Error(), "-- depends_on: {{ ref('a') }}") {
		t.Errorf("got %v", err)
	}
}

// A context that is done ends the rendering.
func TestCancelled(t *testing.T) {
	c, node := project(t, map[string]string{"m": "{% for i in range(100000) %}{% for j in range(100000) %}{{ i }}{% endfor %}{% endfor %}"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Node(ctx, node("m"), noAdapter); err == nil {
		t.Error("a cancelled rendering went on")
	}
}

// Many nodes that share ephemeral models compile at once (run with -race).
func TestConcurrent(t *testing.T) {
	models := map[string]string{"eph_a": "select 1 as id", "eph_b": "select * from {{ ref('eph_a') }}"}
	for i := range 50 {
		models["m"+string(rune('a'+i%26))+string(rune('a'+i/26))] = "select * from {{ ref('eph_b') }} -- {{ this }}"
	}
	c, node := project(t, models)
	c.Write = true
	var wg sync.WaitGroup
	for name := range models {
		if strings.HasPrefix(name, "eph") {
			continue
		}
		wg.Go(func() {
			if err := c.Node(t.Context(), node(name), noAdapter); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for name := range models {
		if !strings.HasPrefix(name, "eph") && !strings.HasPrefix(flat(node(name).CompiledCode), "with __dbt__cte__eph_a as ( select 1 as id ), __dbt__cte__eph_b") {
			t.Errorf("%s: %s", name, node(name).CompiledCode)
		}
	}
}

// Compiled SQL is written below target/compiled, for ephemeral models too.
func TestWrite(t *testing.T) {
	c, node := project(t, map[string]string{"eph": "select 1", "m": "select * from {{ ref('eph') }}"})
	c.Write = true
	if err := c.Node(t.Context(), node("m"), noAdapter); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"eph", "m"} {
		raw, err := os.ReadFile(filepath.Join(c.Target, "compiled", "shop", "models", name+".sql"))
		if err != nil || string(raw) != node(name).CompiledCode {
			t.Errorf("%s: %q %v", name, raw, err)
		}
		if p := node(name).CompiledPath; p == nil || *p != "target/compiled/shop/models/"+name+".sql" {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestRelativePath(t *testing.T) {
	for _, c := range []struct{ path, file, want string }{
		{"marts/m.sql", "models/marts/m.sql", "shop/models/marts/m.sql"},
		{"unique_m_id.sql", "models/schema.yml", "shop/models/schema.yml/unique_m_id.sql"}, // a generic test
		{"s.sql", "snapshots/s.sql", "shop/snapshots/s.sql"},
		{"analysis/deep/a.sql", "analyses/deep/a.sql", "shop/analyses/deep/a.sql"},
		{"snaps.yml/s.sql", "snapshots/snaps.yml", "shop/snapshots/snaps.yml/snaps.yml/s.sql"},
	} {
		n := &manifest.Node{PackageName: "shop", Path: c.path, OriginalFilePath: c.file}
		if got := RelativePath(n); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.path, c.file, got, c.want)
		}
	}
}

// A line of a statement is found in the model where it stands there unchanged.
func TestModelLine(t *testing.T) {
	n := &manifest.Node{Line: 3, RawCode: "select\n    a,\n    b\nfrom {{ ref('x') }}\nwhere a > 1\n  and a > 1"}
	for _, c := range []struct {
		statement            string
		line, column         int
		wantLine, wantColumn int
		source               string
		ok                   bool
	}{
		{"create view v as (\n  select\n      a,\n      b\n  from \"x\"\n)", 4, 7, 5, 5, "    b", true},
		{"create view v as (\n  select\n      a,\n      b\n  from \"x\"\n)", 5, 3, 6, 1, "from {{ ref('x') }}", true}, // as it is rendered
		{"create view v as (\n  select\n      a,\n      b\n  from \"x\"\n)", 5, 8, 6, 0, "from {{ ref('x') }}", true}, // in what is rendered
		{"create view v as (select\na", 1, 20, 3, 0, "select", true},
		{"where a > 1\n  and a > 1", 1, 7, 7, 7, "where a > 1", true},
		{"x", 9, 1, 0, 0, "", false},
		{"x", 0, 1, 0, 0, "", false},
		{"\n\n", 1, 1, 0, 0, "", false},
	} {
		line, column, source, ok := ModelLine(n, c.statement, c.line, c.column)
		if line != c.wantLine || column != c.wantColumn || source != c.source || ok != c.ok {
			t.Errorf("line %d of %q: %d:%d %q %v, want %d:%d %q %v", c.line, c.statement, line, column, source, ok, c.wantLine, c.wantColumn, c.source, c.ok)
		}
	}
}
