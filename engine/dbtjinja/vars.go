package dbtjinja

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// varValue is `var`.
type varValue struct{ c *Context }

func (*varValue) Type() string   { return "Var" }
func (*varValue) Truth() bool    { return true }
func (*varValue) String() string { return "<var>" }
func (*varValue) Repr() string   { return "<var>" }

func (v *varValue) find(name string) (any, bool) {
	if v.c.unit != nil {
		if x, ok := v.c.unit.vars.Get(name); ok {
			return x, true
		}
	}
	return v.c.s.Var(v.c.pkg, name)
}

// Call implements jinja.Callable.
func (v *varValue) Call(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	missing := &jinja.Undefined{}
	a, err := jinja.Bind("var", args, kwargs, jinja.Param{Name: "var_name"}, jinja.Param{Name: "default", Default: missing})
	if err != nil {
		return nil, err
	}
	name := a[0].String()
	if x, ok := v.find(name); ok {
		if s, isText := x.(string); isText && jinja.HasMarkup(s) && v.c.mode != ModeYAML {
			// A variable's text is Jinja too (dbt's Var.get_rendered_var), but for property files.
			text, err := v.c.RenderText(t, "", s)
			return jinja.Str(text), err
		}
		return toJinja(x), nil
	}
	if a[1] != jinja.Value(missing) {
		return a[1], nil
	}
	if v.c.mode == ModeParse {
		return jinja.None, nil
	}
	where := "<Configuration>"
	if v.c.node != nil {
		where = v.c.node.Name
	}
	names := v.c.s.VarNames(v.c.pkg)
	d := diag.New(diag.CompilationError, "Required var '%s' not found in config:\nVars supplied to %s = %s", name, where, v.supplied(names))
	hint := diag.DidYouMean(name, names)
	if hint == "" {
		hint = fmt.Sprintf("set it under `vars:` of dbt_project.yml, pass it with --vars '{%s: value}', or give a default: var('%s', 'value')", name, name)
	}
	return nil, d.WithCode("undefined-var").WithHint("%s", hint)
}

func (v *varValue) supplied(names []string) string {
	if len(names) == 0 {
		return "{}"
	}
	var b strings.Builder
	b.WriteString("{\n")
	for i, n := range names {
		x, _ := v.find(n)
		text, err := jinja.JSON(toJinja(x), jinja.JSONOptions{})
		if err != nil {
			text = "null"
		}
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString("    \"" + n + "\": " + text)
	}
	b.WriteString("\n}")
	return b.String()
}

// Attr implements jinja.HasAttr.
func (v *varValue) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if name != "has_var" {
		return nil, nil
	}
	return jinja.NewFunction("has_var", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("has_var", args, kwargs, jinja.Param{Name: "var_name"})
		if err != nil {
			return nil, err
		}
		_, ok := v.find(a[0].String())
		return jinja.Bool(ok), nil
	}), nil
}

const secretPrefix = "DBT_ENV_SECRET"

func (c *Context) envVar(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	a, err := jinja.Bind("env_var", args, kwargs, jinja.Param{Name: "var"}, jinja.Param{Name: "default", Default: jinja.None})
	if err != nil {
		return nil, err
	}
	name := a[0].String()
	if strings.HasPrefix(name, secretPrefix) {
		return nil, diag.New(diag.ParsingError, "Secret env vars are allowed only in profiles.yml or packages.yml. Found '%s' referenced elsewhere.", name).WithCode("secret-env-var")
	}
	if c.unit != nil {
		if x, ok := c.unit.env.Get(name); ok {
			return toJinja(x), nil
		}
	}
	if s, ok := c.s.EnvVar(name); ok {
		c.s.RecordEnv(name, s, false)
		return jinja.Str(s), nil
	}
	if !isNone(a[1]) {
		c.s.RecordEnv(name, "", true)
		return a[1], nil
	}
	hint := fmt.Sprintf("set the environment variable %s or give a default: env_var('%s', 'value')", name, name)
	if c.s.EnvNames != nil {
		names := slices.DeleteFunc(c.s.EnvNames(), func(n string) bool { return strings.HasPrefix(n, secretPrefix) })
		if near := diag.Nearest(name, names, 1); len(near) > 0 {
			hint += fmt.Sprintf("; did you mean '%s'?", near[0])
		}
	}
	return nil, diag.New(diag.ParsingError, "Env var required but not provided: '%s'", name).WithCode("undefined-env-var").WithHint("%s", hint)
}
