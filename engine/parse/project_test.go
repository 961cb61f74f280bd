package parse

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/adapter/fake"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	builtin "github.com/gdbt-dev/gdbt/engine/dbtjinja/macros"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/jinja/pymod"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var (
	update = flag.Bool("update", false, "write what gdbt gives to testdata")
	oracle = flag.String("oracle", "", "a dbt executable with dbt-duckdb: write what it gives to testdata")
)

// profile is that of every test project: a DuckDB file named dev.
const profile = "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: dev.duckdb, schema: main, threads: 1}\n"

// extract writes the files of an archive, but for the expectations.
func extract(t testing.TB, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range append(a.Files, txtar.File{Name: "profiles.yml", Data: []byte(profile)}) {
		if strings.HasPrefix(f.Name, "want") {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// options prepares the parse of a project as package engine does, with a
// warehouse that holds nothing. env is the environment.
func options(t testing.TB, dir string, env map[string]string, warn func(*diag.Diagnostic) error) Options {
	t.Helper()
	raw, err := config.ReadProject(dir)
	if err != nil {
		t.Fatal(err)
	}
	environ := config.MapEnviron(env)
	flags, _, err := config.ResolveFlags(nil, environ, raw.Flags())
	if err != nil {
		t.Fatal(err)
	}
	driver := &fake.Driver{}
	creds, err := driver.Credentials(map[string]any{"path": "dev.duckdb"}, adapter.Dirs{})
	if err != nil {
		t.Fatal(err)
	}
	target := yamldoc.NewMap("database", "dev", "schema", "main", "type", "duckdb", "threads", 1, "name", "dev", "target_name", "dev", "profile_name", "shop")
	load := config.LoadOptions{Render: config.RenderOptions{Env: environ, Vars: yamldoc.NewMap(), Target: target}}
	root, err := raw.Render(load)
	if err != nil {
		t.Fatal(err)
	}
	packages, err := config.LoadPackages(root, load)
	if err != nil {
		t.Fatal(err)
	}
	vars := config.NewVars(yamldoc.NewMap(), root, packages)
	infos := map[string]dbtjinja.PackageInfo{}
	for name, p := range packages {
		infos[name] = dbtjinja.PackageInfo{RestrictAccess: p.RestrictAccess, Root: p.Root}
	}
	quoting := driver.Dialect().DefaultQuoting
	for _, q := range []struct {
		set *bool
		to  *bool
	}{{root.Quoting.Database, &quoting.Database}, {root.Quoting.Schema, &quoting.Schema}, {root.Quoting.Identifier, &quoting.Identifier}} {
		if q.set != nil {
			*q.to = *q.set
		}
	}
	s := &dbtjinja.Session{
		Env: jinja.NewEnv(jinja.Options{MangleMacros: true}), ProjectName: root.Name, ProjectRoot: root.Root, TargetPath: root.TargetPath,
		Packages: infos, Driver: driver, Credentials: creds, Quoting: quoting, Target: target, Flags: yamldoc.NewMap("STORE_FAILURES", false),
		InvocationArgs: yamldoc.NewMap(), RunStartedAt: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), DBTVersion: config.DbtVersion,
		Var: vars.Lookup, VarNames: vars.Names, EnvVar: environ.Lookup, RecordEnv: environ.Record, Modules: pymod.Modules(nil),
		Log: func(string, bool, *dbtjinja.Context) {}, Print: func(string, *dbtjinja.Context) {}, Tell: func(event.Event, *dbtjinja.Context) error { return nil },
		ParseAdapter: func(dispatch jinja.Value) jinja.Value {
			d := jinja.NewDict()
			d.SetStr("dispatch", dispatch)
			return d
		},
	}
	s.Init()
	return Options{
		Session: s, Root: root, Packages: packages, Resolver: config.NewResolver(root, packages, config.ResolverOptions{}),
		Builtin:  []BuiltinPackage{{Name: "dbt_duckdb", Files: driver.Macros()}, {Name: "dbt", Files: builtin.FS()}},
		Behavior: flags.Behavior, Now: 1, Warn: warn,
	}
}

// TestManifests parses the projects of testdata. Their expectations were written
// by dbt itself (-oracle), so they say what dbt's manifest holds.
func TestManifests(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no test data", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := extract(t, a)
			var got string
			if *oracle != "" {
				got = outline(t, dbtManifest(t, dir))
			} else {
				m, err := Project(context.Background(), options(t, dir, nil, func(*diag.Diagnostic) error { return nil }))
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				if err := m.Write(&b); err != nil {
					t.Fatal(err)
				}
				got = outline(t, b.Bytes())
			}
			i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
			if i < 0 {
				a.Files, i = append(a.Files, txtar.File{Name: "want"}), len(a.Files)
			}
			if *update || *oracle != "" {
				a.Files[i].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(strings.Split(string(a.Files[i].Data), "\n"), strings.Split(got, "\n")); d != "" {
				t.Errorf("manifest (-dbt +gdbt):\n%s", d)
			}
		})
	}
}

func dbtManifest(t *testing.T, dir string) []byte {
	t.Helper()
	cmd := exec.Command(*oracle, "parse", "--profiles-dir", dir, "--project-dir", dir, "--no-partial-parse", "--quiet")
	cmd.Env = append(os.Environ(), "DBT_SEND_ANONYMOUS_USAGE_STATS=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "target", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// standard are the values that a resource has when nothing was said; the outline
// leaves them out. A config key that is not there at all is shown.
var standard = map[string]string{
	"access": `"protected"`, "alias_types": "true", "batch_size": "", "begin": "", "column_types": "{}", "concurrent_batches": "",
	"contract": `{"alias_types":true,"enforced":false}`, "docs": `{"node_color":null,"show":true}`, "enabled": "true",
	"error_if": `"!= 0"`, "fail_calc": `"count(*)"`, "full_refresh": "", "grants": "{}", "group": "", "lookback": "1",
	"on_configuration_change": `"apply"`, "on_schema_change": `"ignore"`, "packages": "[]", "persist_docs": "{}", "post-hook": "[]",
	"pre-hook": "[]", "quoting": "{}", "severity": `"ERROR"`, "unique_key": "", "warn_if": `"!= 0"`,
	"snapshot_meta_column_names": `{"dbt_is_deleted":null,"dbt_scd_id":null,"dbt_updated_at":null,"dbt_valid_from":null,"dbt_valid_to":null}`,
}

// outline prints a manifest for people: every resource with what was said of it.
// Times, texts that stand in the project's own files and the built-in packages are
// left out.
func outline(t *testing.T, raw []byte) string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	own := func(id string) bool {
		return !slices.Contains([]string{"dbt", "dbt_duckdb"}, strings.Split(id, ".")[1])
	}
	for _, section := range []string{"nodes", "sources", "exposures", "unit_tests", "groups", "macros", "docs"} {
		for _, id := range slices.Sorted(maps.Keys(m[section].(map[string]any))) {
			if own(id) {
				resource(&b, id, m[section].(map[string]any)[id].(map[string]any))
			}
		}
	}
	disabled := m["disabled"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(disabled)) {
		for _, r := range disabled[id].([]any) {
			resource(&b, "disabled "+id, r.(map[string]any))
		}
	}
	groups := m["group_map"].(map[string]any)
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		fmt.Fprintf(&b, "group_map %s: %s\n", g, text(sorted(groups[g])))
	}
	return b.String()
}

func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	s := string(raw)
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(s)
}

// sorted is a list without repetitions in order; dbt repeats tags here and there.
func sorted(v any) any {
	l, ok := v.([]any)
	if !ok {
		return v
	}
	l = slices.Clone(l)
	slices.SortFunc(l, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return slices.CompactFunc(l, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
}

func resource(b *strings.Builder, id string, r map[string]any) {
	fmt.Fprintln(b, id)
	generic := r["test_metadata"] != nil
	for _, k := range slices.Sorted(maps.Keys(r)) {
		v := r[k]
		switch k {
		case "created_at", "root_path", "name", "resource_type", "package_name", "unique_id", "language", "macro_sql", "source_name", "fqn":
			if k != "fqn" {
				continue
			}
		case "raw_code":
			if !generic && r["resource_type"] != "snapshot" && r["resource_type"] != "operation" {
				continue
			}
		case "config":
			settings(b, v.(map[string]any))
			continue
		case "unrendered_config":
			if c, ok := v.(map[string]any); ok && c["tags"] != nil {
				if l, ok := c["tags"].([]any); ok && generic && len(sorted(l).([]any)) == 1 {
					c["tags"] = l[0] // dbt repeats the tags of a test
				}
				c["tags"] = sorted(c["tags"])
			}
		case "tags":
			v = sorted(v)
		case "checksum":
			if c, ok := v.(map[string]any); ok {
				v = fmt.Sprint(c["name"], " ", short(c["checksum"].(string)))
			}
		case "database":
			if v == "dev" {
				continue
			}
		case "schema":
			if v == "main" {
				continue
			}
		case "alias":
			if v == r["name"] {
				continue
			}
		case "contract", "docs", "access":
			if s := text(v); s == standard[k] || s == `{"alias_types":true,"checksum":null,"enforced":false}` {
				continue
			}
		case "columns":
			if cols, ok := v.(map[string]any); ok {
				v = columns(cols)
			}
		}
		if s := text(v); !slices.Contains([]string{"null", `""`, "[]", "{}", `{"macros":[],"nodes":[]}`, `{"macros":[]}`}, s) {
			fmt.Fprintf(b, "  %s: %s\n", k, s)
		}
	}
}

func short(s string) string { return s[:min(len(s), 12)] }

// columns leaves the empty fields of columns out.
func columns(cols map[string]any) map[string]any {
	out := map[string]any{}
	for name, c := range cols {
		kept := map[string]any{}
		for k, v := range c.(map[string]any) {
			s := text(v)
			if k != "name" && k != "config" && !slices.Contains([]string{"null", `""`, "[]", "{}"}, s) {
				kept[k] = v
			}
		}
		out[name] = kept
	}
	return out
}

func settings(b *strings.Builder, c map[string]any) {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(c)) {
		v := c[k]
		if k == "tags" {
			v = sorted(v)
		}
		s := text(v)
		if std, ok := standard[k]; s == "null" || ok && s == std || s == "[]" && k == "tags" || s == "{}" && k == "meta" {
			continue
		}
		parts = append(parts, k+"="+s)
	}
	fmt.Fprintf(b, "  config: %s\n", strings.Join(parts, " "))
}
