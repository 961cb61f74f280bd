// Package macros embeds the macro package dbt_duckdb: what the built-in library leaves to the adapter, in
// DuckDB's SQL. Names and arguments follow dbt's package of that name; testdata/abi.txt lists them.
package macros

import (
	"embed"
	"io/fs"
)

//go:embed macros
var files embed.FS

// FS returns the package laid out like a dbt package: macros/**/*.sql.
func FS() fs.FS { return files }
