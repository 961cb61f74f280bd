package config

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// RenderOptions are what Jinja in configuration files sees.
type RenderOptions struct {
	// Env answers env_var() and records what was read.
	Env *Environ
	// Vars are the --vars; the only ones var() knows here.
	Vars *yamldoc.Map
	// LenientVars makes a missing var() None instead of an error (`deps`).
	LenientVars bool
	// Target is Jinja's `target`; nil where there is no profile yet. One without fields stands for a command that
	// needs no profile: each field of it is an empty text.
	Target *yamldoc.Map
	// Extra gives further names (modules, fromjson, run_started_at …); it may be nil.
	Extra jinja.Context
}

// Secret placeholders keep values of secret variables out of Jinja, so that no
// filter can leak a changed form of one; they are replaced after rendering.
const (
	secretStart = "$$$DBT_SECRET_START$$$"
	secretEnd   = "$$$DBT_SECRET_END$$$"
)

// Renderer renders the values of one YAML file natively, as dbt's
// DbtProjectYamlRenderer and SecretRenderer do.
type Renderer struct {
	env  *jinja.Env
	opts RenderOptions
	ctx  lookup
	// secrets allows DBT_ENV_SECRET variables; used collects their values.
	secrets bool
	used    []string
	doc     *yamldoc.Document
}

type lookup struct {
	own   jinja.MapContext
	extra jinja.Context
}

func (l lookup) Lookup(name string) (jinja.Value, bool) {
	if v, ok := l.own[name]; ok {
		return v, true
	}
	if l.extra != nil {
		return l.extra.Lookup(name)
	}
	return nil, false
}

// NewRenderer makes a renderer for doc, which gives errors their place and may
// be nil. secrets allows secret environment variables.
func NewRenderer(opts RenderOptions, doc *yamldoc.Document, secrets bool) *Renderer {
	r := &Renderer{env: jinja.NewEnv(jinja.Options{}), opts: opts, secrets: secrets, doc: doc}
	own := jinja.MapContext{
		"dbt_version": jinja.Str(DbtVersion),
		"env_var":     jinja.NewFunction("env_var", r.envVar),
		"var":         &varFunc{r},
	}
	switch {
	case opts.Target == nil:
	case opts.Target.Len() == 0:
		own["target"] = noTarget{}
	default:
		own["target"] = toJinja(opts.Target)
	}
	r.ctx = lookup{own: own, extra: opts.Extra}
	return r
}

// HideSecrets replaces the placeholders of secret variables, for what templates print.
func HideSecrets(text string) string {
	for {
		before, rest, ok := strings.Cut(text, secretStart)
		_, after, ok2 := strings.Cut(rest, secretEnd)
		if !ok || !ok2 {
			return text
		}
		text = before + "*****" + after
	}
}

// noTarget is the target of commands without a profile (dbt's UnsetProfile).
type noTarget struct{}

func (noTarget) Type() string   { return "dict" }
func (noTarget) Truth() bool    { return false }
func (noTarget) String() string { return "{}" }
func (noTarget) Repr() string   { return "{}" }

// Attr implements jinja.HasAttr.
func (noTarget) Attr(*jinja.Thread, string) (jinja.Value, error) { return jinja.Str(""), nil }

// Item implements jinja.HasItem.
func (noTarget) Item(*jinja.Thread, jinja.Value) (jinja.Value, error) { return jinja.Str(""), nil }

// UsedSecrets lists the values of the secret variables that rendering used.
func (r *Renderer) UsedSecrets() []string { return r.used }

func (r *Renderer) envVar(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	a, err := jinja.Bind("env_var", args, kwargs, jinja.Param{Name: "var"}, jinja.Param{Name: "default", Default: jinja.None})
	if err != nil {
		return nil, err
	}
	return EnvVar(r.opts.Env, a[0].String(), a[1], r.secrets)
}

// EnvVar is dbt's env_var(). A secret variable is an error unless secrets is set;
// then its placeholder is returned, which [Renderer.Value] replaces.
func EnvVar(env *Environ, name string, def jinja.Value, secrets bool) (jinja.Value, error) {
	secret := strings.HasPrefix(name, SecretPrefix)
	if secret && !secrets {
		return nil, diag.New(diag.ParsingError, "Secret env vars are allowed only in profiles.yml or packages.yml. Found '%s' referenced elsewhere.", name).
			WithCode("secret-env-var")
	}
	value, set := env.Lookup(name)
	switch {
	case set && secret:
		return jinja.Str(secretStart + name + secretEnd), nil
	case set:
		env.Record(name, value, false)
		return jinja.Str(value), nil
	case def != nil && def != jinja.Value(jinja.None):
		env.Record(name, def.String(), true)
		return def, nil
	}
	d := diag.New(diag.ParsingError, "Env var required but not provided: '%s'", name).WithCode("env-var-missing")
	d.Hint = fmt.Sprintf("set the environment variable %s or give a default: env_var('%s', 'value')", name, name)
	if near := diag.Nearest(name, withoutSecrets(env.Names()), 1); len(near) > 0 {
		d.Hint += fmt.Sprintf("; did you mean '%s'?", near[0])
	}
	return nil, d
}

func withoutSecrets(names []string) []string {
	out := names[:0:0]
	for _, n := range names {
		if !strings.HasPrefix(n, SecretPrefix) {
			out = append(out, n)
		}
	}
	return out
}

// varFunc is var() in configuration files: --vars only.
type varFunc struct{ r *Renderer }

func (*varFunc) Type() string   { return "Var" }
func (*varFunc) Truth() bool    { return true }
func (*varFunc) String() string { return "<var>" }
func (*varFunc) Repr() string   { return "<var>" }

// Call implements jinja.Callable.
func (v *varFunc) Call(th *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	missing := &jinja.Undefined{}
	a, err := jinja.Bind("var", args, kwargs, jinja.Param{Name: "var_name"}, jinja.Param{Name: "default", Default: missing})
	if err != nil {
		return nil, err
	}
	name := a[0].String()
	raw, ok := v.r.opts.Vars.Get(name)
	switch text, isText := raw.(string); {
	case ok && isText && jinja.HasMarkup(text):
		tmpl, err := v.r.env.Parse("--vars", text)
		if err != nil {
			return nil, err
		}
		s, err := tmpl.Render(th, v.r.ctx)
		return jinja.Str(s), err
	case ok:
		return toJinja(raw), nil
	case a[1] != jinja.Value(missing):
		return a[1], nil
	case v.r.opts.LenientVars:
		return jinja.None, nil
	}
	return nil, MissingVar(name, "<Configuration>", v.r.opts.Vars)
}

// Attr implements jinja.HasAttr.
func (v *varFunc) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	if name != "has_var" {
		return nil, nil
	}
	return jinja.NewFunction("has_var", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("has_var", args, kwargs, jinja.Param{Name: "var_name"})
		if err != nil {
			return nil, err
		}
		return jinja.Bool(v.r.opts.Vars.Has(a[0].String())), nil
	}), nil
}

// Value renders one value; only strings change, and dates become ISO text. path
// is where the value stands in the file.
func (r *Renderer) Value(v any, path []any) (any, error) {
	switch t := v.(type) {
	case yamldoc.Date:
		return t.String(), nil
	case yamldoc.Time:
		return t.String(), nil
	}
	text, ok := v.(string)
	if !ok {
		return v, nil
	}
	if !jinja.HasMarkup(text) {
		return trimLastNewline(text), nil
	}
	tmpl, err := r.env.Parse(r.file(), text)
	if err != nil {
		return nil, r.fail(text, path, err)
	}
	th := jinja.NewThread(context.Background())
	th.Undefined = jinja.UndefinedNative
	out, err := tmpl.RenderNative(th, r.ctx)
	if err != nil {
		return nil, r.fail(text, path, err)
	}
	if u, bad := out.(*jinja.Undefined); bad {
		return nil, r.fail(text, path, u.Err())
	}
	plain, err := fromJinja(out)
	if err != nil {
		return nil, r.fail(text, path, err)
	}
	if s, ok := plain.(string); ok && r.secrets {
		return r.reveal(s), nil
	}
	return plain, nil
}

// trimLastNewline does what Jinja does to a text without markup.
func trimLastNewline(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return strings.TrimSuffix(s, "\n")
}

// reveal puts the values of secret variables where their placeholders stand.
func (r *Renderer) reveal(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, secretStart)
		name, after, ok2 := strings.Cut(rest, secretEnd)
		if !ok || !ok2 {
			b.WriteString(s)
			return b.String()
		}
		value, _ := r.opts.Env.Lookup(name)
		r.used = append(r.used, value)
		b.WriteString(before + value)
		s = after
	}
}

func (r *Renderer) file() string {
	if r.doc == nil {
		return ""
	}
	return r.doc.File
}

// fail puts the place in the YAML file on an error of rendering text.
func (r *Renderer) fail(text string, path []any, err error) error {
	var d *diag.Diagnostic
	if inner, ok := diag.As(err); ok {
		c := *inner
		d = &c
		if d.Category == diag.CompilationError {
			d.Message = "Could not render " + text + ": " + d.Message
		}
	} else {
		d = diag.New(diag.CompilationError, "Could not render %s: %s", text, jinjaMessage(err)).WithCode("render")
		d.Err = err
	}
	if d.File != "" && d.File != r.file() || r.doc == nil {
		return d
	}
	n := r.doc.Nearest(nil, path...)
	if v := r.doc.Find(nil, path...); v != nil {
		n = v
	}
	if n == nil {
		return d.At(r.doc.File, 0, 0)
	}
	line, col := n.Line, n.Column
	var je *jinja.Error
	if errors.As(err, &je) && je.Line > 0 {
		line, col = r.doc.Inside(n, je.Line, je.Column)
	}
	return d.At(r.doc.File, line, col).WithSource(r.doc.Src)
}

// jinjaMessage is the message of a Jinja error without its place.
func jinjaMessage(err error) string {
	var je *jinja.Error
	if errors.As(err, &je) {
		return je.Msg
	}
	return err.Error()
}

// Tree renders every value below v for which should (nil: always) says so. path
// is v's own place. Maps and lists are copied.
func (r *Renderer) Tree(v any, path []any, should func(path []any) bool) (any, error) {
	switch v := v.(type) {
	case *yamldoc.Map:
		out := yamldoc.MapWithCapacity(v.Len())
		for _, e := range v.Entries() {
			x, err := r.Tree(e.Value, append(path, yamldoc.KeyString(e.Key)), should)
			if err != nil {
				return nil, err
			}
			out.SetKey(e.Key, x)
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			x, err := r.Tree(e, append(path, i), should)
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	}
	if should != nil && !should(path) {
		return v, nil
	}
	return r.Value(v, path)
}

// MissingVar is dbt's error for a var() that nothing sets. where is the node's
// name or "<Configuration>"; vars are those it can see.
func MissingVar(name, where string, vars *yamldoc.Map) error {
	d := diag.New(diag.CompilationError, "Required var '%s' not found in config:\nVars supplied to %s = %s", name, where, sortedJSON(vars)).
		WithCode("undefined-var")
	d.Hint = diag.DidYouMean(name, vars.Keys())
	if d.Hint == "" {
		d.Hint = fmt.Sprintf("pass it with --vars '{%s: value}' or give a default: var('%s', 'value')", name, name)
	}
	return d
}

// toJinja turns plain values into Jinja's.
func toJinja(v any) jinja.Value {
	switch v := v.(type) {
	case nil:
		return jinja.None
	case []any:
		l := jinja.NewList()
		for _, e := range v {
			l.Append(toJinja(e))
		}
		return l
	case *yamldoc.Map:
		d := jinja.NewDict()
		for _, e := range v.Entries() {
			if k, ok := e.Key.(string); ok {
				d.SetStr(k, toJinja(e.Value))
			} else if err := d.Set(toJinja(e.Key), toJinja(e.Value)); err != nil {
				d.SetStr(yamldoc.KeyString(e.Key), toJinja(e.Value))
			}
		}
		return d
	case yamldoc.Date:
		return jinja.Str(v.String())
	case yamldoc.Time:
		return jinja.Str(v.String())
	}
	return jinja.FromGo(v)
}

// PlainValue turns a Jinja value into plain Go values: nil, string, bool, int64,
// *big.Int, float64, []any and *yamldoc.Map. What has no plain form goes to other.
func PlainValue(v jinja.Value, other func(jinja.Value) (any, error)) (any, error) {
	switch v := v.(type) {
	case nil, jinja.NoneType:
		return nil, nil
	case jinja.Str:
		return string(v), nil
	case jinja.Bool:
		return bool(v), nil
	case jinja.Int:
		return int64(v), nil
	case *jinja.BigInt:
		return v.Big(), nil
	case jinja.Float:
		return float64(v), nil
	case *jinja.List:
		return PlainValues(v.Elems, other)
	case jinja.Tuple:
		return PlainValues(v, other)
	case *jinja.Dict:
		m := yamldoc.MapWithCapacity(v.Len())
		for k, e := range v.Items() {
			key, err := PlainValue(k, other)
			if err != nil {
				return nil, err
			}
			val, err := PlainValue(e, other)
			if err != nil {
				return nil, err
			}
			m.SetKey(key, val)
		}
		return m, nil
	}
	return other(v)
}

// PlainValues is PlainValue of each element.
func PlainValues(elems []jinja.Value, other func(jinja.Value) (any, error)) ([]any, error) {
	out := make([]any, 0, len(elems))
	for _, e := range elems {
		x, err := PlainValue(e, other)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// fromJinja is the plain value of what a text of a configuration file gave.
func fromJinja(v jinja.Value) (any, error) {
	return PlainValue(v, func(v jinja.Value) (any, error) {
		if u, ok := v.(*jinja.Undefined); ok {
			return nil, u.Err()
		}
		if s, ok := jinja.AsString(v); ok {
			return s, nil
		}
		switch v.Type() {
		case "date", "datetime":
			return v.String(), nil
		}
		return nil, fmt.Errorf("a value of type %s can't stand in a configuration file", v.Type())
	})
}
