package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// The warehouse's values as plugins see them.
type (
	Relation  = adapter.Relation
	Response  = adapter.Response
	Table     = adapter.Table
	Date      = adapter.Date
	Timestamp = adapter.Timestamp
)

// Rows is a stream of rows; an error ends it.
type Rows = iter.Seq2[[]any, error]

// Target is the warehouse as a plugin sees it: one session, used by one
// goroutine at a time.
type Target interface {
	// Relation names a table of the source's database.
	Relation(schema, identifier string) Relation
	// Execute sends one statement with args bound to $1, $2 ….
	Execute(ctx context.Context, sql string, args ...any) (Response, error)
	// Query sends one statement and reads its rows.
	Query(ctx context.Context, sql string, args ...any) (*Table, error)
	// BulkInsert puts rows into a table by the warehouse's fastest way and
	// returns their number. It must run inside Transaction.
	BulkInsert(ctx context.Context, rel Relation, columns []string, rows Rows) (int64, error)
	// Lock makes the transactions that lock a table take turns: it waits for the one that
	// has the lock, and holds it until its own ends. It must come first in a Transaction,
	// which then sees all that the one before it has committed. Readers don't wait.
	Lock(ctx context.Context, rel Relation) error
	// AddPrimaryKey gives a table a primary key, inside Transaction. Rows that the
	// transaction has deleted don't count.
	AddPrimaryKey(ctx context.Context, rel Relation, columns []string) error
	// Transaction runs fn in a transaction: committed when fn returns nil, else
	// rolled back and fn's error returned.
	Transaction(ctx context.Context, fn func(context.Context) error) error
}

// NewTarget makes a Target of a session. database is the source's; conn stays
// the caller's to release.
func NewTarget(conn adapter.Conn, d adapter.Dialect, database string) Target {
	return &connTarget{conn: conn, dialect: d, database: database}
}

type connTarget struct {
	conn     adapter.Conn
	dialect  adapter.Dialect
	database string
}

func (t *connTarget) Relation(schema, identifier string) Relation {
	r := adapter.NewRelation(t.dialect, t.database, schema, identifier, adapter.TypeTable)
	r.Quote = adapter.QuotePolicy{Database: true, Schema: true, Identifier: true}
	return r
}

func (t *connTarget) Execute(ctx context.Context, sql string, args ...any) (Response, error) {
	resp, _, err := t.conn.Execute(ctx, sql, false, 0, args...)
	return resp, err
}

func (t *connTarget) Query(ctx context.Context, sql string, args ...any) (*Table, error) {
	_, table, err := t.conn.Execute(ctx, sql, true, 0, args...)
	return table, err
}

// rollbackTimeout ends a rollback that the server does not answer.
const rollbackTimeout = 10 * time.Second

func (t *connTarget) Transaction(ctx context.Context, fn func(context.Context) error) (err error) {
	if err := t.conn.Begin(ctx); err != nil {
		return err
	}
	done := false
	defer func() {
		if done {
			return
		}
		// Also after a panic or a cancelled context.
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		if t.conn.InTransaction() {
			if rerr := t.conn.Rollback(undo); rerr != nil {
				err = errors.Join(err, fmt.Errorf("rollback: %w", rerr))
			}
		}
	}()
	if err := fn(ctx); err != nil {
		return err
	}
	if err := t.conn.Commit(ctx); err != nil {
		return err
	}
	done = true
	return nil
}

func (t *connTarget) BulkInsert(ctx context.Context, rel Relation, columns []string, rows Rows) (int64, error) {
	if !t.conn.InTransaction() {
		return 0, errors.New("source: BulkInsert outside a transaction")
	}
	if b, ok := t.conn.(adapter.BulkInserter); ok {
		return b.BulkInsert(ctx, rel, columns, rows)
	}
	return t.insert(ctx, rel, columns, rows)
}

func (t *connTarget) Lock(ctx context.Context, rel Relation) error {
	if !t.conn.InTransaction() {
		return errors.New("source: Lock outside a transaction")
	}
	l, ok := t.conn.(adapter.TableLocker)
	if !ok {
		return fmt.Errorf("source: this warehouse can't lock %s: %w", rel.Render(), errors.ErrUnsupported)
	}
	return l.LockTable(ctx, rel)
}

func (t *connTarget) AddPrimaryKey(ctx context.Context, rel Relation, columns []string) error {
	if !t.conn.InTransaction() {
		return errors.New("source: AddPrimaryKey outside a transaction")
	}
	if k, ok := t.conn.(adapter.KeyAdder); ok {
		return k.AddPrimaryKey(ctx, rel, columns)
	}
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = rel.Quoted(c)
	}
	_, err := t.Execute(ctx, "alter table "+rel.Render()+" add primary key ("+strings.Join(quoted, ", ")+")")
	return err
}

// maxParams is the number of bound values in one INSERT, well below every
// server's limit.
const maxParams = 2000

// insert is for warehouses without a bulk way: INSERTs of many rows each.
func (t *connTarget) insert(ctx context.Context, rel Relation, columns []string, rows Rows) (int64, error) {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = rel.Quoted(c)
	}
	head := "insert into " + rel.Render() + " (" + strings.Join(quoted, ", ") + ") values "
	perBatch := max(1, maxParams/len(columns))
	var args []any
	var total int64
	flush := func() error {
		n := len(args) / len(columns)
		if n == 0 {
			return nil
		}
		if _, err := t.Execute(ctx, head+placeholders(n, len(columns)), args...); err != nil {
			return err
		}
		total += int64(n)
		args = args[:0]
		return nil
	}
	for row, err := range rows {
		if err != nil {
			return total, err
		}
		if len(row) != len(columns) {
			return total, fmt.Errorf("source: a row of %d values for %d columns of %s", len(row), len(columns), rel.Render())
		}
		args = append(args, row...)
		if len(args) == perBatch*len(columns) {
			if err := flush(); err != nil {
				return total, err
			}
		}
	}
	return total, flush()
}

// placeholders is "($1, $2), ($3, $4)" for two rows of two columns.
func placeholders(rows, columns int) string {
	var b strings.Builder
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteString(", ")
			}
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteByte(')')
	}
	return b.String()
}
