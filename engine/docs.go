package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/docs"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/selector"
)

// DocsOptions say how [Project.Docs] works.
type DocsOptions struct {
	CatalogOptions
	// Static writes static_index.html too, the site in one file.
	Static bool
	// NoSQL leaves all code out of the site. manifest.json has it nevertheless.
	NoSQL bool
	// Version is gdbt's own, which the site names.
	Version string
}

// Docs does what [Project.Catalog] does and writes the documentation site beside it: index.html and the folder gdbt_docs,
// of package docs. The last run's results are those of run_results.json as it was before.
func (p *Project) Docs(ctx context.Context, s Selection, o DocsOptions) (*manifest.Catalog, error) {
	last, err := p.lastRun(true)
	if err != nil {
		return nil, err
	}
	if _, err := p.readStates(); err != nil { // before this command writes the artifacts of a state that is its own target
		return nil, err
	}
	catalog, err := p.Catalog(ctx, s, o.CatalogOptions)
	if err != nil {
		return nil, err
	}
	in, err := p.docsInput(ctx, o, catalog, last)
	if err != nil {
		return nil, err
	}
	if !o.Empty {
		if in.Sizes, err = p.sizes(ctx); err != nil {
			return nil, err
		}
	}
	return catalog, p.writeSite(in, o.Static)
}

// docsInput collects what the site shows.
func (p *Project) docsInput(ctx context.Context, o DocsOptions, catalog *manifest.Catalog, last *manifest.RunResults) (docs.Input, error) {
	in := docs.Input{
		Manifest: p.manifest, Run: last, Adapter: p.driver.Name(), NoSQL: o.NoSQL, Version: o.Version, GeneratedAt: p.now(),
		Internal: internalPackages(p), Exists: func(path string) bool {
			_, err := os.Stat(filepath.Join(p.project.Root, filepath.FromSlash(path)))
			return err == nil
		},
	}
	if !o.Empty {
		in.Catalog = catalog
	}
	fresh, err := manifest.ReadSources(filepath.Join(p.target, "sources.json"))
	switch {
	case err == nil:
		in.Freshness = fresh
	case !errors.Is(err, fs.ErrNotExist):
		return in, err
	}
	if in.Lineage, err = p.Lineage(ctx, Selection{IDs: p.nodes.Nodes()}, LineageOptions{Compiled: true, Catalog: in.Catalog, NoCatalog: in.Catalog == nil}); err != nil {
		return in, err
	}
	return in, p.answerSelections(&in)
}

// internalPackages are the packages of the built-in macros.
func internalPackages(p *Project) []string {
	out := []string{"dbt"}
	for _, name := range append([]string{p.driver.Name()}, p.driver.Parents()...) {
		out = append(out, "dbt_"+name)
	}
	return out
}

// answerSelections asks what the site's page can't find out by itself: the selectors of selectors.yml, and what --state is for.
func (p *Project) answerSelections(in *docs.Input) error {
	earlier, err := p.readStates()
	if err != nil {
		return err
	}
	in.Selectors = map[selector.Indirect]map[string]selector.Answer{}
	for _, mode := range []selector.Indirect{selector.Eager, selector.Cautious, selector.Buildable, selector.Empty} {
		defs, err := selector.ParseSelectors(p.project.Selectors, p.project.SelectorsDoc, mode)
		if err != nil {
			return err
		}
		sel := selector.New(p.manifest, selector.Options{ProjectRoot: p.project.Root, Graph: p.nodes, State: earlier.state, Selectors: defs})
		in.Selectors[mode] = sel.Named(selector.Filter{Types: listTypes, IncludeEmpty: true})
		in.DefaultSelector = defs.Default()
		if mode == selector.Eager && earlier.state != nil {
			in.Earlier = sel.Artifacts()
		}
	}
	return nil
}

func (p *Project) writeSite(in docs.Input, static bool) error {
	dir := docs.Dir{Path: p.target}
	if err := docs.Build(in, &dir); err != nil {
		return err
	}
	if err := dir.Finish(); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if !static {
		return nil
	}
	return manifest.WriteFile(filepath.Join(p.target, docs.StaticFile), func(w io.Writer) error { return docs.WriteStatic(in, w) })
}

// lastRunFile keeps the results of the last command that ran something: `docs generate` writes run_results.json anew, as
// dbt does, with those of its own compiling.
const lastRunFile = "gdbt_last_run.json"

// lastRun reads the results of the last command that ran nodes, nil when there was none; keep puts them by.
func (p *Project) lastRun(keep bool) (*manifest.RunResults, error) {
	read := func(name string) (*manifest.RunResults, []byte, error) {
		path := filepath.Join(p.target, name)
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("engine: %w", err)
		}
		r, err := manifest.DecodeRunResults(path, raw)
		return r, raw, err
	}
	r, raw, err := read("run_results.json")
	if err != nil {
		return nil, err
	}
	if r == nil || !slices.Contains([]string{"build", "run", "test", "seed", "snapshot", "retry"}, r.Args.Str("which")) {
		r, _, err = read(lastRunFile)
		return r, err
	}
	if !keep {
		return r, nil
	}
	return r, manifest.WriteFile(filepath.Join(p.target, lastRunFile), func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
}
