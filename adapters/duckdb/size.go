package duckdb

import "github.com/gdbt-dev/gdbt/engine/adapter"

var _ adapter.Sizer = driver{}

// SizesSQL implements [adapter.Sizer]. DuckDB keeps the number of rows, and no size of a single table.
func (driver) SizesSQL() string {
	return `select database_name, schema_name, table_name, estimated_size::bigint, null::bigint from duckdb_tables() where not internal and not temporary`
}
