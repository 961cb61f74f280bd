package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRunArgs holds `args` of run_results.json against what dbt 1.11 writes for the same command line: the arguments of
// build, and for the other commands what differs from it. Folders and the command line itself are left out.
func TestRunArgs(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/dbt_args.json")
	if err != nil {
		t.Fatal(err)
	}
	var byCommand map[string]json.RawMessage
	var build map[string]any
	if err := json.Unmarshal(raw, &byCommand); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(byCommand["build"], &build); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"dbt_project.yml":  "name: shop\nversion: '1.0'\nprofile: shop\n",
		"profiles.yml":     "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n",
		"models/a.sql":     "select 1 as id",
		"macros/hello.sql": "{% macro hello() %}{% endmacro %}",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for line, raw := range byCommand {
		t.Run(line, func(t *testing.T) {
			want := maps.Clone(build)
			if line != "build" {
				var diff struct {
					Changed map[string]any
					Absent  []string
				}
				if err := json.Unmarshal(raw, &diff); err != nil {
					t.Fatal(err)
				}
				maps.Copy(want, diff.Changed)
				for _, name := range diff.Absent {
					delete(want, name)
				}
			}
			words, inline, _ := strings.Cut(line, ` "`)
			args := strings.Fields(words)
			if inline != "" {
				args = append(args, strings.TrimSuffix(inline, `"`))
			}
			p, out, errs := testProcess()
			if code := p.run(t.Context(), append(args, "--project-dir", dir, "--profiles-dir", dir)); code != exitOK {
				t.Fatalf("exit code %d\n%s%s", code, out, errs)
			}
			written, err := os.ReadFile(filepath.Join(dir, "target", "run_results.json"))
			if err != nil {
				t.Fatal(err)
			}
			var doc struct{ Args map[string]any }
			if err := json.Unmarshal(written, &doc); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"project_dir", "profiles_dir", "log_path", "invocation_command", "send_anonymous_usage_stats"} {
				delete(doc.Args, name)
			}
			if diff := cmp.Diff(want, doc.Args); diff != "" {
				t.Errorf("args of %s: -dbt +gdbt\n%s", line, diff)
			}
		})
	}
}
