package docs

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// entry is a resource with what all kinds have in common. Its place in the list is its number on the site.
type entry struct {
	index int
	id    string
	kind  manifest.ResourceType
	pkg   string
	name  string
	// label is what readers see: source.table, model.v2.
	label       string
	path, patch string
	fqn, tags   []string
	config      *yamldoc.Map
	description string
	columns     []*manifest.Column
	meta        *yamldoc.Map
	group       string
	parents     []string
	database    string
	schema      string
	color       string
	hidden      bool

	node     *manifest.Node
	source   *manifest.Source
	exposure *manifest.Exposure
	semantic *manifest.Semantic
	unit     *manifest.UnitTest
	macro    *manifest.Macro
}

// unitTest is the kind of unit tests, for which the manifest has no constant.
const unitTest manifest.ResourceType = "unit_test"

// kinds in the order in which the site lists them; tests and macros are no part of the lineage and come behind the rest.
var kinds = []manifest.ResourceType{
	manifest.SourceType, manifest.Seed, manifest.Snapshot, manifest.Model, manifest.FunctionType, manifest.Analysis, manifest.SemanticModel, manifest.MetricType,
	manifest.SavedQuery, manifest.ExposureType, manifest.Test, unitTest, manifest.MacroType,
}

func rank(k manifest.ResourceType) int {
	if i := slices.Index(kinds, k); i >= 0 {
		return i
	}
	return len(kinds)
}

// isCore tells whether a kind stands in the lineage without being asked for.
func isCore(k manifest.ResourceType) bool { return rank(k) < rank(manifest.Test) }

func file(uri *string) string {
	if uri == nil {
		return ""
	}
	_, f, _ := strings.Cut(*uri, "://")
	return f
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// entries lists what the site shows, in its order: kinds, then packages, folders and names.
func (in *Input) entries() []*entry {
	m := in.Manifest
	out := make([]*entry, 0, len(m.Nodes)+len(m.Sources)+len(m.Exposures))
	for _, id := range m.NodeOrder {
		n := m.Nodes[id]
		if n == nil || n.ConfigValue("enabled") == false || rank(n.ResourceType) == len(kinds) {
			continue
		}
		e := &entry{id: id, kind: n.ResourceType, pkg: n.PackageName, name: n.Name, label: n.SearchName(), path: n.OriginalFilePath, patch: file(n.PatchPath),
			fqn: n.FQN, tags: n.Tags, config: n.Config, description: n.Description, columns: n.Columns, meta: n.Meta, group: text(n.Group),
			parents: n.DependsOn.Nodes, color: text(n.Docs.NodeColor), hidden: !n.Docs.Show, node: n}
		if n.IsRelational() && !n.IsEphemeral() {
			e.database, e.schema = n.Database, n.Schema
		}
		out = append(out, e)
	}
	for _, id := range m.SourceOrder {
		s := m.Sources[id]
		out = append(out, &entry{id: id, kind: manifest.SourceType, pkg: s.PackageName, name: s.Name, label: s.SourceName + "." + s.Name, path: s.OriginalFilePath,
			patch: file(s.PatchPath), fqn: s.FQN, tags: s.Tags, config: s.Config, description: s.Description, columns: s.Columns, meta: s.Meta,
			database: s.Database, schema: s.Schema, source: s})
	}
	for _, id := range m.ExposureOrder {
		x := m.Exposures[id]
		out = append(out, &entry{id: id, kind: manifest.ExposureType, pkg: x.PackageName, name: x.Name, label: x.Name, path: x.OriginalFilePath, fqn: x.FQN,
			tags: x.Tags, config: x.Config, description: x.Description, meta: x.Meta, parents: x.DependsOn.Nodes, exposure: x})
	}
	for _, x := range m.AllSemantics() {
		out = append(out, &entry{id: x.UniqueID, kind: x.ResourceType, pkg: x.PackageName, name: x.Name, label: x.Name, path: x.OriginalFilePath, fqn: x.FQN,
			tags: x.Tags, config: x.Config, description: x.Doc.Str("description"), meta: x.Config.Map("meta"), group: text(x.Group), parents: x.Parents, semantic: x})
	}
	for _, id := range m.UnitOrder {
		u := m.UnitTests[id]
		out = append(out, &entry{id: id, kind: unitTest, pkg: u.PackageName, name: u.Name, label: u.Name, path: u.OriginalFilePath, fqn: u.FQN,
			tags: manifest.ConfigTags(u.Config), config: u.Config, description: u.Description, parents: u.DependsOn.Nodes, unit: u})
	}
	for _, id := range m.MacroOrder {
		x := m.Macros[id]
		if in.internal(x.PackageName) {
			continue
		}
		out = append(out, &entry{id: id, kind: manifest.MacroType, pkg: x.PackageName, name: x.Name, label: x.Name, path: x.OriginalFilePath, patch: file(x.PatchPath),
			description: x.Description, meta: x.Meta, hidden: !x.Docs.Show, macro: x})
	}
	slices.SortStableFunc(out, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(rank(a.kind), rank(b.kind)), cmp.Compare(a.pkg, b.pkg), cmp.Compare(path.Dir(a.path), path.Dir(b.path)), cmp.Compare(a.id, b.id))
	})
	for i, e := range out {
		e.index = i
	}
	return out
}

func (in *Input) internal(pkg string) bool {
	return pkg == "dbt" || pkg == "dbt_"+in.Adapter || slices.Contains(in.Internal, pkg)
}

// materialized is how a node becomes a relation, "" for what becomes none.
func (e *entry) materialized() string {
	if e.node == nil || e.kind == manifest.Test || e.kind == manifest.Analysis {
		return ""
	}
	return e.node.Materialized()
}
