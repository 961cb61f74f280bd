package dbtjinja

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

type cases map[string]string // template → what it gives

func (w *world) check(t *testing.T, c func() *Context, cs cases) {
	t.Helper()
	for text, want := range cs {
		got := w.render(c(), text)
		ok := got == want
		if e, isErr := strings.CutPrefix(want, "ERROR "); isErr {
			ok = strings.HasPrefix(got, "ERROR ") && strings.Contains(got, e)
		}
		if !ok {
			t.Errorf("%s\ngives %q\nwant  %q", text, got, want)
		}
	}
}

// ref() and source() while the project is parsed record their call and give the
// node's own relation.
func TestParseRecords(t *testing.T) {
	w := newWorld(t, [2]string{"shop", "{% macro m() %}{{ n() }}{% endmacro %}{% macro n() %}n{% endmacro %}"})
	n := w.model("shop", "self")
	rec := &Recorder{}
	c := w.Session.Parse(n, rec)
	got := w.render(c, "{{ ref('a') }} {{ ref('p', 'b', v=2).identifier }} {{ source('s', 't') }} {{ config(tags='x', pre_hook='h') }}{{ config({'alias': none}) }} {{ m() }} {{ execute }} {{ config.get('tags', 'd') }} {{ metric('x') }} {{ var('nothing') }} {{ this }}")
	if want := `"dev"."main"."self" self "dev"."main"."self"  n False  x None "dev"."main"."self"`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p := "p"
	want := &Recorder{
		Refs: []manifest.Ref{{Name: "a"}, {Name: "b", Package: &p, Version: int64(2)}}, Sources: [][]string{{"s", "t"}}, Metrics: [][]string{{"x"}},
		Macros: []string{"macro.shop.m"}, Configs: []*yamldoc.Map{yamldoc.NewMap("tags", "x", "pre-hook", "h"), yamldoc.NewMap("alias", nil)},
	}
	if d := cmp.Diff(want, rec, cmp.Comparer(func(a, b *yamldoc.Map) bool { return yamldoc.Equal(a, b) })); d != "" {
		t.Error(d)
	}
}

// The same at run time: names are resolved, access is checked.
func TestRunContext(t *testing.T) {
	w := newWorld(t)
	group := "g"
	w.model("shop", "a")
	w.model("shop", "eph", func(n *manifest.Node) { n.Config = yamldoc.NewMap("materialized", "ephemeral") })
	w.model("shop", "hidden", func(n *manifest.Node) { n.Access, n.Group = "private", &group })
	w.Manifest.AddSource(&manifest.Source{PackageName: "shop", SourceName: "raw", Name: "t", UniqueID: "source.shop.raw.t", Database: "dev", Schema: "raw", Identifier: "T"})
	n := w.model("shop", "m", func(n *manifest.Node) {
		n.DependsOn.Nodes = []string{"model.shop.a", "model.shop.eph", "model.shop.hidden", "source.shop.raw.t"}
		n.Config = yamldoc.NewMap("materialized", "table", "unique_key", nil, "pre-hook", []any{}, "meta", yamldoc.NewMap("k", "v"), "persist_docs", yamldoc.NewMap("relation", true), "custom", int64(7))
		n.PreHooks = []manifest.Hook{{SQL: "select 1", Transaction: true}}
	})
	w.vars["v"] = []any{int64(1), "x"}
	run := func() *Context {
		c := w.Run(n, jinja.None)
		c.OnEphemeral = func(*manifest.Node) {}
		return c
	}
	w.check(t, run, cases{
		"{{ ref('a') }}":           `"dev"."main"."a"`,
		"{{ ref('shop', 'a') }}":   `"dev"."main"."a"`,
		"{{ ref('eph') }}":         "__dbt__cte__eph",
		"{{ ref('b') }}":           "ERROR Model 'model.shop.m' (models/m.sql) depends on a node named 'b' which was not found",
		"{{ ref('hidden') }}":      "ERROR attempted to reference node model.shop.hidden, which is not allowed because the referenced node is private to the 'g' group",
		"{{ ref('m') }}":           "ERROR dbt was unable to infer all dependencies",
		"{{ source('raw', 't') }}": `"dev"."raw"."T"`,
		"{{ source('raw', 'x') }}": "ERROR depends on a source named 'raw.x' which was not found",
		"{{ this }} {{ this.schema }} {{ database }} {{ schema }}": `"dev"."main"."m" main dev main`,
		"{{ execute }}": "True",
		"{{ config(x=1) }}{{ config.get('materialized') }} {{ config.get('custom') + 1 }} {{ config.get('nothing', 'd') }} {{ config.get('unique_key', 'd') }}": "table 8 d None",
		"{{ config.require('custom') }}{{ config.meta_get('k') }}{{ config.meta_get('l', 'm') }}":                                                               "7vm",
		"{{ config.require('nothing') }}":                                                                      "ERROR Model 'model.shop.m' does not define a required config parameter 'nothing'.",
		"{{ config.meta_require('nothing') }}":                                                                 "ERROR does not define a required config parameter 'nothing'",
		"{{ config.persist_relation_docs() }}{{ config.persist_column_docs() }}":                               "TrueFalse",
		"{{ config.get('custom', 1, validator=validation.any(7, 8)) }}":                                        "7",
		"{{ config.get('custom', 1, validator=validation.any('a', 'b')) }}":                                    `ERROR Expected value "7" to be one of a,b`,
		"{{ var('v')[1] }}{{ var('w', 'd') }}{{ var('w', none) }}{{ var.has_var('v') }}{{ var.has_var('w') }}": "xdNoneTrueFalse",
		"{{ var('w') }}": "ERROR Required var 'w' not found in config:",
		"{{ env_var('SET') }}{{ env_var('UNSET', 'd') }}": "xd",
		"{{ env_var('UNSET') }}":                          "ERROR Env var required but not provided: 'UNSET'",
		"{{ env_var('DBT_ENV_SECRET_X') }}":               "ERROR Secret env vars are allowed only in profiles.yml or packages.yml.",
		"{{ model.name }} {{ model['unique_id'] }} {{ model.config.custom }} {{ model.config.unique_key is defined }}":                                                      "m model.shop.m 7 False",
		"{{ graph.nodes | length }} {{ graph.nodes['model.shop.a'].alias }} {{ graph.sources.values() | map(attribute='name') | join }} {{ graph.keys() | list | length }}": "4 a t 8",
		"{{ pre_hooks[0].sql }}{{ post_hooks | length }}":                                                                                  "select 10",
		"{{ flags.FULL_REFRESH }}{{ flags.WHICH }}{{ flags.NOT_A_FLAG is defined }}":                                                       "FalserunFalse",
		"{{ 'ref' in context.keys() }} {{ 'nope' in context }} {{ context.items() | selectattr(0, 'equalto', 'execute') | list }}":         "True False [('execute', True)]",
		"{% for k in builtins if k == 'config' or k == 'tojson' %}{{ k }} {% endfor %}{{ builtins.keys() | length == builtins | length }}": "config tojson True",
		"{{ context['ref']('a') }} {{ context.get('nope', 'd') }} {{ context.target.name }}":                                               `"dev"."main"."a" d dev`,
		"{{ builtins.ref('a') }} {{ builtins['tojson']([1]) }} {{ builtins.get('x', 1) }}":                                                 `"dev"."main"."a" [1] 1`,
		"{{ target.name }}{{ env.schema }}{{ project_name }}{{ invocation_id }}{{ dbt_version }}":                                          "devmainshopinv1.11.0",
		"{{ run_started_at.strftime('%Y-%m-%d') }}":                                                                                        "2024-01-02",
		"{{ render('{{ 1 + 1 }}') }}":                             "2",
		"{{ adapter_macro('x') }}":                                "ERROR adapter_macro was called for: x",
		"{{ submit_python_job(1, 2) }}":                           "ERROR Python models are not supported",
		"{{ load_agate_table() }}":                                "ERROR can only load_agate_table for seeds (got a model)",
		"{{ function('f') }}":                                     "ERROR Model 'model.shop.m' (models/m.sql) depends on a function named 'f' which was not found",
		"{{ nothing_at_all }}|":                                   "|",
		"{{ validation.any is defined }}{{ selected_resources }}": "True[]",
		"{{ sql }}{{ compiled_code is none }}":                    "NoneTrue",
		"{{ return(1) }}x":                                        "ERROR ",
	})
	if got := w.render(w.Operation("", jinja.None), "{{ ref('a') }} {{ model is defined }} {{ database }} {{ ref('eph') }}"); !strings.Contains(got, "Operations can not ref() ephemeral nodes, but eph is ephemeral") {
		t.Error(got)
	}
}

// --empty limits what ref and source give; deferred nodes have another relation.
func TestEmptyAndDefer(t *testing.T) {
	w := newWorld(t)
	w.model("shop", "a")
	w.model("shop", "prod", func(n *manifest.Node) {
		r := adapter.NewRelation(w.Driver.Dialect(), "prod", "main", "prod", adapter.TypeUnknown)
		n.Deferred = &r
	})
	n := w.model("shop", "m", func(n *manifest.Node) { n.DependsOn.Nodes = []string{"model.shop.a", "model.shop.prod"} })
	const own, deferred = `"dev"."main"."prod"`, `"prod"."main"."prod"`
	for _, c := range []struct {
		flag, favor, there bool
		selected           []string
		want               string
	}{
		{want: own},
		{flag: true, want: deferred},
		{flag: true, there: true, want: own},
		{flag: true, favor: true, there: true, want: deferred},
		{flag: true, favor: true, there: true, selected: []string{"model.shop.m", "model.shop.prod"}, want: own},
		{flag: true, favor: true, selected: []string{"model.shop.prod"}, want: deferred},
	} {
		w.Session.Defer, w.Session.FavorState, w.Session.SelectedResources = c.flag, c.favor, c.selected
		if got := w.render(w.Run(n, relations{c.there}), "{{ ref('prod') }}"); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	w.Session.Empty = true
	if got := w.render(w.Run(n, jinja.None), "{{ ref('a') }}"); !strings.Contains(got, `(select * from "dev"."main"."a" where false limit 0)`) {
		t.Error(got)
	}
}

// exceptions.* end a rendering with dbt's words; warn goes on unless warnings are errors.
func TestExceptions(t *testing.T) {
	w := newWorld(t)
	n := w.model("shop", "m")
	run := func() *Context { return w.Run(n, jinja.None) }
	w.check(t, run, cases{
		"{{ exceptions.raise_compiler_error('bad ' ~ 1) }}":                   "ERROR bad 1",
		"{{ exceptions.raise_compiler_error(msg='bad') }}":                    "ERROR bad",
		"{{ exceptions.raise_database_error('db') }}":                         "ERROR db",
		"{{ exceptions.raise_not_implemented('x') }}":                         "ERROR ERROR: x",
		"{{ exceptions.raise_fail_fast_error('x') }}":                         "ERROR x",
		"{{ exceptions.missing_config(model, 'k') }}":                         "ERROR Model 'model.shop.m' does not define a required config parameter 'k'.",
		"{{ exceptions.relation_wrong_type(this, 'table', model) }}":          "ERROR Trying to create table \"dev\".\"main\".\"m\", but it currently exists as a",
		"{{ exceptions.raise_invalid_property_yml_version('p', 'because') }}": "ERROR The yml property file at p is invalid because because.",
		"{{ exceptions.column_type_missing(['a']) }}":                         "ERROR Contracted models require data_type to be defined for each column.",
		"{{ exceptions.raise_contract_error([], []) }}":                       "ERROR 'columns' specification is missing",
		"{{ exceptions.raise_compiler_error() }}":                             "ERROR missing 1 required positional argument: 'msg'",
		"{{ exceptions.nothing }}|":                                           "|",
		"{{ try_or_compiler_error('no zip', zip_strict, 1) }}":                "ERROR no zip",
		"{{ try_or_compiler_error('no', tojson, [1]) }}":                      "[1]",
		"{{ try_or_compiler_error('no') }}":                                   "ERROR try_or_compiler_error() needs",
	})
	table := w.render(run(), "{{ exceptions.raise_contract_error([{'name': 'a', 'data_type': 'INT'}, {'name': 'b', 'data_type': 'TEXT'}], [{'name': 'a', 'data_type': 'TEXT'}, {'name': 'c', 'data_type': 'INT'}]) }}")
	for _, want := range []string{
		"| column_name | definition_type | contract_type | mismatch_reason       |", "| a           | TEXT            | INT           | data type mismatch    |",
		"| b           |                 | TEXT          | missing in definition |", "| c           | INT             |               | missing in contract   |",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	if got := w.render(run(), "a{{ exceptions.warn('careful') }}b"); got != "ab" {
		t.Error(got)
	}
	w.warn = errors.New("warnings are errors")
	if got := w.render(run(), "{{ exceptions.warn('careful') }}"); !strings.Contains(got, "warnings are errors") {
		t.Error(got)
	}
}

func TestLogAndPrint(t *testing.T) {
	w := newWorld(t)
	w.render(w.Operation("", jinja.None), "{{ log('a') }}{% do log('b', info=True) %}{{ log({'x': 1}, true) }}{{ print('p') }}")
	if d := cmp.Diff([]string{"debug a", "info b", "info {'x': 1}", "print p"}, w.logs); d != "" {
		t.Error(d)
	}
}

// store_result keeps what a statement gave; load_result hands it out once, but for main.
func TestResults(t *testing.T) {
	w := newWorld(t)
	n := w.model("shop", "m")
	w.check(t, func() *Context { return w.Run(n, jinja.None) }, cases{
		"{{ load_result('x') }}": "None",
		"{{ store_raw_result('x', message='OK', code='SELECT', rows_affected='3') }}{{ load_result('x').response }}":                 "OK",
		"{{ store_raw_result('x', message='OK') }}{% set a = load_result('x') %}{{ load_result('x') }}":                              "ERROR The 'statement' result named 'x' has already been loaded into a variable",
		"{{ store_raw_result('main', message='OK') }}{% set a = load_result('main') %}{{ load_result('main')['response'] }}":         "OK",
		"{{ store_result('x', response='r') }}{% set r = load_result('x') %}{{ r.response }} {{ r['data'] }} {{ r.table | length }}": "r [] 0",
	})
}

// relations is an adapter in whose warehouse each relation is, or none.
type relations struct{ there bool }

func (relations) Type() string   { return "relations" }
func (relations) String() string { return "" }
func (relations) Repr() string   { return "" }
func (relations) Truth() bool    { return true }
func (r relations) CallMethod(_ *jinja.Thread, name string, _ []jinja.Value, _ []jinja.Kwarg) (jinja.Value, bool, error) {
	if r.there {
		return jinja.Str("a relation"), name == "get_relation", nil
	}
	return jinja.None, name == "get_relation", nil
}

// Each name that hints and `context` tell of is there.
func TestMemberNames(t *testing.T) {
	w := newWorld(t)
	c := w.Run(w.model("shop", "m"), jinja.None)
	c.ThreadID = "Thread-1"
	for _, name := range memberNames {
		if _, ok := c.member(name); !ok {
			t.Errorf("no member %s", name)
		}
	}
}
