package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// writeFiles writes a project into a folder of the test.
func writeFiles(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeProject(t testing.TB, files map[string]string) *RawProject {
	t.Helper()
	raw, err := ReadProject(writeFiles(t, files))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func loadText(t testing.TB, yaml string, opts LoadOptions) (*Project, error) {
	t.Helper()
	return writeProject(t, map[string]string{ProjectFile: yaml}).Render(opts)
}

func TestProjectDefaults(t *testing.T) {
	p, err := loadText(t, "name: shop\n", LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{
		"models": p.ModelPaths, "seeds": p.SeedPaths, "tests": p.TestPaths, "analyses": p.AnalysisPaths, "macros": p.MacroPaths,
		"snapshots": p.SnapshotPaths, "functions": p.FunctionPaths, "docs": p.DocsPaths, "clean": p.CleanTargets,
		"target": p.TargetPath, "log": p.LogPath, "packages": p.PackagesInstallPath, "comment": p.QueryComment, "version": p.ConfigVersion,
		"require": p.RequireDbtVersion,
	}
	want := map[string]any{
		"models": []string{"models"}, "seeds": []string{"seeds"}, "tests": []string{"tests"}, "analyses": []string{"analyses"}, "macros": []string{"macros"},
		"snapshots": []string{"snapshots"}, "functions": []string{"functions"},
		"docs":  []string{"analyses", "functions", "macros", "models", "seeds", "snapshots", "tests"},
		"clean": []string{"target"}, "target": "target", "log": "logs", "packages": "dbt_packages", "comment": QueryComment{Default: true}, "version": 2,
		"require": []string{">=0.0.0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestProjectIsRendered(t *testing.T) {
	env := MapEnviron(map[string]string{"SCHEMA": "prod", "N": "7"})
	opts := LoadOptions{Render: RenderOptions{
		Env: env, Vars: yamldoc.NewMap("flag", true, "text", "{{ 1 + 1 }}"),
		Target: yamldoc.NewMap("name", "dev", "schema", "s"),
	}}
	p, err := loadText(t, `
name: shop
version: 1.0
profile: x
on-run-start: "create schema {{ x }}"
query-comment: "{{ node }}"
vars:
  a: "{{ b }}"
models:
  +schema: "{{ env_var('SCHEMA') }}"
  +enabled: "{{ var('flag') }}"
  +meta:
    n: "{{ env_var('N') | as_number }}"
    two: "{{ var('text') }}"
    d: "{{ env_var('NONE', 'default') }}"
    day: 2024-01-31
    block: |
      text
  +pre-hook: "{{ log(x) }}"
  shop:
    +alias: "{{ target.name }}_{{ target.schema }}"
`, opts)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"+schema":"prod","+enabled":true,"+meta":{"n":7,"two":"2","d":"default","day":"2024-01-31","block":"text"},"+pre-hook":"{{ log(x) }}","shop":{"+alias":"dev_s"}}`
	got, _ := p.Sections[SectionModels].MarshalJSON()
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("models (-want +got):\n%s", diff)
	}
	if p.UnrenderedSections[SectionModels].Str("+schema") != "{{ env_var('SCHEMA') }}" {
		t.Error("the unrendered tree must stay as written")
	}
	if p.OnRunStart[0] != "create schema {{ x }}" || p.QueryComment.Comment != "{{ node }}" || p.Vars.Str("a") != "{{ b }}" || p.Version != "1.0" {
		t.Errorf("hooks, comment and vars are rendered later: %+v", p)
	}
	if diff := cmp.Diff(map[string]string{"SCHEMA": "prod", "N": "7", "NONE": defaultPlaceholder}, env.Recorded()); diff != "" {
		t.Errorf("variables read (-want +got):\n%s", diff)
	}
}

// The messages are dbt's; the places and hints are ours.
func TestProjectErrors(t *testing.T) {
	tests := []struct{ name, yaml, place, message, hint string }{
		{"name missing", "version: 1.0", "dbt_project.yml:1:1", `Required "name" field not present in project`, ""},
		{"name with blank", "name: my shop", "dbt_project.yml:1:7", `at path ['name']: 'my shop' does not match '^[^\\d\\W]\\w*$'`, "letters, digits"},
		{"name reserved", "name: ref", "dbt_project.yml:1:7", "at path []: Invalid project name: ref is a reserved word", ""},
		{"name a number", "name: 3", "dbt_project.yml:1:7", "at path ['name']: 3 is not of type 'string'", ""},
		{"version", "name: x\nversion: '1'", "dbt_project.yml:2:10", "at path ['version']: '1' is not valid under any of the given schemas", "1.0.0"},
		{"unknown key", "name: x\nmodel_paths: [a]", "dbt_project.yml:2:1", "at path []: Additional properties are not allowed ('model_paths' was unexpected)", "did you mean 'model-paths'?"},
		{"paths no list", "name: x\nmodel-paths: models", "dbt_project.yml:2:14", "at path ['model-paths']: 'models' is not valid under any of the given schemas", "must be a list"},
		{"models a list", "name: x\nseeds: []\nmodels: [1]", "dbt_project.yml:2:8", "at path ['seeds']: [] is not of type 'object'", "mapping"},
		{"tests", "name: x\ntests: 1", "dbt_project.yml:2:8", "at path ['tests']: 1 is not of type 'object'", ""},
		{"quoting", "name: x\nquoting: {database: 'yes'}", "dbt_project.yml:2:10", "at path ['quoting']: {'database': 'yes'} is not valid under any of the given schemas", ""},
		{"dispatch", "name: x\ndispatch:\n  - macro_namespace: a", "dbt_project.yml:3:5", "at path []: Invalid project dispatch config: {'macro_namespace': 'a'}", "search_order"},
		{"dispatch text", "name: x\ndispatch: [x]", "dbt_project.yml:2:12", "at path ['dispatch'][0]: 'x' is not of type 'object'", ""},
		{"dbt version", "name: x\nrequire-dbt-version: '>=2.0.0'", "dbt_project.yml:2:22", "This version of dbt is not supported with the 'x' package.\n  Installed version of dbt: =1.11.16\n  Required version of dbt for 'x': ['>=2.0.0']\n", "1.11.16"},
		{"impossible version", "name: x\nrequire-dbt-version: ['>=2.0.0', '<1.0.0']", "dbt_project.yml:2:22", "can never be satisfied", ""},
		{"bad version", "name: x\nrequire-dbt-version: '>=1'", "dbt_project.yml:2:22", `">=1" is not a valid semantic version.`, "three numbers"},
		{"missing env var", "name: x\nmodels:\n  +schema: \"{{ env_var('NOPE') }}\"", "dbt_project.yml:3:16", "Env var required but not provided: 'NOPE'", "set the environment variable NOPE"},
		{"secret env var", "name: x\nmodels:\n  +schema: \"{{ env_var('DBT_ENV_SECRET_A') }}\"", "dbt_project.yml:3:16", "Secret env vars are allowed only in profiles.yml or packages.yml. Found 'DBT_ENV_SECRET_A' referenced elsewhere.", ""},
		{"missing var", "name: x\nmodels:\n  +schema: \"{{ var('a') }}\"", "dbt_project.yml:3:16", "Could not render {{ var('a') }}: Required var 'a' not found in config:\nVars supplied to <Configuration> = {}", "--vars"},
		{"undefined name", "name: x\nmodels:\n  +schema: \"{{ foo.bar }}\"", "dbt_project.yml:3", "Could not render {{ foo.bar }}: 'foo' is undefined", ""},
		{"unclosed", "name: x\nmodels:\n  +schema: '{{ foo'", "dbt_project.yml:3", "Could not render {{ foo", ""},
		{"no mapping", "- a", "dbt_project.yml:1:1", "dbt_project.yml does not parse to a dictionary", ""},
		{"empty", "", "dbt_project.yml:1:1", "dbt_project.yml does not parse to a dictionary", ""},
		{"both paths", "name: x\nsource-paths: [a]\nmodel-paths: [b]", "dbt_project.yml:2", "source-paths and model-paths cannot both be defined.", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := ReadProject(writeFiles(t, map[string]string{ProjectFile: tt.yaml}))
			if err == nil {
				_, err = raw.Render(LoadOptions{Render: RenderOptions{Env: MapEnviron(map[string]string{"DBT_ENV_SECRET_A": "x"})}})
			}
			if err == nil {
				t.Fatal("no error")
			}
			d := diag.Flatten("", err)[0]
			if !strings.HasPrefix(d.Place(), tt.place) {
				t.Errorf("place %s, want %s", d.Place(), tt.place)
			}
			if !strings.Contains(d.Message, tt.message) {
				t.Errorf("message\n%s\nwant\n%s", d.Message, tt.message)
			}
			if !strings.Contains(d.Hint, tt.hint) {
				t.Errorf("hint %q, want %q", d.Hint, tt.hint)
			}
		})
	}
}

func TestAllProjectErrorsAreReported(t *testing.T) {
	_, err := loadText(t, "name: 1x\nmodels: 1\nfoo: 2\n", LoadOptions{})
	if n := len(diag.Flatten("", err)); n != 3 {
		t.Errorf("%d errors: %v", n, err)
	}
}

func TestFindProjectDir(t *testing.T) {
	dir := writeFiles(t, map[string]string{ProjectFile: "name: x", "a/b/c.txt": ""})
	if got := FindProjectDir(filepath.Join(dir, "a", "b")); got != dir {
		t.Errorf("found %s", got)
	}
	empty := t.TempDir()
	if got := FindProjectDir(empty); got != empty {
		t.Errorf("without a project the folder itself, got %s", got)
	}
	_, err := ReadProject(empty)
	if d, ok := diag.As(err); !ok || d.Code != "no-project" || !strings.HasPrefix(d.Message, "No dbt_project.yml found at expected path "+empty) {
		t.Errorf("error: %v", err)
	}
}

func TestProjectWarnings(t *testing.T) {
	p, err := loadText(t, "name: x\nname: y\nlog-path: l\nsource-paths: [m]\ndata-paths: [d]\n", LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, w := range p.Warnings {
		codes = append(codes, w.Code)
	}
	if diff := cmp.Diff([]string{"DuplicateYAMLKeysDeprecation", "ConfigSourcePathDeprecation", "ConfigDataPathDeprecation", "ConfigLogPathDeprecation"}, codes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p.Name != "y" || p.ModelPaths[0] != "m" {
		t.Errorf("%s %v", p.Name, p.ModelPaths)
	}
}

func TestUnusedConfigPaths(t *testing.T) {
	p, err := loadText(t, "name: x\nmodels:\n  x: {a: {+enabled: true}, b: {enabled: true}, c: {d: {+meta: {e: 1}}}}\nseeds: {+enabled: true}\nunit_tests: {x: {+tags: a}}\n", LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	used := map[ident.Type][][]string{ident.Model: {{"x", "a", "m"}}, ident.UnitTest: {{"y"}}}
	// A disabled resource of any type keeps a path in use, as in dbt.
	want := []string{"models.x.b"}
	if diff := cmp.Diff(want, p.UnusedConfigPaths(used, [][]string{{"x", "c", "d", "off"}})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []string{"models.x.b", "models.x.c.d", "seeds", "unit_tests.x"}
	if diff := cmp.Diff(want, p.UnusedConfigPaths(used, nil)); diff != "" {
		t.Errorf("without disabled resources (-want +got):\n%s", diff)
	}
}

func TestMissingPlus(t *testing.T) {
	p, err := loadText(t, "name: x\nmodels:\n  x:\n    meta: {a: 1}\n    marts:\n      grants: {select: b}\n      +meta: {c: 1}\n", LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range p.Warnings {
		got = append(got, w.Place()+" "+w.Hint)
	}
	want := []string{
		"dbt_project.yml:4:5 write +meta; as it stands it names a folder and configures nothing",
		"dbt_project.yml:6:7 write +grants; as it stands it names a folder and configures nothing",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPackages(t *testing.T) {
	files := map[string]string{
		ProjectFile:                              "name: shop\n",
		PackagesFile:                             "packages:\n  - package: dbt-labs/dbt_utils\n    version: ['>=1.0.0', '<2.0.0']\n  - git: \"https://{{ env_var('DBT_ENV_SECRET_TOKEN') }}@host/x.git\"\n    revision: 1.0\n",
		"dbt_packages/dbt_utils/dbt_project.yml": "name: dbt_utils\nvars: {a: 1}\n",
		"dbt_packages/x/dbt_project.yml":         "name: x\n",
		"dbt_packages/__pycache__/y":             "",
		"dbt_packages/file.txt":                  "",
	}
	opts := LoadOptions{Render: RenderOptions{Env: MapEnviron(map[string]string{"DBT_ENV_SECRET_TOKEN": "tok"})}}
	root, err := writeProject(t, files).Render(opts)
	if err != nil {
		t.Fatal(err)
	}
	var specs []string
	for _, s := range root.Packages {
		specs = append(specs, s.Kind+" "+s.Location+" "+strings.Join(s.Versions, ","))
	}
	if diff := cmp.Diff([]string{"package dbt-labs/dbt_utils >=1.0.0,<2.0.0", "git https://tok@host/x.git 1.0"}, specs); diff != "" {
		t.Errorf("specs (-want +got):\n%s", diff)
	}
	pkgs, err := LoadPackages(root, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) != 2 || pkgs["dbt_utils"] == nil || pkgs["x"] == nil {
		t.Errorf("packages: %v", pkgs)
	}
	errs := []struct {
		name, message string
		change        map[string]string
	}{
		{"missing", `dbt found 2 package(s) specified in packages.yml, but only 1 package(s) installed in dbt_packages. Run "dbt deps" to install package dependencies.`,
			map[string]string{"dbt_packages/x/dbt_project.yml": "-"}},
		{"same name", `dbt found more than one package with the name "dbt_utils" included in this project.`, map[string]string{"dbt_packages/x/dbt_project.yml": "name: dbt_utils"}},
		{"no project", "Failed to read package: Runtime Error\n  No dbt_project.yml found at expected path", map[string]string{"dbt_packages/z/readme": ""}},
		{"broken", "Failed to read package: Runtime Error\n  at path ['name']", map[string]string{"dbt_packages/x/dbt_project.yml": "name: 1x"}},
	}
	for _, tt := range errs {
		t.Run(tt.name, func(t *testing.T) {
			changed := map[string]string{}
			for k, v := range files {
				changed[k] = v
			}
			for k, v := range tt.change {
				if changed[k] = v; v == "-" {
					delete(changed, k)
				}
			}
			root, err := writeProject(t, changed).Render(opts)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = LoadPackages(root, opts); err == nil || !strings.Contains(err.Error(), tt.message) {
				t.Errorf("error %v, want %s", err, tt.message)
			}
		})
	}
}

func TestPackageFileErrors(t *testing.T) {
	tests := map[string]string{
		"packages:\n  - package: x\n    version: 1.0.0": "x was not found in the package index. Packages on the index require a namespace, e.g dbt-labs/dbt_utils",
		"packages:\n  - package: a/b":                   "a/b is missing the version.",
		"packages:\n  - local: ''":                      "A local package is missing the value. It is a required property.",
		"packages:\n  - git: x\n    rev: 1":             "{'git': 'x', 'rev': 1} is not valid under any of the given schemas",
		"packages: {a: 1}":                              "{'a': 1} is not of type 'array'",
		"foo: 1":                                        "Additional properties are not allowed ('foo' was unexpected)",
		"projects: []":                                  "The 'projects' key cannot be specified in packages.yml",
		"packages:\n  - tarball: http://x/y.tgz\n":      "is not valid under any of the given schemas",
		"- a": "packages.yml does not parse to a dictionary",
		"packages:\n  - package: a/b\n    version: {{ x }}": "unhashable key",
	}
	for text, want := range tests {
		raw, err := ReadProject(writeFiles(t, map[string]string{ProjectFile: "name: x", PackagesFile: text}))
		if err == nil {
			_, err = raw.Render(LoadOptions{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	_, err := ReadProject(writeFiles(t, map[string]string{ProjectFile: "name: x", PackagesFile: "packages: []", DependenciesFile: "packages: []"}))
	if err == nil || !strings.Contains(err.Error(), "cannot be specified in both packages.yml and dependencies.yml") {
		t.Errorf("both files: %v", err)
	}
}

func TestSelectorsFile(t *testing.T) {
	p, err := writeProject(t, map[string]string{ProjectFile: "name: x", SelectorsFile: "selectors:\n  - name: a\n    definition: \"tag:{{ env_var('T', 'z') }}\"\n"}).Render(LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Selectors.List("selectors")[0].(*yamldoc.Map).Str("definition"); got != "tag:z" || p.SelectorsDoc == nil {
		t.Errorf("selectors: %v", p.Selectors)
	}
}

// FuzzProject: no dbt_project.yml may panic; every error is a diagnostic.
func FuzzProject(f *testing.F) {
	f.Add("name: x\nmodels: {+schema: \"{{ env_var('A', 'b') }}\"}\nversion: 1.0\n")
	f.Add("name: x\ndispatch: [{macro_namespace: a, search_order: [b]}]\nquery-comment: {append: true}\n")
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := yamldoc.Parse(ProjectFile, []byte(text), yamldoc.Limits{MaxBytes: 1 << 14})
		if err != nil {
			return
		}
		v, err := doc.Value()
		m, ok := v.(*yamldoc.Map)
		if err != nil || !ok {
			return
		}
		_, err = (&RawProject{Root: "/p", Doc: doc, Data: m}).Render(LoadOptions{Render: RenderOptions{Env: MapEnviron(nil)}})
		for _, d := range diag.Flatten("", err) {
			if d.Message == "" {
				t.Fatal("an error without a message")
			}
			_ = d.String()
		}
	})
}
