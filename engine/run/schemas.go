package run

import (
	"context"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// session makes the macros and thread for work that belongs to no node.
func (r *Runner) session(ctx context.Context, nc *warehouse.NodeConn) (warehouse.MacroCaller, *jinja.Thread, error) {
	c := r.Session.Operation("", nil)
	c.SetAdapter(r.Runtime.Object(nc, c, warehouse.Options{Dispatch: c.Dispatch()}))
	t := jinja.NewThread(ctx)
	t.Local = c
	return c, t, nil
}

// schemasOf lists the schemas that hold relations of the nodes.
func (r *Runner) schemasOf(nodes []*manifest.Node) []warehouse.SchemaRef {
	seen := map[warehouse.SchemaRef]bool{}
	var out []warehouse.SchemaRef
	for _, n := range nodes {
		stored := n.ResourceType == manifest.Test && n.RelationName != nil
		if !(n.IsRelational() && !n.IsEphemeral()) && !stored && n.ResourceType != manifest.FunctionType {
			continue
		}
		s := warehouse.SchemaRef{Database: n.Database, Schema: n.Schema}
		if !seen[s] && s.Schema != "" {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// createSchemas makes the schemas of the selected nodes that are not there.
func (r *Runner) createSchemas(ctx context.Context, nodes []*manifest.Node) error {
	byDB := map[string][]string{}
	var dbs []string
	for _, s := range r.schemasOf(nodes) {
		if _, ok := byDB[s.Database]; !ok {
			dbs = append(dbs, s.Database)
		}
		byDB[s.Database] = append(byDB[s.Database], s.Schema)
	}
	for _, db := range dbs {
		var missing []string
		err := r.Runtime.With(ctx, "list_"+db, r.session, func(a *warehouse.Adapter, t *jinja.Thread) error {
			have, err := a.ListSchemas(t, db)
			if err != nil {
				return err
			}
			known := map[string]bool{}
			for _, s := range have {
				known[strings.ToLower(s)] = true
			}
			for _, s := range byDB[db] {
				if known[strings.ToLower(s)] {
					continue
				}
				known[strings.ToLower(s)] = true
				missing = append(missing, s)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, s := range missing {
			err := r.Runtime.With(ctx, "create_"+db+"_"+s, r.session, func(a *warehouse.Adapter, t *jinja.Thread) error {
				schema, err := r.Runtime.Classes.Relation.New(db, s, "", "") // quoted as the project says
				if err != nil {
					return err
				}
				return a.CreateSchema(t, schema.WithoutIdentifier())
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// populate fills the relation cache with the schemas of the project, or of the
// selected nodes alone.
func (r *Runner) populate(ctx context.Context, selected []*manifest.Node) error {
	if !r.PopulateCache {
		return nil
	}
	nodes := selected
	if !r.CacheSelected {
		nodes = nil
		for _, id := range r.Session.Manifest.NodeOrder {
			n := r.Session.Manifest.Nodes[id]
			if n.IsRelational() {
				nodes = append(nodes, n)
			}
		}
		nodes = append(nodes, selected...)
	}
	return r.Runtime.Populate(ctx, r.schemasOf(nodes), r.session)
}
