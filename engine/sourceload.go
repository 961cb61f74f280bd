package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// LoadResult is what a source table's load brought.
type LoadResult struct {
	UniqueID string
	source.LoadResult
	// Err is what the load failed with.
	Err error
}

// SourceLoad brings the lake files of the selected source tables to the
// warehouse. Tables without a source plugin (`config.meta.gdbt.plugin`) are passed
// over. A failed table doesn't stop the others; its error is in its result.
func (p *Project) SourceLoad(ctx context.Context, s Selection) ([]LoadResult, error) {
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	ids, err := p.choose(s, []ident.Type{ident.Source}, true)
	if err != nil {
		return nil, err
	}
	return p.load(ctx, ids)
}

// LoadFor loads the sources that the selected nodes of a run or build read. What
// there is to say of the selection, the run says.
func (p *Project) LoadFor(ctx context.Context, s Selection) ([]LoadResult, error) {
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	ids, _, err := p.matching(s, nil, true, false)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	above := p.nodes.Ancestors(-1, ids.Sorted()...)
	above.Add(ids.Sorted()...)
	return p.load(ctx, above)
}

// plugged is a source table with its plugin.
type plugged struct {
	src    *manifest.Source
	cfg    source.Config
	plugin source.Plugin
}

func (p *Project) load(ctx context.Context, ids dag.Set) ([]LoadResult, error) {
	tables, err := p.pluggedTables(ids, func(source.Plugin) bool { return true })
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, p.bus.Warn(event.Warning{Msg: "No source to load: none of the selected source tables names a plugin in config.meta.gdbt"})
	}
	if err := p.connect(ctx); err != nil {
		return nil, err
	}
	var out []LoadResult
	total := event.SourceLoadSummary{}
	for i, t := range tables {
		res := p.loadTable(ctx, t, i+1, len(tables))
		total.Files += res.FilesLoaded
		total.Skipped += res.FilesSkipped
		total.Rows += int(res.Rows)
		total.Rejects += int(res.Rejects)
		if res.Err != nil {
			total.Failed++
		}
		if res.Rejects > 0 {
			total.RejectsRelation = t.src.Schema + "." + t.src.Identifier + "_rejects"
		}
		out = append(out, res)
		if err := ctx.Err(); err != nil {
			return out, err
		}
	}
	p.bus.Emit(event.Blank())
	p.bus.Emit(total)
	return out, nil
}

// pluggedTables are those of the source tables that have a plugin which can do what is asked for.
func (p *Project) pluggedTables(ids dag.Set, can func(source.Plugin) bool) ([]plugged, error) {
	var tables []plugged
	for _, id := range p.manifest.SourceOrder {
		if !ids.Has(id) {
			continue
		}
		t, err := p.plugged(p.manifest.Sources[id])
		if err != nil {
			return nil, err
		}
		if t != nil && can(t.plugin) {
			tables = append(tables, *t)
		}
	}
	return tables, nil
}

// plugged reads `config.meta.gdbt` of a source table; nil when it names no plugin.
func (p *Project) plugged(s *manifest.Source) (*plugged, error) {
	cfg, ok, err := source.ConfigOf(yamldoc.Plain(s.Meta))
	if err == nil && ok {
		var plugin source.Plugin
		if plugin, err = p.opts.Sources.Lookup(cfg.Plugin); err == nil {
			return &plugged{src: s, cfg: cfg, plugin: plugin}, nil
		}
	}
	if err == nil {
		return nil, nil
	}
	d := p.aboutSource(s, diag.ParsingError, err)
	if d.File == "" {
		d.File, d.Line = s.OriginalFilePath, s.Line
	}
	return nil, d
}

func (p *Project) loadTable(ctx context.Context, t plugged, index, total int) LoadResult {
	rel := t.src.Schema + "." + t.src.Identifier
	p.bus.Emit(event.SourceLoadStart{UniqueID: t.src.UniqueID, Relation: rel, Plugin: t.cfg.Plugin, Index: index, Total: total})
	started := p.now()
	res, err := p.callPlugin(ctx, t, rel)
	done := event.SourceLoadResult{UniqueID: t.src.UniqueID, Relation: rel, Status: "success", Index: index, Total: total,
		Files: res.FilesLoaded, Skipped: res.FilesSkipped, Rows: int(res.Rows), Rejects: int(res.Rejects),
		ExecutionTime: p.now().Sub(started).Seconds(), Msg: res.String()}
	if err != nil {
		done.Status, done.Msg = "error", p.bus.Scrub(p.aboutSource(t.src, diag.RuntimeError, err).String())
	}
	p.bus.Emit(done)
	return LoadResult{UniqueID: t.src.UniqueID, LoadResult: res, Err: err}
}

func (p *Project) callPlugin(ctx context.Context, t plugged, rel string) (source.LoadResult, error) {
	nc := p.runtime.Node(t.src.UniqueID, warehouse.NodeOptions{})
	defer nc.Release(context.WithoutCancel(ctx))
	conn, err := nc.Conn(ctx)
	if err != nil {
		return source.LoadResult{}, err
	}
	lake := ""
	if v, ok := p.vars.Lookup(p.project.Name, "lake"); ok {
		lake = fmt.Sprint(v)
	}
	return t.plugin.Load(ctx, source.LoadRequest{
		Source: source.Source{UniqueID: t.src.UniqueID, Name: t.src.SourceName, Table: t.src.Name, Database: t.src.Database,
			Schema: t.src.Schema, Identifier: t.src.Identifier, File: t.src.OriginalFilePath},
		Config: t.cfg, ProjectDir: p.project.Root, Lake: lake, FullRefresh: p.flags.FullRefresh,
		Target: source.NewTarget(conn, p.driver.Dialect(), t.src.Database), LookupEnv: p.env.Lookup, Now: p.now,
		Progress: func(g source.Progress) {
			p.bus.Emit(event.SourceLoadProgress{UniqueID: t.src.UniqueID, Relation: rel, Files: g.FilesDone, OfFiles: g.Files, Rows: int(g.Rows)})
		},
	})
}

// LoadFailed tells whether a load failed.
func LoadFailed(rs []LoadResult) bool {
	return slices.ContainsFunc(rs, func(r LoadResult) bool { return r.Err != nil })
}
