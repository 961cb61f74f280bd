package docs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/selector"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// lsTypes are what `gdbt ls` lists.
var lsTypes = []ident.Type{ident.Model, ident.Snapshot, ident.Seed, ident.Test, ident.Source, ident.Exposure, ident.Metric, ident.SavedQuery, ident.SemanticModel, ident.UnitTest, ident.Function}

// expressions are selections on rich(), one list of words each; one behind " -- " is an exclude.
var expressions = []string{
	"", "orders", "+orders", "orders+", "1+orders+1", "2+orders", "@stg_orders", "+orders,customers+", "orders customers", "stg_orders+ -- scores", "* -- orders+", "*", "stg_*", "*ord*", "?rders", "[os]*", "[!s]*", "shop", "shop.*", "shop.marts", "shop.marts.*",
	"marts", "marts.orders", "marts.*", "staging.stg_?*", "tools", "tools.calendar", "shop.staging.stg_orders", "scores", "scores.v1", "scores_v2", "scores.v*", "*.v3", "v1", "shop.marts.scores", "fqn:orders", "fqn:shop.staging",
	"tag:daily", "tag:d*", "tag:nope", "tag:daily,tag:staging", "tag:raw", "+tag:staging+", "tag:daily -- orders",
	"source:raw", "source:raw.orders", "source:raw.*", "source:shop.raw.cust*", "source:*", "source:raw.orders+", "source:raw+1", "source:nope",
	"exposure:board", "exposure:*", "+exposure:board", "1+exposure:shop.board", "exposure:other.board", "metric:*", "semantic_model:*", "saved_query:*", "unit_test:*",
	"path:models", "path:models/staging", "path:models/staging/", "path:models/marts/orders.sql", "models/marts", "models/marts/*", "models/**", "models/**/orders.sql", "path:models/*/_marts.yml", "path:tests", "path:seeds/*.csv", "path:nope", "path:.", "path:models/marts/sco*", "path:models/[ms]*",
	"file:orders.sql", "orders.sql", "file:orders", "file:*.csv", "countries.csv", "file:_marts.yml", "file:_marts", "file:scores_v?",
	"package:shop", "package:tools", "package:this", "package:*o*", "package:none",
	"config.materialized:view", "config.materialized:incremental", "config.enabled:true", "config.enabled:True", "config.meta.tier:gold", "config.meta.pii:true", "config.tags:daily", "config.severity:WARN", "config.severity:error", "config.meta.tier:bronze", "config.nope:1", "config.meta:gold", "config.group:finance",
	"group:finance", "group:fin*", "group:*", "access:public", "access:protected", "access:private",
	"resource_type:model", "resource_type:test", "resource_type:source", "resource_type:snapshot", "resource_type:analysis", "resource_type:seed", "resource_type:exposure", "resource_type:macro", "resource_type:function", "in_cents", "+in_cents",
	"test_type:generic", "test_type:singular", "test_type:data", "test_type:unit", "test_type:schema", "test_name:unique", "test_name:rel*", "test_name:not_null",
	"version:latest", "version:old", "version:prerelease", "version:none", "assert_sums", "unique_orders_order_id", "customers -- test_type:data", "stg_orders stg_customers", "+scores.v1", "@scores",
	"0+orders", "orders+0", "orders+2,resource_type:model", "tag:daily,orders+ stg_customers", "-- tag:daily", "* -- resource_type:test source:*", "selector:nightly", "selector:n*", "+selector:nightly", "selector:nightly+1 -- orders",
	// errors
	"nope:x", "@orders+", "resource_type:modle", "test_type:x", "version:x", "source:a.b.c.d", "exposure:a.b.c", "config:x", "path:", "/models", "selector:other",
}

// earlierExpressions ask for an earlier run.
var earlierExpressions = []string{
	"state:new", "state:old", "state:modified", "state:unmodified", "state:modified.body", "state:modified.configs", "state:modified.persisted_descriptions",
	"state:modified.relation", "state:modified.macros", "state:modified.contract", "state:modified+", "1+state:modified,tag:daily", "@state:new", "* -- state:old", "state:modified state:new -- resource_type:test",
	"result:success", "result:error", "result:fail", "result:skipped", "result:error+", "+result:fail,resource_type:model", "result:nope", "result:*", "source_status:fresher", "source_status:fresher+ -- state:new", "source_status:nope",
	"selector:changed", "selector:changed,resource_type:model",
	// errors
	"state:nope", "state:", "state:*", "result:", "source_status:",
}

// earlierState is what an earlier run of rich() left: other texts, configs, relations and macros, resources that were not
// there, results and newer sources.
func earlierState(now *manifest.Manifest) *selector.State {
	in := rich()
	m := in.Manifest
	drop := func(id string) {
		delete(m.Nodes, id)
		m.NodeOrder = slices.DeleteFunc(m.NodeOrder, func(x string) bool { return x == id })
	}
	drop("model.shop.scores.v3")
	drop("test.shop.assert_sums")
	m.Nodes["model.shop.stg_orders"].RawCode = "select 0"
	m.Nodes["model.shop.stg_orders"].Checksum.Checksum = "earlier"
	m.Nodes["model.shop.stg_customers"].UnrenderedConfig = yamldoc.NewMap("materialized", "table")
	m.Nodes["model.shop.scores.v1"].UnrenderedConfig = yamldoc.NewMap("alias", "points")
	m.Nodes["model.shop.orders"].Contract.Enforced = false
	m.Nodes["model.shop.customers"].DependsOn.Macros = []string{"macro.shop.cents"}
	m.Macros["macro.shop.cents"].MacroSQL = "{% macro cents(x) %}{{ x }}{% endmacro %}"
	m.Exposures["exposure.shop.board"].Description = "Earlier."
	now.Nodes["model.shop.customers"].DependsOn.Macros = []string{"macro.shop.cents"}
	at := func(hour int) *time.Time { t := noon.Add(time.Duration(hour) * time.Hour); return &t }
	fresh := func(orders, customers int) *manifest.Freshness {
		return &manifest.Freshness{Results: []manifest.FreshnessResult{{UniqueID: "source.shop.raw.orders", MaxLoadedAt: at(orders)}, {UniqueID: "source.shop.raw.customers", MaxLoadedAt: at(customers)}}}
	}
	return &selector.State{Path: "prod", Manifest: m, Sources: fresh(0, 0), SourcesCurrent: fresh(0, 1), Results: &manifest.RunResults{Results: []manifest.RunResult{
		{UniqueID: "model.shop.stg_orders", Status: "success"}, {UniqueID: "model.shop.customers", Status: "error"}, {UniqueID: "model.shop.orders", Status: "skipped"},
		{UniqueID: "test.shop.unique_orders_order_id.0123456789", Status: "fail"}, {UniqueID: "model.shop.gone", Status: "error"}}}}
}

// answered gives the site what the selector knows, as engine.Project does.
func answered(t *testing.T, in *docs.Input, st *selector.State) map[selector.Indirect]*selector.Selector {
	t.Helper()
	out := map[selector.Indirect]*selector.Selector{}
	in.Selectors = map[selector.Indirect]map[string]selector.Answer{}
	for _, mode := range []selector.Indirect{selector.Eager, selector.Cautious, selector.Buildable, selector.Empty} {
		defs, err := selector.ParseSelectors(selectorsYAML(), nil, mode)
		if err != nil {
			t.Fatal(err)
		}
		s := selector.New(in.Manifest, selector.Options{Selectors: defs, State: st})
		in.Selectors[mode] = s.Named(selector.Filter{Types: lsTypes, IncludeEmpty: true})
		if st != nil {
			in.Earlier = s.Artifacts()
		}
		out[mode] = s
	}
	return out
}

// TestSelectAsTheSelector: what the page selects is what engine/selector selects, with each way to take tests, with the
// artifacts of an earlier run and without.
func TestSelectAsTheSelector(t *testing.T) {
	b := openBrowser(t)
	for name, earlier := range map[string]bool{"alone": false, "with a state": true} {
		t.Run(name, func(t *testing.T) {
			in := rich()
			var st *selector.State
			if earlier {
				st = earlierState(in.Manifest)
			}
			selectors := answered(t, &in, st)
			b.open(onDisk(t, in))
			known, answers := 0, 0
			for k, e := range slices.Concat(expressions, earlierExpressions) {
				words, without, _ := strings.Cut(e, "-- ")
				words = strings.TrimSpace(words)
				for mode, s := range selectors {
					want := []string{}
					sp, err := spec(words, without, mode)
					if err == nil {
						ids, _, selectErr := s.Select(sp, selector.Filter{Types: lsTypes, IncludeEmpty: true})
						if err = selectErr; err == nil {
							want = append(want, ids.Sorted()...)
						}
					}
					type answer struct {
						IDs   []string
						Error string
					}
					got := eval[answer](b, `gdbtDocs.api.select(`+quote(words)+`, `+quote(without)+`, `+quote(string(mode))+`).then((ids) => ({ IDs: ids, Error: "" }), (e) => ({ IDs: [], Error: e.message }))`)
					if (err != nil) != (got.Error != "") {
						t.Errorf("%q (%s): the selector says %v, the page %q", e, mode, err, got.Error)
						continue
					}
					if err != nil && k >= len(expressions) && !earlier && !strings.Contains(got.Error, "--state") {
						t.Errorf("%q (%s): the error does not say what is missing: %q", e, mode, got.Error)
					}
					slices.Sort(got.IDs)
					if diff := cmp.Diff(want, got.IDs); diff != "" {
						t.Errorf("%q (%s): -selector +page\n%s", e, mode, diff)
					}
					if len(want) > 0 {
						known++
						if k >= len(expressions) {
							answers++
						}
					}
				}
			}
			if known < 300 || earlier && answers < 80 {
				t.Errorf("only %d of the selections select anything, %d of those on an earlier run: the project says too little", known, answers)
			}
		})
	}
	b.quiet("file:///")
}

func spec(words, without string, mode selector.Indirect) (selector.Spec, error) {
	var include, exclude []string
	if words != "" {
		include = strings.Fields(words)
	}
	if without != "" {
		exclude = strings.Fields(without)
	}
	return selector.ParseArgs(include, exclude, mode)
}

// TestStateIsNotThere: a site made with the folder of a run that left no results says so, as `gdbt ls` does.
func TestStateIsNotThere(t *testing.T) {
	b := openBrowser(t)
	in := rich()
	st := earlierState(in.Manifest)
	st.Results = nil
	answered(t, &in, st)
	b.open(onDisk(t, in) + "#/lineage?select=result:error")
	b.until(`document.querySelector(".note.bad:not([hidden])")?.textContent.includes("there is no run_results.json of an earlier run in the folder 'prod'")`)
	b.open(onDisk(t, in) + "#/lineage?select=state:modified.body")
	b.until(`document.querySelector(".lineage-view")?.dataset.selected?.includes("model.shop.stg_orders")`)
}

// TestDefaultSelector: the page shows all where nothing is asked for, and its command says so where `gdbt ls` would take a selector.
func TestDefaultSelector(t *testing.T) {
	b := openBrowser(t)
	in := rich()
	answered(t, &in, nil)
	in.DefaultSelector = "nightly"
	b.open(onDisk(t, in) + "#/lineage?tests=1")
	b.until(`document.querySelector(".graph-status code")?.textContent === "gdbt ls --select 'fqn:*' 'source:*'"`)
	all := eval[[]string](b, `gdbtDocs.api.select("", "", "eager")`)
	named := eval[[]string](b, `gdbtDocs.api.select("fqn:* source:*", "", "eager")`)
	if diff := cmp.Diff(all, named); diff != "" || len(all) < 15 {
		t.Errorf("%d resources; -nothing +by name\n%s", len(all), diff)
	}
}

// TestPathsThatAreNotThere: path: matches what is in the project's folder only.
func TestPathsThatAreNotThere(t *testing.T) {
	b := openBrowser(t)
	in := rich()
	in.Exists = func(path string) bool { return path != "models/calendar.sql" && path != "models/staging" }
	b.open(onDisk(t, in))
	got := eval[[]string](b, `gdbtDocs.api.select("models/calendar.sql models/staging models/marts/customers.sql", "resource_type:test", "empty")`)
	if diff := cmp.Diff([]string{"model.shop.customers"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestGlobs compares fnmatch with the selector's, on names of models.
func TestGlobs(t *testing.T) {
	b := openBrowser(t)
	names := []string{"a", "ab", "a.b", "a-b", "a]b", "[x]", "é", "Abc", "a*b", "", "aab", "a\\b", "b^", "日本"}
	patterns := []string{"*", "?", "a*", "*b", "[ab]", "[!a]*", "[a-c]b", "[c-a]*", "[]]", "[!]]", "a[]-]b", "[", "[a", "a[b", "*[*]*", "??", "**", "a?b", "[é]", "日*", "[!日]*", "a\\b", "[\\]*", "*^", "[^a]*", "[a-]*"}
	for _, p := range patterns {
		m := manifest.New("p")
		for i, n := range names {
			x := node(manifest.Model, "p", n, "x.sql")
			x.UniqueID, x.Tags = "model.p."+string(rune('a'+i)), []string{n}
			m.AddNode(x)
		}
		s := selector.New(m, selector.Options{})
		ids, _, err := s.Select(&selector.Criterion{Method: "tag", Value: p, Raw: p, ParentsDepth: -1, ChildrenDepth: -1}, selector.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if b.t == t && p == patterns[0] {
			b.open(onDisk(t, rich()))
		}
		for i, n := range names {
			want := ids.Has("model.p." + string(rune('a'+i)))
			if got := eval[bool](b, `gdbtDocs.api.fnmatch(`+quote(n)+`, `+quote(p)+`)`); got != want {
				t.Errorf("%q with %q: the page says %v", n, p, got)
			}
		}
	}
}
