package adapter

import "strings"

// RelationType is what a relation is in the warehouse.
type RelationType string

// Relation types, spelled as dbt's RelationType.
const (
	TypeUnknown          RelationType = ""
	TypeTable            RelationType = "table"
	TypeView             RelationType = "view"
	TypeCTE              RelationType = "cte"
	TypeMaterializedView RelationType = "materialized_view"
	TypeEphemeral        RelationType = "ephemeral"
	TypeExternal         RelationType = "external"
	TypePointerTable     RelationType = "pointer_table"
	TypeFunction         RelationType = "function"
)

// QuotePolicy tells which parts of a name are quoted.
type QuotePolicy struct{ Database, Schema, Identifier bool }

// IncludePolicy tells which parts of a name are printed.
type IncludePolicy struct{ Database, Schema, Identifier bool }

// Relation names a table, view or similar. It is a value: methods return a
// changed copy.
type Relation struct {
	Database, Schema, Identifier string
	Type                         RelationType
	Quote                        QuotePolicy
	Include                      IncludePolicy
	// QuoteChar is the dialect's; `"` when empty.
	QuoteChar string
	// Limit, when not nil, makes the relation print as a limited subquery (`--empty`).
	Limit *int64
	// EventTime, when not nil, makes it print as a filtered subquery.
	EventTime *EventTimeFilter
	// SubqueryAlias tells that such a subquery needs an alias.
	SubqueryAlias bool
	// External, when not empty, is printed instead of the name: a path or
	// expression that the warehouse reads directly.
	External string
}

// EventTimeFilter limits a relation to [Start, End) of a column. Times are SQL
// literals' contents; an empty one leaves that side open.
type EventTimeFilter struct{ Field, Start, End string }

// NewRelation makes a fully quoted, fully printed relation of a dialect.
func NewRelation(d Dialect, database, schema, identifier string, t RelationType) Relation {
	return Relation{
		Database: database, Schema: schema, Identifier: identifier, Type: t,
		Quote: d.DefaultQuoting, Include: IncludePolicy{Database: true, Schema: true, Identifier: true},
		QuoteChar: d.QuoteChar, SubqueryAlias: d.LimitSubqueryAlias,
	}
}

// Quoted returns name in quote characters, with inner ones doubled.
func (r Relation) Quoted(name string) string {
	q := r.QuoteChar
	if q == "" {
		q = `"`
	}
	return q + strings.ReplaceAll(name, q, q+q) + q
}

// Render prints the quoted path without any limit.
func (r Relation) Render() string {
	if r.External != "" {
		return r.External
	}
	if r.Type == TypeCTE || r.Type == TypeEphemeral {
		return r.Identifier
	}
	parts := make([]string, 0, 3)
	add := func(include, quote bool, name string) {
		if !include || name == "" {
			return
		}
		if quote {
			name = r.Quoted(name)
		}
		parts = append(parts, name)
	}
	add(r.Include.Database, r.Quote.Database, r.Database)
	add(r.Include.Schema, r.Quote.Schema, r.Schema)
	add(r.Include.Identifier, r.Quote.Identifier, r.Identifier)
	return strings.Join(parts, ".")
}
