package dbtjinja

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// unitTest is what a unit test changes in the context of the model that it tests.
type unitTest struct {
	// input gives the name of the CTE that stands in for a node or source.
	input    func(id string) (cte string, ok bool)
	vars     *yamldoc.Map
	env      *yamldoc.Map
	macros   map[string]jinja.Value            // by name
	packages map[string]map[string]jinja.Value // by package and name
}

// RunUnitTest makes the context in which the model of a unit test is compiled:
// ref, source and this are the CTEs that input names, and the test's overrides of
// macros, variables and environment variables hold (dbt's UnitTestContext). n is
// the node of the test.
func (s *Session) RunUnitTest(n *manifest.Node, u *manifest.UnitTest, pkg string, input func(id string) (cte string, ok bool)) *Context {
	c := s.Run(n, nil)
	c.pkg, c.ns = pkg, s.Library.space(pkg)
	c.unit = &unitTest{input: input, vars: u.Overrides.Map("vars"), env: u.Overrides.Map("env_vars"), packages: map[string]map[string]jinja.Value{}}
	c.This = jinja.None
	if cte, ok := input(u.DependsOn.Nodes[0]); ok {
		c.This = jinja.Str(cte)
	}
	c.overrideMacros(u.Overrides.Map("macros"))
	return c
}

// overrideMacros gives names new meanings: a macro returns the value, anything
// else is the value. Names that the context has not are passed over, as in dbt.
// What is overridden in the package dbt is so without the package's name too, and
// the other way round.
func (c *Context) overrideMacros(macros *yamldoc.Map) {
	c.unit.macros = map[string]jinja.Value{}
	set := func(pkg, name string, v jinja.Value) {
		if c.unit.packages[pkg] == nil {
			c.unit.packages[pkg] = map[string]jinja.Value{}
		}
		c.unit.packages[pkg][name] = v
	}
	for _, qualified := range []bool{true, false} { // the bare names last: they win
		for key, raw := range macros.All() {
			pkg, name, dotted := strings.Cut(key, ".")
			if dotted != qualified {
				continue
			}
			v := toJinja(raw)
			if !dotted {
				old, ok := c.find(key)
				if !ok {
					continue
				}
				if _, isMacro := old.(*boundMacro); isMacro {
					v = constant(key, v)
				}
				c.unit.macros[key] = v
				if c.ns.packages["dbt"][key] != nil {
					set("dbt", key, v)
				}
				continue
			}
			if c.ns.packages[pkg][name] == nil {
				continue
			}
			v = constant(name, v)
			set(pkg, name, v)
			if pkg == "dbt" {
				c.unit.macros[name] = v
			}
		}
	}
}

// constant is a macro that returns one value whatever it is given.
func constant(name string, v jinja.Value) jinja.Value {
	return jinja.NewFunction(name, func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) { return v, nil })
}

// unitInput is the relation that stands in for what has the id.
func (c *Context) unitInput(id string) (jinja.Value, bool) {
	cte, ok := c.unit.input(id)
	if !ok {
		return nil, false
	}
	return c.wrap(cteRelation(c, cte)), true
}
