package engine

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/compile"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/parse"
	"github.com/gdbt-dev/gdbt/engine/run"
	"github.com/gdbt-dev/gdbt/engine/selector"
	"github.com/gdbt-dev/gdbt/engine/sqltok"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Run builds models.
func (p *Project) Run(ctx context.Context, s Selection) (*Results, error) {
	return p.execute(ctx, run.Run, s, []ident.Type{ident.Model}, nil)
}

// Test runs data tests.
func (p *Project) Test(ctx context.Context, s Selection) (*Results, error) {
	types, err := s.types([]ident.Type{ident.Test, ident.UnitTest}, []ident.Type{ident.Test, ident.UnitTest})
	if err != nil {
		return nil, err
	}
	return p.execute(ctx, run.Test, s, types, nil)
}

// Build loads seeds, builds models and snapshots and runs tests, each after what
// it needs.
func (p *Project) Build(ctx context.Context, s Selection) (*Results, error) {
	types, err := s.types(buildTypes, buildTypes)
	if err != nil {
		return nil, err
	}
	return p.execute(ctx, run.Build, s, types, nil)
}

// Seed loads seeds.
func (p *Project) Seed(ctx context.Context, s Selection) (*Results, error) {
	return p.execute(ctx, run.Seed, s, []ident.Type{ident.Seed}, nil)
}

// Inline is a query given on the command line.
type Inline struct {
	SQL string
	// Limit is how many rows Show fetches; negative for all.
	Limit int
	// NoInject leaves the CTEs of ephemeral models out of the compiled SQL.
	NoInject bool
}

// Compile renders nodes, or the inline query, to SQL.
func (p *Project) Compile(ctx context.Context, s Selection, in Inline) (*Results, error) {
	return p.execute(ctx, run.Compile, s, compileTypes, &in)
}

// Show fetches the first rows of nodes, or of the inline query.
func (p *Project) Show(ctx context.Context, s Selection, in Inline) (*Results, error) {
	if len(s.Select) == 0 && s.Selector == "" && in.SQL == "" {
		return nil, diag.New(diag.RuntimeError, "Either --select or --inline must be passed to show")
	}
	return p.execute(ctx, run.Show, s, compileTypes, &in)
}

// execute is the common way of all commands that work on nodes.
func (p *Project) execute(ctx context.Context, command run.Command, s Selection, types []ident.Type, in *Inline) (*Results, error) {
	// --no-introspect compiles without a connection: a query is an error then.
	connected := command != run.Compile || p.flags.Introspect
	if connected {
		p.connectEarly(ctx)
	}
	if _, err := p.Parse(ctx); err != nil {
		return nil, err
	}
	var inline *manifest.Node
	if in != nil && in.SQL != "" {
		var err error
		if inline, err = parse.Inline(ctx, p.parseOptions(), p.manifest, in.SQL); err != nil {
			if d, ok := diag.As(err); ok {
				d.Message = "Error parsing inline query\n" + d.Message
			}
			return nil, err
		}
	}
	if _, err := p.readStates(); err != nil {
		return nil, err
	}
	p.found()
	graph, err := p.graph(command, s, types, inline)
	if err != nil {
		return nil, p.early(err)
	}
	var unitTests map[string][]string
	if command == run.Build {
		graph, unitTests = p.unitTestsFirst(graph)
	}
	if connected {
		if err := p.connect(ctx); err != nil {
			return nil, p.early(err)
		}
	}
	p.encodeAhead(command, graph)
	r := p.runner(command, graph)
	r.UnitTests = unitTests
	r.Defer = func() error { return p.deferNodes(command) }
	r.Batches = p.batches(s.former)
	if in != nil {
		r.Limit = in.Limit
		r.Compiler.NoInject = in.NoInject
		r.Ephemerals = command == run.Show || in.SQL != "" || len(s.Select) > 0
	}
	out, err := r.Run(ctx)
	if err != nil && out != nil { // the hooks at the end: what ran is kept
		r.Summary(out, false)
		err = errors.Join(err, p.writeResults(out, "RunExecutionResult", p.commandArgs(s, in)))
	}
	if err != nil {
		return nil, p.early(err)
	}
	// Each for itself: retry must find the results even where the manifest, which is larger, has no room.
	written := errors.Join(p.writeResults(out, "RunExecutionResult", p.commandArgs(s, in)), p.writeManifest())
	switch command {
	case run.Compile, run.Show:
		return out, errors.Join(firstError(out), written)
	default:
		if len(out.Results) > 0 {
			r.Summary(out, true)
		}
	}
	return out, written
}

// writeResults writes target/run_results.json, unless --no-write-json.
func (p *Project) writeResults(out *Results, kind string, args *yamldoc.Map) error {
	if !p.flags.WriteJSON {
		return nil
	}
	clean, _ := p.scrubbed(args).(*yamldoc.Map)
	path := filepath.Join(p.target, "run_results.json")
	md := run.Meta{DBTVersion: p.opts.DbtVersion, InvocationID: p.bus.InvocationID(), InvocationStartedAt: p.started, Env: p.metadataEnvs()}
	if err := out.WriteArtifact(path, md, clean); err != nil {
		return err
	}
	p.bus.Emit(event.ArtifactWritten{ArtifactType: kind, ArtifactPath: path})
	return nil
}

// firstError is what ends compile and show, as in dbt: the first node that
// failed.
func firstError(out *Results) error {
	for _, r := range out.Results {
		if r.Status == run.Error && r.Message != nil {
			return diag.New(diag.RuntimeError, "%s", *r.Message).WithCode("node-failed")
		}
	}
	return nil
}

// graph chooses the nodes and orders them; inline is the only one when it is there.
func (p *Project) graph(command run.Command, s Selection, types []ident.Type, inline *manifest.Node) (*dag.Graph, error) {
	if inline != nil {
		g := dag.New()
		g.AddNode(inline.UniqueID)
		return g, nil
	}
	ids, err := p.choose(s, types, s.withEmpty)
	if err != nil {
		return nil, err
	}
	all := p.nodes
	var withTests *dag.Graph
	if command == run.Build {
		all = selector.BuildGraph(p.manifest)
		addTestEdges(p.manifest, p.nodes, all)
		withTests = all
	}
	if err := p.writeGraphSummary(withTests); err != nil {
		return nil, err
	}
	p.session.SelectedResources = ids.Sorted()
	if command == run.Clone { // each node stands alone
		g := dag.New()
		for _, id := range p.session.SelectedResources {
			g.AddNode(id)
		}
		return g, nil
	}
	return all.Subset(ids.Has), nil
}

func (p *Project) runner(command run.Command, g *dag.Graph) *run.Runner {
	folder := p.project.TargetPath
	return &run.Runner{
		Command: command, Session: p.session, Runtime: p.runtime, Graph: g, Bus: p.bus, Now: p.now,
		Compiler:   &compile.Compiler{Session: p.session, Target: p.target, TargetName: folder, Write: p.flags.WriteJSON || command != run.Show},
		Threads:    max(1, p.profile.Threads),
		TargetName: p.profile.TargetName, FailFast: p.flags.FailFast, WarnIsError: p.bus.IsError("LogTestResult"),
		ExplicitOverride: p.flags.Behavior.RequireExplicitPackageOverridesForBuiltinMaterializations,
		SkipAfterStart:   p.flags.Behavior.SkipNodesIfOnRunStartFails,
		PointLatest:      p.flags.Behavior.LatestVersionPointerEnabledByDefault,
		PopulateCache:    p.flags.PopulateCache, CacheSelected: p.flags.CacheSelectedOnly, Introspect: p.flags.Introspect,
		Target: p.target, TargetFolder: folder, WriteFiles: true, Limit: -1, ShowRows: p.opts.ShowRows,
	}
}

// batches says what microbatch models are built for; former is the run that is taken up again, or nil.
func (p *Project) batches(former *Former) run.Batches {
	b := run.Batches{Custom: p.flags.Behavior.RequireBatchedExecutionForCustomMicrobatchStrategy, Until: p.started.UTC()}
	w := config.EventTimes(p.flags.EventTimeStart, p.flags.EventTimeEnd)
	if p.session.Sample != nil {
		w = p.session.Sample
	}
	if w != nil {
		b.Start, b.End = w.Start, w.End
	}
	if former == nil {
		return b
	}
	b.Until, b.Former = former.Started, map[string]*manifest.BatchResults{}
	for _, r := range former.Results {
		// One that built nothing yet is begun anew, for it may have to make its table.
		if r.BatchResults != nil && len(r.BatchResults.Successful) > 0 && len(r.BatchResults.Failed) > 0 {
			b.Former[r.UniqueID] = r.BatchResults
		}
	}
	return b
}

// matches tells whether a result's node was named in the first word of a selection, as dbt decides
// whose SQL or rows it prints.
func matches(s Selection, n *manifest.Node) bool {
	if len(s.Select) == 0 {
		return false
	}
	first, _, _ := strings.Cut(s.Select[0], " ")
	return strings.Contains(first, n.Name)
}

// PrintCompiled prints the compiled SQL of the selected nodes.
func (p *Project) PrintCompiled(s Selection, in Inline, out *Results, format string) {
	format = cmp.Or(format, "text")
	for _, r := range out.Results {
		if r.Node == nil || !(in.SQL != "" || matches(s, r.Node)) || r.Status != run.Success {
			continue
		}
		p.bus.Emit(event.CompiledNode{NodeName: r.Node.Name, Compiled: r.Node.CompiledCode, IsInline: in.SQL != "", OutputFormat: format, UniqueID: r.Node.UniqueID, Quiet: p.flags.Quiet,
			Highlight: func(sql string) string { return sqltok.Highlight(sqltok.ForAdapter(p.driver.Name()), sql) }})
	}
}

// PrintRows prints the rows that Show fetched.
func (p *Project) PrintRows(s Selection, in Inline, out *Results, format string) {
	format = cmp.Or(format, "text")
	for _, r := range out.Results {
		if r.Node == nil || !(in.SQL != "" || matches(s, r.Node)) || r.Status != run.Success || r.Table == nil {
			continue
		}
		name := r.Node.Name
		if r.Node.Version != nil {
			name += ".v" + manifest.VersionString(r.Node.Version)
		}
		p.bus.Emit(event.ShowNode{NodeName: name, Preview: r.Preview(format), IsInline: in.SQL != "", OutputFormat: format, UniqueID: r.Node.UniqueID,
			Quiet: p.flags.Quiet, Fit: r.Fit})
	}
}
