package adapter

import (
	"context"
	"io/fs"
	"iter"
)

// Driver knows one kind of warehouse. A Driver is stateless and may be shared.
type Driver interface {
	// Name is the `type:` of a profile output and the prefix of adapter macros.
	Name() string
	// Parents lists the drivers whose macros it inherits, nearest first.
	Parents() []string
	// Version is the driver's version as dbt prints it for its plugin.
	Version() string
	// Credentials reads one profile output (already rendered). Errors name
	// the missing or unknown field. projectDir is the folder that relative
	// paths start from; targetDir is where a default database file goes.
	Credentials(output map[string]any, dirs Dirs) (Credentials, error)
	// Open connects lazily or eagerly; a Conn is what must work.
	Open(ctx context.Context, c Credentials) (Warehouse, error)
	// Dialect gives the naming rules of the warehouse.
	Dialect() Dialect
	// Macros is the driver's macro package (root holds *.sql in any depth).
	Macros() fs.FS
}

// EarlyOpener is a driver whose sessions leave no trace in the warehouse, so that they may be opened before it is known
// whether they are needed: while the project is still parsed.
type EarlyOpener interface {
	// OpenEarly is Open, and begins to open sessions. An attempt that fails is the first one of the Conn that gets it.
	OpenEarly(ctx context.Context, c Credentials, sessions int) (Warehouse, error)
}

// Dirs are the folders that a profile's relative paths refer to.
type Dirs struct {
	Project string
	Target  string
}

// Credentials is one validated profile output.
type Credentials interface {
	Database() string
	Schema() string
	// Threads is the output's `threads`, 0 when it has none.
	Threads() int
	// Fields lists what Jinja's `target` shows and `debug` prints, in order,
	// without any secret.
	Fields() []Field
	// ConnectionInfo is what `debug` prints, in dbt's order, without secrets.
	ConnectionInfo() []Field
	// Secrets are values that must never be printed.
	Secrets() []string
}

// Field is a name and a plain Go value (string, int, bool, nil, []any, map[string]any).
type Field struct {
	Name  string
	Value any
}

// Warehouse is an open pool of connections.
type Warehouse interface {
	// Conn takes a session. name appears in logs and, where the warehouse
	// can show it, in its own session list.
	Conn(ctx context.Context, name string) (Conn, error)
	// Close ends every session.
	Close() error
}

// Conn is one session. It is used by one goroutine at a time. Cancelling the
// context of a call cancels the statement in the server.
type Conn interface {
	// Execute sends SQL text that may hold several statements; the last one's
	// result counts. With fetch the rows are read, at most limit when limit > 0.
	// args are bound to $1, $2 … or to the dialect's BindingChar. The Table always has
	// the last result's columns, and no values without fetch; it is never nil
	// when there is no error.
	Execute(ctx context.Context, sql string, fetch bool, limit int, args ...any) (Response, *Table, error)
	Begin(ctx context.Context) error
	Commit(ctx context.Context) error
	Rollback(ctx context.Context) error
	// InTransaction tells whether a transaction is open.
	InTransaction() bool
	// Release gives the session back; an open transaction is rolled back.
	Release()
}

// BulkInserter is an optional ability of a Conn: rows go in by the
// warehouse's fastest way (COPY, appender), inside the open transaction.
type BulkInserter interface {
	BulkInsert(ctx context.Context, rel Relation, columns []string, rows iter.Seq2[[]any, error]) (int64, error)
}

// TableLocker is an optional ability of a Conn: sessions that lock the same
// table take turns. LockTable must be the first call in an open transaction. It
// waits for the transaction that has the lock, then sees all that this one has
// committed, and keeps the lock until its own transaction ends. Who only reads
// the table is not kept waiting.
type TableLocker interface {
	LockTable(ctx context.Context, rel Relation) error
}

// KeyAdder is an optional ability of a Conn whose warehouse can't simply say
// `alter table … add primary key` in a transaction that has deleted rows.
type KeyAdder interface {
	// AddPrimaryKey gives a table a primary key, inside the open transaction.
	AddPrimaryKey(ctx context.Context, rel Relation, columns []string) error
}

// Response is what the warehouse said of a statement (dbt's AdapterResponse).
// An empty Code means that the warehouse tells no more than Message: artifacts
// then leave code and rows_affected out; otherwise rows_affected is written,
// -1 included.
type Response struct {
	Message      string // `_message`, for example "SELECT 3" or "OK"
	Code         string // "SELECT"; empty where the driver has none
	RowsAffected int64  // -1 when unknown
}

// Dialect gives the naming rules and type names of a warehouse.
type Dialect struct {
	QuoteChar string
	// BindingChar is the placeholder that get_binding_char() gives to seed
	// inserts; Execute understands it beside $1.
	BindingChar         string
	MaxIdentifierLength int // 0: no limit
	// DefaultQuoting is dbt's default quote policy for database, schema, identifier.
	DefaultQuoting QuotePolicy
	// SeedType names the column type for a kind of seed value.
	SeedType func(k Kind) string
	// ColumnTypes translates generic names (TEXT, STRING, INTEGER, FLOAT, TIMESTAMP,
	// …) to the warehouse's, as dbt's Column.TYPE_LABELS.
	TypeLabels map[string]string
	// SupportsTransactions tells whether DDL can be rolled back.
	SupportsTransactions bool
	// FoldLower tells that unquoted names are folded to lower case.
	FoldLower bool
	// Strategies lists the valid incremental strategies.
	Strategies []string
	// ConstraintSupport: constraint type → "enforced", "not_enforced", "not_supported".
	ConstraintSupport map[string]string
	// Columns are the type families for [Dialect.IsString] and its siblings.
	Columns ColumnRules
	// LimitSubqueryAlias tells that a limited or filtered relation needs an alias
	// (`(select * from r limit 0) _dbt_limit_subq_r`).
	LimitSubqueryAlias bool
	// ConcurrentMicrobatch tells that batches may run in parallel.
	ConcurrentMicrobatch bool
}

// MethodSet is an optional ability of a Driver: further methods of Jinja's
// `adapter` object.
type MethodSet interface {
	Methods(c Credentials) map[string]Method
}

// Method is one further method of Jinja's `adapter` object. Arguments and
// result are plain Go values ([]any, map[string]any, string, int64, bool,
// float64, nil) or values of this package (Relation, Column, *Table).
type Method func(ctx context.Context, s Session, args []any, kwargs map[string]any) (any, error)

// ConfigKeys is an optional ability of a Driver: config keys of nodes that are
// its own, in its order, and other names of keys (alias to proper name).
type ConfigKeys interface {
	ConfigFields() []string
	ConfigAliases() map[string]string
}

// Session is what a Method may use of the running node.
type Session interface {
	Execute(ctx context.Context, sql string, fetch bool) (Response, *Table, error)
	InTransaction() bool
	// Node is the manifest entry of the running node as plain values, nil outside one.
	Node() map[string]any
	// Warn prints a warning once a run for each key.
	Warn(key, msg string)
}
