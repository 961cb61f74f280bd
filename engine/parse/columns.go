package parse

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var constraintTypes = []string{"check", "not_null", "unique", "primary_key", "foreign_key", "custom"}

var columnKeys = []string{
	"name", "description", "meta", "data_type", "constraints", "docs", "config", "quote", "tags", "granularity", "tests",
	"data_tests", "policy_tags",
}

// column is one element of `columns:`.
type column struct {
	*manifest.Column
	tests []any
	path  []any // from the entry
	quote *bool
}

// columns reads a list of columns below path of the entry.
func (p *parser) columns(e *entry, list []any, path []any) ([]column, error) {
	var out []column
	for i, it := range list {
		at := append(slices.Clone(path), i)
		m, ok := it.(*yamldoc.Map)
		if !ok {
			return nil, e.at(diag.ParsingError, at, "Invalid %s config given in %s @ %s: a column must be a dictionary", e.key, e.pf.path, e.key).
				WithHint("write `- name: %s`", yamldoc.Text(it))
		}
		if m.Has("include") || m.Has("exclude") {
			continue
		}
		if !m.Has("name") {
			return nil, e.at(diag.ParsingError, at, "Invalid %s config given in %s @ %s: a column needs a name", e.key, e.pf.path, e.key)
		}
		name, err := e.nameOf(m, at)
		if err != nil {
			return nil, err
		}
		if err := p.unknown(e, "column "+name, at, columnKeys...); err != nil {
			return nil, err
		}
		if err := e.types(m, at, columnTypes); err != nil {
			return nil, err
		}
		c := &manifest.Column{Name: name, Description: m.Str("description"), Meta: yamldoc.NewMap()}
		if t, ok := m.Value("data_type").(string); ok {
			c.DataType = &t
		}
		if q, ok := m.Value("quote").(bool); ok {
			c.Quote = &q
		}
		if g, ok := m.Value("granularity").(string); ok {
			c.Granularity = &g
		}
		cfg := m.Map("config")
		for _, src := range []*yamldoc.Map{m.Map("meta"), cfg.Map("meta")} {
			for k, v := range src.All() {
				c.Meta.Set(k, v)
			}
		}
		for _, t := range append(stringList(m.Value("tags")), stringList(cfg.Value("tags"))...) {
			if !slices.Contains(c.Tags, t) {
				c.Tags = append(c.Tags, t)
			}
		}
		c.Config = manifest.ColumnConfig{Meta: c.Meta, Tags: c.Tags}
		if c.Constraints, err = p.constraints(e, m.List("constraints"), append(at, "constraints"), false, name); err != nil {
			return nil, err
		}
		for k, v := range m.All() {
			if k != "doc_blocks" && (!slices.Contains(columnKeys, k) || k == "policy_tags") {
				if c.Extra == nil {
					c.Extra = yamldoc.NewMap()
				}
				c.Extra.Set(k, v)
			}
		}
		if err := e.only(m.Value("docs"), append(slices.Clone(at), "docs"), docsKeys...); err != nil {
			return nil, err
		}
		tests, err := testList(e, m, at)
		if err != nil {
			return nil, err
		}
		out = append(out, column{Column: c, tests: tests, path: at, quote: c.Quote})
	}
	return out, nil
}

func stringList(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// testList is `data_tests:` or its old name `tests:`; both is an error.
func testList(e *entry, m *yamldoc.Map, at []any) ([]any, error) {
	old, list, has := m.Value("tests"), m.Value("data_tests"), m.Has("data_tests")
	if none, ok := old.([]any); ok && len(none) == 0 {
		old = nil // as if it were not there
	}
	if old != nil && has {
		return nil, e.at(diag.ParsingError, append(at, "tests"), "Invalid test config: cannot have both 'tests' and 'data_tests' defined")
	}
	v, key := list, "data_tests"
	if list == nil {
		v, key = old, "tests"
	}
	if v == nil {
		return nil, nil
	}
	items, ok := v.([]any)
	if !ok {
		return nil, e.at(diag.ParsingError, append(at, key), "Invalid %s config given in %s @ %s: %s is not of type 'array'", e.key, e.pf.path, e.key, yamldoc.Repr(v)).
			WithHint("tests are a list: each stands behind a dash, as in `- not_null`")
	}
	return items, nil
}

// constraints reads constraints of a column or, with model set, of a model.
func (p *parser) constraints(e *entry, list []any, path []any, model bool, name string) ([]manifest.Constraint, error) {
	var out []manifest.Constraint
	for i, it := range list {
		at := append(slices.Clone(path), i)
		m, ok := it.(*yamldoc.Map)
		typ := ""
		if ok {
			typ = m.Str("type")
		}
		if !slices.Contains(constraintTypes, typ) {
			text := "Invalid constraint type on column " + name
			if model {
				text = "Invalid constraint type on model " + name + ": Type must be one of ['" + strings.Join(constraintTypes, "', '") + "']"
			}
			return nil, e.at(diag.ParsingError, at, "%s", text).WithHint("%s", diag.DidYouMean(typ, constraintTypes))
		}
		c := manifest.Constraint{Type: typ, WarnUnenforced: true, WarnUnsupported: true, IsModelConstraint: model}
		text := func(k string) *string {
			if s, ok := m.Value(k).(string); ok {
				return &s
			}
			return nil
		}
		c.Name, c.Expression, c.To = text("name"), text("expression"), text("to")
		if b, ok := m.Value("warn_unenforced").(bool); ok {
			c.WarnUnenforced = b
		}
		if b, ok := m.Value("warn_unsupported").(bool); ok {
			c.WarnUnsupported = b
		}
		c.ToColumns, c.Columns = stringList(m.Value("to_columns")), stringList(m.Value("columns"))
		out = append(out, c)
	}
	return out, nil
}

func columnValues(cols []column) []*manifest.Column {
	out := make([]*manifest.Column, 0, len(cols))
	seen := map[string]int{}
	for _, c := range cols {
		if i, dup := seen[c.Name]; dup {
			out[i] = c.Column // the later description wins, as in dbt
			continue
		}
		seen[c.Name] = len(out)
		out = append(out, c.Column)
	}
	return out
}
