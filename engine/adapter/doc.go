// Package adapter is the contract between gdbt and a warehouse: what a driver
// must offer, the values that cross the border and the registry of linked
// drivers. It holds no SQL text and no driver.
//
// The pieces, outermost first:
//
//   - [Driver] knows one kind of warehouse (duckdb, postgres …): it reads the
//     credentials of a profile, opens a [Warehouse] and brings its macro package.
//   - [Warehouse] is an open connection pool; [Conn] is one session taken from it.
//   - [Relation], [Column] and [Table] are the values that Jinja sees.
//
// Optional abilities are found by type assertion: [BulkInserter] and
// [TableLocker] on a Conn, [MethodSet] on a Driver. Everything that a user or a package may override
// (DDL, catalogue queries, materializations) is a macro and not part of this
// contract.
package adapter
