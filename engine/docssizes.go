package engine

import (
	"context"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// sizes asks the warehouse how big the relations of nodes and sources are; what it does not tell is not there. A query that
// fails is told of in the log and costs the site those figures only.
func (p *Project) sizes(ctx context.Context) (map[string]docs.Size, error) {
	sizer, ok := p.driver.(adapter.Sizer)
	if !ok {
		return nil, nil
	}
	if err := p.connect(ctx); err != nil {
		return nil, err
	}
	conn, err := p.pool.Conn(ctx, "docs")
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	sizes, err := sizer.Sizes(func(sql string) (*adapter.Table, error) {
		_, table, err := conn.Execute(ctx, sql, true, 0)
		return table, err
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		p.bus.Emit(event.Note{Msg: "The sizes of some relations are not known: " + p.bus.Scrub(err.Error())})
	}
	key := func(parts ...string) string { return strings.ToLower(strings.Join(parts, "\x00")) }
	found := make(map[string]docs.Size, len(sizes))
	for _, x := range sizes {
		found[key(x.Database, x.Schema, x.Name)] = docs.Size{Rows: x.Rows, Bytes: x.Bytes}
	}
	out := map[string]docs.Size{}
	for id, n := range p.manifest.Nodes {
		if s, ok := found[key(n.Database, n.Schema, n.Alias)]; ok && n.IsRelational() {
			out[id] = s
		}
	}
	for id, x := range p.manifest.Sources {
		if s, ok := found[key(x.Database, x.Schema, x.Identifier)]; ok {
			out[id] = s
		}
	}
	return out, nil
}
