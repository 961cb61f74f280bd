package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// warehouse is a pool of sessions. It opens one when none is idle: the runtime
// asks for as many as it has workers.
type warehouse struct {
	creds  *Credentials
	config *pgconn.Config
	early  *early // may be nil

	mu     sync.Mutex
	idle   []*pgconn.PgConn
	closed bool

	typeNames sync.Map // typeKey → string, for types that aren't built in
}

func newWarehouse(c *Credentials) (*warehouse, error) {
	config, err := connectionConfig(c)
	if err != nil {
		return nil, err
	}
	return &warehouse{creds: c, config: config}, nil
}

// connectionConfig turns the profile into pgconn's settings, with libpq's
// rules for what the profile leaves open (PGSSLMODE, the password file …).
func connectionConfig(c *Credentials) (*pgconn.Config, error) {
	var dsn strings.Builder
	add := func(key string, value any) {
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(fmt.Sprint(value))
		fmt.Fprintf(&dsn, "%s='%s' ", key, quoted)
	}
	add("host", c.Host)
	add("port", c.Port)
	add("user", c.User)
	add("dbname", c.Dbname)
	for key, value := range map[string]*string{
		"sslmode": c.SSLMode, "sslcert": c.SSLCert, "sslkey": c.SSLKey, "sslrootcert": c.SSLRootCert,
	} {
		if value != nil && *value != "" {
			add(key, *value)
		}
	}
	config, err := pgconn.ParseConfig(dsn.String())
	if err != nil {
		return nil, connectError(c, err)
	}
	if c.password != "" {
		config.Password = c.password
	}
	config.ConnectTimeout = time.Duration(c.ConnectTimeout) * time.Second
	config.RuntimeParams["client_encoding"] = "UTF8"
	config.RuntimeParams["datestyle"] = "ISO"
	if c.ApplicationName != nil && *c.ApplicationName != "" {
		config.RuntimeParams["application_name"] = *c.ApplicationName
	}
	if c.SearchPath != nil && *c.SearchPath != "" {
		config.RuntimeParams["search_path"] = *c.SearchPath
	}
	dialer := &net.Dialer{}
	if c.KeepalivesIdle > 0 {
		dialer.KeepAliveConfig = net.KeepAliveConfig{
			Enable: true, Idle: time.Duration(c.KeepalivesIdle) * time.Second,
		}
	}
	config.DialFunc = dialer.DialContext
	// A cancelled context cancels the statement in the server; the session
	// lives on. The deadline is for a server that doesn't react.
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: 10 * time.Second}
	}
	return config, nil
}

// Conn takes an idle session that is still alive, or opens one.
func (w *warehouse) Conn(ctx context.Context, name string) (adapter.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for {
		w.mu.Lock()
		if w.closed {
			w.mu.Unlock()
			return nil, errClosed
		}
		var pg *pgconn.PgConn
		if n := len(w.idle); n > 0 {
			pg, w.idle = w.idle[n-1], w.idle[:n-1]
		}
		w.mu.Unlock()
		if pg == nil {
			break
		}
		if !pg.IsClosed() && alive(pg.Conn()) {
			return &conn{w: w, pg: pg}, nil
		}
		closeSession(pg)
	}
	first, err := w.early.take(ctx)
	if err != nil {
		return nil, err
	}
	pg, err := w.connectAfter(ctx, first)
	if err != nil {
		return nil, err
	}
	return &conn{w: w, pg: pg}, nil
}

var errClosed = errors.New("postgres: the warehouse is closed")

// connect opens a session. As in dbt a failed attempt is repeated `retries`
// times, after 0, 1, 4 … seconds; not where another attempt can't help or
// where the time to wait is already spent.
func (w *warehouse) connect(ctx context.Context) (*pgconn.PgConn, error) {
	return w.connectAfter(ctx, attempt{})
}

// connectAfter is connect whose first attempt may have been made already.
func (w *warehouse) connectAfter(ctx context.Context, a attempt) (*pgconn.PgConn, error) {
	for tries := 0; ; tries++ {
		if a == (attempt{}) {
			a.pg, a.err = w.connectOnce(ctx)
		}
		if a.err == nil {
			return a.pg, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if tries >= w.creds.Retries || !worthRetry(a.err) {
			return nil, connectError(w.creds, a.err)
		}
		a = attempt{}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(time.Duration(tries*tries) * time.Second):
		}
	}
}

func worthRetry(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// Class 57: starting up or shutting down; 53: out of sessions.
		return strings.HasPrefix(pg.Code, "57") || strings.HasPrefix(pg.Code, "53")
	}
	return !timedOut(err)
}

func (w *warehouse) connectOnce(ctx context.Context) (*pgconn.PgConn, error) {
	// pgconn's timeout is per address and TLS mode; the profile's is for all.
	if w.creds.ConnectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(w.creds.ConnectTimeout)*time.Second)
		defer cancel()
	}
	pg, err := pgconn.ConnectConfig(ctx, w.config.Copy())
	if err != nil {
		return nil, err
	}
	if role := w.creds.Role; role != nil && *role != "" {
		// Unquoted as in dbt, so that its case folds as the server folds it.
		if _, err := pg.Exec(ctx, "set role "+*role).ReadAll(); err != nil {
			closeSession(pg)
			return nil, err
		}
	}
	return pg, nil
}

func closeSession(pg *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = pg.Close(ctx)
}

// Close ends the idle sessions; one in use ends when it is released. As in
// libpq nobody waits for the server's processes to go.
func (w *warehouse) Close() error {
	w.mu.Lock()
	idle := w.idle
	w.idle, w.closed = nil, true
	w.mu.Unlock()
	w.early.close()
	for _, pg := range idle {
		hangUp(pg)
	}
	return nil
}

// hangUp takes leave of an idle session.
func hangUp(pg *pgconn.PgConn) {
	h, err := pg.Hijack()
	if err != nil { // not idle
		closeSession(pg)
		return
	}
	defer h.Conn.Close()
	_ = h.Conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
	h.Frontend.Send(&pgproto3.Terminate{})
	_ = h.Frontend.Flush()
}

func (w *warehouse) release(pg *pgconn.PgConn) {
	w.mu.Lock()
	if !w.closed && !pg.IsClosed() {
		w.idle = append(w.idle, pg)
		pg = nil
	}
	w.mu.Unlock()
	if pg != nil {
		hangUp(pg)
	}
}
