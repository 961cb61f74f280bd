package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/dag"
	builtin "github.com/gdbt-dev/gdbt/engine/dbtjinja/macros"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/parse"
	"github.com/gdbt-dev/gdbt/engine/run"
	"github.com/gdbt-dev/gdbt/engine/selector"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// tellVars logs the variables of the command line, without secrets.
func (p *Project) tellVars() {
	vars := yamldoc.NewMap()
	for _, k := range slices.Sorted(slices.Values(p.cliVars.Keys())) {
		vars.Set(k, p.cliVars.Value(k))
	}
	text := yamldoc.Repr(vars)
	sum := sha256.Sum256([]byte(strings.Join([]string{text, p.flags.Profile, p.flags.Target, p.opts.DbtVersion}, "\x00")))
	p.bus.Emit(event.StateCheckVarsHash{Checksum: hex.EncodeToString(sum[:]), Vars: p.bus.Scrub(text), Profile: p.flags.Profile, Target: p.flags.Target, Version: p.opts.DbtVersion})
}

// Parse reads all files and makes the manifest. It is done once; the commands
// call it themselves.
func (p *Project) Parse(ctx context.Context) (*manifest.Manifest, error) {
	if p.manifest != nil {
		return p.manifest, nil
	}
	p.bus.Emit(event.AdapterRegistered{AdapterName: p.driver.Name(), AdapterVersion: "=" + p.driver.Version()})
	var err error
	if p.session, err = p.newSession(); err != nil {
		return nil, err
	}
	p.tellVars()
	began := time.Now()
	opts := p.parseOptions()
	opts.Perf = &p.perf
	m, err := parse.Project(ctx, opts)
	if err != nil {
		return nil, err
	}
	if err := p.warnDeprecated(m); err != nil {
		return nil, err
	}
	if err := p.warnUnusedConfigs(m); err != nil {
		return nil, err
	}
	if err := p.bus.Escalated(); err != nil {
		return nil, err
	}
	if m.Selectors, err = selector.ManifestSelectors(p.project.Selectors); err != nil {
		return nil, err
	}
	m.Metadata = manifest.Metadata{
		DBTVersion: p.opts.DbtVersion, GeneratedAt: isoTime(p.now()), InvocationID: p.bus.InvocationID(),
		InvocationStartedAt: isoTime(p.started), Env: p.metadataEnvs(), ProjectName: p.project.Name, ProjectID: md5Hex(p.project.Name),
		AdapterType: p.driver.Name(), RunStartedAt: p.started.UTC().Format("2006-01-02T15:04:05.000000+00:00"),
		Quoting: yamldoc.NewMap("database", p.session.Quoting.Database, "schema", p.session.Quoting.Schema, "identifier", p.session.Quoting.Identifier, "column", nil),
	}
	graph := selector.BuildGraph(m)
	if err := parse.Cycle(m, graph.Cycle()); err != nil {
		return nil, err
	}
	p.manifest, p.nodes = m, graph
	p.parseTime = time.Since(began)
	return m, nil
}

// warnUnusedConfigs warns of paths in dbt_project.yml that configure nothing.
func (p *Project) warnUnusedConfigs(m *manifest.Manifest) error {
	used := map[ident.Type][][]string{}
	add := func(t ident.Type, fqn []string) { used[t] = append(used[t], fqn) }
	for _, n := range m.Nodes {
		add(ident.Type(n.ResourceType), n.FQN)
	}
	for _, s := range m.Sources {
		add(ident.Source, s.FQN)
	}
	for _, e := range m.Exposures {
		add(ident.Exposure, e.FQN)
	}
	for _, u := range m.UnitTests {
		add(ident.UnitTest, u.FQN)
	}
	for t, list := range map[ident.Type]map[string]*manifest.Semantic{ident.Metric: m.Metrics, ident.SemanticModel: m.SemanticModels, ident.SavedQuery: m.SavedQueries} {
		for _, s := range list {
			add(t, s.FQN)
		}
	}
	if unused := p.project.UnusedConfigPaths(used, m.DisabledFQNs()); len(unused) > 0 {
		return p.bus.Warn(event.UnusedResourceConfigPath{UnusedConfigPaths: unused})
	}
	return nil
}

func (p *Project) parseOptions() parse.Options {
	var keys config.ResolverOptions
	if k, ok := p.driver.(adapter.ConfigKeys); ok {
		keys.AdapterFields, keys.Aliases = k.ConfigFields(), k.ConfigAliases()
	}
	return parse.Options{
		Session: p.session, Root: p.project, Packages: p.packages,
		Resolver: config.NewResolver(p.project, p.packages, keys),
		Builtin: []parse.BuiltinPackage{
			{Name: "dbt_" + p.driver.Name(), Files: p.driver.Macros()},
			{Name: "dbt", Files: builtin.FS()},
		},
		Behavior: p.flags.Behavior, Debug: p.flags.Debug, Now: float64(p.now().UnixNano()) / 1e9, Warn: p.warn,
	}
}

// encodeAhead begins with manifest.json while the run goes on: with what the run doesn't change.
func (p *Project) encodeAhead(command run.Command, chosen *dag.Graph) {
	if !p.flags.WriteJSON || p.flags.Defer || command == run.Clone { // deferral changes nodes that are not chosen
		return
	}
	p.ahead = p.manifest.EncodeAhead(func(n *manifest.Node) bool {
		return !chosen.Has(n.UniqueID) && ident.Type(n.ResourceType) != ident.Operation && n.Materialized() != "ephemeral"
	})
}

// found prints how many resources there are: the types of nodes as they were
// first met, then the others in dbt's order.
func (p *Project) found() {
	m := p.manifest
	var list []event.Count
	at := map[manifest.ResourceType]int{}
	for _, id := range m.NodeOrder {
		n := m.Nodes[id]
		if n == nil || n.ResourceType == manifest.FunctionType || n.ResourceType == manifest.Test && n.ConfigValue("enabled") == false { // of a disabled node
			continue
		}
		i, ok := at[n.ResourceType]
		if !ok {
			i = len(list)
			at[n.ResourceType] = i
			list = append(list, event.Count{Type: string(n.ResourceType)})
		}
		list[i].N++
	}
	list = append(list, event.Count{Type: "source", N: len(m.Sources)}, event.Count{Type: "exposure", N: len(m.Exposures)},
		event.Count{Type: "metric", N: len(m.Metrics)}, event.Count{Type: "macro", N: len(m.Macros)}, event.Count{Type: "group", N: len(m.Groups)},
		event.Count{Type: "semantic_model", N: len(m.SemanticModels)}, event.Count{Type: "saved_query", N: len(m.SavedQueries)},
		event.Count{Type: "unit_test", N: len(m.UnitTests)})
	p.bus.Emit(event.FoundStats{StatLine: event.StatLine(list)})
}

// WriteManifest writes target/manifest.json, unless --no-write-json.
func (p *Project) WriteManifest() error { return p.writeManifest() }

// writeManifest writes target/manifest.json.
func (p *Project) writeManifest() error {
	if !p.flags.WriteJSON {
		return nil
	}
	return p.putManifest()
}

// putManifest is writeManifest whatever --no-write-json says.
func (p *Project) putManifest() error {
	path := filepath.Join(p.target, "manifest.json")
	write := p.manifest.Write
	if p.ahead != nil {
		write, p.ahead = p.ahead.Write, nil
	}
	if err := manifest.WriteFile(path, write); err != nil {
		return err
	}
	p.bus.Emit(event.ArtifactWritten{ArtifactType: "WritableManifest", ArtifactPath: path})
	path = filepath.Join(p.target, "semantic_manifest.json")
	if err := manifest.WriteFile(path, p.manifest.WriteSemantic); err != nil {
		return err
	}
	p.bus.Emit(event.ArtifactWritten{ArtifactType: "SemanticManifest", ArtifactPath: path})
	return nil
}
