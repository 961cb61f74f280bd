package jinja_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

func mustParse(t testing.TB, opts jinja.Options, src string) *jinja.Template {
	t.Helper()
	tmpl, err := jinja.NewEnv(opts).Parse("m.sql", src)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// returnFunc is dbt's return().
var returnFunc = jinja.NewFunction("return", func(_ *jinja.Thread, args []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
	return nil, jinja.Return(args[0])
})

func TestReturnUnwindsToTheHostsCall(t *testing.T) {
	tmpl := mustParse(t, jinja.Options{MangleMacros: true}, `
{% macro outer() %}text {% call wrap() %}{{ return([1, 2]) }}{% endcall %} more{% endmacro %}
{% macro wrap() %}<{{ caller() }}>{% endmacro %}`)
	ctx := jinja.MapContext{"return": returnFunc}
	for _, m := range tmpl.Macros() {
		ctx[m.Name] = m.Bind(ctx)
	}
	// wrap is called through the context, so it is the one that ends
	v, err := tmpl.Macros()[0].Call(nil, ctx, nil, nil)
	if err == nil {
		t.Fatalf("got %v, want an error: the call block got a list", v)
	}
	// What is no text is no error in a macro that ends by return(), whose text nobody wants (dbt_utils.get_column_values).
	tmpl = mustParse(t, jinja.Options{MangleMacros: true}, `
{% macro outer() %}text {% call wrap() %}{{ return([1, 2]) }}{% endcall %}{{ inner() }}{{ return('end') }}{% endmacro %}
{% macro wrap() %}<{{ caller() }}>{% endmacro %}
{% macro inner() %}in{% endmacro %}
{% macro set() %}{% set x %}{% call wrap() %}{{ return(1) }}{% endcall %}{% endset %}{{ return('end') }}{% endmacro %}`)
	for _, m := range tmpl.Macros() {
		ctx[m.Name] = m.Bind(ctx)
	}
	if v, err = tmpl.Macros()[0].Call(nil, ctx, nil, nil); err != nil || v != jinja.Str("end") {
		t.Errorf("got %v, %v", v, err)
	}
	if v, err = tmpl.Macros()[3].Call(nil, ctx, nil, nil); err == nil {
		t.Errorf("got %v, want an error: the text of the block is wanted", v)
	}
	tmpl = mustParse(t, jinja.Options{MangleMacros: true}, `{% macro m(x) %}a{% if x %}{{ return({'k': x}) }}{% endif %}b{% endmacro %}`)
	v, err = tmpl.Macros()[0].Call(nil, ctx, []jinja.Value{jinja.Int(3)}, nil)
	if err != nil || v.Repr() != "{'k': 3}" {
		t.Errorf("got %v, %v", v, err)
	}
	v, err = tmpl.Macros()[0].Call(nil, ctx, nil, []jinja.Kwarg{{Name: "x", Value: jinja.None}})
	if err != nil || v != jinja.Str("ab") {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestMangledMacrosAreReachedThroughTheContextOnly(t *testing.T) {
	tmpl := mustParse(t, jinja.Options{MangleMacros: true}, `{% set y = 1 %}{% macro m() %}{{ y is defined }}{% endmacro %}{{ m is defined }}`)
	if got, err := tmpl.Render(nil, nil); err != nil || got != "False" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := tmpl.Macros()[0].Call(nil, nil, nil, nil); err != nil || got != jinja.Str("False") {
		t.Errorf("got %v, %v", got, err)
	}
}

type hostError struct{ code int }

func (e *hostError) Error() string { return fmt.Sprintf("host failed with %d", e.code) }

func TestHostErrorsKeepTheirTypeAndGetAPlace(t *testing.T) {
	tmpl := mustParse(t, jinja.Options{}, "{% macro a() %}\n  {{ fail() }}{% endmacro %}\nselect\n  {{ a() }}")
	_, err := tmpl.Render(nil, jinja.MapContext{"fail": jinja.NewFunction("fail",
		func(th *jinja.Thread, _ []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
			if file, line, col := th.Position(); file != "m.sql" || line != 2 || col != 6 {
				t.Errorf("position %s:%d:%d", file, line, col)
			}
			return nil, fmt.Errorf("wrapped: %w", &hostError{7})
		})})
	var he *hostError
	var je *jinja.Error
	if !errors.As(err, &he) || he.code != 7 || !errors.As(err, &je) {
		t.Fatalf("got %v", err)
	}
	want := &jinja.Error{Kind: jinja.Runtime, Msg: "wrapped: host failed with 7", File: "m.sql", Line: 2, Column: 6,
		SourceLine: "  {{ fail() }}{% endmacro %}", Stack: []jinja.Frame{{Macro: "a", File: "m.sql", Line: 4}}}
	je.Cause = nil
	if diff := cmp.Diff(want, je); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRunawayTemplatesEndWithAnError(t *testing.T) {
	for name, src := range map[string]string{
		"recursion":        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"mutual":           "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
		"caller":           "{% macro m() %}{% call m() %}{% endcall %}{{ caller() }}{% endmacro %}{% call m() %}{% endcall %}",
		"loops":            strings.Repeat("{% for i in range(99999) %}", 5) + strings.Repeat("{% endfor %}", 5),
		"growing list":     "{% set l = [1] %}{% for i in l %}{% do l.append(i) %}{% endfor %}",
		"growing text":     "{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
		"repeat":           "{{ x * 999999999999 }}",
		"power":            "{{ 9 ** (9 ** (9 ** 9)) }}",
		"width":            "{{ '%999999999d' % n }}",
		"format width":     "{{ '{:999999999}'.format(n) }}",
		"list in itself":   "{% set l = [] %}{% do l.append(l) %}{% set m = [] %}{% do m.append(m) %}{{ l < m }}",
		"recursive loop":   "{% set l = [] %}{% do l.append(l) %}{% for i in l recursive %}{{ loop(i) }}{% endfor %}",
		"center":           "{{ x.center(999999999999) }}",
		"batch":            "{{ l|map('batch', 99999999999, 0)|map('list')|list }}{{ x * 99999999999 }}",
		"filter recursion": "{% macro m(x) %}{{ [x]|map('string')|map('upper')|join ~ m(x) }}{% endmacro %}{{ m(1) }}",
	} {
		th := jinja.NewThread(context.Background())
		th.MaxSteps = 1_000_000
		tmpl := mustParse(t, jinja.Options{}, src)
		out, err := tmpl.Render(th, jinja.MapContext{"x": jinja.Str("x"), "n": jinja.Int(1), "l": jinja.NewList(jinja.NewList())})
		var e *jinja.Error
		if !errors.As(err, &e) || e.Kind != jinja.Limit || e.Line == 0 {
			t.Errorf("%s: got %d bytes, %v, want a limit error with a place", name, len(out), err)
		}
	}
}

func TestDeepSourceIsASyntaxError(t *testing.T) {
	env := jinja.NewEnv(jinja.Options{})
	for _, p := range [][2]string{{"(", ")"}, {"[", "]"}, {"-", ""}, {"not ", ""}, {"{1:", "}"}, {"f(", ")"}, {"a[", "]"}, {"a is in ", ""}, {"1 if ", ""},
		{"1 + ", ""}, {"a.", ""}, {"1 or ", ""}} {
		src := "{{ " + strings.Repeat(p[0], 100_000) + "1" + strings.Repeat(p[1], 100_000) + " }}"
		if _, err := env.Parse("", src); err == nil {
			t.Errorf("%q repeated: no error", p[0])
		}
	}
	if _, err := env.Parse("", strings.Repeat("{% if a %}", 100_000)); err == nil {
		t.Error("nested ifs: no error")
	}
}

func TestCancelledContextStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	tmpl := mustParse(t, jinja.Options{}, "{% for i in range(9) %}{{ i }}{% endfor %}")
	if _, err := tmpl.Render(jinja.NewThread(ctx), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPlainTextIsGivenBackAsItIs(t *testing.T) {
	const src = "select 1\r\n"
	if got, err := mustParse(t, jinja.Options{}, src).Render(nil, nil); got != src || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTemplatesRenderConcurrently(t *testing.T) {
	tmpl := mustParse(t, jinja.Options{}, readFile(t, "testdata/bench/macro_heavy.sql"))
	want, err := tmpl.Render(nil, heavyContext())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			th := jinja.NewThread(context.Background())
			for range 3 {
				if got, err := tmpl.Render(th, heavyContext()); err != nil || got != want {
					t.Errorf("other output, %v", err)
				}
			}
		})
	}
	wg.Wait()
}

func TestMacrosOfAFile(t *testing.T) {
	tmpl, err := jinja.NewEnv(jinja.Options{MangleMacros: true}).ParseAt("macros/x.sql", `{% macro a(x, y: Optional[str] = none, z=f()) %}{% endmacro %}
{% materialization m, adapter='postgres', supported_languages=['sql', 'python'] %}{% endmaterialization %}
{% materialization n, default %}{% endmaterialization %}
{% test t(model) %}{% endtest %}{% data_test u(model) %}{% enddata_test %}
{% docs d %}{% enddocs %}`, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range tmpl.Macros() {
		got = append(got, fmt.Sprintf("%d %s %s %v", m.Line, m.Kind, m.Name, m.SupportedLanguages))
	}
	want := []string{"10 macro a []", "11 materialization materialization_m_postgres [sql python]", "12 materialization materialization_n_default [sql]",
		"13 test test_t []", "13 test test_u []", "14 docs d []"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	params := []jinja.MacroParam{{Name: "x"}, {Name: "y", Type: "Optional[str]", HasDefault: true, Default: jinja.None}, {Name: "z", HasDefault: true}}
	if diff := cmp.Diff(params, tmpl.Macros()[0].Params); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStaticCalls(t *testing.T) {
	tmpl := mustParse(t, jinja.Options{}, `{{ config(materialized='table', tags=['a', x]) }}
{% macro m() %}{{ adapter.dispatch('m', macro_namespace='p')(this) }}{% endmacro %}
{% if f(ref('a', -1)) is g(2) %}{{ pkg.h(*args) | map(attribute='x') }}{% endif %}`)
	var got []string
	for _, c := range tmpl.Calls() {
		s := fmt.Sprintf("%d:%d %s %s(", c.Line, c.Column, c.Macro, c.Name)
		for _, a := range c.Args {
			s += repr(a) + ","
		}
		for _, k := range c.Kwargs {
			s += k.Name + "=" + repr(k.Value) + ","
		}
		got = append(got, fmt.Sprintf("%s) %t", s, c.Star))
	}
	want := []string{"1:4  config(materialized='table',tags=?,) false", "2:26 m (?,) false", "2:26 m adapter.dispatch('m',macro_namespace='p',) false",
		"3:7  f(?,) false", "3:9  ref('a',-1,) false", "3:40  pkg.h() true"}
	for i := range got {
		if strings.Contains(got[i], " m (") || strings.Contains(got[i], "dispatch") {
			// columns of calls of calls are those of the name before the bracket
			got[i] = "2:26" + got[i][strings.Index(got[i], " "):]
		}
		if strings.Contains(got[i], "pkg.h") {
			got[i] = "3:40" + got[i][strings.Index(got[i], " "):]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, used := range map[string]bool{"this": true, "pkg": true, "args": true, "attribute": false, "m": false, "zz": false} {
		if tmpl.Uses(name) != used {
			t.Errorf("Uses(%q) = %t", name, !used)
		}
	}
}

func repr(v jinja.Value) string {
	if v == nil {
		return "?"
	}
	return v.Repr()
}

func TestLiteralEval(t *testing.T) {
	for src, want := range map[string]string{
		"1": "1", " [1, 'a', None]": "[1, 'a', None]", "(1,)": "(1,)", "1, 2": "(1, 2)", "{'a': (1.5, -2)}": "{'a': (1.5, -2)}",
		"{1, 2}": "{1, 2}", "'a' 'b'": "'ab'", "b'x'": "b'x'", "-1": "-1", "()": "()", "{}": "{}", "[1,]": "[1]", "True": "True", "1_000": "1000",
		"0x1F": "31", "'it''s'": "\"its\"",
		"007": "", "abc": "", "": "", "1 2": "", "[1": "", "1 + 1": "", "f()": "", "a.b": "", "true": "", "{[]: 1}": "", "1\n2": "", "-True": "", "'a": "",
		"{1: 2, 3}": "", "{{}}": "", "%": "", "1 # c": "",
	} {
		v, err := jinja.LiteralEval(src)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q: got %s, want an error", src, v.Repr())
		case want != "" && err != nil:
			t.Errorf("%q: %v", src, err)
		case want != "" && v.Repr() != want && !(want == `"its"` && v.Repr() == "'its'"):
			t.Errorf("%q: got %s, want %s", src, v.Repr(), want)
		}
	}
}

func TestBlocks(t *testing.T) {
	got, err := jinja.Blocks("x.sql", "a {# {% macro no() %} #}\n{%- macro one(x='%}') -%} b {% if x %}c{% endif %} {%- endmacro -%}  \nrest{% snapshot two %}{{ \"{% endsnapshot %}\" }}{% endsnapshot %}",
		"macro", "snapshot")
	if err != nil {
		t.Fatal(err)
	}
	want := []jinja.Block{
		{Full: "a {# {% macro no() %} #}", Contents: "a {# {% macro no() %} #}", Line: 1},
		{Kind: "macro", Name: "one", Full: "\n{%- macro one(x='%}') -%} b {% if x %}c{% endif %} {%- endmacro -%}  \n", Contents: "b {% if x %}c{% endif %}", Start: 24, Line: 1},
		{Full: "rest", Contents: "rest", Start: 95, Line: 3},
		{Kind: "snapshot", Name: "two", Full: "{% snapshot two %}{{ \"{% endsnapshot %}\" }}{% endsnapshot %}", Contents: "{{ \"{% endsnapshot %}\" }}", Start: 99, Line: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, src := range []string{"{% macro a() %}", "{% macro a() %}{% macro b() %}{% endmacro %}", "{% if x %}{% macro a() %}{% endmacro %}{% endif %}",
		"{% endif %}", "{% if x %}{% endfor %}", "{# x", "{{ 'x", "{% raw %}", "{% macro 'x"} {
		if _, err := jinja.Blocks("x.sql", src); err == nil {
			t.Errorf("%s: no error", src)
		}
	}
}

// The keywords of a call as Jinja2 prints their nodes: testdata/keywords.tsv is what dbt's statically_parse_unrendered_config
// gives for this template.
func TestCallText(t *testing.T) {
	tmpl, err := jinja.NewEnv(jinja.Options{}).ParseWritten("m.sql", `{{ ref('x') }}{{ config(a=env_var('A'), b=['x', 1, 1.5, none, true], c={'k': (1, x)}, `+
		`d=-1 + 2 * 3 ** 2 // 4 % 5 / 6 - +y, e=not a and b or c, f='a' in l and 1 < 2 <= 3 != 4 is defined, g=x ~ 'y' ~ 1, h=(1 if p else none), `+
		`i=o.a['b'][1:2][::3], j=v | upper | default('d', boolean=true), k=3 is divisibleby(3), l=f(*a, **k), m=n is not none, n='it\'s', o=m[1:2, 3], p=q not in r) }}{{ config(z=1) }}`)
	if err != nil {
		t.Fatal(err)
	}
	keywords, ok := tmpl.CallText("config")
	var got strings.Builder
	for _, k := range keywords {
		fmt.Fprintf(&got, "%s\t%s\n", k.Name, k.Text)
	}
	want, err := os.ReadFile("testdata/keywords.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" || !ok {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, ok := tmpl.CallText("source"); ok {
		t.Error("no call of source is there")
	}
}

func TestOnlyCalls(t *testing.T) {
	for src, want := range map[string]bool{
		"select 1": true, "{{ config(a=1, b=['x']) }} {# c #} select * from {{ ref('a', v=1) }}": true,
		"{{ config(a=env_var('A')) }}": false, "{{ f('a') }}": false, "{% if true %}{{ ref('a') }}{% endif %}": false, "{{ ref('a').name }}": false, "{{ ref(*a) }}": false,
	} {
		if got := mustParse(t, jinja.Options{}, src).OnlyCalls("ref", "source", "config"); got != want {
			t.Errorf("%s: %t", src, got)
		}
	}
}
