package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// SQLSTATEs that callers or hints decide on.
const (
	stateSerialization   = "40001"
	stateDeadlock        = "40P01"
	stateQueryCanceled   = "57014"
	stateNoDatabase      = "3D000"
	stateBadPassword     = "28P01"
	stateBadAuth         = "28000"
	stateTooManySessions = "53300"
	stateUndefinedObject = "42704"
	stateInvalidValue    = "22023" // of a setting, such as an unknown role
)

// statementError makes the error of a statement. prefix is the number of
// characters that were sent before sql.
func statementError(ctx context.Context, err error, sql string, prefix int) error {
	if err == nil {
		return nil
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		position := 0
		if int(pg.Position) > prefix {
			position = int(pg.Position) - prefix
		}
		e := &adapter.DatabaseError{
			Message: serverMessage(pg, sql, position), Detail: pg.Detail, Hint: pg.Hint,
			Code: pg.Code, SQL: sql, Position: position, Err: pg,
			Transient: pg.Code == stateSerialization || pg.Code == stateDeadlock,
		}
		if pg.Code == stateQueryCanceled && ctx.Err() != nil {
			e.Err = fmt.Errorf("%w: %w", context.Cause(ctx), pg)
		}
		return e
	}
	if ctx.Err() != nil {
		return &adapter.DatabaseError{
			Message: "canceling statement due to user request", Code: stateQueryCanceled, SQL: sql,
			Err: fmt.Errorf("%w: %w", context.Cause(ctx), err),
		}
	}
	return &adapter.DatabaseError{
		Message: "the connection to the server broke: " + innermost(err), SQL: sql, Err: err,
	}
}

// connectError explains why there is no session. None of pgconn's error texts
// holds the password.
func connectError(c *Credentials, err error) error {
	e := &adapter.ConnectError{Target: fmt.Sprintf("%s:%d/%s", c.Host, c.Port, c.Dbname)}
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		e.Err = &serverRefusal{pg}
		switch pg.Code {
		case stateBadPassword, stateBadAuth:
			e.Hint = fmt.Sprintf("check `user` and `password` of the profile, and the server's pg_hba.conf for user %q", c.User)
		case stateNoDatabase:
			e.Hint = fmt.Sprintf("create the database %q or correct `dbname` in the profile", c.Dbname)
		case stateTooManySessions:
			e.Hint = "lower `threads` or raise the server's max_connections"
		case stateUndefinedObject, stateInvalidValue:
			if c.Role != nil {
				e.Hint = fmt.Sprintf("check `role: %s` in the profile", *c.Role)
			}
		}
	case timedOut(err):
		e.Err = &plainError{"timeout expired", err}
		e.Hint = fmt.Sprintf("no answer within connect_timeout (%d s): check `host`, `port` and any firewall", c.ConnectTimeout)
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Err = &plainError{"Connection refused", err}
		e.Hint = "Is the server running on that host and accepting TCP/IP connections?"
	case errors.Is(err, os.ErrNotExist):
		e.Err = &plainError{innermost(err), err}
		e.Hint = "Is the server running locally and accepting connections on that socket?"
	default:
		var dns *net.DNSError
		e.Err = &plainError{innermost(err), err}
		if errors.As(err, &dns) {
			e.Hint = "check `host` in the profile"
		} else if strings.Contains(err.Error(), "tls") || strings.Contains(err.Error(), "TLS") {
			e.Hint = "check `sslmode` and the certificates in the profile"
		}
	}
	return e
}

func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// serverRefusal prints a server's FATAL as libpq does.
type serverRefusal struct{ pg *pgconn.PgError }

func (e *serverRefusal) Error() string { return e.pg.Severity + ":  " + e.pg.Message }
func (e *serverRefusal) Unwrap() error { return e.pg }

// plainError replaces a long text and keeps the chain.
type plainError struct {
	text string
	err  error
}

func (e *plainError) Error() string { return e.text }
func (e *plainError) Unwrap() error { return e.err }

// innermost is the text of the last error of a chain: pgconn wraps each
// attempt (with and without TLS, every address) around the same one.
func innermost(err error) string {
	for {
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			if next := x.Unwrap(); next != nil {
				err = next
				continue
			}
		case interface{ Unwrap() []error }:
			if all := x.Unwrap(); len(all) > 0 {
				err = all[len(all)-1]
				continue
			}
		}
		return strings.TrimSpace(err.Error())
	}
}
