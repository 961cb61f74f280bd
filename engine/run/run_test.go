package run

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var update = flag.Bool("update", false, "write testdata")

const chain = `-- models/a.sql --
select 1 as id
-- models/b.sql --
select * from {{ ref('a') }}
-- models/c.sql --
select * from {{ ref('b') }}
-- models/other.sql --
select 2 as id
`

// built lists the models in the order in which their views were made.
func (w *world) built() []string {
	var out []string
	for _, sql := range w.driver.Sent() {
		if rest, ok := strings.CutPrefix(sql, "create view "); ok {
			rest, _, _ = strings.Cut(rest, " ")
			name := rest[strings.LastIndexByte(rest, '.')+1:]
			out = append(out, strings.TrimSuffix(strings.Trim(name, `"`), "__dbt_tmp"))
		}
	}
	return out
}

// A node runs after everything it reads, with any number of workers; every
// session is given back.
func TestOrder(t *testing.T) {
	for _, threads := range []int{1, 2, 8} {
		w := newWorld(t, Run, chain)
		w.Threads = threads
		if got, want := w.statuses(t, t.Context()), "a success, b success, c success, other success"; got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		got := w.built()
		if slices.Index(got, "a") > slices.Index(got, "b") || slices.Index(got, "b") > slices.Index(got, "c") || len(got) != 4 {
			t.Errorf("%d threads: built in the order %v", threads, got)
		}
		if n := w.driver.Sessions(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	}
}

// The longest remaining path goes first.
func TestLongestPathFirst(t *testing.T) {
	w := newWorld(t, Run, chain)
	w.statuses(t, t.Context())
	if d := cmp.Diff([]string{"a", "b", "c", "other"}, w.built()); d != "" && w.built() != nil {
		t.Error(d)
	}
}

// What reads a failed node is skipped, the rest runs; the message has the
// database's words and the place of the compiled SQL.
func TestSkip(t *testing.T) {
	w := newWorld(t, Run, strings.Replace(chain, "select * from {{ ref('a') }}", "select broken from {{ ref('a') }}", 1))
	out, err := w.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summary(out), "a success, b error, c skipped, other success"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	b := out.ByID("model.shop.b")
	for _, want := range []string{"Runtime Error in model b (models/b.sql)", "relation is broken", "compiled code at target/"} {
		if b.Message == nil || !strings.Contains(*b.Message, want) {
			t.Errorf("the message of b lacks %q: %v", want, *b.Message)
		}
	}
	if b.Err == nil || out.Success() || out.ByID("model.shop.c").Message != nil {
		t.Error("b has no error, or the run counts as a success")
	}
}

// An ephemeral model that does not compile fails what reads it.
func TestEphemeralFailure(t *testing.T) {
	w := newWorld(t, Run, `-- models/eph.sql --
{{ config(materialized='ephemeral') }}
select {{ exceptions.raise_compiler_error('no good') if execute }}
-- models/reads.sql --
select * from {{ ref('eph') }}
-- models/below.sql --
select * from {{ ref('reads') }}
-- models/free.sql --
select 1
`)
	out, err := w.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summary(out), "below skipped, free success, reads skipped"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	reads := out.ByID("model.shop.reads")
	if reads.Message == nil || !strings.Contains(*reads.Message, "caused by compilation error in referenced ephemeral model model.shop.eph") || out.Success() {
		t.Errorf("reads: %v", reads.Message)
	}
}

// With --fail-fast nothing starts after the first failure; what did not start is
// in the results.
func TestFailFast(t *testing.T) {
	w := newWorld(t, Run, `-- models/a.sql --
select broken
-- models/b.sql --
select 1
-- models/c.sql --
select 1
`)
	w.FailFast = true
	out, err := w.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	failed, skipped := 0, 0
	for _, r := range out.Results {
		switch r.Status {
		case Error:
			failed++
		case Skipped:
			skipped++
			if r.Message == nil || *r.Message != "Skipping due to fail_fast" {
				t.Errorf("%s: %v", r.UniqueID, r.Message)
			}
		}
	}
	if failed != 1 || len(out.Results) != 3 || out.Interrupted {
		t.Errorf("%s", summary(out))
	}
	_ = skipped
}

// A cancelled context stops the statement that runs, marks what did not start and
// keeps what was done.
func TestCancel(t *testing.T) {
	w := newWorld(t, Run, `-- models/a.sql --
select 1
-- models/b.sql --
select waits from {{ ref('a') }}
-- models/c.sql --
select * from {{ ref('b') }}
`)
	ctx, cancel := context.WithCancel(t.Context())
	w.driver.Answer = w.answer(func(ctx context.Context, _, sql string) (adapter.Response, *adapter.Table, error) {
		if strings.Contains(sql, "waits") {
			cancel()
			<-ctx.Done() // as a server that is told to stop
			return adapter.Response{}, nil, ctx.Err()
		}
		return adapter.Response{}, nil, nil
	})
	out, err := w.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summary(out), "a success, b error, c skipped"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !out.Interrupted || out.Success() {
		t.Error("the run does not count as interrupted")
	}
	if b := out.ByID("model.shop.b"); b.Message == nil || !strings.Contains(*b.Message, "cancel") {
		t.Errorf("b: %v", b.Message)
	}
	if n := w.driver.Sessions(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// A data test's status follows its failures, its limits and its severity.
func TestDataTests(t *testing.T) {
	file := func(name, config, failures string) string {
		return "-- tests/" + name + ".sql --\n{{ config(" + config + ") }}\nselect 'failures:" + failures + "'\n"
	}
	files := file("passes", "severity='error'", "0") + file("fails", "severity='error'", "3") + file("warns", "severity='warn'", "2") +
		file("below_error", "error_if='> 5', warn_if='> 1'", "3") + file("below_both", "error_if='> 5', warn_if='> 4'", "3") +
		file("warn_only", "severity='warn', error_if='> 1', warn_if='> 1'", "3") + "-- tests/errs.sql --\nselect broken\n"
	for _, c := range []struct {
		warnIsError bool
		want        string
	}{
		{false, "below_both pass, below_error warn, errs error, fails fail, passes pass, warn_only warn, warns warn"},
		{true, "below_both pass, below_error fail, errs error, fails fail, passes pass, warn_only fail, warns fail"},
	} {
		w := newWorld(t, Test, files)
		w.WarnIsError = c.warnIsError
		out, err := w.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := summary(out); got != c.want {
			t.Errorf("warn_error %v:\n%s, want\n%s", c.warnIsError, got, c.want)
		}
		for id, want := range map[string]string{"fails": "3 Got 3 results, configured to fail if != 0", "passes": "0 "} {
			r := out.ByID("test.shop." + id)
			got := string(rune('0'+*r.Failures)) + " "
			if r.Message != nil {
				got += *r.Message
			}
			if got != want {
				t.Errorf("%s: %q, want %q", id, got, want)
			}
		}
	}
}

const hooks = `-- dbt_project.yml --
name: shop
version: "1.0"
profile: shop
on-run-start: ["select 'first'", "select 'second'"]
on-run-end:
  - "{% for r in results %}select '{{ r.node.name }} {{ r.status }} {{ r.thread_id is not none }}';{% endfor %}"
  - "select '{{ schemas | join(',') }} {{ database_schemas }}'"
-- models/m.sql --
{{ config(pre_hook="select 'pre'", post_hook="select 'post ' || '{{ this.name }}'") }}
select 'm'
`

// on-run-start comes before the nodes, a node's hooks around it, on-run-end last,
// with the results.
func TestHooks(t *testing.T) {
	w := newWorld(t, Run, hooks)
	if got, want := w.statuses(t, t.Context()), "m success, shop-on-run-end-0 success, shop-on-run-end-1 success, shop-on-run-start-0 success, shop-on-run-start-1 success"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	var got []string
	for _, sql := range w.driver.Sent() {
		if strings.HasPrefix(sql, "select ") || strings.HasPrefix(sql, "create view") {
			if strings.HasPrefix(sql, "create") {
				sql = "view"
			}
			got = append(got, sql)
		}
	}
	want := []string{"select 'first'", "select 'second'", "select 'pre'", "view", "select 'post ' || 'm'", "select 'm success True';", `select 'main [('dev', 'main')]'`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// After a failed hook the later ones are skipped.
func TestHookFailure(t *testing.T) {
	w := newWorld(t, Run, strings.Replace(hooks, "select 'first'", "select broken", 1))
	out, err := w.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := summary(out); !strings.Contains(got, "shop-on-run-start-0 error, shop-on-run-start-1 skipped") || out.Success() {
		t.Error(got)
	}
	if r := out.ByID("operation.shop.shop-on-run-start-0"); r.Message == nil || !strings.Contains(*r.Message, "relation is broken") {
		t.Errorf("%v", r.Message)
	}
}

// A project without nodes for the command says so and is a success.
func TestNothingToDo(t *testing.T) {
	w := newWorld(t, Run, "-- macros/m.sql --\n{% macro m() %}{% endmacro %}\n")
	out, err := w.Run(t.Context())
	if err != nil || len(out.Results) != 0 || !out.Success() {
		t.Errorf("%v %v", out, err)
	}
	if !slices.ContainsFunc(w.log.text, func(s string) bool { return strings.Contains(s, "Nothing to do") }) {
		t.Errorf("nothing was said: %q", w.log.text)
	}
}

// run_results.json: the same fields and forms as dbt's (schema v6).
func TestArtifact(t *testing.T) {
	w := newWorld(t, Build, `-- models/m.sql --
select 1 as id
-- models/bad.sql --
select broken
-- models/below.sql --
select * from {{ ref('bad') }}
-- tests/t.sql --
select 'failures:2'
`)
	out, err := w.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run_results.json")
	md := Meta{DBTVersion: "1.11.0", InvocationID: "id", InvocationStartedAt: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), Env: map[string]string{"k": "v"}}
	if err := out.WriteArtifact(path, md, yamldoc.NewMap("which", "build")); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	got := regexp.MustCompile(`"2024-01-02T03:04:05\.\d{6}Z"`).ReplaceAllString(b.String(), `"2024-01-02T03:04:05.000000Z"`)
	got = regexp.MustCompile(`_time": 0\.\d+`).ReplaceAllString(got, `_time": 0.001`)
	golden := "testdata/run_results.json"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Error(d)
	}
}

// compile writes SQL and touches nothing.
func TestCompileCommand(t *testing.T) {
	w := newWorld(t, Compile, chain)
	if got, want := w.statuses(t, t.Context()), "a success, b success, c success, other success"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	if built := w.built(); len(built) != 0 {
		t.Errorf("built %v", built)
	}
	raw, err := os.ReadFile(filepath.Join(w.Target, "compiled", "shop", "models", "b.sql"))
	if want := `select * from "dev"."main"."a"`; err != nil || string(raw) != want {
		t.Errorf("%q, %v", raw, err)
	}
}

// show fetches rows and builds nothing.
func TestShowCommand(t *testing.T) {
	w := newWorld(t, Show, "-- models/m.sql --\nselect 1 as id\n")
	w.Limit = 5
	w.driver.Answer = func(_ context.Context, _, sql string) (adapter.Response, *adapter.Table, error) {
		if strings.Contains(sql, "limit 5") {
			return adapter.Response{Message: "OK"}, rows("id", int64(7)), nil
		}
		return adapter.Response{}, nil, nil
	}
	out, err := w.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := out.ByID("model.shop.m")
	if r == nil || r.Table.Len() != 1 || !strings.Contains(r.Preview("text"), "7") || !strings.Contains(r.Preview("json"), `"id": 7`) {
		t.Errorf("%+v", r)
	}
	if built := w.built(); len(built) != 0 {
		t.Errorf("built %v", built)
	}
}

// A materialization that does not exist, returns nothing or runs no main statement.
func TestMaterializations(t *testing.T) {
	w := newWorld(t, Run, `-- macros/m.sql --
{% materialization silent, default %}{{ return({'relations': []}) }}{% endmaterialization %}
{% materialization no_return, default %}{% call statement('main') %}select 1{% endcall %}{% endmaterialization %}
{% materialization odd, default %}{% call statement('main') %}select 1{% endcall %}{{ return({'relations': 'x', 'y': 1}) }}{% endmaterialization %}
{% materialization fine, default %}{% call statement('main') %}fine {{ sql }}{% endcall %}{{ return({'relations': [this]}) }}{% endmaterialization %}
-- models/a.sql --
{{ config(materialized='silent') }}
select 1
-- models/b.sql --
{{ config(materialized='no_return') }}
select 1
-- models/c.sql --
{{ config(materialized='tabel') }}
select 1
-- models/d.sql --
{{ config(materialized='odd') }}
select 1
-- models/e.sql --
{{ config(materialized='fine') }}
select 1
`)
	out, err := w.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"a": "main is not being called during running model", "b": "did not explicitly return a list of relations",
		"c": "No materialization 'tabel' was found for adapter duckdb!", "d": `"relations" contains non-Relation: x`, "e": "OK",
	} {
		r := out.ByID("model.shop." + id)
		if r.Message == nil || !strings.Contains(*r.Message, want) {
			t.Errorf("%s: %s, want %s", id, *r.Message, want)
		}
	}
	if m := *out.ByID("model.shop.c").Message; !strings.Contains(m, "did you mean 'table'?") {
		t.Errorf("no hint: %s", m)
	}
}
