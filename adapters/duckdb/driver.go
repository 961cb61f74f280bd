// Package duckdb is the DuckDB driver of gdbt: the database runs inside the
// process, linked by duckdb-go (cgo).
//
// It works on duckdb-go's mapping of the C API rather than through
// database/sql: one text may hold several statements, results are decoded
// column by column without loss, and any path can be opened.
package duckdb

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/gdbt-dev/gdbt/adapters/duckdb/macros"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Driver returns the driver for `type: duckdb`.
func Driver() adapter.Driver { return driver{} }

type driver struct{}

var _ adapter.MethodSet = driver{}

func (driver) Name() string      { return "duckdb" }
func (driver) Parents() []string { return nil }

// Version is that of the dbt-duckdb whose behaviour this driver follows.
func (driver) Version() string { return "1.11.1" }

func (driver) Macros() fs.FS { return macros.FS() }

func (driver) Credentials(output map[string]any, dirs adapter.Dirs) (adapter.Credentials, error) {
	c, err := readCredentials(output, dirs)
	if err != nil {
		return nil, err // an untyped nil, not a nil *Credentials
	}
	return c, nil
}

func (driver) Open(_ context.Context, c adapter.Credentials) (adapter.Warehouse, error) {
	creds, ok := c.(*Credentials)
	if !ok {
		return nil, fmt.Errorf("duckdb: credentials of another adapter: %T", c)
	}
	return &warehouse{creds: creds}, nil
}

func (driver) Dialect() adapter.Dialect { return dialect }

// dialect is asked for with every relation; nobody changes it.
var dialect = adapter.Dialect{
	QuoteChar:      `"`,
	BindingChar:    "?",
	DefaultQuoting: adapter.QuotePolicy{Database: true, Schema: true, Identifier: true},
	SeedType:       adapter.SeedType,
	TypeLabels:     map[string]string{"STRING": "TEXT"},
	Columns: adapter.ColumnRules{
		Integers: []string{
			"tinyint", "smallint", "integer", "bigint", "hugeint",
			"utinyint", "usmallint", "uinteger", "ubigint",
			"int1", "int2", "int4", "int8", "short", "int", "signed", "long",
		},
		Floats:  []string{"real", "float", "float4", "float8", "double"},
		Flatten: true,
	},
	SupportsTransactions: true,
	Strategies:           []string{"append", "delete+insert", "merge", "microbatch"},
	ConstraintSupport: map[string]string{
		"check": "enforced", "not_null": "enforced", "unique": "enforced",
		"primary_key": "enforced", "foreign_key": "enforced",
	},
	ConcurrentMicrobatch: true,
}
