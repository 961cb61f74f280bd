package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/adapter/fake"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
)

// project writes a project and opens it on a warehouse in memory.
func project(t *testing.T, files map[string]string, answer fake.Answer) (*engine.Project, *fake.Driver, string) {
	t.Helper()
	dir := t.TempDir()
	if files["dbt_project.yml"] == "" {
		files["dbt_project.yml"] = "name: shop\nversion: '1.0'\nprofile: shop\n"
	}
	files["profiles.yml"] = "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: dev.duckdb, threads: 4}\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	driver := &fake.Driver{Answer: answer}
	p, err := open(t, dir, driver)
	if err != nil {
		t.Fatal(err)
	}
	return p, driver, dir
}

func open(t *testing.T, dir string, driver adapter.Driver) (*engine.Project, error) {
	t.Helper()
	drivers := &adapter.Registry{}
	if err := drivers.Register(driver); err != nil {
		t.Fatal(err)
	}
	p, err := engine.Open(t.Context(), engine.Options{ProjectDir: dir, Adapters: drivers, Env: config.MapEnviron(nil)})
	if err == nil {
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return p, err
}

func statuses(res *engine.Results) []string {
	var out []string
	for _, r := range res.Results {
		name := r.UniqueID
		if r.Node != nil {
			name = r.Node.Name
		}
		out = append(out, name+" "+string(r.Status))
	}
	slices.Sort(out)
	return out
}

// Two projects in one process, run at the same time, know nothing of each other.
func TestTwoProjects(t *testing.T) {
	var wg sync.WaitGroup
	for _, name := range []string{"one", "two"} {
		files := map[string]string{"dbt_project.yml": "name: " + name + "\nprofile: shop\nvars: {who: " + name + "}\n"}
		for i := range 20 {
			files[fmt.Sprintf("models/m%d.sql", i)] = "select '{{ var('who') }}'"
		}
		p, driver, dir := project(t, files, nil)
		wg.Go(func() {
			res, err := p.Run(t.Context(), engine.Selection{})
			if err != nil || !res.Success() || len(res.Results) != 20 {
				t.Errorf("%s: %v %v", name, res, err)
				return
			}
			for _, sql := range driver.Sent() {
				if other := map[string]string{"one": "'two'", "two": "'one'"}[name]; strings.Contains(sql, other) {
					t.Errorf("%s sent %s", name, sql)
				}
			}
			raw, err := os.ReadFile(filepath.Join(dir, "target", "manifest.json"))
			if err != nil || !strings.Contains(string(raw), "model."+name+".m7") {
				t.Errorf("%s: no manifest of its own: %v", name, err)
			}
		})
	}
	wg.Wait()
}

// Cancelling the context stops the statement, keeps what was done and writes
// run_results.json.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, driver, dir := project(t, map[string]string{
		"models/a.sql": "select 1", "models/b.sql": "select waits from {{ ref('a') }}", "models/c.sql": "select * from {{ ref('b') }}",
	}, func(ctx context.Context, _, sql string) (adapter.Response, *adapter.Table, error) {
		if strings.Contains(sql, "waits") {
			cancel()
			<-ctx.Done()
			return adapter.Response{}, nil, ctx.Err()
		}
		return adapter.Response{}, nil, nil
	})
	res, err := p.Run(ctx, engine.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a success", "b error", "c skipped"}, statuses(res)); d != "" || !res.Interrupted || res.Success() {
		t.Errorf("interrupted %v:\n%s", res.Interrupted, d)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "target", "run_results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Results []struct{ Status string } }
	if err := json.Unmarshal(raw, &doc); err != nil || len(doc.Results) != 3 {
		t.Errorf("%v: %s", err, raw)
	}
	if n := driver.Sessions(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// A context that is done before the start does nothing.
func TestCancelledBefore(t *testing.T) {
	p, driver, _ := project(t, map[string]string{"models/a.sql": "select 1"}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Parse(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Parse: %v", err)
	}
	if sent := driver.Sent(); len(sent) != 0 {
		t.Errorf("sent %v", sent)
	}
}

// Selections choose what a command takes.
func TestSelection(t *testing.T) {
	files := func() map[string]string {
		return map[string]string{
			"models/a.sql": "{{ config(tags='x') }}select 1 as id", "models/b.sql": "select * from {{ ref('a') }}", "seeds/s.csv": "id\n1\n",
			"models/y.yml": "models: [{name: a, columns: [{name: id, data_tests: [not_null]}]}]",
		}
	}
	for _, c := range []struct {
		sel  engine.Selection
		want []string
	}{
		{engine.Selection{}, []string{"a success", "b success", "not_null_a_id pass", "s success"}},
		{engine.Selection{Select: []string{"a+"}}, []string{"a success", "b success", "not_null_a_id pass"}},
		{engine.Selection{Select: []string{"tag:x"}, ResourceTypes: []string{"model"}}, []string{"a success"}},
		{engine.Selection{Exclude: []string{"b", "s"}}, []string{"a success", "not_null_a_id pass"}},
	} {
		p, _, _ := project(t, files(), passing)
		res, err := p.Build(t.Context(), c.sel)
		if err != nil {
			t.Errorf("%+v: %v", c.sel, err)
			continue
		}
		if d := cmp.Diff(c.want, statuses(res)); d != "" {
			t.Errorf("%+v:\n%s", c.sel, d)
		}
	}
	p, _, _ := project(t, files(), nil)
	if _, err := p.Build(t.Context(), engine.Selection{ResourceTypes: []string{"modle"}}); err == nil || !strings.Contains(err.Error(), "modle") {
		t.Errorf("an unknown resource type gave %v", err)
	}
}

// passing answers data tests with no failures.
func passing(_ context.Context, _, sql string) (adapter.Response, *adapter.Table, error) {
	if strings.Contains(sql, "as should_warn") {
		return adapter.Response{}, fake.Rows([]string{"failures", "should_warn", "should_error"}, []any{int64(0), false, false}), nil
	}
	return adapter.Response{}, nil, nil
}

// In a build a failed test stops what lies below the tested node; a warning does not.
func TestBuildStopsAtFailedTests(t *testing.T) {
	for severity, want := range map[string][]string{
		"error": {"a success", "b skipped", "not_null_a_id fail"}, "warn": {"a success", "b success", "not_null_a_id warn"},
	} {
		p, _, _ := project(t, map[string]string{
			"models/a.sql": "select 1 as id", "models/b.sql": "select * from {{ ref('a') }}",
			"models/y.yml": "models: [{name: a, columns: [{name: id, data_tests: [not_null: {config: {severity: " + severity + "}}]}]}]",
		}, func(_ context.Context, _, sql string) (adapter.Response, *adapter.Table, error) {
			if strings.Contains(sql, "as should_warn") {
				return adapter.Response{}, fake.Rows([]string{"failures", "should_warn", "should_error"}, []any{int64(2), true, true}), nil
			}
			return adapter.Response{}, nil, nil
		})
		res, err := p.Build(t.Context(), engine.Selection{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, statuses(res)); d != "" {
			t.Errorf("%s:\n%s", severity, d)
		}
	}
}

// Errors of opening and parsing are diagnostics with a place.
func TestErrors(t *testing.T) {
	if _, err := open(t, t.TempDir(), &fake.Driver{}); err == nil {
		t.Error("a folder without a project was opened")
	} else if _, ok := diag.As(err); !ok {
		t.Errorf("%T is no diagnostic", err)
	}
	p, _, _ := project(t, map[string]string{"models/a.sql": "select 1\nfrom {{ ref('b') }}"}, nil)
	_, err := p.Run(t.Context(), engine.Selection{})
	if d, ok := diag.As(err); !ok || d.Place() != "models/a.sql:2:13" {
		t.Errorf("got %v", err)
	}
	p, _, _ = project(t, map[string]string{"models/a.sql": "select * from {{ ref('b') }}", "models/b.sql": "select * from {{ ref('a') }}"}, nil)
	if _, err := p.Parse(t.Context()); err == nil || !strings.Contains(err.Error(), "Found a cycle: ") {
		t.Errorf("a cycle gave %v", err)
	}
}

// List names what a selection means; every output form has a line for each.
func TestList(t *testing.T) {
	p, driver, _ := project(t, map[string]string{"models/deep/a.sql": "select 1", "models/y.yml": "sources: [{name: raw, tables: [{name: t}]}]"}, nil)
	for output, want := range map[string][]string{
		"": {"shop.deep.a", "source:shop.raw.t"}, "name": {"a", "raw.t"}, "path": {"models/deep/a.sql", "models/y.yml"},
		"json": {`{"name": "a", "tags": []}`, `{"name": "t", "tags": []}`},
	} {
		got, err := p.List(t.Context(), engine.Selection{}, engine.ListOptions{Output: output, Keys: map[bool][]string{true: {"name", "tags"}}[output == "json"]})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s:\n%s", output, d)
		}
	}
	if sent := driver.Sent(); len(sent) != 0 {
		t.Errorf("list asked the warehouse: %v", sent)
	}
}

// A seed's rows reach the warehouse; inline queries compile.
func TestSeedAndInline(t *testing.T) {
	p, driver, _ := project(t, map[string]string{"seeds/s.csv": "id,name\n1,one\n2,two\n"}, nil)
	res, err := p.Seed(t.Context(), engine.Selection{})
	if err != nil || !res.Success() {
		t.Fatalf("%v %v", res, err)
	}
	sent := strings.Join(driver.Sent(), "\n")
	for _, want := range []string{"create table", "insert into"} {
		if !strings.Contains(sent, want) {
			t.Errorf("nothing like %q was sent:\n%s", want, sent)
		}
	}
	res, err = p.Compile(t.Context(), engine.Selection{}, engine.Inline{SQL: "select * from {{ ref('s') }}"})
	if err != nil || len(res.Results) != 1 || res.Results[0].Node.CompiledCode != `select * from "dev"."main"."s"` {
		t.Errorf("%+v %v", res, err)
	}
}
