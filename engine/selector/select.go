package selector

import (
	"maps"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// Options set up a [Selector].
type Options struct {
	// ProjectRoot is the root project's folder; path: matches only what is there.
	// Empty: names alone decide.
	ProjectRoot string
	// Graph is the manifest's, of [BuildGraph]; nil makes it.
	Graph *dag.Graph
	// State is what earlier runs left, for state:, result: and source_status:; nil when nothing is given.
	State *State
	// Selectors are the definitions that selector: finds; nil is none.
	Selectors *Selectors
}

// Selector answers specs on one manifest. It is safe for concurrent use.
type Selector struct {
	manifest *manifest.Manifest
	graph    *dag.Graph
	opts     Options
	items    []item
	byID     map[string]int
}

// Filter limits what is selected at last.
type Filter struct {
	// Types are the resource types that the command works on; nil means all.
	Types []ident.Type
	// IncludeEmpty keeps nodes whose file is empty.
	IncludeEmpty bool
}

// BuildGraph makes the graph of a manifest's enabled resources: edges from what a
// resource depends on to the resource. Dependencies that are not there are left out.
func BuildGraph(m *manifest.Manifest) *dag.Graph {
	s := &Selector{manifest: m}
	s.collect()
	return s.buildGraph()
}

func (s *Selector) buildGraph() *dag.Graph {
	g := dag.New()
	for i := range s.items {
		g.AddNode(s.items[i].id)
	}
	for i := range s.items {
		for _, dep := range s.items[i].dependsOn {
			if g.Has(dep) {
				_ = g.AddEdge(dep, s.items[i].id) // both are there
			}
		}
	}
	return g
}

// New makes a Selector.
func New(m *manifest.Manifest, opts Options) *Selector {
	s := &Selector{manifest: m, opts: opts}
	s.collect()
	if s.graph = opts.Graph; s.graph == nil {
		s.graph = s.buildGraph()
	}
	s.byID = make(map[string]int, len(s.items))
	for i := range s.items {
		s.byID[s.items[i].id] = i
	}
	return s
}

// Graph is the graph that the selector works on.
func (s *Selector) Graph() *dag.Graph { return s.graph }

// Select returns the ids that a spec means. Warnings tell of terms that match nothing.
func (s *Selector) Select(spec Spec, f Filter) (dag.Set, []*diag.Diagnostic, error) {
	r := &resolution{s: s, filter: f}
	direct, _, err := r.resolve(spec)
	if err != nil {
		return nil, nil, err
	}
	r.keep(direct)
	return direct, r.warnings, nil
}

// keep applies the filter.
func (r *resolution) keep(ids dag.Set) {
	for id := range ids {
		it := &r.s.items[r.s.byID[id]]
		if r.filter.Types != nil && !slices.Contains(r.filter.Types, it.kind) || it.empty && !r.filter.IncludeEmpty {
			delete(ids, id)
		}
	}
}

type resolution struct {
	s        *Selector
	filter   Filter
	warnings []*diag.Diagnostic
	// within are the selectors whose definition is being resolved.
	within []string
}

// resolve returns what is selected, and the tests that would be if more of their
// parents were.
func (r *resolution) resolve(spec Spec) (direct, indirect dag.Set, err error) {
	switch spec := spec.(type) {
	case *Criterion:
		return r.criterion(spec)
	case *Group:
		return r.group(spec)
	}
	return dag.Set{}, dag.Set{}, nil
}

func (r *resolution) criterion(c *Criterion) (direct, indirect dag.Set, err error) {
	var found dag.Set
	if c.Method == selectorMethod {
		found, err = r.selectors(c)
	} else {
		found, err = r.s.search(c)
	}
	if err != nil {
		return nil, nil, err
	}
	for id := range found {
		if !r.s.graph.Has(id) {
			delete(found, id)
		}
	}
	selected := r.neighbours(c, found)
	// A selector has its tests already: those that it excludes stay out.
	if c.Indirect == Empty || c.Method == selectorMethod {
		return selected, dag.Set{}, nil
	}
	direct, indirect = r.expand(selected, c.Indirect)
	return direct, indirect, nil
}

// selectors returns what the selectors select whose names match. They may name each other, but not in a circle.
func (r *resolution) selectors(c *Criterion) (dag.Set, error) {
	value, err := textValue(c)
	if err != nil {
		return nil, err
	}
	names := r.s.opts.Selectors.Names()
	if len(names) == 0 {
		return nil, bad("Cannot use selector: method if selectors.yml is not provided")
	}
	slices.Sort(names)
	found, matches := dag.Set{}, false
	for _, name := range names {
		if !fnmatch(name, value) {
			continue
		}
		matches = true
		if slices.Contains(r.within, name) {
			return nil, bad("Circular dependency detected in selector: %s", name).WithHint("%s", strings.Join(append(r.within, name), " → "))
		}
		spec, err := r.s.opts.Selectors.Get(name)
		if err != nil {
			return nil, err
		}
		r.within = append(r.within, name)
		direct, _, err := r.resolve(spec)
		if err != nil {
			return nil, err
		}
		r.within = r.within[:len(r.within)-1]
		r.keep(direct) // before the graph operators look at it, as in dbt
		maps.Copy(found, direct)
	}
	if !matches {
		return nil, bad("Selector '%s' did not match any selector in selectors.yml", value).WithHint("%s", diag.DidYouMean(value, names))
	}
	return found, nil
}

func (r *resolution) neighbours(c *Criterion, found dag.Set) dag.Set {
	g := r.s.graph
	ids := found.Sorted()
	selected := maps.Clone(found)
	if c.ChildrensParents {
		below := g.Descendants(Unlimited, ids...)
		maps.Copy(below, found)
		maps.Copy(selected, below)
		maps.Copy(selected, g.Ancestors(Unlimited, below.Sorted()...))
	}
	if c.Parents {
		maps.Copy(selected, g.Ancestors(c.ParentsDepth, ids...))
	}
	if c.Children {
		maps.Copy(selected, g.Descendants(c.ChildrenDepth, ids...))
	}
	return selected
}

func subset(ids []string, in ...dag.Set) bool {
	for _, id := range ids {
		if !slices.ContainsFunc(in, func(s dag.Set) bool { return s.Has(id) }) {
			return false
		}
	}
	return true
}

// expand adds the tests of the selected nodes.
func (r *resolution) expand(selected dag.Set, mode Indirect) (direct, indirect dag.Set) {
	direct, indirect = maps.Clone(selected), dag.Set{}
	var above, sources dag.Set
	if mode == Buildable {
		above = r.s.graph.Ancestors(Unlimited, selected.Sorted()...)
		sources = dag.Set{}
		for id := range r.s.manifest.Sources {
			sources.Add(id)
		}
	}
	for id := range selected {
		for _, child := range r.s.graph.Children(id) {
			it := &r.s.items[r.s.byID[child]]
			if it.kind != ident.Test && it.kind != ident.UnitTest {
				continue
			}
			switch {
			case mode == Eager || subset(it.dependsOn, selected):
				direct.Add(child)
			case mode == Buildable && subset(it.dependsOn, selected, above, sources):
				direct.Add(child)
			default:
				indirect.Add(child)
			}
		}
	}
	return direct, indirect
}

func (r *resolution) group(g *Group) (direct, indirect dag.Set, err error) {
	directs := make([]dag.Set, 0, len(g.Components))
	all := make([]dag.Set, 0, len(g.Components))
	for _, c := range g.Components {
		d, i, err := r.resolve(c)
		if err != nil {
			return nil, nil, err
		}
		both := maps.Clone(d)
		maps.Copy(both, i)
		directs, all = append(directs, d), append(all, both)
	}
	direct, indirect = combine(g.Op, directs), combine(g.Op, all)
	direct = r.incorporate(direct, indirect, g.Indirect)
	if g.ExpectExists && len(direct) == 0 {
		r.warnings = append(r.warnings, diag.Warn("NoNodesForSelectionCriteria", "The selection criterion '%s' does not match any enabled nodes", g.Raw).
			WithHint("%s", r.s.suggest(g)))
	}
	return direct, indirect, nil
}

// suggest names resources that look like what a term asks for.
func (s *Selector) suggest(g *Group) string {
	if len(g.Components) != 1 {
		return ""
	}
	c, ok := g.Components[0].(*Criterion)
	value, isText := c.Value.(string)
	if !ok || !isText {
		return ""
	}
	var names []string
	add := func(n string) { names = append(names, n) }
	for i := range s.items {
		it := &s.items[i]
		switch c.Method {
		case "fqn":
			if it.kind != ident.Source && it.kind != ident.Test {
				add(it.name)
			}
		case "tag":
			names = append(names, it.tags...)
		case "source":
			if it.source != nil {
				add(it.source.SourceName)
				add(it.source.SourceName + "." + it.name)
			}
		case "package":
			add(it.pkg)
		}
	}
	slices.Sort(names)
	return diag.DidYouMean(value, slices.Compact(names))
}

func combine(op Op, sets []dag.Set) dag.Set {
	out := dag.Set{}
	if len(sets) == 0 {
		return out
	}
	maps.Copy(out, sets[0])
	for _, s := range sets[1:] {
		switch op {
		case Union:
			maps.Copy(out, s)
		case Intersection:
			maps.DeleteFunc(out, func(id string, _ struct{}) bool { return !s.Has(id) })
		case Difference:
			maps.DeleteFunc(out, func(id string, _ struct{}) bool { return s.Has(id) })
		}
	}
	return out
}

// incorporate selects data tests that were left out before and whose parents are
// all there now.
func (r *resolution) incorporate(direct, indirect dag.Set, mode Indirect) dag.Set {
	if mode != Cautious && mode != Buildable || maps.Equal(direct, indirect) {
		return direct
	}
	selected := maps.Clone(direct)
	var above dag.Set
	if mode == Buildable {
		above = r.s.graph.Ancestors(Unlimited, direct.Sorted()...)
	}
	for _, id := range indirect.Sorted() {
		it := &r.s.items[r.s.byID[id]]
		if it.node == nil || selected.Has(id) {
			continue
		}
		if subset(it.dependsOn, selected, above) {
			selected.Add(id)
		}
	}
	return selected
}
