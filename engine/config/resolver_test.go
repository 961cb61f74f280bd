package config

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func jsonMap(t testing.TB, text string) *yamldoc.Map {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := decodeJSON(dec)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*yamldoc.Map)
}

func yamlMap(t testing.TB, text string) *yamldoc.Map {
	t.Helper()
	v, err := yamldoc.ToValue("test.yml", []byte(text), yamldoc.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := v.(*yamldoc.Map)
	return m
}

func projectWith(name string, s Section, tree *yamldoc.Map) *Project {
	return &Project{Name: name, Sections: map[Section]*yamldoc.Map{s: tree}, UnrenderedSections: map[Section]*yamldoc.Map{s: tree}}
}

// TestMergeLikeDbt checks made-up projects against the configs, key order, errors
// and unrendered configs that dbt 1.11 computed for them.
func TestMergeLikeDbt(t *testing.T) {
	f, err := os.Open("testdata/merge.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			c := jsonMap(t, lines.Text())
			typ := ident.Type(c.Str("type"))
			sec := SectionOf(typ)
			root, pkg := projectWith("root", sec, c.Map("root")), projectWith("pkg", sec, c.Map("pkg"))
			r := NewResolver(root, map[string]*Project{"pkg": pkg}, ResolverOptions{
				Aliases: map[string]string{"dbname": "database", "pass": "password"}, AdapterFields: []string{"unlogged", "indexes"},
			})
			call := &yamldoc.Map{}
			for _, x := range c.List("calls") {
				if err := MergeCall(call, x.(*yamldoc.Map)); err != nil {
					t.Fatal(err)
				}
			}
			req := Request{Type: typ, FQN: texts(c.List("fqn")), Package: c.Str("package"), Patch: c.Map("patch"), Call: call}
			want := c.Map("want")
			values, err := r.Config(req)
			if message := want.Str("error"); message != "" {
				var fe *FieldError
				if !errors.As(err, &fe) || fe.Message != message {
					t.Fatalf("error %v, want %s", err, message)
				}
			} else {
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(toJSON(t, want.Map("config")), toJSON(t, values.Map())); diff != "" {
					t.Errorf("config (-dbt +gdbt):\n%s", diff)
				}
			}
			if u := want.Map("unrendered"); u != nil && !yamldoc.Equal(u, r.Unrendered(req)) && typ != ident.Function && typ != ident.SemanticModel && typ != ident.SavedQuery {
				t.Errorf("unrendered config\n got %s\nwant %s", yamldoc.Repr(r.Unrendered(req)), yamldoc.Repr(u))
			}
		})
	}
}

// toJSON prints one field a line.
func toJSON(t *testing.T, m *yamldoc.Map) string {
	t.Helper()
	var b strings.Builder
	for k, v := range m.All() {
		raw, err := yamldoc.AppendJSON(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %s\n", k, raw)
	}
	return b.String()
}

func TestConfigLevels(t *testing.T) {
	root := projectWith("shop", SectionModels, yamlMap(t, `
+materialized: table
+tags: [all]
shop:
  marts:
    +tags: marts
    +meta: {owner: data}
    finance:
      +schema: finance
      enabled: false
pkg:
  +schema: from_root
`))
	pkg := projectWith("pkg", SectionModels, yamlMap(t, "pkg:\n  +schema: own\n  +materialized: incremental\n"))
	r := NewResolver(root, map[string]*Project{"pkg": pkg}, ResolverOptions{})
	get := func(req Request) *Values {
		t.Helper()
		req.Type = ident.Model
		v, err := r.Config(req)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := get(Request{FQN: []string{"shop", "marts", "finance", "m"}, Package: "shop",
		Patch: yamlMap(t, "tags: [yml]\nmeta: {a: 1}"), Call: yamlMap(t, "tags: sql\nmaterialized: view\npre_hook: select 1")})
	if diff := cmp.Diff([]string{"all", "marts", "yml", "sql"}, v.Tags()); diff != "" {
		t.Errorf("tags add up (-want +got):\n%s", diff)
	}
	if v.Str("materialized") != "view" || v.Str("schema") != "finance" || v.Enabled() || v.Meta().Value("owner") != "data" || v.Meta().Value("a") != int64(1) {
		t.Errorf("config: %s", yamldoc.Repr(v.Map()))
	}
	if diff := cmp.Diff([]Hook{{SQL: "select 1", Transaction: true}}, v.PreHooks()); diff != "" {
		t.Errorf("hooks (-want +got):\n%s", diff)
	}
	v = get(Request{FQN: []string{"pkg", "m"}, Package: "pkg", Call: yamlMap(t, "schema: file")})
	if v.Str("schema") != "from_root" || v.Str("materialized") != "table" {
		t.Errorf("the root project has the last word on packages: %s", yamldoc.Repr(v.Map()))
	}
	a := get(Request{FQN: []string{"shop", "x"}, Package: "shop"})
	b := get(Request{FQN: []string{"shop", "y"}, Package: "shop"})
	if a != b {
		t.Error("resources of one folder without configs of their own share one result")
	}
}

func TestConfigErrorsHavePlaces(t *testing.T) {
	raw := writeProject(t, map[string]string{ProjectFile: "name: shop\nmodels:\n  shop:\n    marts:\n      +on_configuration_change: aply\n"})
	p, err := raw.Render(LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := NewResolver(p, nil, ResolverOptions{})
	_, err = r.Config(Request{Type: ident.Model, FQN: []string{"shop", "marts", "m"}, Package: "shop"})
	d, ok := diag.As(err)
	if !ok || d.Place() != "dbt_project.yml:5:7" || d.Hint != "valid values: apply, continue, fail" || d.Category != diag.ParsingError {
		t.Errorf("error: %v", err)
	}
	_, err = r.Config(Request{Type: ident.Model, FQN: []string{"shop", "m"}, Package: "shop", Call: yamlMap(t, "materialized: 5")})
	var fe *FieldError
	if !errors.As(err, &fe) || fe.Key != "materialized" || fe.Origin != OriginCall || fe.Message != "at path ['materialized']: 5 is not of type 'string'" {
		t.Errorf("error: %#v", fe)
	}
	_, err = r.Config(Request{Type: ident.Model, FQN: []string{"shop", "m"}, Package: "shop", Patch: yamlMap(t, "enabled: maybe")})
	if !errors.As(err, &fe) || fe.Key != "enabled" || fe.Origin != OriginProperties {
		t.Errorf("error: %#v", fe)
	}
}

func TestCheckSnapshot(t *testing.T) {
	for text, want := range map[string]string{
		"strategy: timestamp\nunique_key: id\nupdated_at: u":                          "",
		"strategy: check\nunique_key: [a, b]\ncheck_cols: all":                        "",
		"strategy: mine\nunique_key: id":                                              "",
		"unique_key: id":                                                              "must be configured with a 'strategy' and 'unique_key'",
		"strategy: check\nunique_key: id":                                             "must specify a check_cols configuration",
		"strategy: check\nunique_key: id\ncheck_cols: some":                           "Invalid value for 'check_cols': some",
		"strategy: timestamp\nunique_key: id":                                         "must specify an updated_at",
		"strategy: timestamp\nunique_key: id\nupdated_at: u\ncheck_cols: all":         "should not have 'check_cols'",
		"strategy: timestamp\nunique_key: id\nupdated_at: u\nmaterialized: snapshotx": "materialized value of 'snapshot'",
	} {
		r := NewResolver(projectWith("shop", SectionSnapshots, nil), nil, ResolverOptions{})
		v, err := r.Config(Request{Type: ident.Snapshot, FQN: []string{"shop", "s"}, Package: "shop", Patch: yamlMap(t, text)})
		if err != nil {
			t.Fatal(err)
		}
		bad := CheckSnapshot(v.Map())
		if want == "" && bad != nil || want != "" && (bad == nil || !strings.Contains(bad.Message, want)) {
			t.Errorf("%q: %v, want %q", text, bad, want)
		}
	}
}

func TestMergeCall(t *testing.T) {
	dst := &yamldoc.Map{}
	for _, c := range []string{"tags: a\ngrants: {select: x}\nmeta: {a: 1}\nalias: one", "tags: [b]\ngrants: {select: y, +insert: z}\nmeta: {b: 2}\nalias: two"} {
		if err := MergeCall(dst, yamlMap(t, c)); err != nil {
			t.Fatal(err)
		}
	}
	want := "tags: [\"a\",\"b\"]\ngrants: {\"select\":[\"y\"],\"+insert\":[\"z\"]}\nmeta: {\"a\":1,\"b\":2}\nalias: \"two\"\n"
	if diff := cmp.Diff(want, toJSON(t, dst)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := MergeCall(dst, yamlMap(t, "meta: x")); err == nil {
		t.Error("meta must be a dictionary")
	}
}

func BenchmarkResolver(b *testing.B) {
	root := projectWith("shop", SectionModels, yamlMap(b, "+materialized: table\nshop:\n  staging: {+materialized: view, +tags: [s]}\n  marts: {+schema: m}\n"))
	call := yamlMap(b, "materialized: incremental\nunique_key: id\ntags: [x]")
	b.Run("shared", func(b *testing.B) {
		r := NewResolver(root, nil, ResolverOptions{})
		for b.Loop() {
			if _, err := r.Config(Request{Type: ident.Model, FQN: []string{"shop", "staging", "m"}, Package: "shop"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("with call", func(b *testing.B) {
		r := NewResolver(root, nil, ResolverOptions{})
		for b.Loop() {
			if _, err := r.Config(Request{Type: ident.Model, FQN: []string{"shop", "staging", "m"}, Package: "shop", Call: call}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// FuzzConfig: no configuration may panic, and what is accepted prints as JSON.
func FuzzConfig(f *testing.F) {
	f.Add("+tags: a\nm: {+meta: {x: 1}}", "grants: {+select: [a]}", "pre_hook: '{\"sql\": 1}'", uint8(0))
	f.Add("freshness: {build_after: {count: 1, period: day}}", "docs: 1", "limit: x", uint8(4))
	types := ident.Types()
	f.Fuzz(func(t *testing.T, project, patch, call string, kind uint8) {
		read := func(s string) *yamldoc.Map {
			v, _ := yamldoc.ToValue("f", []byte(s), yamldoc.Limits{MaxBytes: 1 << 12})
			m, _ := v.(*yamldoc.Map)
			return m
		}
		typ := types[int(kind)%len(types)]
		r := NewResolver(projectWith("p", SectionOf(typ), read(project)), nil, ResolverOptions{Aliases: map[string]string{"dbname": "database"}})
		joined := &yamldoc.Map{}
		if err := MergeCall(joined, read(call)); err != nil {
			return
		}
		_ = MergeCall(joined, read(patch))
		v, err := r.Config(Request{Type: typ, FQN: []string{"p", "m"}, Package: "p", Patch: read(patch), Call: joined})
		if err != nil {
			if _, ok := diag.As(err); !ok {
				t.Fatalf("not a diagnostic: %v", err)
			}
			return
		}
		if _, err := v.MarshalJSON(); err != nil {
			t.Fatal(err)
		}
		_ = CheckSnapshot(v.Map())
	})
}
