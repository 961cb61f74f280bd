// Package values holds dbt's host objects as Jinja values: [Relation] and its
// class, [Column] and its class, the agate [Table] of a result with rows and
// columns, [Decimal], and the response of a statement. They wrap the plain
// structs of engine/adapter and print, compare and fail as dbt's Python objects
// (dbt-adapters base/relation.py, base/column.py; agate 1.9).
//
// [FromGo] and [ToGo] carry plain Go values over the border in both directions.
// The CSV reader of seeds is the sub-package seedcsv, Python's decimal
// arithmetic the sub-package decimal.
package values
