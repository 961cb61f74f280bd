package run

import (
	"context"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// beforeClone makes the schemas of the selected nodes and reads what is in them and in those of the state; clone runs
// no hooks of the project.
func (r *Runner) beforeClone(ctx context.Context, nodes []*manifest.Node) error {
	if err := r.createSchemas(ctx, nodes); err != nil {
		return err
	}
	if !r.PopulateCache {
		return nil
	}
	schemas := r.schemasOf(nodes)
	for _, n := range nodes {
		if d := n.Deferred; d != nil && n.IsRelational() && !n.IsEphemeral() {
			schemas = append(schemas, warehouse.SchemaRef{Database: d.Database, Schema: d.Schema})
		}
	}
	return r.Runtime.Populate(ctx, schemas, r.session)
}

// clone runs the materialization `clone` on the node.
func (v *visit) clone(ctx context.Context) error {
	const name = "clone"
	m, err := v.findMaterialization(name)
	if err != nil {
		return err
	}
	c, t := v.context(ctx)
	if v.n.Deferred != nil {
		sql := "select * from " + v.n.DeferredName
		c.SQL = &sql
	}
	if err := v.call(c, t, m); err != nil {
		return err
	}
	v.res.Message = text("No-op")
	if main, ok := c.Result("main").(*dbtjinja.StoredResult); ok {
		v.res.Message = text(main.Response.String())
		if resp, ok := values.ToResponse(main.Response); ok {
			v.res.Response, v.res.Message = &resp, text(resp.Message)
		}
	}
	return nil
}
