package warehouse

import (
	"errors"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/sqltok"
)

// StatementError is a statement that the warehouse refused: the statement as the
// template made it, without the query comment, and the place in it.
type StatementError struct {
	SQL string
	// Line and Column count from 1; 0 when the warehouse names no place.
	Line, Column int
	Err          *adapter.DatabaseError
}

func (e *StatementError) Error() string { return e.Err.Error() }

// Unwrap returns the warehouse's error.
func (e *StatementError) Unwrap() error { return e.Err }

// category is dbt's class of database errors: dbt-duckdb raises them as runtime
// errors.
func (r *Runtime) category() string { return Category(r.Driver) }

// Category is dbt's class of the errors of a warehouse.
func Category(d adapter.Driver) string {
	if isA(d, "duckdb") {
		return diag.RuntimeError
	}
	return diag.DatabaseError
}

// wrap makes a diagnostic of an error of the driver that belongs to no
// statement of the user.
func (n *NodeConn) wrap(err error, sql string) error { return n.statementError(err, sql, sql) }

// statementError makes a diagnostic of a driver's error, with dbt's words; text
// is what was sent for sql.
func (n *NodeConn) statementError(err error, sql, text string) error {
	if _, ok := diag.As(err); ok {
		return err
	}
	var ce *adapter.ConnectError
	if errors.As(err, &ce) {
		return &diag.Diagnostic{Category: n.rt.category(), Code: "connection-failed", Message: n.rt.scrub(ce.Error()), Hint: ce.Hint, Err: err}
	}
	var de *adapter.DatabaseError
	if !errors.As(err, &de) {
		return &diag.Diagnostic{Category: n.rt.category(), Code: "database-error", Message: n.rt.scrub(err.Error()), Err: err}
	}
	se := &StatementError{SQL: sql, Err: de}
	d := &diag.Diagnostic{Category: n.rt.category(), Code: "database-error", Err: se}
	if de.Position > 0 {
		sent := de.SQL
		if sent == "" {
			sent = text
		}
		offset := sqltok.CharOffset(sent, de.Position)
		// The place counts in the statement itself: the comment stands in front.
		if at := strings.Index(sent, sql); at >= 0 && offset >= at && sql != "" {
			se.Line, se.Column = sqltok.Position(sql, offset-at)
			d.Source = n.rt.scrub(sqltok.NewLines(sql).Line(se.Line))
		}
	}
	d.Message = n.rt.scrub(strings.TrimSpace(de.Message))
	return d
}
