package run

import (
	"context"

	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// show fetches the first rows of a node's query; nothing is built.
func (v *visit) show(ctx context.Context) error {
	if v.n.ResourceType == manifest.Seed {
		return v.materialize(ctx)
	}
	c, t := v.context(ctx)
	limit := jinja.Value(jinja.None)
	if v.r.Limit >= 0 {
		limit = jinja.Int(v.r.Limit)
	}
	header := jinja.Value(jinja.None)
	if h, ok := v.n.ConfigValue("sql_header").(string); ok {
		header = jinja.Str(h)
	}
	sql, err := c.CallMacro(t, "get_show_sql", nil, []jinja.Kwarg{
		{Name: "compiled_code", Value: jinja.Str(v.n.CompiledCode)}, {Name: "sql_header", Value: header}, {Name: "limit", Value: limit},
	})
	if err != nil {
		return err
	}
	v.n.CompiledCode = sql.String()
	resp, table, err := v.conn.Execute(ctx, v.n.CompiledCode, false, true, 0)
	if err != nil {
		return err
	}
	v.res.Response, v.res.Table, v.res.previewed = &resp, table, true
	return nil
}
