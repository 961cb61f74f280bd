package parse

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// nameMacros calls generate_database_name, generate_schema_name and
// generate_alias_name: the node's own package may have one of its own, else
// the root project's, else the built-in one.
type nameMacros struct {
	p       *parser
	byPkg   map[string]map[string]*dbtjinja.Macro // component → package → macro
	root    map[string]*dbtjinja.Macro
	builtin map[string]bool // component → the built-in rule applies unchanged
}

func newNameMacros(p *parser) *nameMacros {
	n := &nameMacros{p: p, byPkg: map[string]map[string]*dbtjinja.Macro{}, root: map[string]*dbtjinja.Macro{}, builtin: map[string]bool{}}
	lib := p.s.Library
	for _, c := range []string{"database", "schema", "alias"} {
		n.byPkg[c] = map[string]*dbtjinja.Macro{}
		m := lib.GenerateMacro(c, "")
		n.root[c] = m
		for pkg := range p.Packages {
			if pm := lib.GenerateMacro(c, pkg); pm != nil {
				n.byPkg[c][pkg] = pm
			}
		}
		if m != nil && lib.IsInternal(m.Def.PackageName) {
			target, _, _ := lib.FindDispatch("", "generate_"+c+"_name", "dbt")
			n.builtin[c] = target != nil && lib.IsInternal(target.Def.PackageName)
		}
	}
	return n
}

// name gives the value of a component for a node; custom is the config's value.
func (n *nameMacros) name(component string, node *manifest.Node, custom any) (string, error) {
	m := n.byPkg[component][node.PackageName]
	if m == nil {
		if n.builtin[component] {
			return n.defaultName(component, node, custom), nil
		}
		m = n.root[component]
	}
	if m == nil {
		return "", diag.New(diag.CompilationError, "No macro generate_%s_name found", component)
	}
	c := n.p.s.Name(m)
	v, err := c.MacroValue(m).(jinja.Callable).Call(n.p.thread(), []jinja.Value{dbtjinja.ToJinja(custom), dbtjinja.NodeValue(node)}, nil)
	if err != nil {
		return "", n.p.located(err, node)
	}
	if _, none := v.(jinja.NoneType); none {
		return "", nil
	}
	return strings.TrimSpace(v.String()), nil
}

// defaultName is what the built-in macros give, without the detour
// (docs.getdbt.com/docs/build/custom-schemas, custom-aliases, custom-databases).
func (n *nameMacros) defaultName(component string, node *manifest.Node, custom any) string {
	text, _ := custom.(string)
	text = strings.TrimSpace(text)
	switch component {
	case "database":
		if custom == nil {
			return n.p.s.Credentials.Database()
		}
		return text
	case "schema":
		if custom == nil {
			return n.p.s.Credentials.Schema()
		}
		return n.p.s.Credentials.Schema() + "_" + text
	}
	if text != "" {
		return text
	}
	if node.Version != nil {
		return node.Name + "_v" + strings.ReplaceAll(manifest.VersionString(node.Version), ".", "_")
	}
	return node.Name
}
