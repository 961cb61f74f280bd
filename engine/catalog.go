package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/run"
)

// CatalogOptions say how [Project.Catalog] works.
type CatalogOptions struct {
	// NoCompile leaves the nodes uncompiled. As in dbt the selection counts for
	// nothing then.
	NoCompile bool
	// Empty asks the warehouse for nothing.
	Empty bool
}

// Catalog compiles the selected nodes, asks the warehouse for their relations
// and those of the selected sources, and writes manifest.json, run_results.json
// and catalog.json: the data of `docs generate`. Failed queries are listed in
// the catalog's Errors.
func (p *Project) Catalog(ctx context.Context, s Selection, o CatalogOptions) (*manifest.Catalog, error) {
	var selected dag.Set
	if o.NoCompile {
		if _, err := p.Parse(ctx); err != nil {
			return nil, err
		}
	} else {
		s.withEmpty = true
		results, err := p.execute(ctx, run.Compile, s, compileTypes, &Inline{})
		if err != nil {
			return nil, err
		}
		p.PrintCompiled(s, Inline{}, results, "text")
		if selected, _, err = p.matching(s, append([]ident.Type{ident.Source}, compileTypes...), true, false); err != nil {
			return nil, err
		}
	}
	if err := p.copyAssets(); err != nil {
		return nil, err
	}
	catalog := &manifest.Catalog{}
	if !o.Empty {
		if err := p.connect(ctx); err != nil {
			return nil, err
		}
		var err error
		if catalog, err = p.runner(run.Compile, p.nodes).Catalog(ctx, selected); err != nil {
			return nil, err
		}
	}
	catalog.DBTVersion, catalog.GeneratedAt, catalog.InvocationID = p.opts.DbtVersion, isoTime(p.now()), p.bus.InvocationID()
	catalog.InvocationStartedAt, catalog.Env = isoTime(p.started), p.metadataEnvs()
	path := filepath.Join(p.target, "catalog.json")
	if err := manifest.WriteFile(path, catalog.Write); err != nil {
		return nil, err
	}
	p.bus.Emit(event.ArtifactWritten{ArtifactType: "CatalogArtifact", ArtifactPath: path})
	if !o.NoCompile && !p.flags.WriteJSON {
		// The site needs the manifest, so dbt writes it with --no-write-json too.
		if err := p.putManifest(); err != nil {
			return nil, err
		}
	}
	if n := len(catalog.Errors); n > 0 {
		p.bus.Emit(event.WriteCatalogFailure{NumExceptions: n})
	}
	p.bus.Emit(event.CatalogWritten{Path: path})
	return catalog, nil
}

// copyAssets puts the folders of asset-paths below the target folder, where
// descriptions find their images.
func (p *Project) copyAssets() error {
	for _, name := range p.project.AssetPaths {
		if !filepath.IsLocal(name) || filepath.Clean(name) == "." {
			return diag.New(diag.RuntimeError, "asset-paths has '%s', which is no folder inside the project", name).
				At(config.ProjectFile, 0, 0).WithCode("asset-path")
		}
		to := filepath.Join(p.target, name)
		if err := os.RemoveAll(to); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
		from := filepath.Join(p.project.Root, name)
		if info, err := os.Stat(from); err != nil || !info.IsDir() {
			continue // dbt takes a folder that is not there for an empty one
		}
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	}
	return nil
}
