package engine

import (
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/selector"
)

// Selection says which nodes a command takes, in dbt's grammar.
type Selection struct {
	// Select and Exclude are the words of --select and --exclude.
	Select, Exclude []string
	// Selector is the name of a selector of selectors.yml.
	Selector string
	// ResourceTypes limits the types, ExcludeTypes leaves some out.
	ResourceTypes, ExcludeTypes []string
	// IDs are the unique ids of the nodes where they are known; the rest says nothing then.
	IDs []string
	// former is the run that is taken up again, nil for none.
	former *Former
	// withEmpty takes models without SQL too.
	withEmpty bool
}

var (
	buildTypes   = []ident.Type{ident.Model, ident.Seed, ident.Snapshot, ident.Test, ident.UnitTest, ident.SavedQuery, ident.Exposure, ident.Function}
	compileTypes = []ident.Type{ident.Model, ident.Snapshot, ident.Test, ident.Analysis, ident.Operation, ident.Seed, ident.Function}
	listTypes    = []ident.Type{ident.Model, ident.Snapshot, ident.Seed, ident.Test, ident.Source, ident.Exposure, ident.Metric,
		ident.SavedQuery, ident.SemanticModel, ident.UnitTest, ident.Function}
)

// types applies --resource-type and --exclude-resource-type to what a command
// can take (dbt's resource_types_from_args).
func (s Selection) types(all, standard []ident.Type) ([]ident.Type, error) {
	chosen := slices.Clone(standard)
	if len(s.ResourceTypes) > 0 {
		chosen = []ident.Type{} // nil would be all
		for _, t := range s.ResourceTypes {
			switch {
			case t == "all":
				chosen = append(chosen, all...)
			case t == "default":
				chosen = append(chosen, standard...)
			case !ident.Type(t).Valid():
				return nil, diag.New(diag.UsageError, "unknown resource type '%s'", t).WithHint("%s", diag.DidYouMean(t, typeNames(all)))
			case slices.Contains(all, ident.Type(t)):
				chosen = append(chosen, ident.Type(t))
			}
		}
	}
	return slices.DeleteFunc(chosen, func(t ident.Type) bool { return slices.Contains(s.ExcludeTypes, string(t)) }), nil
}

func typeNames(ts []ident.Type) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = string(t)
	}
	return out
}

// choose returns the ids that a selection means, and warns of terms that match
// nothing.
func (p *Project) choose(s Selection, types []ident.Type, empty bool) (dag.Set, error) {
	ids, warnings, err := p.matching(s, types, empty, true)
	if err != nil {
		return nil, err
	}
	for _, w := range warnings {
		if _, raw, ok := strings.Cut(w.Message, "selection criterion '"); ok && w.Code == "NoNodesForSelectionCriteria" {
			raw, _, _ = strings.Cut(raw, "' does not match")
			if err := p.bus.Warn(event.NoNodesForSelectionCriteria{SpecRaw: raw}); err != nil {
				return nil, err
			}
			if w.Hint != "" {
				p.bus.Emit(event.Note{Msg: w.Hint})
			}
			continue
		}
		if err := p.warn(w); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// matching is choose without the warnings; say tells of a default selector.
func (p *Project) matching(s Selection, types []ident.Type, empty, say bool) (dag.Set, []*diag.Diagnostic, error) {
	if s.IDs != nil {
		ids, err := p.known(s.IDs)
		return ids, nil, err
	}
	mode, err := selector.ParseIndirect(p.flags.IndirectSelection)
	if err != nil {
		return nil, nil, err
	}
	defs, err := selector.ParseSelectors(p.project.Selectors, p.project.SelectorsDoc, mode)
	if err != nil {
		return nil, nil, err
	}
	spec, err := p.spec(s, defs, mode, say)
	if err != nil {
		return nil, nil, err
	}
	earlier, err := p.readStates()
	if err != nil {
		return nil, nil, err
	}
	sel := selector.New(p.manifest, selector.Options{ProjectRoot: p.project.Root, Graph: p.nodes, State: earlier.state, Selectors: defs})
	return sel.Select(spec, selector.Filter{Types: types, IncludeEmpty: empty})
}

// known is the set of the ids, which must be there.
func (p *Project) known(ids []string) (dag.Set, error) {
	set := dag.Set{}
	for _, id := range ids {
		if !p.nodes.Has(id) {
			return nil, diag.New(diag.RuntimeError, "Couldn't find model '%s' -- does it exist or is it disabled?", id).
				WithCode("unknown-node").WithHint("%s", diag.DidYouMean(id, p.nodes.Nodes()))
		}
		set[id] = struct{}{}
	}
	return set, nil
}

func (p *Project) spec(s Selection, defs *selector.Selectors, mode selector.Indirect, say bool) (selector.Spec, error) {
	if s.Selector != "" {
		return defs.Get(s.Selector)
	}
	if name := defs.Default(); name != "" && len(s.Select)+len(s.Exclude) == 0 {
		if say {
			p.bus.Emit(event.DefaultSelector{Name: name})
		}
		return defs.Get(name)
	}
	return selector.ParseArgs(s.Select, s.Exclude, mode)
}

// addTestEdges makes the nodes below tested ones wait for the tests, so that
// build stops where a test fails: an edge leads from a test to each first node
// that lies below everything the test reads. full is the manifest's graph, g the
// one that gets the edges.
func addTestEdges(m *manifest.Manifest, full, g *dag.Graph) {
	tests := func(id string) bool {
		if n := m.Nodes[id]; n != nil {
			return n.ResourceType == manifest.Test
		}
		return m.UnitTests[id] != nil
	}
	below := map[string]dag.Set{}
	descendants := func(id string) dag.Set {
		s, ok := below[id]
		if !ok {
			s = full.Descendants(-1, id)
			below[id] = s
		}
		return s
	}
	for _, id := range full.Nodes() {
		if !tests(id) {
			continue
		}
		parents := full.Parents(id)
		if len(parents) == 0 {
			continue
		}
		if m.UnitTests[id] != nil {
			continue // unit tests come before their model, see unitTestsFirst
		}
		common := func(x string) bool {
			for _, par := range parents {
				if !descendants(par).Has(x) {
					return false
				}
			}
			return true
		}
		for x := range descendants(parents[0]) {
			// Exposures and their like don't wait for tests (dbt/compilation.py).
			if m.Nodes[x] == nil || tests(x) || !g.Has(x) || !common(x) {
				continue
			}
			first := true
			for _, par := range full.Parents(x) {
				if common(par) && !tests(par) {
					first = false
					break
				}
			}
			if first && g.Has(id) {
				_ = g.AddEdge(id, x) // both are there
			}
		}
	}
}

// unitTestsFirst takes the unit tests out of the graph of a build: they run with
// their model, before it. Those whose model is not built do not run either, as in
// dbt; a line says so.
func (p *Project) unitTestsFirst(g *dag.Graph) (*dag.Graph, map[string][]string) {
	of := map[string][]string{}
	var alone []string
	for _, id := range p.manifest.UnitOrder {
		if !g.Has(id) {
			continue
		}
		model := p.manifest.UnitTests[id].DependsOn.Nodes[0]
		if g.Has(model) {
			of[model] = append(of[model], id)
		} else {
			alone = append(alone, p.manifest.UnitTests[id].Name)
		}
	}
	if len(alone) > 0 {
		p.bus.Emit(event.Note{Msg: "build runs unit tests with their model only; not selected are the models of: " + strings.Join(alone, ", ")})
	}
	return g.Subset(func(id string) bool { return p.manifest.UnitTests[id] == nil }), of
}
