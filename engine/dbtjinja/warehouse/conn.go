package warehouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/serial"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// NodeOptions belong to a [NodeConn].
type NodeOptions struct {
	// Node is handed to the query comment.
	Node any
	// Info is put into the events of the node; see [NodeConn.SetInfo].
	Info *event.NodeInfo
	// Bus takes the events, and knows the thread that they come from; nil takes [Config.Bus].
	Bus *event.Bus
	// Values makes the manifest entry as plain values, for methods of the driver; it may be nil.
	Values func() map[string]any
	// AutoCommit makes each statement a transaction of its own, even one that would open one.
	AutoCommit bool
	// Implicit makes the first statement of the session open a transaction, even one that would not; and after [NodeConn.Commit]
	// each statement is a transaction of its own. That is what psycopg2 makes of dbt's calls.
	Implicit bool
}

// NodeConn is the session of one running node (or of other named work). It is
// taken from the pool with the first statement. It is used by one goroutine at
// a time.
type NodeConn struct {
	rt   *Runtime
	name string
	opts NodeOptions
	info *event.NodeInfo
	bus  *event.Bus
	conn adapter.Conn
	// opening is the state of a session that was just taken, until that is logged.
	opening string
	// offline: parsing, so there is no session to take.
	offline bool
	// committed: by Commit, since the session was taken or rolled back; left: by a statement that said `commit`.
	committed, left bool

	commented bool
	comment   string
}

// Node names a session; nothing is opened yet. In dbt a thread has one connection, which changes its name: the events say
// so.
func (r *Runtime) Node(name string, o NodeOptions) *NodeConn {
	n := &NodeConn{rt: r, name: name, opts: o, info: o.Info, bus: o.Bus}
	if n.bus == nil {
		n.bus = r.Bus
	}
	switch old, known := r.connections.rename(n.bus.ThreadName(), name); {
	case !known:
		n.emit(event.NewConnection{NodeInfo: n.info, ConnType: r.Driver.Name(), ConnName: name})
	case old != name:
		n.emit(event.ConnectionReused{OrigConnName: old, ConnName: name})
	}
	return n
}

// SetInfo changes what the events of the node carry, as the node goes on.
func (n *NodeConn) SetInfo(info *event.NodeInfo) { n.info = info }

func (n *NodeConn) emit(e event.Event) { n.bus.Emit(e) }

// asked logs a statement that is sent.
func (n *NodeConn) asked(sql string) {
	n.emit(event.ConnectionUsed{NodeInfo: n.info, ConnType: n.rt.Driver.Name(), ConnName: n.name})
	n.emit(event.SQLQuery{NodeInfo: n.info, ConnName: n.name, SQL: sql})
	if n.opening != "" {
		n.emit(event.NewConnectionOpening{NodeInfo: n.info, ConnectionState: n.opening})
		n.opening = ""
	}
}

// Name is the connection's name.
func (n *NodeConn) Name() string { return n.name }

// Conn returns the session, taken when there is none yet.
func (n *NodeConn) Conn(ctx context.Context) (adapter.Conn, error) {
	if n.conn != nil {
		return n.conn, nil
	}
	if n.rt.Pool == nil || n.offline {
		return nil, runtimeError("connection never acquired for thread: queries are off here (while parsing, or with --no-introspect)").
			WithHint("put what queries the warehouse inside {% if execute %}")
	}
	var c adapter.Conn
	var err error
	serial.Outside(ctx, func() { c, err = n.rt.Pool.Conn(ctx, n.name) })
	if err != nil {
		return nil, n.wrap(err, "")
	}
	n.conn = c
	n.opening = n.rt.connections.open(n.bus.ThreadName())
	return c, nil
}

// withComment adds the query comment to a statement (dbt's query_headers.py).
func (n *NodeConn) withComment(ctx context.Context, sql string) (string, error) {
	if !n.commented {
		if n.rt.Comment != nil {
			c, err := n.rt.Comment(ctx, n.name, n.opts.Node)
			if err != nil {
				return "", err
			}
			if strings.Contains(c, "*/") {
				return "", runtimeError(`query comment contains illegal value "*/": %s`, c)
			}
			n.comment = strings.TrimSpace(c)
		}
		n.commented = true
	}
	switch {
	case n.comment == "":
		return sql, nil
	case n.rt.CommentAppend:
		sql = strings.TrimRight(sql, " \t\r\n\f\v")
		if s, ok := strings.CutSuffix(sql, ";"); ok {
			return s + "\n/* " + n.comment + " */;", nil
		}
		return sql + "\n/* " + n.comment + " */", nil
	}
	return "/* " + n.comment + " */\n" + sql, nil
}

// Execute sends SQL. autoBegin opens a transaction first when none is open. With
// fetch the rows are read, at most limit when it is positive. After an error
// the transaction is rolled back. Errors hold a [*StatementError].
func (n *NodeConn) Execute(ctx context.Context, sql string, autoBegin, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	if p, ok := n.rt.Credentials.(adapter.TransactionPolicy); ok && p.DisableTransactions() {
		autoBegin = false
	}
	text, err := n.withComment(ctx, sql)
	if err != nil {
		return adapter.Response{}, nil, err
	}
	resp, table, err := n.send(ctx, sql, text, autoBegin, fetch, limit, nil, 0)
	if err != nil {
		return adapter.Response{}, nil, err
	}
	if !fetch {
		table = &adapter.Table{}
	}
	return resp, table, nil
}

// Describe sends a query and gives the columns of its result, without rows.
func (n *NodeConn) Describe(ctx context.Context, sql string) ([]adapter.ResultColumn, error) {
	text, err := n.withComment(ctx, sql)
	if err != nil {
		return nil, err
	}
	_, table, err := n.send(ctx, sql, text, false, false, 0, nil, 0)
	if err != nil {
		return nil, err
	}
	return table.Columns, nil
}

// abridged is how much of a long statement is logged.
const abridged = 512

// AddQuery sends SQL with bound values and without the query comment. abridge
// keeps most of a long text out of the log.
func (n *NodeConn) AddQuery(ctx context.Context, sql string, autoBegin bool, bindings []any, abridge bool) (adapter.Response, error) {
	shown := 0
	if abridge {
		shown = abridged
	}
	resp, _, err := n.send(ctx, sql, sql, autoBegin, false, 0, bindings, shown)
	return resp, err
}

func (n *NodeConn) send(ctx context.Context, sql, text string, autoBegin, fetch bool, limit int, bindings []any, shown int) (adapter.Response, *adapter.Table, error) {
	c, err := n.Conn(ctx)
	if err != nil {
		return adapter.Response{}, nil, err
	}
	if !c.InTransaction() && n.begins(autoBegin) {
		if err := n.Begin(ctx); err != nil {
			return adapter.Response{}, nil, err
		}
	}
	within := c.InTransaction()
	log := text
	if shown > 0 {
		if r := []rune(text); len(r) > shown {
			log = string(r[:shown])
		}
		log += "..."
	}
	n.asked(log)
	start := time.Now()
	var resp adapter.Response
	var table *adapter.Table
	serial.Outside(ctx, func() { resp, table, err = c.Execute(ctx, text, fetch, limit, bindings...) })
	if err != nil {
		n.refused(err, text)
		n.rollback(ctx)
		return adapter.Response{}, nil, n.statementError(err, sql, text)
	}
	n.left = n.left || within && !c.InTransaction()
	n.emit(event.SQLQueryStatus{NodeInfo: n.info, Status: resp.Message, Elapsed: time.Since(start).Seconds()})
	if table == nil {
		table = &adapter.Table{}
	}
	return resp, table, nil
}

// begins tells whether a statement opens a transaction when none is open. Behind a hook's `commit` dbt goes on without one,
// which we don't: what the node does from there on is to be undone as a whole too.
func (n *NodeConn) begins(autoBegin bool) bool {
	switch {
	case n.opts.AutoCommit:
		return false
	case !n.opts.Implicit:
		return autoBegin
	case n.committed:
		return false
	}
	return autoBegin || !n.left
}

// refused logs what the warehouse said of a statement, in the words of dbt's adapters.
func (n *NodeConn) refused(err error, sql string) {
	class := values.ClassPrefix(n.rt.Driver.Name())
	say := func(msg string) {
		n.emit(event.AdapterEventDebug{NodeInfo: n.info, Adapter: class, BaseMsg: n.rt.scrub(msg)})
	}
	if !n.rt.is("duckdb") {
		say(class + " error: " + err.Error())
		return
	}
	say("duckdb error: " + err.Error())
	if sql != "" {
		say("Error running SQL: " + sql)
	}
	say("Rolling back transaction.")
}

// Begin opens a transaction.
func (n *NodeConn) Begin(ctx context.Context) error {
	c, err := n.Conn(ctx)
	if err != nil {
		return err
	}
	if c.InTransaction() {
		return diag.New(diag.InternalError, "Tried to begin a new transaction on connection %q, but it already had one open!", n.name)
	}
	// PostgreSQL's BEGIN goes out with the next statement and is not logged, as
	// psycopg2 sends it by itself in dbt.
	if n.rt.is("postgres") {
		if err := c.Begin(ctx); err != nil {
			return n.wrap(err, "BEGIN")
		}
		return nil
	}
	return n.logged(ctx, "BEGIN", c.Begin)
}

// logged runs a transaction statement with the events of a query.
func (n *NodeConn) logged(ctx context.Context, sql string, f func(context.Context) error) error {
	n.asked(sql)
	start := time.Now()
	var err error
	serial.Outside(ctx, func() { err = f(ctx) })
	if err != nil {
		return n.wrap(err, sql)
	}
	status := sql
	if n.rt.is("duckdb") {
		status = "OK"
	}
	n.emit(event.SQLQueryStatus{NodeInfo: n.info, Status: status, Elapsed: time.Since(start).Seconds()})
	return nil
}

// InTransaction tells whether a transaction is open.
func (n *NodeConn) InTransaction() bool { return n.conn != nil && n.conn.InTransaction() }

// Commit commits the open transaction; without one it does nothing.
func (n *NodeConn) Commit(ctx context.Context) error {
	if !n.InTransaction() {
		return nil
	}
	n.emit(event.SQLCommit{NodeInfo: n.info, ConnName: n.name})
	if err := n.logged(ctx, "COMMIT", n.conn.Commit); err != nil {
		n.rollback(ctx)
		return err
	}
	n.committed = true
	return nil
}

// rollbackTimeout bounds a rollback, which is also sent when ctx is done.
const rollbackTimeout = 10 * time.Second

// rollback ends an open transaction; its own failure leaves the session to be
// dropped by the pool.
func (n *NodeConn) rollback(ctx context.Context) {
	if !n.InTransaction() {
		return
	}
	n.committed, n.left = false, false
	n.emit(event.Rollback{NodeInfo: n.info, ConnName: n.name})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	if err := n.conn.Rollback(ctx); err != nil {
		n.emit(event.AdapterEventDebug{NodeInfo: n.info, Adapter: n.rt.Driver.Name(), BaseMsg: "rollback failed: " + n.rt.scrub(err.Error())})
	}
}

// Rollback ends an open transaction without keeping its work.
func (n *NodeConn) Rollback(ctx context.Context) { n.rollback(ctx) }

// Release gives the session back; an open transaction is rolled back. The
// NodeConn can be used again and then takes another session.
func (n *NodeConn) Release(ctx context.Context) {
	if n.conn == nil {
		return
	}
	n.rollback(ctx)
	n.emit(event.ConnectionClosed{NodeInfo: n.info, ConnName: n.name})
	n.conn.Release()
	n.conn, n.committed, n.left = nil, false, false
}

// BulkInsert puts rows into a relation by the warehouse's fastest way, inside of the open transaction; sql says in the log
// what is done. ok is false when the driver has no such way.
func (n *NodeConn) BulkInsert(ctx context.Context, rel adapter.Relation, columns []string, sql string, rows iter.Seq2[[]any, error]) (count int64, ok bool, err error) {
	c, err := n.Conn(ctx)
	if err != nil {
		return 0, true, err
	}
	b, ok := c.(adapter.BulkInserter)
	if !ok {
		return 0, false, nil
	}
	if !c.InTransaction() && n.begins(true) {
		if err := n.Begin(ctx); err != nil {
			return 0, true, err
		}
	}
	n.asked(sql)
	start := time.Now()
	serial.Outside(ctx, func() { count, err = b.BulkInsert(ctx, rel, columns, rows) })
	if err != nil {
		n.refused(err, sql)
		n.rollback(ctx)
		return 0, true, n.statementError(err, sql, sql)
	}
	n.emit(event.SQLQueryStatus{NodeInfo: n.info, Status: fmt.Sprint("COPY ", count), Elapsed: time.Since(start).Seconds()})
	return count, true, nil
}

// ExecuteBatch sends statements in one round trip where the driver can, else
// one after the other; with commit the transaction is committed at the end.
func (n *NodeConn) ExecuteBatch(ctx context.Context, statements []string, commit bool) ([]adapter.Response, error) {
	c, err := n.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if !c.InTransaction() {
		if err := n.Begin(ctx); err != nil {
			return nil, err
		}
	}
	b, ok := c.(adapter.Batcher)
	if !ok {
		var out []adapter.Response
		for _, s := range statements {
			resp, _, err := n.Execute(ctx, s, true, false, 0)
			if err != nil {
				return out, err
			}
			out = append(out, resp)
		}
		if commit {
			return out, n.Commit(ctx)
		}
		return out, nil
	}
	texts := make([]string, len(statements))
	for i, s := range statements {
		if texts[i], err = n.withComment(ctx, s); err != nil {
			return nil, err
		}
		n.asked(texts[i])
	}
	start := time.Now()
	out, err := b.ExecuteBatch(ctx, texts, commit)
	for _, resp := range out {
		n.emit(event.SQLQueryStatus{NodeInfo: n.info, Status: resp.Message, Elapsed: time.Since(start).Seconds()})
	}
	if err != nil {
		n.refused(err, "")
		n.rollback(ctx)
		sql, text := "COMMIT", "COMMIT"
		var be *adapter.BatchError
		if errors.As(err, &be) && be.Index < len(statements) {
			sql, text = statements[be.Index], texts[be.Index]
		}
		return out, n.statementError(err, sql, text)
	}
	if commit {
		n.committed = true
		n.emit(event.SQLCommit{NodeInfo: n.info, ConnName: n.name})
	}
	return out, nil
}
