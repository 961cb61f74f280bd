// Package postgres is the PostgreSQL driver of gdbt.
//
// It speaks the native protocol through pgconn (pgx's lowest layer): SQL text
// goes as it is, in the simple protocol, so that one call may hold several
// statements, and values come back as text that is decoded by type. A BEGIN
// travels with the statement that follows it, and [adapter.Batcher] sends a
// node's statements in one round trip.
package postgres

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/gdbt-dev/gdbt/adapters/postgres/macros"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Driver returns the driver for `type: postgres`.
func Driver() adapter.Driver { return driver{} }

type driver struct{}

var _ adapter.MethodSet = driver{}

func (driver) Name() string { return "postgres" }

// ConfigFields are dbt-postgres' own config keys of models.
func (driver) ConfigFields() []string { return []string{"unlogged", "indexes"} }

// ConfigAliases are the other names that dbt-postgres takes for keys.
func (driver) ConfigAliases() map[string]string {
	return map[string]string{"dbname": "database", "pass": "password"}
}

func (driver) Parents() []string { return nil }

// Version is that of the dbt-postgres whose behaviour this driver follows.
func (driver) Version() string { return "1.11.0" }

func (driver) Macros() fs.FS { return macros.FS() }

func (driver) Credentials(output map[string]any, _ adapter.Dirs) (adapter.Credentials, error) {
	c, err := readCredentials(output)
	if err != nil {
		return nil, err // an untyped nil, not a nil *Credentials
	}
	return c, nil
}

func (driver) Open(_ context.Context, c adapter.Credentials) (adapter.Warehouse, error) {
	creds, ok := c.(*Credentials)
	if !ok {
		return nil, fmt.Errorf("postgres: credentials of another adapter: %T", c)
	}
	return newWarehouse(creds)
}

func (driver) Dialect() adapter.Dialect { return dialect }

// dialect is asked for with every relation; nobody changes it.
var dialect = adapter.Dialect{
	QuoteChar:            `"`,
	BindingChar:          "%s",
	MaxIdentifierLength:  63,
	DefaultQuoting:       adapter.QuotePolicy{Database: true, Schema: true, Identifier: true},
	SeedType:             adapter.SeedType,
	TypeLabels:           map[string]string{"STRING": "TEXT"},
	Columns:              adapter.ColumnRules{PlainStrings: []string{"text", "character varying"}},
	SupportsTransactions: true,
	FoldLower:            true,
	Strategies:           []string{"append", "delete+insert", "merge", "microbatch"},
	ConstraintSupport: map[string]string{
		"check": "enforced", "not_null": "enforced", "unique": "enforced",
		"primary_key": "enforced", "foreign_key": "enforced",
	},
	LimitSubqueryAlias: true,
}
