package duckdb

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

var (
	_ adapter.TableLocker = (*conn)(nil)
	_ adapter.KeyAdder    = (*conn)(nil)
)

// lockSuffix ends the name of the table whose creation stands for the lock.
const lockSuffix = "__gdbt_lock"

// LockTable takes a turn at a table. DuckDB has no locks, but of two open
// transactions only one may create a table of one name: the other one gets an
// error, and begins again until the first has ended. The table is dropped at
// once, so that nobody ever sees it.
func (c *conn) LockTable(ctx context.Context, rel adapter.Relation) error {
	if !c.tx {
		return errors.New("duckdb: LockTable outside a transaction")
	}
	lock := rel
	lock.Identifier += lockSuffix
	sql := "CREATE TABLE " + lock.Render() + " (turn INTEGER); DROP TABLE " + lock.Render()
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		_, _, err := c.Execute(ctx, sql, false, 0)
		var db *adapter.DatabaseError
		if err == nil || !errors.As(err, &db) || !db.Transient {
			return err
		}
		// A new transaction, which sees what the other one has done.
		if err := c.Rollback(ctx); err != nil {
			return err
		}
		if sleep(ctx, wait) != nil {
			return canceled(ctx, sql, err)
		}
		if err := c.Begin(ctx); err != nil {
			return err
		}
	}
}

// AddPrimaryKey puts a copy with the key in the table's place: DuckDB's own ALTER
// TABLE also looks at rows that this transaction has deleted, or that an older one
// still sees. Defaults and checks of columns, which nobody sets on such a table, are
// not copied.
func (c *conn) AddPrimaryKey(ctx context.Context, rel adapter.Relation, columns []string) error {
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = quoteName(name)
	}
	keyed := rel
	keyed.Identifier += "__gdbt_keyed"
	_, _, err := c.Execute(ctx, "CREATE TABLE "+keyed.Render()+" AS SELECT * FROM "+rel.Render()+" LIMIT 0"+
		"; ALTER TABLE "+keyed.Render()+" ADD PRIMARY KEY ("+strings.Join(quoted, ", ")+")"+
		"; INSERT INTO "+keyed.Render()+" SELECT * FROM "+rel.Render()+ // not before: rows of this transaction are not checked
		"; DROP TABLE "+rel.Render()+
		"; ALTER TABLE "+keyed.Render()+" RENAME TO "+quoteName(rel.Identifier), false, 0)
	return err
}
