package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitLine(t *testing.T) {
	for line, want := range map[string][]string{
		"gdbt run -s ":           {"gdbt", "run", "-s", ""},
		"gdbt  run -s a":         {"gdbt", "run", "-s", "a"},
		`gdbt run -s "a b" 'c d`: {"gdbt", "run", "-s", "a b", "c d"},
		`gdbt run -s a\ b`:       {"gdbt", "run", "-s", "a b"},
		`gdbt ls ''`:             {"gdbt", "ls", ""},
		"":                       {""},
	} {
		if diff := cmp.Diff(want, splitLine(line)); diff != "" {
			t.Errorf("%q: -want +got\n%s", line, diff)
		}
	}
}

// What completion offers on a manifest, word by word.
func TestCompleteWords(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for path, text := range map[string]string{
		"dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: p\n",
		"profiles.yml":    "config: {}\np:\n  outputs:\n    dev: {}\n    prod: {}\nq:\n  outputs:\n    only: {}\n",
		"target/manifest.json": `{"nodes": {
  "model.shop.a": {"name": "a_model", "resource_type": "model", "package_name": "shop", "original_file_path": "models/x/a_model.sql", "tags": ["daily", "night"], "fqn": ["shop", "x", "a_model"], "config": {"materialized": "table"}, "columns": {"id": {"name": "id"}, "amount": {"name": "amount"}}},
  "test.shop.t": {"name": "t_unique", "resource_type": "test", "package_name": "other", "original_file_path": "models/x/s.yml", "test_metadata": {"name": "unique"}},
  "operation.shop.o": {"name": "an_operation", "resource_type": "operation"}},
 "sources": {"source.shop.raw.orders": {"name": "orders", "source_name": "raw", "resource_type": "source", "package_name": "shop", "original_file_path": "models/x/s.yml"}},
 "macros": {"macro.shop.grant": {"name": "grant", "package_name": "shop"}, "macro.dbt.x": {"name": "x", "package_name": "dbt"}, "macro.utils.y": {"name": "y", "package_name": "utils"}}}`,
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ line, want string }{
		{"run -s a", "a_model access:"},
		{"run -s +a_", "+a_model"},
		{"run -s @a_", "@a_model"},
		{"run -s 2+a_", "2+a_model"},
		{"run -s tag:night,a_", "tag:night,a_model"},
		{"run -s x --exclude a_", "a_model"},
		{"run --select=a_", "--select=a_model"},
		{"run -s x a_", "a_model"},
		{"run -s a_model.", ""},
		{"lineage -s a_model.", "a_model.amount a_model.id"},
		{"lineage -s 2+a_model.i", "2+a_model.id"},
		{"lineage --output m", "mermaid"},
		{"run -s tag:", "tag:daily tag:night"},
		{"run -s source:", "source:raw source:raw.orders"},
		{"run -s config.materialized:", "config.materialized:table"},
		{"run -s package:", "package:other package:shop package:this"},
		{"run -s test_name:", "test_name:unique"},
		{"run -s path:models/x/a", "path:models/x/a_model.sql"},
		{"run -s fqn:shop", "fqn:shop.x.a_model"},
		{"run -s nosuch:", ""},
		{"run --target ", "dev prod"},
		{"run --profile q -t ", "only"},
		{"run --profile ", "p q"},
		{"-q run --no-par", "--no-partial-parse --no-partial-parse-file-diff"},
		{"run --par", "--partial-parse"},
		{"ls --output ", "json name path selector"},
		{"ls --output-keys uni", "unique_id"},
		{"build --resource-type m", "metric model"},
		{"help sel", "selection"},
		{"completion ", "bash fish zsh"},
		{"list -", "--cache-selected-only"}, // and more
	} {
		p, _, _ := testProcess()
		words := strings.Split(c.line, " ")
		var got []string
		for _, x := range p.completeWords(t.Context(), words).candidates {
			got = append(got, x.value)
		}
		if strings.HasSuffix(c.line, " -") {
			got = got[:1]
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q: -want +got\n%s", c.line, diff)
		}
	}
}

// The pages of man are made of the help: no line may be taken for a request of roff.
func TestRoff(t *testing.T) {
	if got, want := roff(".x\n'y\na-b\\c"), "\\&.x\n\\&'y\na\\-b\\ec"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzComplete(f *testing.F) {
	f.Add("gdbt run -s tag:")
	f.Add("gdbt --select='a b,")
	f.Fuzz(func(t *testing.T, line string) {
		t.Chdir(t.TempDir())
		p, _, _ := testProcess()
		p.complete(t.Context(), []string{"bash", " =:", line})
	})
}
