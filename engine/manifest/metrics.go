package manifest

import "github.com/gdbt-dev/gdbt/engine/yamldoc"

// Semantic is a metric, a semantic model or a saved query: what MetricFlow reads
// of a project. gdbt orders and selects them, and engine/semantics holds them against rules;
// what they say stays a document.
type Semantic struct {
	Name, PackageName, OriginalFilePath, UniqueID string
	ResourceType                                  ResourceType
	FQN, Tags                                     []string
	Config                                        *yamldoc.Map
	Group                                         *string
	// Parents are the ids of depends_on.nodes.
	Parents []string
	// Doc is the entry of the manifest, in dbt's order.
	Doc  *yamldoc.Map
	Line int
}

// ID implements Resource.
func (s *Semantic) ID() string { return s.UniqueID }

// DependOn adds a parent.
func (s *Semantic) DependOn(id string) {
	for _, p := range s.Parents {
		if p == id {
			return
		}
	}
	s.Parents = append(s.Parents, id)
	s.Doc.Set("depends_on", yamldoc.NewMap("macros", []any{}, "nodes", texts(s.Parents)))
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// AddSemantic adds an enabled metric, semantic model or saved query.
func (m *Manifest) AddSemantic(s *Semantic) {
	section, order := m.semantics(s.ResourceType)
	section[s.UniqueID] = s
	*order = append(*order, s.UniqueID)
}

func (m *Manifest) semantics(t ResourceType) (map[string]*Semantic, *[]string) {
	switch t {
	case MetricType:
		return m.Metrics, &m.MetricOrder
	case SemanticModel:
		return m.SemanticModels, &m.SemanticModelOrder
	}
	return m.SavedQueries, &m.SavedQueryOrder
}

// Semantic finds a metric, semantic model or saved query by its id, or nil.
func (m *Manifest) Semantic(id string) *Semantic {
	for _, section := range []map[string]*Semantic{m.Metrics, m.SemanticModels, m.SavedQueries} {
		if s := section[id]; s != nil {
			return s
		}
	}
	return nil
}

// AllSemantics lists semantic models, metrics and saved queries, in this order.
func (m *Manifest) AllSemantics() []*Semantic {
	var out []*Semantic
	for _, id := range m.SemanticModelOrder {
		out = append(out, m.SemanticModels[id])
	}
	for _, id := range m.MetricOrder {
		out = append(out, m.Metrics[id])
	}
	for _, id := range m.SavedQueryOrder {
		out = append(out, m.SavedQueries[id])
	}
	return out
}

// ResolveMetric finds a metric as dbt does: in the package of the asking node,
// the root project, then the others. disabled tells that there is one that is off.
func (m *Manifest) ResolveMetric(name, pkg, nodePackage string) (s *Semantic, disabled bool) {
	packages := []string{nodePackage, m.RootProject}
	if pkg != "" {
		packages = []string{pkg}
	}
	for _, p := range packages {
		if s := m.Metrics["metric."+p+"."+name]; s != nil {
			return s, false
		}
	}
	for _, id := range m.MetricOrder {
		if x := m.Metrics[id]; pkg == "" && x.Name == name {
			return x, false
		}
	}
	for _, rs := range m.Disabled {
		for _, r := range rs {
			if x, ok := r.(*Semantic); ok && x.ResourceType == MetricType && x.Name == name && (pkg == "" || x.PackageName == pkg) {
				return nil, true
			}
		}
	}
	return nil, false
}

// ResolveMeasure finds the semantic model with a measure, enabled ones first.
func (m *Manifest) ResolveMeasure(name, nodePackage string) (s *Semantic, disabled bool) {
	has := func(x *Semantic) bool {
		for _, it := range x.Doc.List("measures") {
			if mm, ok := it.(*yamldoc.Map); ok && mm.Value("name") == name {
				return true
			}
		}
		return false
	}
	for _, id := range m.SemanticModelOrder {
		if x := m.SemanticModels[id]; has(x) && (s == nil || x.PackageName == nodePackage && s.PackageName != nodePackage) {
			s = x
		}
	}
	if s != nil {
		return s, false
	}
	for _, rs := range m.Disabled {
		for _, r := range rs {
			if x, ok := r.(*Semantic); ok && x.ResourceType == SemanticModel && has(x) {
				return x, true
			}
		}
	}
	return nil, false
}

// semanticFrom reads an entry of a written manifest.
func semanticFrom(doc *yamldoc.Map) *Semantic {
	list := func(v any) []string {
		var out []string
		items, _ := v.([]any)
		for _, it := range items {
			if s, ok := it.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	s := &Semantic{
		Name: doc.Str("name"), PackageName: doc.Str("package_name"), OriginalFilePath: doc.Str("original_file_path"), UniqueID: doc.Str("unique_id"),
		ResourceType: ResourceType(doc.Str("resource_type")), FQN: list(doc.Value("fqn")), Tags: list(doc.Value("tags")),
		Config: doc.Map("config"), Parents: list(doc.Map("depends_on").Value("nodes")), Doc: doc,
	}
	if g, ok := doc.Value("group").(string); ok {
		s.Group = &g
	}
	return s
}
