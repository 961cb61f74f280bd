package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// conn is one session. The server's own word on the transaction (TxStatus) is
// the truth, because a hook may send `commit`.
type conn struct {
	w  *warehouse
	pg *pgconn.PgConn

	// owed: Begin was called and BEGIN goes out with the next statement.
	owed bool
	// virtual: a transaction of an autocommit profile, which sends nothing.
	virtual bool
}

var (
	_ adapter.Batcher      = (*conn)(nil)
	_ adapter.BulkInserter = (*conn)(nil)
)

const begin = "begin;"

func (c *conn) InTransaction() bool {
	return c.owed || c.virtual || !c.pg.IsClosed() && c.pg.TxStatus() != 'I'
}

// ready replaces a broken session, unless a transaction went down with it.
func (c *conn) ready(ctx context.Context) error {
	if c.pg == nil {
		return errors.New("postgres: the session is released")
	}
	if !c.pg.IsClosed() {
		return nil
	}
	pg, err := c.w.connect(ctx)
	if err != nil {
		return err
	}
	c.pg = pg
	return nil
}

func (c *conn) Execute(ctx context.Context, sql string, fetch bool, limit int, args ...any) (adapter.Response, *adapter.Table, error) {
	if err := c.ready(ctx); err != nil {
		return adapter.Response{}, nil, err
	}
	if len(args) > 0 {
		if numbered(sql) {
			return c.executeParams(ctx, sql, fetch, limit, args)
		}
		inlined, err := interpolate(sql, args)
		if err != nil {
			return adapter.Response{}, nil, err
		}
		sql = inlined
	}
	text, prefix := sql, 0
	if c.owed {
		text, prefix = begin+sql, len(begin)
	}
	results := c.pg.Exec(ctx, text)
	var last *result
	var decodeErr error
	for results.NextResult() {
		if c.owed { // this one is BEGIN's
			c.owed = false
			if _, err := results.ResultReader().Close(); err != nil {
				break
			}
			continue
		}
		last, decodeErr = readResult(results.ResultReader(), fetch, limit)
		if decodeErr != nil {
			break
		}
	}
	// Without BEGIN's own answer nothing has run, and it is still owed.
	if err := results.Close(); err != nil {
		return adapter.Response{}, nil, statementError(ctx, err, sql, prefix)
	}
	if decodeErr != nil {
		return adapter.Response{}, nil, &adapter.DatabaseError{Message: decodeErr.Error(), SQL: sql, Err: decodeErr}
	}
	if last == nil || last.tag == "" {
		return adapter.Response{}, nil, &adapter.DatabaseError{Message: "can't execute an empty query", SQL: sql}
	}
	return c.finish(ctx, last)
}

// executeParams sends one statement with bound values in the extended protocol.
func (c *conn) executeParams(ctx context.Context, sql string, fetch bool, limit int, args []any) (adapter.Response, *adapter.Table, error) {
	if err := c.sendOwed(ctx); err != nil {
		return adapter.Response{}, nil, err
	}
	values := make([][]byte, len(args))
	oids := make([]uint32, len(args))
	for i, arg := range args {
		value, oid, err := parameter(arg)
		if err != nil {
			return adapter.Response{}, nil, fmt.Errorf("postgres: bound value %d: %w", i+1, err)
		}
		values[i], oids[i] = value, oid
	}
	rr := c.pg.ExecParams(ctx, sql, values, oids, nil, nil)
	res, err := readResult(rr, fetch, limit)
	if err != nil {
		var decode *decodeError
		if errors.As(err, &decode) {
			return adapter.Response{}, nil, &adapter.DatabaseError{Message: err.Error(), SQL: sql, Err: err}
		}
		return adapter.Response{}, nil, statementError(ctx, err, sql, 0)
	}
	return c.finish(ctx, res)
}

func (c *conn) finish(ctx context.Context, res *result) (adapter.Response, *adapter.Table, error) {
	if err := c.nameTypes(ctx, res); err != nil {
		return adapter.Response{}, nil, err
	}
	return response(res.tag), res.table, nil
}

// response reads a command tag as dbt-postgres's get_response does: the code
// is the tag without its numbers, and rows are -1 where the tag has none.
func response(tag string) adapter.Response {
	r := adapter.Response{Message: tag, RowsAffected: -1}
	var words []string
	for _, word := range strings.Fields(tag) {
		n, digits := int64(0), true
		for _, ch := range word {
			digits = digits && ch >= '0' && ch <= '9'
			n = n*10 + int64(ch-'0')
		}
		if digits {
			r.RowsAffected = n
		} else {
			words = append(words, word)
		}
	}
	r.Code = strings.Join(words, " ")
	return r
}

// simple runs a statement of ours.
func (c *conn) simple(ctx context.Context, sql string) (string, error) {
	results, err := c.pg.Exec(ctx, sql).ReadAll()
	if err != nil {
		return "", statementError(ctx, err, sql, 0)
	}
	if len(results) == 0 {
		return "", nil
	}
	return results[len(results)-1].CommandTag.String(), nil
}

func (c *conn) sendOwed(ctx context.Context) error {
	if !c.owed {
		return nil
	}
	if _, err := c.simple(ctx, "begin"); err != nil {
		return err
	}
	c.owed = false
	return nil
}

func (c *conn) Begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.InTransaction() {
		return errors.New("postgres: a transaction is already open")
	}
	if err := c.ready(ctx); err != nil {
		return err
	}
	if c.w.creds.Autocommit {
		c.virtual = true
		return nil
	}
	c.owed = true
	return nil
}

func (c *conn) Commit(ctx context.Context) error {
	if c.owed || c.virtual {
		c.owed, c.virtual = false, false
		return nil
	}
	if c.pg.IsClosed() {
		return errors.New("postgres: the connection broke, so the transaction is lost")
	}
	if c.pg.TxStatus() == 'I' {
		return nil
	}
	tag, err := c.simple(ctx, "commit")
	if err != nil {
		return err
	}
	return committed(tag)
}

// committed tells from COMMIT's tag whether the server did it: an aborted
// transaction answers ROLLBACK.
func committed(tag string) error {
	if tag == "ROLLBACK" {
		return &adapter.DatabaseError{
			Message: "the transaction was rolled back, because one of its statements had failed",
			SQL:     "commit", Code: "25P02",
		}
	}
	return nil
}

// Rollback also works when ctx is done: that is when it is needed most.
func (c *conn) Rollback(ctx context.Context) error {
	c.virtual = false
	if c.owed || c.pg.IsClosed() || c.pg.TxStatus() == 'I' {
		c.owed = false
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := c.simple(ctx, "rollback")
	if err != nil {
		closeSession(c.pg) // the server rolls back what a session leaves
	}
	return err
}

func (c *conn) Release() {
	if c.pg == nil {
		return
	}
	_ = c.Rollback(context.Background())
	c.w.release(c.pg)
	c.pg = nil
}

// maxBatch bounds what is written before anything is read, so that neither
// side can block the other.
const maxBatch = 32 << 10

func (c *conn) ExecuteBatch(ctx context.Context, statements []string, commit bool) ([]adapter.Response, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	if !c.InTransaction() || c.virtual {
		return nil, errors.New("postgres: a batch needs an open transaction")
	}
	size := 0
	for _, s := range statements {
		size += len(s)
	}
	if size > maxBatch {
		return c.executeEach(ctx, statements, commit)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var sent []string
	if c.owed {
		sent = append(sent, "begin")
	}
	skip := len(sent)
	sent = append(sent, statements...)
	if commit {
		sent = append(sent, "commit")
	}
	for _, sql := range sent {
		c.pg.Frontend().SendQuery(&pgproto3.Query{String: sql})
	}
	if err := c.pg.Frontend().Flush(); err != nil {
		closeSession(c.pg)
		return nil, &adapter.BatchError{Err: statementError(ctx, err, "", 0)}
	}
	c.owed = false
	var responses []adapter.Response
	var failed error
	drain := ctx
	for i, sql := range sent {
		tag, err := c.readBatch(drain, ctx)
		if c.pg.IsClosed() || err != nil && !isServerError(err) {
			closeSession(c.pg)
			if failed == nil {
				failed = &adapter.BatchError{Index: max(i-skip, 0), Err: statementError(ctx, err, sql, 0)}
			}
			return responses, failed
		}
		if err != nil || ctx.Err() != nil {
			drain = context.Background() // what was sent is still to be read
		}
		if failed != nil {
			continue // the aborted transaction refuses it
		}
		if err == nil && commit && i == len(sent)-1 {
			if err := committed(tag); err != nil {
				failed = &adapter.BatchError{Index: len(statements), Err: err}
			}
			continue
		}
		if err != nil {
			failed = &adapter.BatchError{Index: max(i-skip, 0), Err: statementError(ctx, err, sql, 0)}
		} else if i >= skip {
			responses = append(responses, response(tag))
		}
	}
	return responses, failed
}

func isServerError(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg)
}

// readBatch reads one text's answers up to ReadyForQuery.
func (c *conn) readBatch(ctx, caller context.Context) (tag string, failed error) {
	for {
		if ctx.Err() != nil {
			ctx = context.Background()
		}
		msg, err := c.pg.ReceiveMessage(ctx)
		if err != nil {
			return "", errors.Join(failed, err)
		}
		switch msg := msg.(type) {
		case *pgproto3.CommandComplete:
			tag = string(msg.CommandTag)
		case *pgproto3.EmptyQueryResponse:
			failed = &pgconn.PgError{Severity: "ERROR", Message: "can't execute an empty query"}
		case *pgproto3.ErrorResponse:
			failed = pgconn.ErrorResponseToPgError(msg)
		case *pgproto3.ReadyForQuery:
			return tag, failed
		}
	}
}

// executeEach is the batch of large texts, one round trip each.
func (c *conn) executeEach(ctx context.Context, statements []string, commit bool) ([]adapter.Response, error) {
	var responses []adapter.Response
	for i, sql := range statements {
		r, _, err := c.Execute(ctx, sql, false, 0)
		if err != nil {
			return responses, &adapter.BatchError{Index: i, Err: err}
		}
		responses = append(responses, r)
	}
	if commit {
		if err := c.Commit(ctx); err != nil {
			return responses, &adapter.BatchError{Index: len(statements), Err: err}
		}
	}
	return responses, nil
}
