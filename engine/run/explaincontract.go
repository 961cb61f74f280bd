package run

import (
	"regexp"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/sqltok"
)

// brokenConstraints tells by the words of DuckDB and PostgreSQL which types of constraints an error may be about.
var brokenConstraints = []struct {
	words *regexp.Regexp
	types []string
}{
	{regexp.MustCompile(`(?i)not[ -]null constraint`), []string{"not_null", "primary_key"}},
	{regexp.MustCompile(`(?i)check constraint`), []string{"check"}},
	{regexp.MustCompile(`(?i)foreign key constraint|referenced table`), []string{"foreign_key"}},
	{regexp.MustCompile(`(?i)duplicate key|unique constraint|primary key`), []string{"primary_key", "unique"}},
}

// explainContract points an error of a model with a contract at the type or the constraint that the warehouse did not take.
func (v *visit) explainContract(d *diag.Diagnostic, se *warehouse.StatementError) bool {
	if !v.n.Contract.Enforced {
		return false
	}
	at := func(keys ...string) bool {
		p, ok := v.r.Session.PropertyPlace(v.n, keys...)
		if ok {
			p.Set(d)
		}
		return ok
	}
	first, _, _ := strings.Cut(d.Message, "\n")
	for _, c := range v.n.Columns {
		if c.DataType != nil && unknownType(first, *c.DataType) {
			return at("columns", c.Name, "data_type")
		}
	}
	said := letters(first)
	for _, broken := range brokenConstraints {
		if !broken.words.MatchString(first) {
			continue
		}
		var all [][]string // the constraints of these types; a lone one is meant
		for _, typ := range broken.types {
			for _, c := range v.n.Columns {
				for _, k := range c.Constraints {
					if k.Type != typ {
						continue
					}
					keys := []string{"columns", c.Name, "constraints", nameOf(k)}
					if k.Expression != nil && strings.Contains(said, letters(*k.Expression)) || k.Name != nil && hasWord(first, *k.Name) || hasWord(d.Message, c.Name) {
						return at(keys...)
					}
					all = append(all, keys)
				}
			}
			for _, k := range v.n.Constraints {
				if k.Type != typ {
					continue
				}
				if k.Name != nil && hasWord(first, *k.Name) {
					return at("constraints", nameOf(k))
				}
				all = append(all, []string{"constraints", nameOf(k)})
			}
		}
		if len(all) == 1 {
			return at(all[0]...)
		}
	}
	if se.Line == 0 {
		return false
	}
	line := sqltok.NewLines(se.SQL).Line(se.Line)
	for _, c := range v.n.Columns {
		for _, k := range c.Constraints {
			if k.Expression != nil && *k.Expression != "" && strings.Contains(line, *k.Expression) {
				return at("columns", c.Name, "constraints", nameOf(k), "expression") || at("columns", c.Name, "constraints", nameOf(k))
			}
		}
	}
	return false
}

// unknownType tells whether a message of the warehouse says that there is no such type.
func unknownType(message, typ string) bool {
	typ, _, _ = strings.Cut(typ, "(")
	re, err := regexp.Compile(`(?i)type (with name )?"?` + regexp.QuoteMeta(strings.TrimSpace(typ)) + `"? does not exist`)
	return err == nil && re.MatchString(message)
}

// nameOf is what finds a constraint in the list of a property file.
func nameOf(k manifest.Constraint) string {
	if k.Name != nil && *k.Name != "" {
		return *k.Name
	}
	return k.Type
}

// letters is a text without what the warehouse adds to an expression.
func letters(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "(", "", ")", "", `"`, "").Replace(s))
}

func hasWord(text, word string) bool { return diag.FindWord(text, word) >= 0 }
