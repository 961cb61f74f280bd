// Package warehouse is the runtime behind Jinja's `adapter` object.
//
// A [Runtime] belongs to one invocation: driver, credentials, connection pool,
// the cache of relations ([Cache]), quoting and the hooks for events and the
// query comment. A [NodeConn] belongs to one running node: its session, taken
// when the first statement needs it, and the state of its transaction. An
// [Adapter] is the Jinja value: it joins the two with the macros of the node's
// context, which hold all SQL ([MacroCaller]). [Runtime.ParseObject] is its stand-in while
// parsing (execute = false).
//
// The rules follow dbt-adapters (base/impl.py, sql/impl.py, cache.py,
// base/connections.py) with one difference: whether a transaction is open is the
// session's own word, so a raw `commit;` in a hook never confuses it.
package warehouse
