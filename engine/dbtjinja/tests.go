package dbtjinja

import (
	"maps"
	"regexp"

	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// looksLikeFunc marks test arguments that are calls without braces.
var looksLikeFunc = regexp.MustCompile(`^\s*(env_var|ref|var|source|doc)\s*\((?s:.+)\)\s*$`)

// ParseTest is Parse for a generic test: names that only the test macro's own
// package knows are visible too, as in dbt's TestMacroNamespace. When the test
// runs they are not, in dbt either.
func (s *Session) ParseTest(n *manifest.Node, rec *Recorder, m *Macro) *Context {
	c := s.Parse(n, rec)
	c.ns = s.Library.testSpace(n.PackageName, m)
	return c
}

// testSpace adds the macros that a test macro depends on, where their plain
// names mean nothing otherwise.
func (l *Library) testSpace(pkg string, m *Macro) *namespace {
	base := l.space(pkg)
	if m == nil || l.IsInternal(m.Def.PackageName) || m.Def.PackageName == l.root || m.Def.PackageName == pkg {
		return base
	}
	own := l.space(m.Def.PackageName)
	ns := &namespace{macros: maps.Clone(own.macros), packages: base.packages}
	for name, x := range base.macros {
		if !l.IsInternal(x.Def.PackageName) {
			ns.macros[name] = x
		}
	}
	return ns
}

// TestArgument renders one argument of a generic test (dbt's
// add_rendered_test_kwargs): strings become native values, but for column_name.
func (c *Context) TestArgument(t *jinja.Thread, key string, v any) (jinja.Value, error) {
	if s, ok := v.(string); ok && key == "column_name" {
		return jinja.Str(s), nil
	}
	return c.testArgument(t, v)
}

func (c *Context) testArgument(t *jinja.Thread, v any) (jinja.Value, error) {
	switch v := v.(type) {
	case string:
		text := v
		if looksLikeFunc.MatchString(text) {
			text = "{{ " + text + " }}"
		}
		file := ""
		if c.node != nil {
			file = c.node.OriginalFilePath
		}
		return c.RenderNative(t, file, text)
	case []any:
		l := jinja.NewList()
		for _, e := range v {
			x, err := c.testArgument(t, e)
			if err != nil {
				return nil, err
			}
			l.Append(x)
		}
		return l, nil
	case *yamldoc.Map:
		d := jinja.NewDict()
		for _, e := range v.Entries() {
			x, err := c.testArgument(t, e.Value)
			if err != nil {
				return nil, err
			}
			if err := d.Set(toJinja(e.Key), x); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	return toJinja(v), nil
}

// TestKwargs renders all arguments of a generic test's node.
func (c *Context) TestKwargs(t *jinja.Thread) ([]jinja.Kwarg, error) {
	var out []jinja.Kwarg
	for _, e := range c.node.TestMetadata.Kwargs.Entries() {
		key := yamldoc.KeyString(e.Key)
		v, err := c.TestArgument(t, key, e.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, jinja.Kwarg{Name: key, Value: v})
	}
	return out, nil
}
