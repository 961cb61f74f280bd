package manifest

import (
	"maps"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Manifest holds every resource of a project and its packages. Slices named
// …Order keep the order in which dbt would have added the resources.
type Manifest struct {
	Metadata Metadata
	// Nodes holds the functions too, which manifest.json lists apart.
	Nodes     map[string]*Node
	Sources   map[string]*Source
	Macros    map[string]*Macro
	Docs      map[string]*Doc
	Exposures map[string]*Exposure
	Groups    map[string]*Group
	UnitTests map[string]*UnitTest
	Disabled  map[string][]Resource
	// Metrics, SemanticModels and SavedQueries by id.
	Metrics, SemanticModels, SavedQueries map[string]*Semantic
	Selectors                             *yamldoc.Map

	NodeOrder, SourceOrder, MacroOrder, DocOrder     []string
	ExposureOrder, GroupOrder, UnitOrder, DisabledO  []string
	MetricOrder, SemanticModelOrder, SavedQueryOrder []string

	ParentMap map[string][]string
	ChildMap  map[string][]string
	GroupMap  map[string][]string

	// RootProject is the name of the root project's package.
	RootProject string
	// NodePackageFirst is the flag ref_searches_node_package_before_root.
	NodePackageFirst bool

	refs     map[string][]entry // search name → candidates in order
	disabled map[string][]*Node
	sources  map[[2]string][]entry // source name, table name
	docs     map[string][]entry
	// functions by name, from RebuildRefs.
	functions map[string][]entry
}

type entry struct{ pkg, id string }

// Resource is any named resource with an id.
type Resource interface{ ID() string }

// ID implements Resource.
func (n *Node) ID() string { return n.UniqueID }

// ID implements Resource.
func (s *Source) ID() string { return s.UniqueID }

// ID implements Resource.
func (e *Exposure) ID() string { return e.UniqueID }

// ID implements Resource.
func (u *UnitTest) ID() string { return u.UniqueID }

// New makes an empty manifest of a root project.
func New(rootProject string) *Manifest {
	return &Manifest{
		RootProject: rootProject,
		Nodes:       map[string]*Node{}, Sources: map[string]*Source{}, Macros: map[string]*Macro{},
		Docs: map[string]*Doc{}, Exposures: map[string]*Exposure{}, Groups: map[string]*Group{},
		UnitTests: map[string]*UnitTest{}, Disabled: map[string][]Resource{},
		Metrics: map[string]*Semantic{}, SemanticModels: map[string]*Semantic{}, SavedQueries: map[string]*Semantic{},
		refs: map[string][]entry{}, disabled: map[string][]*Node{}, sources: map[[2]string][]entry{}, docs: map[string][]entry{},
	}
}

// AddNode adds an enabled node; the caller has checked for duplicates.
func (m *Manifest) AddNode(n *Node) {
	m.Nodes[n.UniqueID] = n
	m.NodeOrder = append(m.NodeOrder, n.UniqueID)
}

// AddSource adds an enabled source table.
func (m *Manifest) AddSource(s *Source) {
	m.Sources[s.UniqueID] = s
	m.SourceOrder = append(m.SourceOrder, s.UniqueID)
	k := [2]string{s.SourceName, s.Name}
	m.sources[k] = append(m.sources[k], entry{s.PackageName, s.UniqueID})
}

// AddMacro adds a macro.
func (m *Manifest) AddMacro(x *Macro) {
	m.Macros[x.UniqueID] = x
	m.MacroOrder = append(m.MacroOrder, x.UniqueID)
}

// AddDoc adds a docs block.
func (m *Manifest) AddDoc(d *Doc) {
	m.Docs[d.UniqueID] = d
	m.DocOrder = append(m.DocOrder, d.UniqueID)
	m.docs[d.Name] = append(m.docs[d.Name], entry{d.PackageName, d.UniqueID})
}

// AddExposure adds an enabled exposure.
func (m *Manifest) AddExposure(e *Exposure) {
	m.Exposures[e.UniqueID] = e
	m.ExposureOrder = append(m.ExposureOrder, e.UniqueID)
}

// AddGroup adds a group.
func (m *Manifest) AddGroup(g *Group) {
	m.Groups[g.UniqueID] = g
	m.GroupOrder = append(m.GroupOrder, g.UniqueID)
}

// AddUnitTest adds a unit test.
func (m *Manifest) AddUnitTest(u *UnitTest) {
	m.UnitTests[u.UniqueID] = u
	m.UnitOrder = append(m.UnitOrder, u.UniqueID)
}

// DisabledFQNs are the fqns of what is disabled.
func (m *Manifest) DisabledFQNs() [][]string {
	var out [][]string
	for _, list := range m.Disabled {
		for _, r := range list {
			switch r := r.(type) {
			case *Node:
				out = append(out, r.FQN)
			case *Source:
				out = append(out, r.FQN)
			case *Exposure:
				out = append(out, r.FQN)
			case *UnitTest:
				out = append(out, r.FQN)
			case *Semantic:
				out = append(out, r.FQN)
			}
		}
	}
	return out
}

// AddDisabled keeps a disabled resource.
func (m *Manifest) AddDisabled(r Resource) {
	id := r.ID()
	if _, seen := m.Disabled[id]; !seen {
		m.DisabledO = append(m.DisabledO, id)
	}
	m.Disabled[id] = append(m.Disabled[id], r)
	if n, ok := r.(*Node); ok {
		m.disabled[n.SearchName()] = append(m.disabled[n.SearchName()], n)
	}
}

// RemoveNode takes a node out, as when YAML turns it off.
func (m *Manifest) RemoveNode(id string) {
	delete(m.Nodes, id)
	if i := slices.Index(m.NodeOrder, id); i >= 0 {
		m.NodeOrder = slices.Delete(m.NodeOrder, i, i+1)
	}
}

// RemoveDisabled takes a disabled node out.
func (m *Manifest) RemoveDisabled(n *Node) {
	rs := m.Disabled[n.UniqueID]
	if i := slices.Index(rs, Resource(n)); i >= 0 {
		rs = slices.Delete(rs, i, i+1)
	}
	if len(rs) == 0 {
		delete(m.Disabled, n.UniqueID)
		if i := slices.Index(m.DisabledO, n.UniqueID); i >= 0 {
			m.DisabledO = slices.Delete(m.DisabledO, i, i+1)
		}
	} else {
		m.Disabled[n.UniqueID] = rs
	}
	ds := m.disabled[n.SearchName()]
	if i := slices.Index(ds, n); i >= 0 {
		m.disabled[n.SearchName()] = slices.Delete(ds, i, i+1)
	}
}

// RebuildRefs makes the table that ref() is looked up in.
func (m *Manifest) RebuildRefs() {
	m.refs = make(map[string][]entry, len(m.Nodes))
	m.functions = map[string][]entry{}
	add := func(name string, n *Node) { m.refs[name] = append(m.refs[name], entry{n.PackageName, n.UniqueID}) }
	for _, id := range m.NodeOrder {
		n := m.Nodes[id]
		if n != nil && n.ResourceType == FunctionType {
			m.functions[n.Name] = append(m.functions[n.Name], entry{n.PackageName, n.UniqueID})
		}
		if n == nil || !n.IsRefable() {
			continue
		}
		if n.Version == nil {
			add(n.Name, n)
			continue
		}
		add(n.SearchName(), n)
		if n.LatestVersion != nil && VersionString(n.Version) == VersionString(n.LatestVersion) {
			add(n.Name, n)
		}
	}
	m.disabled = map[string][]*Node{}
	for _, id := range m.DisabledO {
		for _, r := range m.Disabled[id] {
			if n, ok := r.(*Node); ok {
				m.disabled[n.SearchName()] = append(m.disabled[n.SearchName()], n)
			}
		}
	}
}

func find(es []entry, pkg string) (string, bool) {
	for _, e := range es {
		if pkg == "" || e.pkg == pkg {
			return e.id, true
		}
	}
	return "", false
}

// FindRef finds a refable node by exact package ("" for any).
func (m *Manifest) FindRef(name, pkg string, version any) *Node {
	if version != nil {
		name += ".v" + VersionString(version)
	}
	if id, ok := find(m.refs[name], pkg); ok {
		return m.Nodes[id]
	}
	return nil
}

// packagesToSearch is dbt's _packages_to_search: "" stands for any package.
func (m *Manifest) packagesToSearch(nodePackage, target string) []string {
	switch {
	case target != "":
		return []string{target}
	case nodePackage == m.RootProject:
		return []string{m.RootProject, ""}
	case m.NodePackageFirst:
		return []string{nodePackage, m.RootProject, ""}
	default:
		return []string{m.RootProject, nodePackage, ""}
	}
}

// ResolveRef finds the node that ref(name) in a node of nodePackage means.
// disabled tells that only a disabled node of that name exists.
func (m *Manifest) ResolveRef(name, pkg string, version any, nodePackage string) (n *Node, disabled *Node) {
	for _, p := range m.packagesToSearch(nodePackage, pkg) {
		if n := m.FindRef(name, p, version); n != nil {
			return n, nil
		}
		if disabled == nil {
			disabled = m.FindDisabled(name, p, version)
		}
	}
	return nil, disabled
}

// FindFunction finds a function by exact package ("" for any).
func (m *Manifest) FindFunction(name, pkg string) *Node {
	if id, ok := find(m.functions[name], pkg); ok {
		return m.Nodes[id]
	}
	return nil
}

// ResolveFunction finds what function(name) in a node of nodePackage means.
// disabled tells that only a disabled function of that name exists.
func (m *Manifest) ResolveFunction(name, pkg, nodePackage string) (n *Node, disabled *Node) {
	for _, p := range m.packagesToSearch(nodePackage, pkg) {
		if n := m.FindFunction(name, p); n != nil {
			return n, nil
		}
		for _, d := range m.disabled[name] {
			if disabled == nil && d.ResourceType == FunctionType && (p == "" || d.PackageName == p) {
				disabled = d
			}
		}
	}
	return nil, disabled
}

// FunctionNames lists every function.
func (m *Manifest) FunctionNames() []string { return sortedKeys(m.functions) }

// FindDisabled finds a disabled refable node.
func (m *Manifest) FindDisabled(name, pkg string, version any) *Node {
	if version != nil {
		name += ".v" + VersionString(version)
	}
	for _, n := range m.disabled[name] {
		if (pkg == "" || n.PackageName == pkg) && n.IsRefable() {
			return n
		}
	}
	return nil
}

// DisabledNodes lists the disabled nodes of a name.
func (m *Manifest) DisabledNodes(name string) []*Node { return m.disabled[name] }

// ResolveSource finds the table that source(source, table) in a node of
// nodePackage means. source may be "package.source" as dbt allows.
func (m *Manifest) ResolveSource(source, table, nodePackage string) (s *Source, disabled bool) {
	es := m.sources[[2]string{source, table}]
	for _, p := range m.packagesToSearch(nodePackage, "") {
		if id, ok := find(es, p); ok {
			return m.Sources[id], false
		}
	}
	for _, rs := range m.Disabled {
		for _, r := range rs {
			if s, ok := r.(*Source); ok && s.SourceName == source && s.Name == table {
				return nil, true
			}
		}
	}
	return nil, false
}

// ResolveDoc finds a docs block: given package, else root, node package, any.
func (m *Manifest) ResolveDoc(name, pkg, nodePackage string) *Doc {
	search := []string{pkg}
	if pkg == "" {
		search = []string{m.RootProject, nodePackage, ""}
	}
	for _, p := range search {
		if id, ok := find(m.docs[name], p); ok {
			return m.Docs[id]
		}
	}
	return nil
}

// RefNames lists every name that ref() can find.
func (m *Manifest) RefNames() []string {
	names := make([]string, 0, len(m.refs))
	for n := range m.refs {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// SourceNames lists every source as "source.table".
func (m *Manifest) SourceNames() []string {
	names := make([]string, 0, len(m.sources))
	for k := range m.sources {
		names = append(names, k[0]+"."+k[1])
	}
	slices.Sort(names)
	return names
}

// TablesOf tells, as a hint, which tables a source declares; "" where there is no such source.
func (m *Manifest) TablesOf(source string) string {
	var tables []string
	for _, name := range m.SourceNames() {
		if table, ok := strings.CutPrefix(name, source+"."); ok {
			tables = append(tables, table)
		}
	}
	if len(tables) == 0 {
		return ""
	}
	return "the source '" + source + "' has the tables " + strings.Join(tables, ", ")
}

// VersionsOf lists the versions of a model, as texts.
func (m *Manifest) VersionsOf(name string) []string {
	var versions []string
	for _, n := range m.Nodes {
		if n.ResourceType == Model && n.Name == name && n.Version != nil {
			versions = append(versions, VersionString(n.Version))
		}
	}
	slices.Sort(versions)
	return versions
}

// DocNames lists every docs block.
func (m *Manifest) DocNames() []string {
	names := make([]string, 0, len(m.docs))
	for n := range m.docs {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// BuildMaps fills ParentMap, ChildMap and GroupMap from depends_on.
func (m *Manifest) BuildMaps() {
	size := len(m.Nodes) + len(m.Sources) + len(m.Exposures) + len(m.UnitTests)
	m.ParentMap = make(map[string][]string, size)
	m.ChildMap = make(map[string][]string, size)
	m.GroupMap = map[string][]string{}
	for _, id := range m.GroupOrder {
		m.GroupMap[m.Groups[id].Name] = []string{}
	}
	add := func(id string, deps []string) {
		ps := slices.Clone(deps)
		slices.Sort(ps)
		ps = slices.Compact(ps)
		if ps == nil {
			ps = []string{}
		}
		m.ParentMap[id] = ps
		if m.ChildMap[id] == nil {
			m.ChildMap[id] = []string{}
		}
		for _, p := range ps {
			m.ChildMap[p] = append(m.ChildMap[p], id)
		}
	}
	for _, id := range m.NodeOrder {
		n := m.Nodes[id]
		add(id, n.DependsOn.Nodes)
		if n.Group != nil {
			if l, ok := m.GroupMap[*n.Group]; ok {
				m.GroupMap[*n.Group] = append(l, id)
			}
		}
	}
	for _, id := range m.SourceOrder {
		add(id, nil)
	}
	for _, id := range m.ExposureOrder {
		add(id, m.Exposures[id].DependsOn.Nodes)
	}
	for _, id := range m.UnitOrder {
		add(id, m.UnitTests[id].DependsOn.Nodes)
	}
	for _, x := range m.AllSemantics() {
		add(x.UniqueID, x.Parents)
		if x.Group != nil && x.ResourceType != SavedQuery {
			if l, ok := m.GroupMap[*x.Group]; ok {
				m.GroupMap[*x.Group] = append(l, x.UniqueID)
			}
		}
	}
	for _, c := range m.ChildMap {
		slices.Sort(c)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
