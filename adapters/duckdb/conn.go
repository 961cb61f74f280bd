package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// conn is one connection of the instance.
type conn struct {
	w        *warehouse
	raw      mapping.Connection
	tx       bool
	failed   bool           // a statement failed in the open transaction
	zone     *time.Location // of timestamps with a zone; nil when not known
	released bool
}

var _ adapter.BulkInserter = (*conn)(nil)

func (c *conn) InTransaction() bool { return c.tx }

func (c *conn) Execute(ctx context.Context, sql string, fetch bool, limit int, args ...any) (adapter.Response, *adapter.Table, error) {
	if c.released {
		return adapter.Response{}, nil, errors.New("duckdb: the session is released")
	}
	attempts := 1
	if r := c.w.creds.Retries; r != nil && r.QueryAttempts > 1 {
		attempts = r.QueryAttempts
	}
	for attempt := 0; ; attempt++ {
		response, table, err := c.execute(ctx, sql, fetch, limit, args)
		var db *adapter.DatabaseError
		if err == nil || attempt+1 >= attempts || !errors.As(err, &db) || !c.w.creds.Retries.retryable(db.Code) {
			return response, table, err
		}
		if sleep(ctx, time.Second<<attempt) != nil {
			return response, table, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

func (c *conn) execute(ctx context.Context, sql string, fetch bool, limit int, args []any) (adapter.Response, *adapter.Table, error) {
	if ctx.Err() != nil {
		return adapter.Response{}, nil, canceled(ctx, sql, nil)
	}
	if strings.IndexByte(sql, 0) >= 0 {
		return adapter.Response{}, nil, &adapter.DatabaseError{Message: "Parser Error: the SQL holds a NUL character", Code: "Parser", SQL: sql}
	}
	ok := adapter.Response{Message: "OK", RowsAffected: -1}
	pieces, free, err := c.extract(sql)
	if err != nil {
		c.failed = c.tx
		return adapter.Response{}, nil, err
	}
	defer free()
	if len(pieces) == 0 {
		return ok, &adapter.Table{}, nil // nothing but comments
	}
	var table *adapter.Table
	rows := int64(-1)
	transactional := false
	err = c.interruptible(ctx, func() error {
		for i, p := range pieces {
			if ctx.Err() != nil {
				return canceled(ctx, sql, nil)
			}
			last := i == len(pieces)-1
			var bound []any
			if last {
				bound = args
			}
			r := run{last: last, fetch: fetch && last, limit: limit, args: bound}
			if err := c.statement(ctx, p, sql, &r); err != nil {
				transactional = transactional || r.transactional
				return err
			}
			transactional = transactional || r.transactional
			if last {
				table, rows = r.table, r.rows
			}
		}
		return nil
	})
	if transactional {
		c.probeTransaction()
	}
	if err != nil {
		c.failed = c.tx
		return adapter.Response{}, nil, err
	}
	ok.RowsAffected = rows
	return ok, table, nil
}

// run is the course of one statement.
type run struct {
	last, fetch   bool
	limit         int
	args          []any
	table         *adapter.Table
	rows          int64
	transactional bool
}

// conflictPatience is how long a statement outside a transaction is tried
// again when another connection writes to the same object.
const conflictPatience = 20 * time.Second

func (c *conn) statement(ctx context.Context, p piece, sql string, r *run) error {
	start := time.Now()
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := c.statementOnce(ctx, p, sql, r)
		var db *adapter.DatabaseError
		if err == nil || c.tx || !p.known || !errors.As(err, &db) || !db.Transient || time.Since(start) > conflictPatience {
			return err
		}
		if sleep(ctx, wait) != nil {
			return canceled(ctx, sql, err)
		}
		// Preparing has used up the parsed statement.
		var again mapping.ExtractedStatements
		defer mapping.DestroyExtracted(&again)
		if mapping.ExtractStatements(c.raw, p.text, &again) != 1 {
			return err
		}
		p.extracted = again
	}
}

func (c *conn) statementOnce(ctx context.Context, p piece, sql string, r *run) error {
	var stmt mapping.PreparedStatement
	state := mapping.PrepareExtractedStatement(c.raw, p.extracted, p.index, &stmt)
	defer mapping.DestroyPrepare(&stmt)
	if state == mapping.StateError {
		return c.failure(ctx, mapping.PrepareError(stmt), sql, p)
	}
	switch mapping.PreparedStatementType(stmt) {
	case mapping.StatementTypeTransaction:
		r.transactional = true
	case mapping.StatementTypeSet, mapping.StatementTypeVariableSet, mapping.StatementTypePragma:
		c.zone = nil // it may be another from here on
	}
	if want := int(mapping.NParams(stmt)); r.last && want != len(r.args) {
		return &adapter.DatabaseError{
			Message: fmt.Sprintf("Invalid Input Error: the statement has %d placeholders for %d values", want, len(r.args)),
			Code:    "Invalid Input", SQL: sql,
		}
	}
	for n, arg := range r.args {
		if err := bind(stmt, mapping.IdxT(n+1), arg); err != nil {
			return fmt.Errorf("duckdb: bound value %d: %w", n+1, err)
		}
	}
	var pending mapping.PendingResult
	state = mapping.PendingPrepared(stmt, &pending)
	defer mapping.DestroyPending(&pending)
	if state == mapping.StateError {
		return c.failure(ctx, mapping.PendingError(pending), sql, p)
	}
	var res mapping.Result
	state = mapping.ExecutePending(pending, &res)
	defer mapping.DestroyResult(&res)
	if state == mapping.StateError {
		return c.failure(ctx, mapping.ResultError(&res), sql, p)
	}
	if !r.last {
		return nil
	}
	r.rows = -1
	if mapping.ResultReturnType(res) == mapping.ResultTypeChangedRows {
		r.rows = int64(mapping.RowsChanged(&res))
	}
	table, err := c.decode(&res, r.fetch, r.limit)
	if err != nil {
		return &adapter.DatabaseError{Message: err.Error(), SQL: sql, Err: err}
	}
	r.table = table
	return nil
}

// failure makes the error of a statement, which a done context may have caused.
func (c *conn) failure(ctx context.Context, message, sql string, p piece) error {
	err := pieceError(message, sql, p)
	if ctx.Err() != nil && err.Code == "INTERRUPT" {
		return canceled(ctx, sql, err)
	}
	return err
}

func canceled(ctx context.Context, sql string, err error) error {
	cause := context.Cause(ctx)
	if err != nil {
		cause = fmt.Errorf("%w: %w", cause, err)
	}
	return &adapter.DatabaseError{Message: "INTERRUPT Error: Interrupted!", Code: "INTERRUPT", SQL: sql, Err: cause}
}

// interruptible runs fn and interrupts the connection when the context ends.
// The interrupt is repeated, because DuckDB clears it at the start of each
// statement.
func (c *conn) interruptible(ctx context.Context, fn func() error) error {
	if ctx.Done() == nil {
		return fn()
	}
	done, finished := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(finished)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			default:
			}
			mapping.Interrupt(c.raw)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	err := fn()
	close(done)
	if !stop() {
		<-finished
	}
	return err
}

// control runs BEGIN, COMMIT or ROLLBACK, which nothing interrupts.
func (c *conn) control(sql string) error {
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	if mapping.Query(c.raw, sql, &res) == mapping.StateError {
		return statementError(mapping.ResultError(&res), sql)
	}
	return nil
}

// probeTransaction finds out whether a transaction is open after SQL that had
// BEGIN, COMMIT or ROLLBACK in it: inside one the number of the transaction stays
// the same, and one that is aborted answers nothing. A second BEGIN would abort it.
func (c *conn) probeTransaction() {
	first, ok := c.transactionID()
	second, again := c.transactionID()
	c.tx = !ok || !again || first == second
}

func (c *conn) transactionID() (int64, bool) {
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	if mapping.Query(c.raw, "SELECT txid_current()::BIGINT", &res) == mapping.StateError {
		return 0, false
	}
	table, err := c.decode(&res, true, 1)
	if err != nil || table.Len() == 0 {
		return 0, false
	}
	id, ok := table.Values[0][0].(int64)
	return id, ok
}

func (c *conn) Begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.tx {
		return errors.New("duckdb: a transaction is already open")
	}
	if err := c.control("BEGIN TRANSACTION"); err != nil {
		return err
	}
	c.tx, c.failed = true, false
	return nil
}

func (c *conn) Commit(ctx context.Context) error {
	if !c.tx {
		return nil
	}
	if c.failed {
		// DuckDB answers COMMIT of an aborted transaction with a silent rollback.
		if err := c.control("SELECT 1"); err != nil {
			return errors.Join(err, c.Rollback(ctx))
		}
	}
	err := c.control("COMMIT")
	if err == nil {
		c.tx = false
		return nil
	}
	if strings.Contains(err.Error(), "no transaction is active") {
		// Some attached catalogs end it by themselves.
		c.tx = false
		return nil
	}
	c.probeTransaction()
	return err
}

func (c *conn) Rollback(context.Context) error {
	if !c.tx {
		return nil
	}
	c.tx = false
	if err := c.control("ROLLBACK"); err != nil && !strings.Contains(err.Error(), "no transaction is active") {
		return err
	}
	return nil
}

func (c *conn) Release() {
	if c.released {
		return
	}
	_ = c.Rollback(context.Background())
	c.released = true
	c.w.release(c.raw)
}
