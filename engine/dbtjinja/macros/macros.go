// Package macros embeds the built-in macro library, the package that dbt calls "dbt": materializations, generic
// tests, cross-database functions and everything that adapters and projects may override.
//
// The library is an ABI. Projects and packages call these macros by name, dispatch to them and replace them, so names,
// arguments, dispatch points and the adapter methods that are called follow dbt's global project; testdata/abi.txt
// lists them and a test holds the list. What is beside the list (names with a leading underscore) is ours to change.
package macros

import (
	"embed"
	"io/fs"
)

//go:embed macros tests docs
var files embed.FS

// FS returns the library laid out like a dbt package: macros/**/*.sql, tests/generic/*.sql and docs/*.md.
func FS() fs.FS { return files }
