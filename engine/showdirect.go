package engine

import (
	"context"
	"fmt"
	"os"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/run"
)

// ShowDirect sends SQL as it is, without parsing the project or rendering templates, and prints the rows: format is text or
// json, a negative limit takes all rows (dbt/task/show.py, ShowTaskDirect).
func (p *Project) ShowDirect(ctx context.Context, sql string, limit int, format string) error {
	if err := os.MkdirAll(p.target, 0o755); err != nil { // a database file may be meant to stand there
		return fmt.Errorf("show: %w", err)
	}
	pool, err := p.driver.Open(ctx, p.creds)
	if err != nil {
		return diag.Wrap(diag.RuntimeError, err)
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx, "show")
	if err != nil {
		return err
	}
	defer conn.Release()
	_, table, err := conn.Execute(ctx, sql, true, limit)
	if err != nil {
		return diag.Wrap(warehouse.Category(p.driver), err)
	}
	const name = "direct-query"
	p.bus.Emit(event.ShowNode{
		NodeName: name, Preview: (&run.Result{Table: table}).Preview(format), IsInline: true, OutputFormat: format, UniqueID: name, Quiet: p.flags.Quiet,
	})
	return nil
}
