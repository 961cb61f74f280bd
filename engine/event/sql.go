package event

import "fmt"

// NewConnection: a connection is asked for.
type NewConnection struct {
	NodeInfo *NodeInfo `log:"node_info"`
	ConnType string    `log:"conn_type"`
	ConnName string    `log:"conn_name"`
}

func (NewConnection) Kind() Kind { return Kind{"NewConnection", "E005", Debug} }
func (e NewConnection) Message(Style) string {
	return fmt.Sprintf("Acquiring new %s connection '%s'", e.ConnType, e.ConnName)
}

// ConnectionReused: the connection of a thread is used for other work.
type ConnectionReused struct {
	OrigConnName string `log:"orig_conn_name"`
	ConnName     string `log:"conn_name"`
}

func (ConnectionReused) Kind() Kind { return Kind{"ConnectionReused", "E006", Debug} }
func (e ConnectionReused) Message(Style) string {
	return fmt.Sprintf("Re-using an available connection from the pool (formerly %s, now %s)", e.OrigConnName, e.ConnName)
}

// NewConnectionOpening: a session is taken. ConnectionState is "init", or "closed" when the thread had one before.
type NewConnectionOpening struct {
	NodeInfo        *NodeInfo `log:"node_info"`
	ConnectionState string    `log:"connection_state"`
}

func (NewConnectionOpening) Kind() Kind { return Kind{"NewConnectionOpening", "E037", Debug} }
func (e NewConnectionOpening) Message(Style) string {
	return "Opening a new connection, currently in state " + e.ConnectionState
}

// ConnectionClosedInCleanup: the connection of a thread is done with.
type ConnectionClosedInCleanup struct {
	ConnName string `log:"conn_name"`
}

func (ConnectionClosedInCleanup) Kind() Kind { return Kind{"ConnectionClosedInCleanup", "E008", Debug} }
func (e ConnectionClosedInCleanup) Message(Style) string {
	return fmt.Sprintf("Connection '%s' was properly closed.", e.ConnName)
}

// ConnectionUsed: a statement goes over this connection.
type ConnectionUsed struct {
	NodeInfo *NodeInfo `log:"node_info"`
	ConnType string    `log:"conn_type"`
	ConnName string    `log:"conn_name"`
}

func (ConnectionUsed) Kind() Kind { return Kind{"ConnectionUsed", "E015", Debug} }
func (e ConnectionUsed) Message(Style) string {
	return fmt.Sprintf(`Using %s connection "%s"`, e.ConnType, e.ConnName)
}

// SQLQuery is a statement as it is sent.
type SQLQuery struct {
	NodeInfo *NodeInfo `log:"node_info"`
	ConnName string    `log:"conn_name"`
	SQL      string    `log:"sql"`
}

func (SQLQuery) Kind() Kind             { return Kind{"SQLQuery", "E016", Debug} }
func (e SQLQuery) Message(Style) string { return fmt.Sprintf("On %s: %s", e.ConnName, e.SQL) }

// SQLQueryStatus is what the warehouse answered.
type SQLQueryStatus struct {
	NodeInfo *NodeInfo `log:"node_info"`
	Status   string    `log:"status"`
	Elapsed  float64   `log:"elapsed"`
	QueryID  string    `log:"query_id"`
}

func (SQLQueryStatus) Kind() Kind { return Kind{"SQLQueryStatus", "E017", Debug} }
func (e SQLQueryStatus) Message(Style) string {
	return fmt.Sprintf("SQL status: %s in %.3f seconds", e.Status, e.Elapsed)
}

// SQLCommit: a transaction is committed.
type SQLCommit struct {
	NodeInfo *NodeInfo `log:"node_info"`
	ConnName string    `log:"conn_name"`
}

func (SQLCommit) Kind() Kind             { return Kind{"SQLCommit", "E018", Debug} }
func (e SQLCommit) Message(Style) string { return fmt.Sprintf("On %s: COMMIT", e.ConnName) }

// Rollback: a transaction is rolled back.
type Rollback struct {
	NodeInfo *NodeInfo `log:"node_info"`
	ConnName string    `log:"conn_name"`
}

func (Rollback) Kind() Kind             { return Kind{"Rollback", "E012", Debug} }
func (e Rollback) Message(Style) string { return fmt.Sprintf("On %s: ROLLBACK", e.ConnName) }

// ConnectionClosed: a connection is given back to the system.
type ConnectionClosed struct {
	NodeInfo *NodeInfo `log:"node_info"`
	ConnName string    `log:"conn_name"`
}

func (ConnectionClosed) Kind() Kind             { return Kind{"ConnectionClosed", "E010", Debug} }
func (e ConnectionClosed) Message(Style) string { return fmt.Sprintf("On %s: Close", e.ConnName) }

// SchemaCreation: a schema is made. Relation is how dbt prints it.
type SchemaCreation struct {
	Database string
	Schema   string
}

func (SchemaCreation) Kind() Kind { return Kind{"SchemaCreation", "E020", Debug} }
func (e SchemaCreation) Message(Style) string {
	return fmt.Sprintf("Creating schema \"database: \"%s\"\nschema: \"%s\"\n\"", e.Database, e.Schema)
}
func (e SchemaCreation) data() map[string]any {
	return map[string]any{"relation": map[string]any{"database": e.Database, "schema": e.Schema, "identifier": ""}}
}

// AdapterEventDebug is a line from inside an adapter.
type AdapterEventDebug struct {
	NodeInfo *NodeInfo `log:"node_info"`
	Adapter  string    `log:"name"`
	BaseMsg  string    `log:"base_msg"`
	// Args are values for placeholders in BaseMsg: dbt's field, always empty here.
	Args []string `log:"args"`
}

func (AdapterEventDebug) Kind() Kind { return Kind{"AdapterEventDebug", "E001", Debug} }
func (e AdapterEventDebug) Message(Style) string {
	return fmt.Sprintf("%s adapter: %s", e.Adapter, e.BaseMsg)
}

// AdapterEventWarning is a warning from inside an adapter.
type AdapterEventWarning struct {
	NodeInfo *NodeInfo `log:"node_info"`
	Adapter  string    `log:"name"`
	BaseMsg  string    `log:"base_msg"`
	// Args are values for placeholders in BaseMsg: dbt's field, always empty here.
	Args []string `log:"args"`
}

func (AdapterEventWarning) Kind() Kind { return Kind{"AdapterEventWarning", "E003", Warn} }
func (e AdapterEventWarning) Message(Style) string {
	return fmt.Sprintf("%s adapter: %s", e.Adapter, e.BaseMsg)
}

// ConstraintNotEnforced and ConstraintNotSupported warn about a contract's constraint.
type (
	ConstraintNotEnforced struct {
		Constraint string `log:"constraint"`
		Adapter    string `log:"adapter"`
	}
	ConstraintNotSupported struct {
		Constraint string `log:"constraint"`
		Adapter    string `log:"adapter"`
	}
)

func (ConstraintNotEnforced) Kind() Kind { return Kind{"ConstraintNotEnforced", "E048", Warn} }
func (e ConstraintNotEnforced) Message(s Style) string {
	return s.Wrap(s.WarningTag("", fmt.Sprintf("The constraint type %s is not enforced by %s. The constraint will be included in this "+
		"model's DDL statement, but it will not guarantee anything about the underlying data. Set 'warn_unenforced: false' on "+
		"this constraint to ignore this warning.", e.Constraint, e.Adapter)))
}
func (ConstraintNotSupported) Kind() Kind { return Kind{"ConstraintNotSupported", "E049", Warn} }
func (e ConstraintNotSupported) Message(s Style) string {
	return s.Wrap(s.WarningTag("", fmt.Sprintf("The constraint type %s is not supported by %s, and will be ignored. Set "+
		"'warn_unsupported: false' on this constraint to ignore this warning.", e.Constraint, e.Adapter)))
}
