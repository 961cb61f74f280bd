package jinja_test

import (
	"errors"
	"fmt"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

func Example() {
	env := jinja.NewEnv(jinja.Options{})
	tmpl, err := env.Parse("models/a.sql", "select {% for c in cols %}{{ c }}{{ ', ' if not loop.last }}{% endfor %} from {{ ref('b') }}")
	if err != nil {
		fmt.Println(err)
		return
	}
	ref := jinja.NewFunction("ref", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("ref", args, kwargs, jinja.Param{Name: "name"})
		if err != nil {
			return nil, err
		}
		return jinja.Str(`"db"."` + a[0].String() + `"`), nil
	})
	out, err := tmpl.Render(nil, jinja.MapContext{"ref": ref, "cols": jinja.FromGo([]string{"x", "y"})})
	fmt.Println(out, err)
	// Output: select x, y from "db"."b" <nil>
}

func ExampleTemplate_RenderNative() {
	env := jinja.NewEnv(jinja.Options{})
	for _, src := range []string{"{{ n + 1 }}", "{{ n }} rows", "{{ '[1, 2]' | as_native }}"} {
		tmpl, _ := env.Parse("dbt_project.yml", src)
		v, _ := tmpl.RenderNative(nil, jinja.MapContext{"n": jinja.Int(41)})
		fmt.Println(v.Type(), v.Repr())
	}
	// Output:
	// int 42
	// str '41 rows'
	// list [1, 2]
}

func ExampleError() {
	_, err := jinja.NewEnv(jinja.Options{}).Parse("models/a.sql", "select 1\n{{ x | uper }}")
	var e *jinja.Error
	if errors.As(err, &e) {
		fmt.Println(e)
		fmt.Println(e.SourceLine)
	}
	// Output:
	// models/a.sql:2:8: No filter named 'uper'. Did you mean 'upper'?
	// {{ x | uper }}
}

func ExampleMacro_Call() {
	tmpl, _ := jinja.NewEnv(jinja.Options{MangleMacros: true}).Parse("macros/m.sql",
		"{% macro cents(col, scale=2) %}({{ col }} / 100)::numeric(16, {{ scale }}){% endmacro %}")
	m := tmpl.Macros()[0]
	v, err := m.Call(nil, nil, []jinja.Value{jinja.Str("price")}, []jinja.Kwarg{{Name: "scale", Value: jinja.Int(4)}})
	fmt.Println(v, err)
	// Output: (price / 100)::numeric(16, 4) <nil>
}
