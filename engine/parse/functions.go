package parse

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// function parses a file of a function: its body, in SQL or Python. What it takes and gives back stands in a property
// file; until then nothing is known of the latter (docs.getdbt.com/docs/build/udfs).
func (p *parser) function(f *file) (parsed, error) {
	x, err := p.sqlNode(f, manifest.FunctionType, f.stem(), f.rel, fqnOf(f.project.Name, f.rel, f.stem()), f.text, f.lineSkip+1)
	if err != nil {
		return x, err
	}
	if strings.HasSuffix(f.rel, ".py") {
		x.node.Language = "python"
	}
	x.node.Returns.DataType = "INVALID_TYPE"
	return x, nil
}

// functionEntry describes a function.
func (p *parser) functionEntry(e *entry) error {
	x, err := p.readPatch(e)
	if err != nil {
		return err
	}
	returns, ok := e.m.Get("returns")
	if !ok {
		return e.required("returns")
	}
	r, err := e.typed([]any{"returns"}, returns)
	if err != nil {
		return err
	}
	x.returns = manifest.FunctionReturns{DataType: r.Str("data_type"), Description: optionalText(r, "description")}
	args, err := e.list("arguments")
	if err != nil {
		return err
	}
	defaults := false
	for i, it := range args {
		path := []any{"arguments", i}
		a, err := e.typed(path, it)
		if err != nil {
			return err
		}
		if _, err := e.nameOf(a, path); err != nil {
			return err
		}
		arg := manifest.FunctionArgument{Name: a.Str("name"), DataType: a.Str("data_type"), Description: optionalText(a, "description"), DefaultValue: a.Value("default_value")}
		if defaults && arg.DefaultValue == nil {
			return e.at(diag.ParsingError, path, "Non-defaulted argument '%s' of function '%s' comes after a defaulted argument. Non-defaulted arguments cannot come after defaulted arguments. ",
				arg.Name, e.name).WithCode("function-arguments")
		}
		defaults = defaults || arg.DefaultValue != nil
		x.arguments = append(x.arguments, arg)
	}
	return p.patchNode(e, x)
}

// typed is a mapping that names a data_type.
func (e *entry) typed(path []any, v any) (*yamldoc.Map, error) {
	m, ok := v.(*yamldoc.Map)
	if !ok {
		return nil, e.bad(path, "%s is not of type 'object'", yamldoc.Repr(v))
	}
	if _, ok := m.Value("data_type").(string); !ok {
		if !m.Has("data_type") {
			return nil, e.bad(path, "'data_type' is a required property")
		}
		return nil, e.bad(append(path, "data_type"), "%s is not of type 'string'", yamldoc.Repr(m.Value("data_type")))
	}
	return m, nil
}

func optionalText(m *yamldoc.Map, key string) *string {
	if s, ok := m.Value(key).(string); ok {
		return &s
	}
	return nil
}
