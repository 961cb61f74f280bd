// Package lineage traces columns: which columns of which parents a column of a model is made of, and what a column is
// used for further down.
//
// A [Parser] of a dialect reads compiled SQL into the [Query] model, which all dialects share; one resolver goes through
// the scopes of a query and finds what each of its columns comes from; [Build] does so for every node of a manifest and
// gives a [Graph]. Nothing fails as a whole: a node whose SQL can't be read, or a column that can't be traced, says why.
//
// # What counts as lineage
//
// An [Edge] leads from a column to a column of a parent. It is [Direct] when the value is taken as it is (copied, renamed,
// passed through a CTE, a union or a join), and [Derived] when it is computed (casts, functions, CASE, aggregates, window
// functions with their partition and order). A node's Filters are the columns that decide which rows come out and with
// what they meet: WHERE, HAVING, QUALIFY, join conditions, GROUP BY, DISTINCT, set operations that compare rows, ORDER BY
// where LIMIT or DISTINCT ON cuts by it, and the arguments of functions that make rows. They are kept apart from the
// edges, for they touch all columns alike.
//
// The parsers are packages of their own, since they need cgo: adapters/pglineage, adapters/ducklineage.
package lineage
