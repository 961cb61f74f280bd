package warehouse

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

func validationError(format string, a ...any) error {
	return diag.New(diag.ValidationError, format, a...)
}

// constraint is a column's or a model's constraint as written.
type constraint struct {
	kind, name, expression, to      string
	toColumns, columns              []string
	warnUnenforced, warnUnsupported bool
}

// parseConstraint reads a raw constraint (dbt_common/contracts/constraints.py).
func parseConstraint(raw jinja.Value) (constraint, error) {
	c := constraint{warnUnenforced: true, warnUnsupported: true}
	d, ok := raw.(*jinja.Dict)
	bad := func() (constraint, error) { return c, validationError("Could not parse constraint: %s", raw) }
	if !ok {
		return bad()
	}
	for k, v := range d.Items() {
		key := k.String()
		switch key {
		case "type", "name", "expression", "to":
			s, isText := jinja.AsString(v)
			if !isText && (v != jinja.None || key == "type") {
				return bad()
			}
			*map[string]*string{"type": &c.kind, "name": &c.name, "expression": &c.expression, "to": &c.to}[key] = s
		case "warn_unenforced", "warn_unsupported":
			b, isBool := v.(jinja.Bool)
			if !isBool {
				return bad()
			}
			*map[string]*bool{"warn_unenforced": &c.warnUnenforced, "warn_unsupported": &c.warnUnsupported}[key] = bool(b)
		case "to_columns", "columns":
			list, isList := v.(*jinja.List)
			if !isList {
				return bad()
			}
			for _, e := range list.Elems {
				s, isText := jinja.AsString(e)
				if !isText {
					return bad()
				}
				p := map[string]*[]string{"to_columns": &c.toColumns, "columns": &c.columns}[key]
				*p = append(*p, s)
			}
		}
	}
	switch c.kind {
	case "check", "not_null", "unique", "primary_key", "foreign_key", "custom":
		return c, nil
	}
	return bad()
}

// supported warns about constraints that the warehouse does not hold or does not
// know, and tells whether the constraint is written at all.
func (a *Adapter) supported(c constraint) (bool, error) {
	if c.kind == "custom" {
		return true, nil
	}
	switch a.rt.dialect.ConstraintSupport[c.kind] {
	case "not_supported", "":
		if c.warnUnsupported {
			return false, a.nc.bus.Warn(event.ConstraintNotSupported{Constraint: c.kind, Adapter: a.rt.Driver.Name()})
		}
		return false, nil
	case "not_enforced":
		if c.warnUnenforced {
			return true, a.nc.bus.Warn(event.ConstraintNotEnforced{Constraint: c.kind, Adapter: a.rt.Driver.Name()})
		}
	}
	return true, nil
}

// target is what a foreign key refers to. DuckDB takes no database in it.
func (a *Adapter) target(c constraint) string {
	if parts := strings.Split(c.to, "."); a.rt.is("duckdb") && len(parts) > 2 {
		return strings.Join(parts[1:], ".")
	}
	return c.to
}

// onColumn is the constraint behind a column's type; "" for none.
func (a *Adapter) onColumn(c constraint) string {
	s := ""
	switch c.kind {
	case "check":
		if c.expression != "" {
			s = "check (" + c.expression + ")"
		}
	case "not_null":
		s = "not null " + c.expression
	case "unique":
		s = "unique " + c.expression
	case "primary_key":
		s = "primary key " + c.expression
	case "foreign_key":
		switch {
		case c.to != "" && len(c.toColumns) > 0:
			s = "references " + a.target(c) + " (" + strings.Join(c.toColumns, ", ") + ")"
		case c.expression != "":
			s = "references " + c.expression
		}
	case "custom":
		s = c.expression
	}
	return strings.TrimSpace(s)
}

// onModel is the constraint in a table's own list; "" for none.
func (a *Adapter) onModel(c constraint) string {
	prefix := ""
	if c.name != "" {
		prefix = "constraint " + c.name + " "
	}
	expression := ""
	if c.expression != "" {
		expression = " " + c.expression
	}
	columns := " (" + strings.Join(c.columns, ", ") + ")"
	switch c.kind {
	case "check":
		if c.expression != "" {
			return prefix + "check (" + c.expression + ")"
		}
	case "unique":
		return prefix + "unique" + expression + columns
	case "primary_key":
		return prefix + "primary key" + expression + columns
	case "foreign_key":
		switch {
		case c.to != "" && len(c.toColumns) > 0:
			return prefix + "foreign key" + columns + " references " + a.target(c) + " (" + strings.Join(c.toColumns, ", ") + ")"
		case c.expression != "":
			return prefix + "foreign key" + columns + " references " + c.expression
		}
	case "custom":
		if c.expression != "" {
			return prefix + c.expression
		}
	}
	return ""
}

func (a *Adapter) columnConstraints(c call) (jinja.Value, error) {
	v, err := c.bind("render_raw_columns_constraints", required("raw_columns"))
	if err != nil {
		return nil, err
	}
	cols, ok := v[0].(*jinja.Dict)
	if !ok {
		return nil, jinja.Raise("TypeError", "render_raw_columns_constraints() wants a dict of columns, not "+v[0].Type())
	}
	out := jinja.NewList()
	for _, raw := range cols.Values() {
		col, ok := raw.(*jinja.Dict)
		if !ok {
			return nil, jinja.Raise("TypeError", "a column must be a dict, not "+raw.Type())
		}
		field := func(key string) (string, error) {
			f, ok := col.GetStr(key)
			if !ok {
				return "", jinja.Raise("KeyError", jinja.Str(key).Repr())
			}
			return f.String(), nil
		}
		label, err := field("name")
		if err != nil {
			return nil, err
		}
		if q, ok := col.GetStr("quote"); ok && q.Truth() {
			label = a.quote(label)
		}
		typ, err := field("data_type")
		if err != nil {
			return nil, err
		}
		parts := []string{label + " " + typ}
		if list, ok := col.GetStr("constraints"); ok && list != jinja.None {
			elems, err := jinja.ListOf(list)
			if err != nil {
				return nil, err
			}
			for _, e := range elems {
				s, err := a.renderConstraint(e, a.onColumn)
				if err != nil {
					return nil, err
				}
				if s != "" {
					parts = append(parts, s)
				}
			}
		}
		out.Append(jinja.Str(strings.Join(parts, " ")))
	}
	return out, nil
}

func (a *Adapter) modelConstraints(c call) (jinja.Value, error) {
	v, err := c.bind("render_raw_model_constraints", required("raw_constraints"))
	if err != nil {
		return nil, err
	}
	elems, err := jinja.ListOf(v[0])
	if err != nil {
		return nil, err
	}
	out := jinja.NewList()
	for _, e := range elems {
		s, err := a.renderConstraint(e, a.onModel)
		if err != nil {
			return nil, err
		}
		if s != "" {
			out.Append(jinja.Str(s))
		}
	}
	return out, nil
}

func (a *Adapter) renderConstraint(raw jinja.Value, render func(constraint) string) (string, error) {
	c, err := parseConstraint(raw)
	if err != nil {
		return "", err
	}
	ok, err := a.supported(c)
	if !ok || err != nil {
		return "", err
	}
	return render(c), nil
}
