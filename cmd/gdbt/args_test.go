package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func testProcess(env ...string) (*process, *bytes.Buffer, *bytes.Buffer) {
	var out, errs bytes.Buffer
	return &process{name: "gdbt", stdin: strings.NewReader(""), stdout: &out, stderr: &errs, environ: func() []string { return env }}, &out, &errs
}

func TestReadArgs(t *testing.T) {
	type got struct {
		Command                  string
		Given                    map[string]any
		Select, Exclude, Models  []string
		Vars, Output, Inline     string
		Limit                    int
		Load, Help, VersionAsked bool
	}
	for _, c := range []struct {
		args string
		want got
	}{
		{"run", got{Command: "gdbt run"}},
		{"run -s a b c --exclude d", got{Command: "gdbt run", Select: []string{"a", "b", "c"}, Exclude: []string{"d"}}},
		{"run --select a --select b+ -m c --models d --model=e", got{Command: "gdbt run", Select: []string{"a", "b+", "c", "d", "e"}}},
		{"--debug -q run -x", got{Command: "gdbt run", Given: map[string]any{"debug": true, "quiet": true, "fail_fast": true}}},
		{"run -qdx", got{Command: "gdbt run", Given: map[string]any{"debug": true, "quiet": true, "fail_fast": true}}},
		{"run --no-partial-parse --no-use-colors", got{Command: "gdbt run", Given: map[string]any{"partial_parse": false, "use_colors": false}}},
		{"run --no-debug --debug", got{Command: "gdbt run", Given: map[string]any{"debug": true}}},
		{"run -t=x", got{Command: "gdbt run", Given: map[string]any{"target": "=x"}}},
		{"run -tprod --threads=4 -f", got{Command: "gdbt run", Given: map[string]any{"target": "prod", "threads": 4, "full_refresh": true}}},
		{"run --target -x", got{Command: "gdbt run", Given: map[string]any{"target": "-x"}}},
		{"build --resource-type model TEST --load", got{Command: "gdbt build", Given: map[string]any{"resource_types": []string{"model", "test"}}, Load: true}},
		{"source load --vars {lake:x}", got{Command: "gdbt source load", Vars: "{lake:x}"}},
		{"ls -m a -s b --output JSON", got{Command: "gdbt ls", Select: []string{"b"}, Models: []string{"a"}, Output: "json"}},
		{"list --indirect-selection EMPTY", got{Command: "gdbt list", Given: map[string]any{"indirect_selection": "empty"}}},
		{"show --limit -1 --inline select", got{Command: "gdbt show", Limit: -1, Inline: "select"}},
		{"run -h", got{Command: "gdbt run", Help: true}},
		{"run --version", got{Command: "gdbt run", VersionAsked: true}},
		{"docs serve --port 3", got{Command: "gdbt docs serve"}},
		{"pipeline --every 3 x", got{Command: "gdbt pipeline"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			p, _, _ := testProcess()
			o := newOptions()
			line, err := readArgs(newRoot(p, o, new(int)), strings.Fields(c.args))
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Limit == 0 {
				c.want.Limit = 5
			}
			if c.want.Given == nil {
				c.want.Given = map[string]any{}
			}
			g := got{line.cmd.CommandPath(), o.given, o.selects, o.exclude, o.models, o.vars, o.output, o.inline, o.limit, o.load, line.help, line.version}
			if diff := cmp.Diff(c.want, g); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestQuotedWordsAreSplit(t *testing.T) {
	p, _, _ := testProcess()
	o := newOptions()
	if _, err := readArgs(newRoot(p, o, new(int)), []string{"run", "-s", "a b", "c"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, o.selects); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestUsageErrors(t *testing.T) {
	const head = "Usage: gdbt run [OPTIONS]\nTry 'gdbt run --help' for help.\n\n"
	for _, c := range []struct{ args, want string }{
		{"run --selct a", head + "Error: No such option '--selct'. Did you mean '--select'?\n"},
		{"run -z", head + "Error: No such option '-z'.\n"},
		{"rn", "Usage: gdbt [OPTIONS] COMMAND [ARGS]...\nTry 'gdbt --help' for help.\n\nError: No such command 'rn'. Did you mean 'run'?\n"},
		{"source lod", "Usage: gdbt source [OPTIONS] COMMAND [ARGS]...\nTry 'gdbt source --help' for help.\n\nError: No such command 'lod'. Did you mean 'load'?\n"},
		{"run --threads", "Error: Option '--threads' requires an argument.\n"},
		{"run --threads x", head + "Error: Invalid value for '--threads': 'x' is not a valid integer.\n"},
		{"run --full-refresh=yes", head + "Error: Option '--full-refresh' does not take a value.\n"},
		{"run foo", head + "Error: Got unexpected extra argument (foo)\n"},
		{"run foo bar", head + "Error: Got unexpected extra arguments (foo bar)\n"},
		{"run --log-format xml", head + "Error: Invalid value for '--log-format': 'xml' is not one of 'text', 'debug', 'json', 'default'.\n"},
		{"run --project-dir nowhere", head + "Error: Invalid value for '--project-dir': Path 'nowhere' does not exist.\n"},
		{"run --vars {a:", head + "Error: Invalid value for '--vars': String '{a:' is not valid YAML\n"},
		{"run --vars [1]", head + "Error: Invalid value for '--vars': String '[1]' is not valid YAML: it must be a mapping, like '{name: value}'\n"},
		{"-q run -q", "Error: quiet was provided both before and after the subcommand, it can only be set either before or after.\n"},
		{"--no-quiet run -q", "Error: quiet was provided both before and after the subcommand, it can only be set either before or after.\n"},
		{"run --warn-error-options {error:", head + "Error: Invalid value for '--warn-error-options': String '{error:' is not valid YAML\n"},
		{"run-operation --args {}", "Usage: gdbt run-operation [OPTIONS] MACRO\nTry 'gdbt run-operation --help' for help.\n\nError: Missing argument 'MACRO'.\n"},
		{"build --sample 3days", strings.ReplaceAll(head, "run", "build") + "Error: Invalid value for '--sample': Runtime Error\n  Cannot load SAMPLE_WINDOW from '3days'. Must be of form 'DAYS_INT GRAIN_SIZE'.\n"},
		{"run --event-time-start foo", head + "Error: Invalid value for '--event-time-start': 'foo' does not match the formats '%Y-%m-%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S'.\n"},
		{"run --event-time-end 2024-01-01", head + "Error: The flag `--event-time-end` was specified, but `--event-time-start` was not. When specifying `--event-time-end`, `--event-time-start` must also be present.\n"},
		{"run --event-time-start 2024-01-01 --event-time-end 2024-01-01", head + "Error: Value for `--event-time-start` must be less than `--event-time-end`\n"},
		{"run --warn-error --warn-error-options {}", head + "Error: warn_error_options: not allowed with argument warn_error\n"},
		{"show --inline x -s y", strings.ReplaceAll(head, "gdbt run", "gdbt show") + "Error: inline: not allowed with argument select\n"},
	} {
		t.Run(c.args, func(t *testing.T) {
			p, out, errs := testProcess()
			if code := p.run(t.Context(), strings.Fields(c.args)); code != exitUsage {
				t.Errorf("exit code %d, want %d", code, exitUsage)
			}
			if diff := cmp.Diff(c.want, errs.String()); diff != "" {
				t.Errorf("stderr: -want +got\n%s", diff)
			}
			if out.Len() > 0 {
				t.Errorf("stdout: %s", out)
			}
		})
	}
}

func TestBadEnvironment(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"DBT_DEBUG=maybe", "Invalid value for '--debug': 'maybe' is not a valid boolean."},
		{"DBT_ENGINE_LOG_LEVEL=loud", "Invalid value for '--log-level': 'loud' is not one of 'debug', 'info', 'warn', 'error', 'none'."},
		{"GDBT_NOW=yesterday", "GDBT_NOW is 'yesterday', which is not a time"},
	} {
		p, _, errs := testProcess(c.env)
		t.Chdir(t.TempDir())
		if code := p.run(t.Context(), []string{"parse"}); code != exitUsage || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%s: exit code %d, stderr %q", c.env, code, errs)
		}
	}
}

// Every command of dbt is there or says that it isn't, and the help names it.
func TestHelpListsAllCommands(t *testing.T) {
	p, out, _ := testProcess()
	if code := p.run(t.Context(), []string{"--help"}); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	for _, name := range strings.Fields("build run test seed compile show list parse debug clean source snapshot docs deps init retry clone run-operation") {
		if !strings.Contains(out.String(), "\n  "+name+" ") {
			t.Errorf("help doesn't name %s", name)
		}
	}
}

func TestVersion(t *testing.T) {
	p, out, _ := testProcess()
	if code := p.run(t.Context(), []string{"run", "--version"}); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	// dbt's tools take the first x.y.z for the version of dbt.
	if !strings.HasPrefix(out.String(), "Core:\n  - installed: 1.11.16\n") {
		t.Errorf("got %s", out)
	}
}

func TestMapping(t *testing.T) {
	m, err := mapping("{a: 1, b: [x]}")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"a": int64(1), "b": []any{"x"}}, yamldoc.Plain(m)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func FuzzReadArgs(f *testing.F) {
	f.Add("run\x00-s\x00a\x00--exclude")
	f.Add("--vars\x00{\x00ls\x00-qx-")
	f.Add("docs\x00serve\x00--\x00x")
	f.Fuzz(func(t *testing.T, text string) {
		p, _, _ := testProcess()
		line, err := readArgs(newRoot(p, newOptions(), new(int)), strings.Split(text, "\x00"))
		if err == nil && line.cmd == nil {
			t.Error("no command and no error")
		}
	})
}

// Called as dbt, by a link of that name, the program says dbt in its usage lines.
func TestProgramName(t *testing.T) {
	for name, want := range map[string]string{"/usr/bin/dbt": "Usage: dbt run [OPTIONS]\n", "gdbt": "Usage: gdbt run [OPTIONS]\n", "dbt.exe": "Usage: dbt run [OPTIONS]\n", "": "Usage: gdbt run [OPTIONS]\n"} {
		p, _, errs := testProcess()
		p.name = name
		if code := p.run(t.Context(), []string{"run", "--nope"}); code != exitUsage || !strings.HasPrefix(errs.String(), want) {
			t.Errorf("%q: exit code %d, %s", name, code, errs)
		}
	}
}
