package dbtjinja

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// contractColumn is a column that a contract promises or a query has.
type contractColumn struct{ name, typ string }

// contractColumns reads the list of columns that assert_columns_equivalent makes.
func contractColumns(v jinja.Value) []contractColumn {
	var out []contractColumn
	seq, err := jinja.IterValues(v)
	if err != nil {
		return nil
	}
	for e := range seq {
		d, ok := e.(*jinja.Dict)
		if !ok {
			continue
		}
		n, _ := d.GetStr("name")
		t, _ := d.GetStr("data_type")
		if n != nil && t != nil {
			out = append(out, contractColumn{n.String(), t.String()})
		}
	}
	return out
}

// mismatch is a row of the table that dbt prints of a contract that is not kept.
type mismatch struct{ name, definition, contract, reason string }

const (
	notPromised = "missing in contract"
	otherType   = "data type mismatch"
	notThere    = "missing in definition"
)

func mismatches(promised, actual []contractColumn) []mismatch {
	var out []mismatch
	find := func(list []contractColumn, name string) int {
		return slices.IndexFunc(list, func(c contractColumn) bool { return c.name == name })
	}
	for _, c := range actual {
		switch i := find(promised, c.name); {
		case i < 0:
			out = append(out, mismatch{c.name, c.typ, "", notPromised})
		case promised[i].typ != c.typ:
			out = append(out, mismatch{c.name, c.typ, promised[i].typ, otherType})
		}
	}
	for _, c := range promised {
		if find(actual, c.name) < 0 {
			out = append(out, mismatch{c.name, "", c.typ, notThere})
		}
	}
	slices.SortStableFunc(out, func(a, b mismatch) int { return strings.Compare(a.name, b.name) })
	return out
}

// contractError is the error of a contract that a query does not keep: dbt's table of the differences, and the place of the
// one that most likely explains the others: a column of the contract that is not there, a type, a column too many.
func contractError(promised, actual []contractColumn) *diag.Diagnostic {
	if len(promised) == 0 {
		return diag.New(diag.CompilationError, "This model has an enforced contract, and its 'columns' specification is missing").WithCode("contract")
	}
	rows := mismatches(promised, actual)
	d := diag.New(diag.CompilationError, "%s", "This model has an enforced contract that failed.\nPlease ensure the name, data_type, and number of columns in your "+
		"contract match the columns in your model's definition.\n\n"+textTable(rows)).WithCode("contract")
	by := map[string][]mismatch{}
	var free []string // columns of the query that the contract doesn't name
	for _, r := range rows {
		by[r.reason] = append(by[r.reason], r)
		if r.reason == notPromised {
			free = append(free, r.name)
		}
	}
	for _, r := range by[notThere] {
		if near := diag.DidYouMean(r.name, free); near != "" {
			d.Property = []string{"columns", r.name}
			return d.WithHint("the query has no column '%s': %s", r.name, near)
		}
	}
	switch {
	case len(by[notThere]) > 0:
		r := by[notThere][0]
		d.Property = []string{"columns", r.name}
		d.WithHint("the query has no column '%s': select it, or take it out of the contract", r.name)
	case len(by[otherType]) > 0:
		r := by[otherType][0]
		d.Property = []string{"columns", r.name, "data_type"}
		d.WithHint("the query gives %s: write cast(… as %s) in the query, or that type here", r.definition, r.contract)
	case len(by[notPromised]) > 0:
		r := by[notPromised][0]
		d.Property, d.Word = []string{"columns"}, r.name
		d.WithHint("add '%s' to the `columns:` of the contract, or take it out of the query", r.name)
	case len(rows) == 0: // as many names, but not as many columns
		for i, c := range actual {
			if slices.ContainsFunc(actual[:i], func(other contractColumn) bool { return other.name == c.name }) {
				return d.WithHint("the query gives '%s' more than once: give each column a name of its own", c.name)
			}
		}
	}
	return d
}

// textTable prints the differences as dbt does.
func textTable(rows []mismatch) string {
	cells := [][4]string{{"column_name", "definition_type", "contract_type", "mismatch_reason"}}
	for _, r := range rows {
		cells = append(cells, [4]string{r.name, r.definition, r.contract, r.reason})
	}
	width := [4]int{}
	for _, row := range cells {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for n, row := range cells {
		b.WriteString("|")
		for i, cell := range row {
			b.WriteString(" " + cell + strings.Repeat(" ", width[i]-len([]rune(cell))) + " |")
		}
		b.WriteString("\n")
		if n == 0 {
			b.WriteString("|")
			for _, w := range width {
				b.WriteString(" " + strings.Repeat("-", w) + " |")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
