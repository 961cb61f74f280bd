package postgres

import (
	"context"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

var _ adapter.TableLocker = (*conn)(nil)

// LockTable keeps all other writers off a table until the transaction ends. It
// takes the right to update or delete. The transactions of a profile with
// autocommit hold nothing together, and no lock either.
func (c *conn) LockTable(ctx context.Context, rel adapter.Relation) error {
	if c.virtual {
		return nil
	}
	_, _, err := c.Execute(ctx, "lock table "+rel.Render()+" in share row exclusive mode", false, 0)
	return err
}
