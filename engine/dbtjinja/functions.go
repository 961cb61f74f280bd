package dbtjinja

import (
	"slices"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// udf is function(name) and function(package, name): the relation of a function of the project.
func (c *Context) udf(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
	if len(args) < 1 || len(args) > 2 || len(kwargs) > 0 {
		return nil, diag.New(diag.CompilationError, "function() takes one or two arguments (%d given)", len(args)+len(kwargs)).WithCode("wrong-arguments")
	}
	var words []string
	for i, a := range args {
		s, ok := jinja.AsString(a)
		if !ok {
			what, want := "name", "string"
			if i == 0 && len(args) == 2 {
				what, want = "package", "string or None"
			}
			return nil, diag.New(diag.CompilationError, "The %s argument to function() must be a %s, got <class '%s'>", what, want, a.Type()).WithCode("wrong-arguments")
		}
		words = append(words, s)
	}
	if !c.executes() {
		if c.rec != nil {
			c.rec.Functions = append(c.rec.Functions, words)
		}
		if c.node == nil {
			return jinja.None, nil
		}
		r := c.s.NodeRelation(c.node)
		r.Type = adapter.TypeFunction
		return c.wrap(r), nil
	}
	name, pkg := words[len(words)-1], ""
	if len(words) == 2 {
		pkg = words[0]
	}
	target, disabled := c.s.Manifest.ResolveFunction(name, pkg, c.pkg)
	if target == nil {
		return nil, MissingFunction(c.s.Manifest, c.node, name, pkg, disabled)
	}
	defers, err := c.defers(t, target)
	if err != nil {
		return nil, err
	}
	r := c.s.FunctionRelation(target)
	if defers {
		r = *target.Deferred
	}
	return c.wrap(r), nil
}

// FunctionRelation is the relation that function() gives. Like those of sources it is quoted as the warehouse's default
// says, not the project (dbt/context/providers.py, RuntimeFunctionResolver).
func (s *Session) FunctionRelation(n *manifest.Node) adapter.Relation {
	r := adapter.NewRelation(s.Driver.Dialect(), n.Database, n.Schema, n.Alias, adapter.TypeFunction)
	r.Quote = s.Driver.Dialect().DefaultQuoting
	return r
}

// MissingFunction is the error for a function() that finds nothing.
func MissingFunction(m *manifest.Manifest, n *manifest.Node, name, pkg string, disabled *manifest.Node) *diag.Diagnostic {
	reason, in := "was not found", ""
	if disabled != nil {
		reason = "is disabled"
	}
	if pkg != "" {
		in = "in package '" + pkg + "' "
	}
	d := diag.New(diag.CompilationError, "%s depends on a function named '%s' %swhich %s", nodeWord(n), name, in, reason).WithCode("undefined-function")
	if disabled != nil {
		return d.WithHint("%s is turned off in %s", disabled.UniqueID, disabled.OriginalFilePath)
	}
	names := m.FunctionNames()
	if len(names) == 0 || slices.Contains(names, name) {
		return d.WithHint("functions are files of the folder `functions`, described under `functions:` in a YAML file")
	}
	return d.WithHint("%s", diag.DidYouMean(name, names))
}
