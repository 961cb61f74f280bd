package docs

import (
	"cmp"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// site is a site in the making: the resources by number, and what belongs to each.
type site struct {
	in      Input
	entries []*entry
	byID    map[string]*entry
	md      *markdown
	// parents and children are numbers; tests are among the children.
	parents, children [][]int
	groups            [][2]int // first and behind-last number of each shard of pages
	groupOf           []int
	catalog           map[string]*manifest.CatalogTable
	results           map[string]*manifest.RunResult
	fresh             map[string]*manifest.FreshnessResult
	testsOf           map[int][]int // tests by the resource that they test
	core              int           // how many entries stand in the lineage without tests
	macroUsers        map[string][]int
	clusters          []cluster
	lanes             []string // the folders of the clusters
	clusterOf         []int
	links             []relation // of the entity diagram
}

func newSite(in Input) *site {
	s := &site{in: in, entries: in.entries(), md: newMarkdown(), byID: map[string]*entry{}, catalog: map[string]*manifest.CatalogTable{},
		results: map[string]*manifest.RunResult{}, fresh: map[string]*manifest.FreshnessResult{}, testsOf: map[int][]int{}, macroUsers: map[string][]int{}}
	for _, e := range s.entries {
		s.byID[e.id] = e
		if isCore(e.kind) {
			s.core++
		}
	}
	s.parents, s.children = make([][]int, len(s.entries)), make([][]int, len(s.entries))
	for i, e := range s.entries {
		for _, id := range e.parents {
			if p := s.byID[id]; p != nil && !slices.Contains(s.parents[i], p.index) {
				s.parents[i] = append(s.parents[i], p.index)
				s.children[p.index] = append(s.children[p.index], i)
			}
		}
		slices.Sort(s.parents[i])
		if t := s.tested(e); t != nil {
			s.testsOf[t.index] = append(s.testsOf[t.index], i)
		}
		for _, id := range s.macrosOf(e) {
			s.macroUsers[id] = append(s.macroUsers[id], i)
		}
	}
	if c := in.Catalog; c != nil {
		for i := range c.Nodes {
			s.catalog[c.Nodes[i].UniqueID] = &c.Nodes[i]
		}
		for i := range c.Sources {
			s.catalog[c.Sources[i].UniqueID] = &c.Sources[i]
		}
	}
	if in.Run != nil {
		for i := range in.Run.Results {
			s.results[in.Run.Results[i].UniqueID] = &in.Run.Results[i]
		}
	}
	if in.Freshness != nil {
		for i := range in.Freshness.Results {
			s.fresh[in.Freshness.Results[i].UniqueID] = &in.Freshness.Results[i]
		}
	}
	s.split()
	s.cluster()
	s.links = s.relations()
	return s
}

// tested is the resource that a test belongs to: the one it is attached to, else the only one that it reads.
func (s *site) tested(e *entry) *entry {
	switch {
	case e.kind == manifest.Test && e.node.AttachedNode != nil:
		return s.byID[*e.node.AttachedNode]
	case e.kind == manifest.Test || e.kind == unitTest:
		// A generic test of a source is attached to nothing in dbt's manifest; a relationships test reads two and names the column of the last.
		for k := len(e.parents) - 1; k >= 0; k-- {
			if p := s.byID[e.parents[k]]; p != nil && (len(e.parents) == 1 || e.kind == unitTest || e.node.TestMetadata != nil) {
				return p
			}
		}
	}
	return nil
}

func (s *site) macrosOf(e *entry) []string {
	switch {
	case e.node != nil:
		return e.node.DependsOn.Macros
	case e.exposure != nil:
		return e.exposure.DependsOn.Macros
	case e.macro != nil:
		return e.macro.DependsOn.Macros
	}
	return nil
}

// Sizes of a shard of pages: the first that is reached ends it. Tests and macros have small pages.
const (
	groupPages  = 50
	groupWeight = 150_000
)

// split cuts the list of resources into the groups that a shard holds.
func (s *site) split() {
	s.groupOf = make([]int, len(s.entries))
	start, weight := 0, 0
	for i, e := range s.entries {
		w := 1500 + 400*len(e.columns) + len(e.description)
		if e.node != nil && !s.in.NoSQL {
			w += len(e.node.RawCode) + len(e.node.CompiledCode)
		}
		if i > start && (i-start >= groupPages || weight+w > groupWeight || rank(e.kind) >= rank(manifest.Test) && e.kind != s.entries[i-1].kind) {
			s.groups = append(s.groups, [2]int{start, i})
			start, weight = i, 0
		}
		weight += w
		s.groupOf[i] = len(s.groups)
	}
	if len(s.entries) > start {
		s.groups = append(s.groups, [2]int{start, len(s.entries)})
	}
}

// Build writes the site of a project to the sink, the same bytes for the same input. Errors are those of the sink.
func Build(in Input, out Sink) error {
	s := newSite(in)
	t, err := newTemplates()
	if err != nil {
		return err
	}
	work := s.shards(t, func(name string, value any) error {
		content, err := shard(name, value)
		if err != nil {
			return err
		}
		return out.Put(Folder+"/"+name+".js", content)
	}, func(g int, pages []string) error {
		content, err := t.plain(s, g, pages)
		if err != nil {
			return err
		}
		return out.Put(Folder+"/pages/p"+strconv.Itoa(g)+".html", content)
	})
	return together(append(work, func() error { return s.buildFrame(t, out) }))
}

// together does the work on all processors.
func together(work []func() error) error {
	var group errgroup.Group
	group.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	for _, w := range work {
		group.Go(w)
	}
	return group.Wait()
}

// shards is the work that makes all shards. put takes each shard, plain the pages of each group; it may be nil.
func (s *site) shards(t *templates, put func(name string, value any) error, plain func(g int, pages []string) error) []func() error {
	work := make([]func() error, 0, len(s.groups)+16)
	for g := range s.groups {
		work = append(work, func() error { return s.buildGroup(g, t, put, plain) })
	}
	for name, value := range s.views() {
		work = append(work, func() error { return put(name, value()) })
	}
	return work
}

// views are the shards beside those of the groups.
func (s *site) views() map[string]func() any {
	v := map[string]func() any{
		"index": func() any { return s.index() }, "select": func() any { return s.selection() },
		"s1": func() any { return s.searchColumns() }, "s2": func() any { return s.searchTexts() },
		"graph": func() any { return s.overviewGraph() }, "coverage": func() any { return s.coverage() }, "entities": func() any { return s.entities() },
	}
	if s.in.Run != nil {
		v["runs"] = func() any { return s.runs() }
	}
	if !s.in.NoSQL {
		v["s3"] = func() any { return s.searchCode() }
	}
	return v
}

// buildGroup makes the pages of a group, for the site and for readers without scripts, and the columns.
func (s *site) buildGroup(g int, t *templates, put func(string, any) error, plain func(int, []string) error) error {
	first, last := s.groups[g][0], s.groups[g][1]
	pages := make(map[string]string, last-first)
	list := make([]string, 0, last-first)
	for _, e := range s.entries[first:last] {
		html, err := t.page(s.page(e))
		if err != nil {
			return err
		}
		pages[strconv.Itoa(e.index)] = html
		list = append(list, html)
	}
	if err := put("n"+strconv.Itoa(g), pages); err != nil {
		return err
	}
	if plain != nil {
		if err := plain(g, list); err != nil {
			return err
		}
	}
	if first >= s.core { // tests and macros have no columns
		return nil
	}
	return put("l"+strconv.Itoa(g), s.columnsOf(first, last))
}

// sortedByLabel puts numbers of entries in the order of kinds and labels.
func (s *site) sortedByLabel(list []int) []int {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b int) int {
		x, y := s.entries[a], s.entries[b]
		return cmp.Or(cmp.Compare(rank(x.kind), rank(y.kind)), cmp.Compare(x.label, y.label), cmp.Compare(a, b))
	})
	return out
}
