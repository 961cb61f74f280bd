package engine

import (
	"context"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values/seedcsv"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/run"
)

// LineageOptions say how [Project.Lineage] works.
type LineageOptions struct {
	// Compiled takes the nodes as they are compiled already, after Compile or Catalog, and compiles none.
	Compiled bool
	// Catalog holds the columns of the relations. Without one the warehouse is asked, unless NoCatalog: then columns are
	// known from the queries and the YAML files alone.
	Catalog   *manifest.Catalog
	NoCatalog bool
	// UpstreamOnly leaves what stands below the selected nodes uncompiled.
	UpstreamOnly bool
}

// lineageTypes are the nodes that have columns.
var lineageTypes = []ident.Type{ident.Model, ident.Seed, ident.Snapshot, ident.Analysis, ident.Source}

// Lineage traces the columns of the selected nodes and of all that stands above and below them. What can't be traced says
// so in the graph and is no error. Options.Parsers must have one for the project's warehouse.
func (p *Project) Lineage(ctx context.Context, s Selection, o LineageOptions) (*lineage.Graph, error) {
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	s.withEmpty = true
	selected, err := p.choose(s, lineageTypes, true)
	if err != nil {
		return nil, err
	}
	in := lineage.Input{Manifest: p.manifest, Columns: p.seedColumns(), Failed: map[string]string{}}
	for _, parser := range p.opts.Parsers {
		if parser.Dialect().Name == p.driver.Name() {
			in.Parser = parser
		}
	}
	if !o.Compiled {
		if err := p.compileAround(ctx, selected, o.UpstreamOnly, in.Failed); err != nil {
			return nil, err
		}
	}
	if o.Catalog == nil && !o.NoCatalog {
		if o.Catalog, err = p.columnsThere(ctx); err != nil {
			return nil, err
		}
	}
	if o.Catalog != nil {
		for _, tables := range [][]manifest.CatalogTable{o.Catalog.Nodes, o.Catalog.Sources} {
			for _, t := range tables {
				names := make([]string, len(t.Columns))
				for i, c := range t.Columns {
					names[i] = c.Name
				}
				in.Columns[t.UniqueID] = names
			}
		}
	}
	return lineage.Build(ctx, in)
}

// compileAround compiles the selected nodes and those below, and all that any of these read. failed gets the messages of
// those that could not be.
func (p *Project) compileAround(ctx context.Context, selected dag.Set, upstreamOnly bool, failed map[string]string) error {
	below := dag.NewSet(selected.Sorted()...)
	if !upstreamOnly {
		below.Add(p.nodes.Descendants(-1, selected.Sorted()...).Sorted()...)
	}
	all := p.nodes.Ancestors(-1, below.Sorted()...)
	all.Add(below.Sorted()...)
	graph := p.nodes.Subset(func(id string) bool {
		n := p.manifest.Nodes[id]
		return n != nil && all.Has(id) && (n.ResourceType == manifest.Model || n.ResourceType == manifest.Snapshot || n.ResourceType == manifest.Analysis)
	})
	if graph.Len() == 0 {
		return nil
	}
	if p.flags.Introspect {
		if err := p.connect(ctx); err != nil {
			return err
		}
	}
	r := p.runner(run.Compile, graph)
	r.Defer = func() error { return p.deferNodes(run.Compile) }
	out, err := r.Run(ctx)
	if err != nil {
		return p.early(err)
	}
	for _, res := range out.Results {
		if res.Status == run.Success {
			continue
		}
		failed[res.UniqueID] = "it was not compiled"
		if res.Message != nil {
			failed[res.UniqueID] = p.bus.Scrub(*res.Message)
		}
	}
	return ctx.Err()
}

// columnsThere asks the warehouse for the columns of the project's relations. What can't be asked for is not known.
func (p *Project) columnsThere(ctx context.Context) (*manifest.Catalog, error) {
	if err := p.connect(ctx); err != nil {
		return nil, err
	}
	return p.runner(run.Compile, p.nodes).Catalog(ctx, nil)
}

// seedColumns reads the headers of the seeds. A file that can't be read is told of when the seed is loaded.
func (p *Project) seedColumns() map[string][]string {
	out := map[string][]string{}
	for id, n := range p.manifest.Nodes {
		if n.ResourceType != manifest.Seed {
			continue
		}
		delimiter, _ := n.ConfigValue("delimiter").(string)
		path := filepath.Join(n.RootPath, filepath.FromSlash(n.OriginalFilePath))
		names, err := seedcsv.Header(path, seedcsv.Options{Delimiter: delimiter, File: n.OriginalFilePath})
		if err != nil {
			p.bus.Emit(event.Note{Msg: "The columns of a seed are not known: " + p.bus.Scrub(err.Error())})
			continue
		}
		out[id] = names
	}
	return out
}
