package selector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// sameContract is dbt's same_contract of models; other nodes have none that could change. A breaking change is a
// warning, and an error for a model with versions.
func (c *comparison) sameContract(n, old *manifest.Node) (bool, error) {
	switch {
	case n.ResourceType != manifest.Model || !old.Contract.Enforced && !n.Contract.Enforced:
		return true, nil
	case !old.Contract.Enforced:
		return false, nil // stricter, but nothing breaks
	case n.Contract.Enforced && equalPtr(n.Contract.Checksum, old.Contract.Checksum):
		return true, nil
	}
	e := c.contractChanges(n, old)
	switch {
	case len(e.BreakingChanges) == 0:
		return false, nil
	case n.Version != nil:
		return false, breakingChange(n, e.BreakingChanges)
	}
	return false, c.st.warn(e)
}

// enforcesConstraints tells whether a model's materialization makes its constraints.
func enforcesConstraints(n *manifest.Node) bool {
	m := n.Materialized()
	return m == "table" || m == "incremental"
}

// baseType is a type without size, precision and scale, whose change breaks nothing.
func baseType(t *string) string {
	if t == nil {
		return ""
	}
	base, _, _ := strings.Cut(*t, "(")
	return strings.ToLower(strings.TrimSpace(base))
}

func orNone(s *string) string {
	if s == nil {
		return "None"
	}
	return *s
}

// contractChanges lists what of the old contract is broken by the new one.
func (c *comparison) contractChanges(n, old *manifest.Node) event.UnversionedBreakingChange {
	e := event.UnversionedBreakingChange{
		ModelName: n.Name, ModelFilePath: n.OriginalFilePath, ContractEnforcedDisabled: !n.Contract.Enforced,
		ColumnsRemoved: []string{}, ColumnTypeChanges: []map[string]any{}, EnforcedColumnConstraintRemoved: []map[string]any{},
		EnforcedModelConstraintRemoved: []map[string]any{}, MaterializationChanged: []string{},
	}
	var types, columnConstraints, modelConstraints []string
	constrained := false
	columns := slices.Clone(old.Columns)
	slices.SortFunc(columns, func(a, b *manifest.Column) int { return strings.Compare(a.Name, b.Name) })
	for _, was := range columns {
		constrained = constrained || len(was.Constraints) > 0
		is := n.Column(was.Name)
		if is == nil {
			e.ColumnsRemoved = append(e.ColumnsRemoved, was.Name)
			continue
		}
		if baseType(is.DataType) != baseType(was.DataType) {
			e.ColumnTypeChanges = append(e.ColumnTypeChanges, map[string]any{"column_name": was.Name, "previous_column_type": orNone(was.DataType), "current_column_type": orNone(is.DataType)})
			types = append(types, fmt.Sprintf("%s (%s -> %s)", was.Name, orNone(was.DataType), orNone(is.DataType)))
		}
		if !enforcesConstraints(old) {
			continue
		}
		for _, k := range c.lost(was.Constraints, is.Constraints) {
			e.EnforcedColumnConstraintRemoved = append(e.EnforcedColumnConstraintRemoved, map[string]any{"column_name": was.Name, "constraint_name": k.Name, "constraint_type": k.Type})
			columnConstraints = append(columnConstraints, fmt.Sprintf("'%s' constraint on column %s", constraintName(k), was.Name))
		}
	}
	if enforcesConstraints(old) {
		for _, k := range c.lost(old.Constraints, n.Constraints) {
			e.EnforcedModelConstraintRemoved = append(e.EnforcedModelConstraintRemoved, map[string]any{"constraint_name": k.Name, "constraint_type": k.Type, "columns": k.Columns})
			quoted := make([]string, len(k.Columns))
			for i, col := range k.Columns {
				quoted[i] = "'" + col + "'"
			}
			modelConstraints = append(modelConstraints, fmt.Sprintf("'%s' constraint on columns [%s]", constraintName(k), strings.Join(quoted, ", ")))
		}
		if !enforcesConstraints(n) && (len(old.Constraints) > 0 || constrained) {
			e.MaterializationChanged = []string{old.Materialized(), n.Materialized()}
		}
	}

	add := func(title string, items []string) {
		if len(items) > 0 {
			e.BreakingChanges = append(e.BreakingChanges, title+" \n    - "+strings.Join(items, "\n    - "))
		}
	}
	if e.ContractEnforcedDisabled {
		e.BreakingChanges = append(e.BreakingChanges, "Contract enforcement was removed: Previously, this model had an enforced contract. "+
			"It is no longer configured to enforce its contract, and this is a breaking change.")
	}
	add("Columns were removed:", e.ColumnsRemoved)
	add("Columns with data_type changes:", types)
	add("Enforced column level constraints were removed:", columnConstraints)
	add("Enforced model level constraints were removed:", modelConstraints)
	if len(e.MaterializationChanged) > 0 {
		add("Materialization changed with enforced constraints:", []string{strings.Join(e.MaterializationChanged, " -> ")})
	}
	return e
}

// constraintName is a constraint in dbt's message: one without a name as Python prints the enumeration of the types.
func constraintName(k manifest.Constraint) string {
	if k.Name != nil {
		return *k.Name
	}
	return "ConstraintType." + k.Type
}

// lost lists the constraints that the warehouse enforced and that are not there any more.
func (c *comparison) lost(before, now []manifest.Constraint) []manifest.Constraint {
	var out []manifest.Constraint
	for _, k := range before {
		if c.st.Constraints[k.Type] == "enforced" && !slices.ContainsFunc(now, func(x manifest.Constraint) bool { return sameConstraint(k, x) }) {
			out = append(out, k)
		}
	}
	return out
}

func sameConstraint(a, b manifest.Constraint) bool {
	return a.Type == b.Type && equalPtr(a.Name, b.Name) && equalPtr(a.Expression, b.Expression) && a.WarnUnenforced == b.WarnUnenforced &&
		a.WarnUnsupported == b.WarnUnsupported && equalPtr(a.To, b.To) && slices.Equal(a.ToColumns, b.ToColumns) && slices.Equal(a.Columns, b.Columns)
}
