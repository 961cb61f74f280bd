package engine

import (
	"context"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/run"
)

// Freshness measures how old the newest rows of the selected source tables are
// and holds that against their thresholds. It writes sources.json, to output
// when that is not "". The results have a Source and, where the query went well,
// an Age.
func (p *Project) Freshness(ctx context.Context, s Selection, output string) (*Results, error) {
	path := filepath.Join(p.target, "sources.json")
	if output != "" {
		if err := p.bus.Warn(event.CustomOutputPathInSourceFreshness(output)); err != nil {
			return nil, err
		}
		var err error
		if path, err = filepath.Abs(output); err != nil {
			return nil, err
		}
	}
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	if err := p.writeGraphSummary(nil); err != nil {
		return nil, err
	}
	p.found()
	ids, err := p.choose(s, []ident.Type{ident.Source}, false)
	if err != nil {
		return nil, err
	}
	for id := range ids {
		if src := p.manifest.Sources[id]; src == nil || !run.HasFreshness(src) {
			delete(ids, id)
		}
	}
	p.session.SelectedResources = ids.Sorted()
	if err := p.connect(ctx); err != nil {
		return nil, err
	}
	r := p.runner(run.Freshness, p.nodes.Subset(ids.Has))
	r.FreshnessHooks = p.flags.Behavior.SourceFreshnessRunProjectHooks
	out, hooks := r.Run(ctx)
	if out == nil {
		return nil, p.early(hooks)
	}
	if p.flags.WriteJSON {
		if err := p.writeManifest(); err != nil {
			return out, err
		}
		md := run.Meta{DBTVersion: p.opts.DbtVersion, InvocationID: p.bus.InvocationID(), InvocationStartedAt: p.started, Env: p.metadataEnvs()}
		if err := out.WriteSources(path, md); err != nil {
			return out, err
		}
		p.bus.Emit(event.ArtifactWritten{ArtifactType: "FreshnessResult", ArtifactPath: path})
	}
	if hooks != nil {
		return nil, hooks
	}
	r.FreshnessSummary(out)
	return out, nil
}
