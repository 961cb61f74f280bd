package dbtjinja

import (
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func macro(name, body string) string { return "{% macro " + name + "() %}" + body + "{% endmacro %}\n" }

// What a macro's name means in a node: its own package, the root project, the
// adapter, dbt; with a package in front, that package.
func TestNamespaces(t *testing.T) {
	w := newWorld(t,
		[2]string{"shop", macro("a", "shop a") + macro("b", "shop b") + macro("builtin", "shop builtin")},
		[2]string{"pkg", macro("a", "pkg a") + macro("only", "pkg only") + macro("calls", "{{ a() }}")},
		[2]string{"dbt", macro("a", "dbt a") + macro("c", "dbt c") + macro("d", "dbt d") + macro("builtin", "dbt builtin")},
		[2]string{"dbt_duckdb", macro("d", "duckdb d")},
	)
	for _, c := range []struct{ pkg, text, want string }{
		{"shop", "{{ a() }}|{{ b() }}|{{ c() }}|{{ d() }}|{{ builtin() }}", "shop a|shop b|dbt c|duckdb d|shop builtin"},
		{"pkg", "{{ a() }}|{{ b() }}|{{ only() }}", "pkg a|shop b|pkg only"},
		{"shop", "{{ pkg.a() }}|{{ pkg.only() }}|{{ shop.a() }}|{{ dbt.a() }}|{{ dbt.d() }}|{{ dbt.builtin() }}", "pkg a|pkg only|shop a|dbt a|duckdb d|dbt builtin"},
		{"shop", "{{ only is defined }}|{{ pkg.nothing is defined }}|{{ dbt_utils is defined }}|{{ pkg is defined }}", "False|False|False|True"},
		// a macro's names are looked up from the node that runs, as in dbt
		{"shop", "{{ pkg.calls() }}", "shop a"},
		{"pkg", "{{ calls() }}", "pkg a"},
		{"shop", "{{ pkg.get('only')() }}|{{ pkg['a']() }}|{{ pkg.keys() | sort | join(',') }}", "pkg only|pkg a|a,calls,only"},
		{"shop", "{{ a.name }} {{ a }}", "a <dbt.clients.jinja.MacroGenerator object for macro.shop.a>"},
	} {
		if got := w.render(w.Run(&manifest.Node{PackageName: c.pkg, Name: "m", ResourceType: manifest.Model}, jinja.None), c.text); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.text, c.pkg, got, c.want)
		}
	}
}

// adapter.dispatch: the adapter before default, and packages in the order of the
// project's dispatch setting, else root, then the namespace's own package.
func TestDispatch(t *testing.T) {
	w := newWorld(t,
		[2]string{"shop", macro("duckdb__one", "shop duckdb") + macro("default__two", "shop default") + macro("default__four", "shop four") + macro("default__six", "shop six") + macro("default__current_timestamp", "shop now")},
		[2]string{"pkg", macro("default__one", "pkg default") + macro("duckdb__two", "pkg duckdb") + macro("default__three", "pkg three") + macro("postgres__one", "never")},
		[2]string{"ext", macro("default__three", "ext three") + macro("default__four", "ext four")},
		[2]string{"dbt", macro("default__one", "dbt default") + macro("default__five", "dbt five") + macro("duckdb__five", "dbt duckdb five") +
			macro("duckdb__six", "dbt duckdb six") + macro("duckdb__current_timestamp", "dbt now")},
	)
	w.Library.Dispatch = map[string][]string{"ordered": {"ext", "shop", "pkg"}, "gone": {"missing"}}
	call := func(name, ns string) string { return "{{ adapter.dispatch('" + name + "', '" + ns + "')() }}" }
	for _, c := range []struct{ text, want string }{
		{"{{ adapter.dispatch('one')() }}", "shop duckdb"},
		{"{{ adapter.dispatch('two')() }}", "shop default"},
		{"{{ adapter.dispatch('five')() }}", "dbt duckdb five"},
		{"{{ adapter.dispatch('three')() }}", "ERROR In dispatch: No macro named 'three' found within namespace: 'None'\n    Searched for: 'duckdb__three', 'default__three'"},
		{call("one", "pkg"), "shop duckdb"},
		{call("two", "pkg"), "shop default"},
		{call("three", "pkg"), "pkg three"},
		{call("three", "ordered"), "ext three"},
		{call("four", "ordered"), "ext four"},
		{call("four", "pkg"), "shop four"},
		{call("one", "dbt"), "shop duckdb"},
		{call("five", "dbt"), "dbt duckdb five"},
		// A default of the root project comes before the adapter's own of a built-in package, and before what other projects see.
		{call("six", "dbt"), "shop six"},
		{call("current_timestamp", "shop"), "shop now"},
		{call("nine", "pkg"), "ERROR In dispatch: No macro named 'nine' found within namespace: 'pkg'\n    Searched for: 'shop.duckdb__nine', 'shop.default__nine', 'pkg.duckdb__nine', 'pkg.default__nine'"},
		{call("one", "gone"), "ERROR No macro named 'one' found within namespace: 'gone'"},
		{"{{ adapter.dispatch('pkg.one')() }}", "ERROR \".\" is not a valid macro name component. Did you mean `adapter.dispatch(\"one\", macro_namespace=\"pkg\")`?"},
		{"{{ adapter.dispatch('one', packages=['pkg'])() }}", "ERROR has been deprecated"},
		{"{{ adapter.dispatch('one', 3)() }}", "ERROR macro_namespace should be None or a string"},
		{"{{ adapter.dispatch(3)() }}", "ERROR the macro name must be a string"},
		{"{{ adapter.dispatch(macro_name='one', macro_namespace=none)() }}", "shop duckdb"},
	} {
		n := &manifest.Node{PackageName: "shop", Name: "m", ResourceType: manifest.Model}
		got := w.render(w.Session.Parse(n, &Recorder{}), c.text)
		if want, isErr := strings.CutPrefix(c.want, "ERROR "); got != c.want && !(isErr && strings.HasPrefix(got, "ERROR ") && strings.Contains(got, want)) {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

// The macro of a generic test: the node's package, root, other packages, dbt. While the project is parsed the names of
// the macro's own package are known in it, when it runs they are not.
func TestTestMacros(t *testing.T) {
	test := func(name, body string) string { return "{% test " + name + "(model) %}" + body + "{% endtest %}\n" }
	w := newWorld(t,
		[2]string{"shop", test("here", "shop") + macro("helper", "shop helper")},
		[2]string{"pkg", test("here", "pkg") + test("there", "{{ helper() }} {{ own() }}") + macro("helper", "pkg helper") + macro("own", "pkg own")},
		[2]string{"dbt", test("unique", "dbt unique") + test("there", "dbt there")},
	)
	for _, c := range []struct{ pkg, name, want string }{
		{"shop", "here", "macro.shop.test_here"}, {"pkg", "here", "macro.pkg.test_here"},
		{"shop", "there", "macro.pkg.test_there"}, {"shop", "unique", "macro.dbt.test_unique"}, {"shop", "no", ""},
	} {
		got := ""
		if m := w.Library.ResolveTest(c.pkg, "test_"+c.name); m != nil {
			got = m.Def.UniqueID
		}
		if got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.name, c.pkg, got, c.want)
		}
	}
	n := &manifest.Node{PackageName: "shop", Name: "t", ResourceType: manifest.Test, TestMetadata: &manifest.TestMetadata{Name: "there", Kwargs: yamldoc.NewMap()}}
	m := w.Library.ResolveTest("shop", "test_there")
	if got := w.render(w.ParseTest(n, &Recorder{}, m), "{{ pkg.test_there(1) }}"); got != "shop helper pkg own" {
		t.Errorf("parsed: %q", got)
	}
	if got := w.render(w.Run(n, jinja.None), "{{ pkg.test_there(1) }}"); got != "ERROR pkg.sql:2:42: 'own' is undefined" {
		t.Errorf("run: %q", got)
	}
}

// Texts in arguments of generic tests are rendered, to text as in dbt; texts that look like calls are calls.
func TestTestArguments(t *testing.T) {
	w := newWorld(t)
	n := w.model("shop", "m")
	for _, c := range []struct {
		in   any
		want string
	}{
		{"ref('m')", "Relation"}, {"{{ 1 + 1 }}", "str"}, {"{{ [1] }}", "str"}, {"plain", "str"}, {"3", "str"}, {int64(3), "int"}, {nil, "NoneType"},
		{[]any{"{{ 1 }}"}, "list"}, {yamldoc.NewMap("a", "x"), "dict"}, {" source('a', 'b') ", "Relation"}, {"refs('m')", "str"},
	} {
		v, err := w.Session.Parse(n, &Recorder{}).TestArgument(jinja.NewThread(t.Context()), "x", c.in)
		if err != nil {
			t.Errorf("%v: %v", c.in, err)
			continue
		}
		if got := v.Type(); got != c.want && !strings.HasSuffix(got, c.want) {
			t.Errorf("%v is a %s, want %s", c.in, got, c.want)
		}
	}
	v, err := w.Session.Parse(n, &Recorder{}).TestArgument(jinja.NewThread(t.Context()), "column_name", "{{ 1 + 1 }}")
	if err != nil || v.String() != "{{ 1 + 1 }}" {
		t.Errorf("column_name became %v, %v", v, err)
	}
}

// Materializations: the adapter's before default; root before packages before
// built-in; with the flag a package does not replace a built-in one.
func TestMaterialization(t *testing.T) {
	mat := func(name, adapter string) string {
		return "{% materialization " + name + ", " + adapter + " %}{% endmaterialization %}\n"
	}
	w := newWorld(t,
		[2]string{"shop", mat("a", "default") + mat("only_root", "adapter='duckdb'") + mat("pg", "adapter='postgres'")},
		[2]string{"pkg", mat("a", "default") + mat("table", "default") + mat("b", "adapter='duckdb'") + mat("only_pkg", "default")},
		[2]string{"dbt", mat("a", "default") + mat("table", "default") + mat("b", "default") + mat("view", "default")},
		[2]string{"dbt_duckdb", mat("view", "adapter='duckdb'") + mat("c", "adapter='duckdb'")},
	)
	for _, c := range []struct{ name, loose, strict string }{
		{"a", "shop.materialization_a_default", "shop.materialization_a_default"},
		{"table", "pkg.materialization_table_default", "dbt.materialization_table_default"},
		{"b", "pkg.materialization_b_duckdb", "dbt.materialization_b_default"},
		{"view", "dbt_duckdb.materialization_view_duckdb", "dbt_duckdb.materialization_view_duckdb"},
		{"only_pkg", "pkg.materialization_only_pkg_default", "pkg.materialization_only_pkg_default"},
		{"only_root", "shop.materialization_only_root_duckdb", "shop.materialization_only_root_duckdb"},
		{"pg", "", ""}, {"nothing", "", ""},
	} {
		for explicit, want := range map[bool]string{false: c.loose, true: c.strict} {
			got := ""
			m, overrides := w.Library.Materialization(c.name, explicit)
			if m != nil {
				got = strings.TrimPrefix(m.Def.UniqueID, "macro.")
			}
			if overrides != (!explicit && c.loose != c.strict) {
				t.Errorf("%s (explicit %v): overrides %v", c.name, explicit, overrides)
			}
			if got != want {
				t.Errorf("%s (explicit %v): %s, want %s", c.name, explicit, got, want)
			}
		}
	}
	if names := strings.Join(w.Library.Materializations(), " "); names != "a b c only_pkg only_root pg table view" {
		t.Error(names)
	}
}

func TestDuplicateMacro(t *testing.T) {
	w := newWorld(t, [2]string{"pkg", macro("m", "")})
	w.Library = NewLibrary("shop", nil, nil)
	if err := w.tryAdd("shop", "a.sql", macro("m", "")); err != nil {
		t.Fatal(err)
	}
	if err := w.tryAdd("pkg", "a.sql", macro("m", "")); err != nil {
		t.Errorf("another package: %v", err)
	}
	d, ok := diag.As(w.tryAdd("shop", "b.sql", "\n"+macro("m", "")))
	if !ok || d.Place() != "b.sql:2" || !strings.Contains(d.Message, "- a.sql\n    - b.sql") {
		t.Errorf("%v", d)
	}
}

// generate_*_name: root, else built-in; a package's own for its nodes alone.
func TestGenerateMacro(t *testing.T) {
	w := newWorld(t, [2]string{"shop", macro("generate_schema_name", "")}, [2]string{"pkg", macro("generate_alias_name", "")},
		[2]string{"dbt", macro("generate_schema_name", "") + macro("generate_alias_name", "")})
	for _, c := range []struct{ component, imported, want string }{
		{"schema", "", "macro.shop.generate_schema_name"}, {"alias", "", "macro.dbt.generate_alias_name"}, {"alias", "pkg", "macro.pkg.generate_alias_name"}, {"schema", "pkg", ""},
	} {
		got := ""
		if m := w.Library.GenerateMacro(c.component, c.imported); m != nil {
			got = m.Def.UniqueID
		}
		if got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.component, c.imported, got, c.want)
		}
	}
}
