package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values/seedcsv"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// newRuntime makes what stands behind `adapter`; the pool comes with connect.
func (p *Project) newRuntime(quoting adapter.QuotePolicy) (*warehouse.Runtime, error) {
	return warehouse.New(warehouse.Config{
		Driver: p.driver, Credentials: p.creds, Quoting: quoting,
		ProjectName: p.project.Name, ProfileName: p.profile.Name, TargetName: p.profile.TargetName, Threads: p.profile.Threads,
		Comment: p.queryComment, CommentAppend: p.project.QueryComment.Append,
		Bus: p.bus, LogCacheEvents: p.flags.LogCacheEvents,
	})
}

// earlySessions are as many as the reading of the catalogue and the first nodes need at once.
const earlySessions = 4

// connectEarly begins to open sessions, before it is known what they are for, where that is harmless. What fails here
// fails again in connect, which tells: a mistake in the project comes first.
func (p *Project) connectEarly(ctx context.Context) {
	d, ok := p.driver.(adapter.EarlyOpener)
	if !ok || p.pool != nil {
		return
	}
	if pool, err := d.OpenEarly(ctx, p.creds, min(earlySessions, max(1, p.profile.Threads))); err == nil {
		p.pool = pool
	}
}

// connect opens the pool; sessions are taken when a statement needs one.
func (p *Project) connect(ctx context.Context) error {
	if p.pool != nil {
		p.runtime.Pool = p.pool
		return nil
	}
	// A database file may be meant to stand in the target folder.
	if err := os.MkdirAll(p.target, 0o755); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	pool, err := p.driver.Open(ctx, p.creds)
	if err != nil {
		return diag.Wrap(diag.RuntimeError, err)
	}
	p.pool, p.runtime.Pool = pool, pool
	return nil
}

// queryComment makes the comment that goes with each statement
// (docs.getdbt.com/reference/project-configs/query-comment).
func (p *Project) queryComment(ctx context.Context, connection string, node any) (string, error) {
	qc := p.project.QueryComment
	n, _ := node.(*manifest.Node)
	if qc.Default {
		m := yamldoc.NewMap("app", "dbt", "dbt_version", config.DbtVersion, "profile_name", p.profile.Name, "target_name", p.profile.TargetName)
		if n != nil {
			m.Set("node_id", n.UniqueID)
		} else {
			m.Set("connection_name", connection)
		}
		return jinja.JSON(dbtjinja.ToJinja(m), jinja.JSONOptions{})
	}
	if qc.Comment == "" || !jinja.HasMarkup(qc.Comment) {
		return qc.Comment, nil
	}
	c := p.session.Operation("", nil)
	c.Extra = map[string]jinja.Value{"connection_name": jinja.Str(connection), "node": jinja.None}
	if n != nil {
		c.Extra["node"] = dbtjinja.NodeValue(n)
	}
	// The comment is the body of a macro, so that it may return() its text.
	tmpl, err := p.session.Env.Parse(config.ProjectFile, "{%- macro query_comment_macro(connection_name, node) -%}"+qc.Comment+"{%- endmacro -%}")
	if err != nil {
		return "", err
	}
	macros := tmpl.Macros()
	if len(macros) != 1 {
		return "", diag.New(diag.CompilationError, "the query-comment can't hold a macro of its own").At(config.ProjectFile, 0, 0).WithCode("query-comment")
	}
	t := jinja.NewThread(ctx)
	t.Local = c
	v, err := macros[0].Call(t, c, []jinja.Value{c.Extra["connection_name"], c.Extra["node"]}, nil)
	if err != nil {
		return "", err
	}
	return v.String(), nil
}

// loadSeed reads a seed's CSV file.
func (p *Project) loadSeed(n *manifest.Node) (jinja.Value, error) {
	var columns []string
	if m, ok := n.ConfigValue("column_types").(*yamldoc.Map); ok {
		columns = m.Keys()
	}
	delimiter, set := n.ConfigValue("delimiter").(string)
	if set && len([]rune(delimiter)) != 1 {
		d := diag.New(diag.CompilationError, "the delimiter of a seed must be one character, got '%s'", delimiter).At(n.OriginalFilePath, 0, 0).WithCode("seed-delimiter")
		d.Config = "delimiter"
		return nil, d
	}
	path := filepath.Join(n.RootPath, filepath.FromSlash(n.OriginalFilePath))
	res, err := seedcsv.ReadFile(path, seedcsv.Options{TextColumns: columns, Delimiter: delimiter, File: n.OriginalFilePath})
	if err != nil {
		return nil, diag.Wrap(diag.CompilationError, err)
	}
	for _, w := range res.Warnings {
		if err := p.bus.Warn(event.Warning{Msg: n.OriginalFilePath + ": " + w}); err != nil {
			return nil, err
		}
	}
	return values.NewTable(res.Table), nil
}
