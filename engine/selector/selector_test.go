package selector

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func ptr[T any](v T) *T { return &v }

// shop is a small project:
//
//	raw.orders ─▶ stg_orders ─▶ orders(v1, v2) ─▶ report ─▶ exposure dash
//	raw.users  ─▶ stg_users  ─┘
//
// with a test of one parent (not_null), one of two (relationships), a singular
// test, a unit test and a package model.
func shop() *manifest.Manifest {
	m := manifest.New("shop")
	config := func(text string) *yamldoc.Map {
		v, err := yamldoc.ToValue("c", []byte(text), yamldoc.Limits{})
		if err != nil {
			panic(err)
		}
		c, _ := v.(*yamldoc.Map)
		return c
	}
	for _, t := range []string{"orders", "users"} {
		m.AddSource(&manifest.Source{UniqueID: "source.shop.raw." + t, Name: t, SourceName: "raw", PackageName: "shop", ResourceType: manifest.SourceType,
			FQN: []string{"shop", "staging", "raw", t}, OriginalFilePath: "models/staging/sources.yml", Tags: []string{"src"}, Config: config("enabled: true")})
	}
	model := func(id, name, file string, fqn []string, conf string, deps ...string) *manifest.Node {
		n := &manifest.Node{UniqueID: id, Name: name, ResourceType: manifest.Model, PackageName: fqn[0], FQN: fqn, OriginalFilePath: file,
			Config: config(conf), RawCode: "select 1", DependsOn: manifest.DependsOn{Nodes: deps}, Access: "protected", PatchPath: ptr(fqn[0] + "://models/schema.yml")}
		n.Tags = manifest.ConfigTags(n.Config)
		m.AddNode(n)
		return n
	}
	model("model.shop.stg_orders", "stg_orders", "models/staging/stg_orders.sql", []string{"shop", "staging", "stg_orders"}, "materialized: view\ntags: [nightly, stg]", "source.shop.raw.orders")
	model("model.shop.stg_users", "stg_users", "models/staging/stg_users.sql", []string{"shop", "staging", "stg_users"}, "materialized: view\ngroup: people", "source.shop.raw.users")
	for i, v := range []string{"v1", "v2"} {
		n := model("model.shop.orders."+v, "orders", "models/marts/orders_"+v+".sql", []string{"shop", "marts", "orders", v}, "materialized: incremental\nmeta: {owner: {team: data}}\nunique_key: [id, day]", "model.shop.stg_orders", "model.shop.stg_users")
		n.Version, n.LatestVersion, n.Access = int64(i+1), int64(2), "public"
	}
	model("model.shop.report", "report", "models/marts/report.sql", []string{"shop", "marts", "report"}, "materialized: table\nfull_refresh: false\ntags: nightly", "model.shop.orders.v2", "model.pkg.dates")
	model("model.pkg.dates", "dates", "models/dates.sql", []string{"pkg", "dates"}, "materialized: table")
	model("model.shop.hollow", "hollow", "models/hollow.sql", []string{"shop", "hollow"}, "materialized: table").RawCode = " \n"
	test := func(id, name, generic string, deps ...string) {
		n := &manifest.Node{UniqueID: id, Name: name, ResourceType: manifest.Test, PackageName: "shop", FQN: []string{"shop", "marts", name}, OriginalFilePath: "models/schema.yml",
			Config: config("severity: ERROR"), RawCode: "x", DependsOn: manifest.DependsOn{Nodes: deps}}
		if generic != "" {
			n.TestMetadata, n.DependsOn.Macros = &manifest.TestMetadata{Name: generic}, append(n.DependsOn.Macros, "macro.dbt.test_"+generic)
		} else {
			n.OriginalFilePath = "tests/" + name + ".sql"
		}
		m.AddNode(n)
	}
	test("test.shop.not_null", "not_null_stg_orders_id", "not_null", "model.shop.stg_orders")
	test("test.shop.rel", "relationships_orders_user", "relationships", "model.shop.orders.v2", "model.shop.stg_users")
	test("test.shop.single", "no_future", "", "model.shop.report")
	m.AddUnitTest(&manifest.UnitTest{UniqueID: "unit_test.shop.report.adds_up", Name: "adds_up", ResourceType: manifest.UnitTestType, PackageName: "shop",
		FQN: []string{"shop", "marts", "report", "adds_up"}, OriginalFilePath: "models/schema.yml", DependsOn: manifest.DependsOn{Nodes: []string{"model.shop.report"}}, Config: config("tags: [ut]")})
	m.AddExposure(&manifest.Exposure{UniqueID: "exposure.shop.dash", Name: "dash", ResourceType: manifest.ExposureType, PackageName: "shop",
		FQN: []string{"shop", "dash"}, OriginalFilePath: "models/exposures.yml", DependsOn: manifest.DependsOn{Nodes: []string{"model.shop.report"}}})
	return m
}

// short leaves type and package out: "stg_orders", "raw.orders".
func short(s dag.Set) string {
	var out []string
	for _, id := range s.Sorted() {
		p, err := ident.Parse(id)
		if err != nil {
			panic(err)
		}
		out = append(out, p.Name)
	}
	return strings.Join(out, " ")
}

func TestSelect(t *testing.T) {
	s := New(shop(), Options{})
	tests := []struct {
		selects, exclude string
		want             string
	}{
		{"stg_orders", "", "stg_orders not_null"},
		{"shop.staging", "", "stg_orders stg_users not_null rel"},
		{"staging.stg_users", "", "stg_users rel"},
		{"stg_*", "", "stg_orders stg_users not_null rel"},
		{"*orders*", "tag:nightly", "orders.v1 orders.v2 rel"},
		{"orders", "", "orders.v1 orders.v2 rel"},
		{"orders.v1", "", "orders.v1"},
		{"orders_v2", "", "orders.v2 rel"},
		{"nothing", "", ""},
		{"+report", "test_type:data test_type:unit", "dates orders.v2 report stg_orders stg_users raw.orders raw.users"},
		{"1+report", "test_type:data test_type:unit", "dates orders.v2 report"},
		{"stg_users+1", "test_type:data", "orders.v1 orders.v2 stg_users"},
		{"source:raw.users+", "test_type:data test_type:unit", "dash orders.v1 orders.v2 report stg_users raw.users"},
		{"@stg_users", "test_type:data test_type:unit resource_type:source", "dash dates orders.v1 orders.v2 report stg_orders stg_users"},
		{"tag:nightly", "", "report stg_orders not_null single report.adds_up"},
		{"tag:nightly,path:models/staging", "", "stg_orders not_null"},
		{"tag:n*y,marts report", "", "report single report.adds_up not_null"},
		{"source:raw", "", "raw.orders raw.users"},
		{"source:shop.raw.o*", "", "raw.orders"},
		{"source:*", "", "raw.orders raw.users"},
		{"exposure:dash", "", "dash"},
		{"+exposure:dash,resource_type:model", "test_type:data test_type:unit", "dates orders.v2 report stg_orders stg_users"},
		{"package:pkg", "", "dates"},
		{"package:this,resource_type:exposure", "", "dash"},
		{"path:models/marts/*.sql", "", "orders.v1 orders.v2 report rel single report.adds_up"},
		{"models/**/report.sql", "", "report single report.adds_up"},
		{"path:tests", "", "single"},
		{"path:models/schema.yml,resource_type:model,package:shop", "test_type:data test_type:unit", "orders.v1 orders.v2 report stg_orders stg_users"},
		{"report.sql", "", "report single report.adds_up"},
		{"file:stg_users", "", "stg_users rel"},
		{"config.materialized:incremental", "", "orders.v1 orders.v2 rel"},
		{"config.meta.owner.team:data", "", "orders.v1 orders.v2 rel"},
		{"config.unique_key:day", "", "orders.v1 orders.v2 rel"},
		{"config.full_refresh:FALSE", "", "report single report.adds_up"},
		{"config.severity:error", "", "not_null rel single"},
		{"config.nothing.here:1", "", ""},
		{"group:peo*", "", "stg_users rel"},
		{"access:public", "", "orders.v1 orders.v2 rel"},
		{"resource_type:unit_test", "", "report.adds_up"},
		{"test_name:not_null", "", "not_null"},
		{"test_name:adds*", "", "report.adds_up"},
		{"test_type:generic", "", "not_null rel"},
		{"test_type:singular", "", "single"},
		{"test_type:unit", "", "report.adds_up"},
		{"unit_test:adds_up", "", "report.adds_up"},
		{"version:latest", "", "orders.v2 rel"},
		{"version:old", "", "orders.v1"},
		{"version:prerelease", "", ""},
		{"version:none,package:pkg", "", "dates"},
		{"metric:*", "", ""},
		{"hollow", "", ""},
		{"fqn:*", "resource_type:test resource_type:unit_test marts", "dates stg_orders stg_users dash"},
	}
	for _, tt := range tests {
		t.Run(tt.selects+" not "+tt.exclude, func(t *testing.T) {
			var exclude []string
			if tt.exclude != "" {
				exclude = []string{tt.exclude}
			}
			spec, err := ParseArgs([]string{tt.selects}, exclude, Eager)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := s.Select(spec, Filter{})
			if err != nil {
				t.Fatal(err)
			}
			want := dag.NewSet(strings.Fields(tt.want)...).Sorted()
			if diff := cmp.Diff(want, dag.NewSet(strings.Fields(short(got))...).Sorted()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSelectEverything(t *testing.T) {
	s := New(shop(), Options{})
	spec, err := ParseArgs(nil, nil, Eager)
	if err != nil {
		t.Fatal(err)
	}
	all, _, _ := s.Select(spec, Filter{IncludeEmpty: true})
	if len(all) != s.Graph().Len() {
		t.Errorf("%d of %d", len(all), s.Graph().Len())
	}
	models, _, _ := s.Select(spec, Filter{Types: []ident.Type{ident.Model}})
	if got := short(models); got != "dates orders.v1 orders.v2 report stg_orders stg_users" {
		t.Errorf("models: %s", got)
	}
}

func TestIndirectModes(t *testing.T) {
	s := New(shop(), Options{})
	tests := []struct {
		mode    Indirect
		selects string
		want    string
	}{
		{Eager, "stg_users", "stg_users rel"},
		{Cautious, "stg_users", "stg_users"},
		{Cautious, "stg_users orders.v2", "orders.v2 stg_users rel"},
		{Cautious, "stg_orders", "stg_orders not_null"},
		{Buildable, "orders.v2", "orders.v2 rel"},
		{Buildable, "stg_users", "stg_users"},
		{Empty, "stg_orders stg_users", "stg_orders stg_users"},
	}
	for _, tt := range tests {
		spec, err := ParseArgs([]string{tt.selects}, nil, tt.mode)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := s.Select(spec, Filter{})
		if err != nil || short(got) != tt.want {
			t.Errorf("%s %s: %s, %v, want %s", tt.mode, tt.selects, short(got), err, tt.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	s := New(shop(), Options{})
	spec, _ := ParseArgs([]string{"stg_order tag:nigthly report"}, nil, Eager)
	_, warnings, err := s.Select(spec, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.Message+" "+w.Hint)
	}
	want := []string{
		"The selection criterion 'stg_order' does not match any enabled nodes did you mean 'stg_orders'?",
		"The selection criterion 'tag:nigthly' does not match any enabled nodes did you mean 'nightly'?",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseCriterion(t *testing.T) {
	u := Unlimited
	tests := map[string]Criterion{
		"a":                 {Method: "fqn", Value: "a", ParentsDepth: u, ChildrenDepth: u},
		"2+a.b+3":           {Method: "fqn", Value: "a.b", Parents: true, ParentsDepth: 2, Children: true, ChildrenDepth: 3},
		"+tag:x+":           {Method: "tag", Args: []string{}, Value: "x", Parents: true, ParentsDepth: u, Children: true, ChildrenDepth: u},
		"@source:a.b":       {Method: "source", Args: []string{}, Value: "a.b", ChildrensParents: true, ParentsDepth: u, ChildrenDepth: u},
		"config.meta.a:b:c": {Method: "config", Args: []string{"meta", "a"}, Value: "b:c", ParentsDepth: u, ChildrenDepth: u},
		"models/a+b.sql":    {Method: "path", Value: "models/a+b.sql", ParentsDepth: u, ChildrenDepth: u},
		"A.SQL":             {Method: "file", Value: "A.SQL", ParentsDepth: u, ChildrenDepth: u},
		"0+a":               {Method: "fqn", Value: "a", Parents: true, ParentsDepth: 0, ChildrenDepth: u},
		"12":                {Method: "fqn", Value: "12", ParentsDepth: u, ChildrenDepth: u},
		"+":                 {Method: "fqn", Value: "", Parents: true, ParentsDepth: u, ChildrenDepth: u},
		"1+2":               {Method: "fqn", Value: "2", Parents: true, ParentsDepth: 1, ChildrenDepth: u},
		"models/x:y":        {Method: "path", Value: "models/x:y", ParentsDepth: u, ChildrenDepth: u},
		"a+b+1":             {Method: "fqn", Value: "a+b", ParentsDepth: u, Children: true, ChildrenDepth: 1},
	}
	for raw, want := range tests {
		got, err := ParseCriterion(raw, Eager)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		want.Raw, want.Indirect = raw, Eager
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	s := New(shop(), Options{})
	tests := []struct{ raw, message, hint string }{
		{"tga:x", "'tga' is not a valid method name", "did you mean 'tag'?"},
		{"@a+", `Invalid node spec @a+ - "@" prefix and "+" suffix are incompatible`, "leave the"},
		{"state:modified", "Got a state selector method, but no comparison manifest", "--state"},
		{"result:error", "No comparison run_results", "run_results.json"},
		{"source_status:fresher", "No previous state comparison freshness results in sources.json", "--state"},
		{"resource_type:modle", `Invalid resource_type selector "modle"`, "did you mean 'model'?"},
		{"test_type:x", `Invalid test type selector x: expected "generic", "singular", "unit", or "data"`, ""},
		{"version:x", `Invalid version type selector x`, ""},
		{"source:a.b.c.d", `Invalid source selector value "a.b.c.d"`, ""},
		{"exposure:a.b.c", `Invalid exposure selector value "a.b.c"`, ""},
		{"path:/etc", "Non-relative patterns are unsupported", "relative"},
		{"config:x", "needs the name of a config", "config.materialized"},
		{"99999999999999999999+a", "could not handle parent depth", ""},
	}
	for _, tt := range tests {
		spec, err := ParseArgs([]string{tt.raw}, nil, Eager)
		if err == nil {
			_, _, err = s.Select(spec, Filter{})
		}
		d, ok := diag.As(err)
		if !ok || !strings.Contains(d.Message, tt.message) || !strings.Contains(d.Hint, tt.hint) {
			t.Errorf("%s: %v", tt.raw, err)
		}
	}
	if _, err := ParseIndirect("eagr"); err == nil || !strings.Contains(err.Error(), "did you mean 'eager'?") {
		t.Errorf("mode: %v", err)
	}
}

func TestPathMustBeInTheProject(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "models", "staging"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := New(shop(), Options{ProjectRoot: dir})
	for raw, want := range map[string]string{"path:models/staging": "stg_orders stg_users raw.orders raw.users", "path:models/marts": "", "path:models/dates.sql": ""} {
		spec, _ := ParseArgs([]string{raw}, nil, Empty)
		got, _, err := s.Select(spec, Filter{})
		if err != nil || short(got) != want {
			t.Errorf("%s: %s, %v", raw, short(got), err)
		}
	}
}

// The results are those of Python's fnmatch.fnmatchcase.
func TestFnmatch(t *testing.T) {
	tests := []struct {
		name, pattern string
		want          bool
	}{
		{"abc", "abc", true}, {"abc", "a*", true}, {"abc", "*c", true}, {"abc", "a?c", true}, {"abc", "a?", false}, {"", "*", true}, {"", "?", false},
		{"a.b/c", "a*c", true}, {"abc", "[a-c]bc", true}, {"dbc", "[!a-c]bc", true}, {"abc", "[!a]bc", false}, {"[", "[", true}, {"a]", "a[]]", true},
		{"a[b", "a[b", true}, {"é", "?", true}, {"aXbXc", "a*b*c", true}, {"aaa", "*a*a*a*a", false}, {"-", "[a-]", true}, {"abc", "ABC", false}, {"a*", "a[*]", true},
	}
	for _, tt := range tests {
		if got := fnmatch(tt.name, tt.pattern); got != tt.want {
			t.Errorf("fnmatch(%q, %q) = %v", tt.name, tt.pattern, got)
		}
	}
}

func FuzzParseArgs(f *testing.F) {
	for _, s := range []string{"a", "@b", "2+tag:x+1,path:a/**", "config.a.b:c d", "+", "[!a-", "source:a.b.c", "**/*"} {
		f.Add(s)
	}
	s := New(shop(), Options{})
	f.Fuzz(func(t *testing.T, raw string) {
		spec, err := ParseArgs([]string{raw}, []string{raw}, Cautious)
		if err == nil {
			var got dag.Set
			if got, _, err = s.Select(spec, Filter{}); err == nil && len(got) > 0 {
				t.Fatalf("%q selects %v without itself", raw, got)
			}
		}
		if _, ok := diag.As(err); err != nil && !ok {
			t.Fatalf("not a diagnostic: %v", err)
		}
	})
}
