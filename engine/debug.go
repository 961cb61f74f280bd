package engine

import (
	"context"
	"fmt"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Connection describes the warehouse of the project, without secrets.
type Connection struct {
	Type, Version string
	Fields        []adapter.Field
	ProfilesFile  string
	Profile       string
	Target        string
}

// Connection tells where the project's warehouse is.
func (p *Project) Connection() Connection {
	return Connection{Type: p.driver.Name(), Version: p.driver.Version(), Fields: p.creds.ConnectionInfo(), ProfilesFile: p.profile.File,
		Profile: p.profile.Name, Target: p.profile.TargetName}
}

// CheckConnection opens a session and sends a query.
func (p *Project) CheckConnection(ctx context.Context) error {
	pool, err := p.driver.Open(ctx, p.creds)
	if err != nil {
		return diag.Wrap(diag.RuntimeError, err)
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx, "debug")
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, _, err := conn.Execute(ctx, "select 1 as id", true, 1); err != nil {
		return fmt.Errorf("debug: %w", err)
	}
	return nil
}
