package docs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/selector"
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
	"resource_type:model", "resource_type:test", "resource_type:source", "resource_type:snapshot", "resource_type:analysis", "resource_type:seed", "resource_type:exposure", "resource_type:macro",
	"test_type:generic", "test_type:singular", "test_type:data", "test_type:unit", "test_type:schema", "test_name:unique", "test_name:rel*", "test_name:not_null",
	"version:latest", "version:old", "version:prerelease", "version:none", "assert_sums", "unique_orders_order_id", "customers -- test_type:data", "stg_orders stg_customers", "+scores.v1", "@scores",
	"0+orders", "orders+0", "orders+2,resource_type:model", "tag:daily,orders+ stg_customers", "-- tag:daily", "* -- resource_type:test source:*", "selector:nightly", "selector:n*", "+selector:nightly", "selector:nightly+1 -- orders",
	// errors
	"state:modified", "result:error", "source_status:fresher", "nope:x", "@orders+", "resource_type:modle", "test_type:x", "version:x", "source:a.b.c.d", "exposure:a.b.c", "config:x", "path:", "/models", "selector:other",
}

// TestSelectAsTheSelector: what the page selects is what engine/selector selects, with each way to take tests.
func TestSelectAsTheSelector(t *testing.T) {
	b := openBrowser(t)
	in := rich()
	spec := func(words, without string, mode selector.Indirect) (selector.Spec, error) {
		var include, exclude []string
		if words != "" {
			include = strings.Fields(words)
		}
		if without != "" {
			exclude = strings.Fields(without)
		}
		return selector.ParseArgs(include, exclude, mode)
	}
	defs, err := selector.ParseSelectors(selectorsYAML(), nil, selector.Eager)
	if err != nil {
		t.Fatal(err)
	}
	s := selector.New(in.Manifest, selector.Options{Selectors: defs})
	in.Selectors = map[string][]string{}
	for _, name := range defs.Names() {
		def, err := defs.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		ids, _, err := s.Select(def, selector.Filter{Types: lsTypes, IncludeEmpty: true})
		if err != nil {
			t.Fatal(err)
		}
		in.Selectors[name] = ids.Sorted()
	}
	b.open(onDisk(t, in))
	known := 0
	for _, e := range expressions {
		words, without, _ := strings.Cut(e, "-- ")
		words = strings.TrimSpace(words)
		for _, mode := range []selector.Indirect{selector.Eager, selector.Cautious, selector.Buildable, selector.Empty} {
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
			if artifacts := strings.HasPrefix(words, "state:") || strings.HasPrefix(words, "result:") || strings.HasPrefix(words, "source_status:"); artifacts {
				if method, _, _ := strings.Cut(words, ":"); !strings.Contains(got.Error, method) {
					t.Errorf("%q: the error does not name the method: %q", e, got.Error)
				}
				continue
			}
			if (err != nil) != (got.Error != "") {
				t.Errorf("%q (%s): the selector says %v, the page %q", e, mode, err, got.Error)
				continue
			}
			slices.Sort(got.IDs)
			slices.Sort(want)
			if diff := cmp.Diff(want, got.IDs); diff != "" {
				t.Errorf("%q (%s): -selector +page\n%s", e, mode, diff)
			}
			if len(want) > 0 {
				known++
			}
		}
	}
	if known < 300 {
		t.Errorf("only %d of the selections select anything: the project says too little", known)
	}
	b.quiet("file:///")
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
