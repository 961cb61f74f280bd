package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func TestParseVars(t *testing.T) {
	m, err := ParseVars("{a: 1, b: yes}")
	if err != nil || m.Value("a") != int64(1) || m.Value("b") != true {
		t.Errorf("%v, %v", m, err)
	}
	if m, err := ParseVars(" "); err != nil || m.Len() != 0 {
		t.Errorf("empty: %v, %v", m, err)
	}
	for _, bad := range []string{"a", "[1]", "{a", "a: b: c"} {
		_, err := ParseVars(bad)
		if d, ok := diag.As(err); !ok || d.Message != "Invalid value for '--vars': String '"+bad+"' is not valid YAML" || !strings.Contains(d.Hint, "must be a YAML dictionary") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestVars(t *testing.T) {
	root := &Project{Name: "shop", Vars: yamlMap(t, "a: root\nb: root\nc: root\npkg: {b: root for pkg}")}
	pkg := &Project{Name: "pkg", Vars: yamlMap(t, "a: pkg\nd: pkg\ne: pkg\npkg: {e: pkg scoped}")}
	v := NewVars(yamlMap(t, "c: cli"), root, map[string]*Project{"pkg": pkg})
	got := map[string]any{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		inPkg, _ := v.Lookup("pkg", name)
		inRoot, ok := v.Lookup("shop", name)
		if !ok {
			inRoot = "-"
		}
		got[name] = []any{inPkg, inRoot}
	}
	want := map[string]any{
		"a": []any{"root", "root"}, "b": []any{"root for pkg", "root"}, "c": []any{"cli", "cli"}, "d": []any{"pkg", "-"}, "e": []any{"pkg scoped", "-"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "pkg"}, v.Names("shop")); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestMissingVarText(t *testing.T) {
	err := MissingVar("stat_date", "orders", yamldoc.NewMap("start_date", "x", "DBT_ENV_SECRET_A", "pw", "n", yamldoc.NewMap("k", []any{int64(1)})))
	d, _ := diag.As(err)
	want := `Required var 'stat_date' not found in config:
Vars supplied to orders = {
    "DBT_ENV_SECRET_A": "*****",
    "n": {
        "k": [
            1
        ]
    },
    "start_date": "x"
}`
	if diff := cmp.Diff(want, d.Message); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d.Hint != "did you mean 'start_date'?" {
		t.Errorf("hint %s", d.Hint)
	}
}

func TestEnvVar(t *testing.T) {
	env := MapEnviron(map[string]string{"A": "1"})
	if v, err := EnvVar(env, "A", nil, false); err != nil || v != jinja.Value(jinja.Str("1")) {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := EnvVar(env, "B", jinja.Int(2), false); err != nil || v != jinja.Value(jinja.Int(2)) {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := EnvVar(env, "B", jinja.None, false); err == nil {
		t.Error("none is no default")
	}
}

func TestFlagsPrecedence(t *testing.T) {
	project := yamlMap(t, "fail_fast: true\nprinter_width: 100\nuse_colors: false\nlog_format: JSON\nrequire_generic_test_arguments_property: false\nwarn_error_options: {include: all, exclude: [NothingToDo]}\ndebug: maybe\nthreads: 9")
	env := MapEnviron(map[string]string{"DBT_PRINTER_WIDTH": "90", "DBT_ENGINE_PRINTER_WIDTH": "95", "DBT_USE_COLORS": "1", "DBT_NO_PRINT": "true", "DBT_LOG_LEVEL": "warn", "DBT_RESOURCE_TYPES": "model test", "DBT_ENGINE_FAIL_FSAT": "1"})
	f, warnings, err := ResolveFlags(map[string]any{"log_level": "error", "threads": 3}, env, project)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{
		"fail_fast": f.FailFast, "printer_width": f.PrinterWidth, "use_colors": f.UseColors, "use_colors_file": f.UseColorsFile,
		"log_format": f.LogFormat, "log_format_file": f.LogFormatFile, "log_level": f.LogLevel, "log_level_file": f.LogLevelFile,
		"print": f.Print, "threads": f.Threads, "partial_parse": f.PartialParse, "indirect": f.IndirectSelection,
		"generic": f.Behavior.RequireGenericTestArgumentsProperty, "spaces": f.Behavior.RequireResourceNamesWithoutSpaces,
		"weo": f.WarnErrorOptions, "debug": f.Debug, "types": f.ResourceTypes,
	}
	want := map[string]any{
		"fail_fast": true, "printer_width": 95, "use_colors": true, "use_colors_file": true,
		"log_format": "json", "log_format_file": "json", "log_level": "error", "log_level_file": "error",
		"print": false, "threads": 3, "partial_parse": true, "indirect": "eager",
		"generic": false, "spaces": true,
		"weo": WarnErrorOptions{Error: []string{"all"}, Warn: []string{"NothingToDo"}, Include: true, Exclude: true}, "debug": false, "types": []string{"model", "test"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flags (-want +got):\n%s", diff)
	}
	var codes []string
	for _, w := range warnings {
		codes = append(codes, w.Code)
	}
	if diff := cmp.Diff([]string{"InvalidProjectFlag", "EnvironmentVariableRenamed", "EnvironmentVariableNamespaceDeprecation", "WEOIncludeExcludeDeprecation"}, codes); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if unknown := warnings[2]; unknown.Hint != "did you mean 'DBT_ENGINE_FAIL_FAST'?" {
		t.Errorf("hint %s", unknown.Hint)
	}
	if !f.IsSet("fail_fast") || f.IsSet("partial_parse") {
		t.Error("IsSet")
	}
}

func TestCustomEnvs(t *testing.T) {
	env := MapEnviron(map[string]string{"DBT_ENV_CUSTOM_ENV_A": "1", "B": "2"})
	if diff := cmp.Diff(map[string]string{"A": "1"}, env.CustomEnvs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFlagErrors(t *testing.T) {
	tests := []struct {
		given map[string]any
		env   map[string]string
		want  string
	}{
		{map[string]any{"fail_fsat": true}, nil, "No such option: --fail-fsat"},
		{map[string]any{"log_format": "xml"}, nil, "Invalid value for '--log-format': 'xml' is not one of 'text', 'debug', 'json', 'default'."},
		{nil, map[string]string{"DBT_FAIL_FAST": "perhaps"}, "Invalid value for '--fail-fast': 'perhaps' is not a valid boolean. Recognized values: 0, 1, f, false, n, no, off, on, t, true, y, yes (from the environment variable DBT_FAIL_FAST)"},
		{nil, map[string]string{"DBT_PRINTER_WIDTH": "wide"}, "'wide' is not a valid integer."},
		{map[string]any{"warn_error": true, "warn_error_options": yamldoc.NewMap("error", "all")}, nil, "warn_error_options: not allowed with argument warn_error"},
		{map[string]any{"warn_error_options": yamldoc.NewMap("erorr", "all")}, nil, "did you mean 'error'?"},
		{map[string]any{"warn_error_options": yamldoc.NewMap("error", "some")}, nil, "error must be one of ('all', '*') or a list of strings"},
		{map[string]any{"warn_error_options": yamldoc.NewMap("error", []any{"NothingTodo"})}, nil, "NothingTodo is not a valid dbt error name. (did you mean 'NothingToDo'"},
		{map[string]any{"warn_error_options": yamldoc.NewMap("error", []any{"NothingToDo"}, "warn", []any{"NoNodesSelected"})}, nil, "`warn` can only be specified if `error` is one of ('all', '*') or Deprecations is in `error` or silence."},
		{map[string]any{"warn_error_options": yamldoc.NewMap("silence", "all")}, nil, "silence must be a list of strings"},
		{nil, map[string]string{"DBT_RESOURCE_TYPES": "model tst"}, "'tst' is not one of 'metric', "},
		{map[string]any{"warn_error_options": yamldoc.NewMap("error", "all", "include", "all")}, nil, "Only `include` or `error` can be specified"},
	}
	for _, tt := range tests {
		_, _, err := ResolveFlags(tt.given, MapEnviron(tt.env), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v %v: %v, want %s", tt.given, tt.env, err, tt.want)
		}
	}
}

// A mistake in the flags: block that would make warnings pass unseen is an error; other flags with a wrong type are ignored.
func TestBadWarnErrorOptionsOfProject(t *testing.T) {
	_, _, err := ResolveFlags(nil, nil, yamlMap(t, "warn_error_options: {error: [Nope]}"))
	if err == nil || !strings.Contains(err.Error(), "Nope is not a valid dbt error name.") {
		t.Errorf("got %v", err)
	}
}

// Each name of an option's variable has the value of the other; DBT_ENGINE_X wins.
func TestEngineNames(t *testing.T) {
	env := MapEnviron(map[string]string{"DBT_TARGET": "a", "DBT_ENGINE_TARGET": "b", "DBT_PROFILE": "c", "DBT_MINE": "d"})
	for name, want := range map[string]string{
		"DBT_TARGET": "b", "DBT_ENGINE_TARGET": "b", "DBT_ENGINE_PROFILE": "c", "DBT_PROFILE": "c", "DBT_MINE": "d", "DBT_ENGINE_MINE": "",
	} {
		if got, _ := env.Lookup(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestVersionSpecs(t *testing.T) {
	tests := []struct {
		spec, version string
		want          bool
	}{
		{">=1.0.0", "1.11.16", true}, {">1.11.16", "1.11.16", false}, {"<2.0.0", "1.11.16", true}, {"<=1.11.15", "1.11.16", false},
		{"1.11.16", "1.11.16", true}, {"=1.11.0", "1.11.16", false}, {">=1.12.0-rc1", "1.11.16", false},
		{"<1.2.0", "1.2.0-rc1", false}, {">1.2.0-rc1", "1.2.0", true}, {">1.2.0-rc1", "1.2.0-rc2", true}, {">1.2.0-2", "1.2.0-10", true}, {">1.2.0-b", "1.2.0-a.1", false},
	}
	for _, tt := range tests {
		spec, err := ParseVersionSpec(tt.spec)
		if err != nil {
			t.Fatal(err)
		}
		version, err := ParseVersionSpec(tt.version)
		if err != nil {
			t.Fatal(err)
		}
		if got := spec.Allows(version); got != tt.want {
			t.Errorf("%s allows %s: %v", tt.spec, tt.version, got)
		}
	}
	for _, bad := range []string{"", "1", "1.2", "v1.2.3", "=>1.0.0", "01.2.3", "999999999999999999999.0.0"} {
		if v, err := ParseVersionSpec(bad); err == nil {
			t.Errorf("ParseVersionSpec(%q) = %v", bad, v)
		}
	}
}

func FuzzVersionSpec(f *testing.F) {
	f.Add(">=1.2.3-rc1+b")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVersionSpec(s)
		if err != nil {
			return
		}
		again, err := ParseVersionSpec(v.String())
		if err != nil || again.Compare(v) != 0 || again.Op != v.Op {
			t.Fatalf("%q prints as %q: %v", s, v, err)
		}
	})
}
