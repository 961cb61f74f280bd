package parse

import (
	"errors"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

var exportTypes = []string{"table", "view"}

// savedQueryEntry declares a saved query.
func (p *parser) savedQueryEntry(e *entry) error {
	if err := e.only(e.m, nil, "name", "query_params", "description", "label", "exports", "config", "tags"); err != nil {
		return err
	}
	if err := e.types(e.m, nil, savedQueryProps); err != nil {
		return err
	}
	params := e.m.Map("query_params")
	if params == nil {
		return e.required("query_params")
	}
	if err := e.only(params, []any{"query_params"}, "metrics", "group_by", "where", "order_by", "limit"); err != nil {
		return err
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	s := p.semantic(e, manifest.SavedQuery, e.name)
	v, unrendered, err := p.config(manifest.SavedQuery, s.PackageName, s.FQN, nil, cfg)
	if err != nil {
		return err
	}
	s.Config = v.Map()
	group := s.Config.Value("group")
	if g, ok := group.(string); ok {
		s.Group = &g
	}
	tags := append(stringList(e.m.Value("tags")), stringList(s.Config.Value("tags"))...)
	slices.Sort(tags)
	s.Tags = slices.Compact(tags)
	where, err := e.filters([]any{"query_params", "where"}, params.Value("where"))
	if err != nil {
		return err
	}
	list := func(key string) []any { return anyList(stringList(params.Value(key))) }
	exports := []any{}
	for i, it := range e.m.List("exports") {
		m, _ := it.(*yamldoc.Map)
		x, err := p.export(e, []any{"exports", i}, m, s)
		if err != nil {
			return err
		}
		exports = append(exports, x)
	}
	for _, f := range []struct {
		name string
		v    any
	}{
		{"query_params", yamldoc.NewMap("metrics", list("metrics"), "group_by", list("group_by"), "where", where, "order_by", list("order_by"), "limit", params.Value("limit"))},
		{"exports", exports}, {"description", e.m.Value("description")}, {"label", e.m.Value("label")}, {"metadata", nil}, {"config", s.Config},
		{"unrendered_config", unrendered}, {"group", group}, {"depends_on", dependsOn()}, {"created_at", p.now}, {"refs", []any{}}, {"tags", anyList(s.Tags)},
	} {
		s.Doc.Set(f.name, f.v)
	}
	return p.addSemantic(s, v.Enabled())
}

// export says where the rows of a saved query would be written.
func (p *parser) export(e *entry, path []any, m *yamldoc.Map, s *manifest.Semantic) (any, error) {
	name, ok := m.Value("name").(string)
	if !ok {
		return nil, e.bad(path, "Invalid saved_queries config given in %s @ saved_queries: %s - 'name' is a required property of an export", e.pf.path, yamldoc.Repr(e.raw))
	}
	if err := e.only(m, path, "name", "config"); err != nil {
		return nil, err
	}
	cfg := m.Map("config")
	first := func(vs ...any) any {
		for _, v := range vs {
			if v != nil {
				return v
			}
		}
		return nil
	}
	as, err := e.choice(append(path, "config", "export_as"), first(cfg.Value("export_as"), s.Config.Value("export_as")), exportTypes)
	if err != nil {
		return nil, err
	}
	n := &manifest.Node{Name: name, PackageName: s.PackageName, ResourceType: manifest.SavedQuery, OriginalFilePath: s.OriginalFilePath, Line: s.Line}
	database, err1 := p.names.name("database", n, cfg.Value("database"))
	schema, err2 := p.names.name("schema", n, nil)
	alias, err3 := p.names.name("alias", n, cfg.Value("alias"))
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if cfg == nil {
		cfg = yamldoc.NewMap()
	}
	return yamldoc.NewMap("name", name,
		"config", yamldoc.NewMap("export_as", as, "schema_name", first(cfg.Value("schema_name"), cfg.Value("schema"), s.Config.Value("schema"), schema),
			"alias", first(cfg.Value("alias"), alias), "database", database),
		"unrendered_config", cfg), nil
}

// linkSemantics finds what semantic models, metrics and saved queries stand on.
func (p *parser) linkSemantics() error {
	var errs []error
	for _, id := range p.m.SemanticModelOrder {
		errs = append(errs, p.linkSemanticModel(p.m.SemanticModels[id]))
	}
	done := map[*manifest.Semantic]bool{}
	for _, id := range p.m.MetricOrder {
		errs = append(errs, p.linkMetric(p.m.Metrics[id], done, nil))
	}
	for _, id := range p.m.SavedQueryOrder {
		s := p.m.SavedQueries[id]
		for _, it := range s.Doc.Map("query_params").List("metrics") {
			m, err := p.metricOf("Saved_Query", s.UniqueID, s.OriginalFilePath, s.Line, yamldoc.Text(it), "", s.PackageName)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			s.DependOn(m.UniqueID)
		}
	}
	errs = append(errs, p.timeSpine())
	return errors.Join(errs...)
}

func (p *parser) linkSemanticModel(s *manifest.Semantic) error {
	n := &manifest.Node{Name: s.Name, UniqueID: s.UniqueID, ResourceType: manifest.SemanticModel, PackageName: s.PackageName,
		OriginalFilePath: s.OriginalFilePath, Line: s.Line, Refs: p.semanticRefs[s], Group: s.Group, Access: "public", IsGeneric: true}
	if err := p.link(n); err != nil {
		return err
	}
	for _, id := range n.DependsOn.Nodes {
		s.DependOn(id)
	}
	if t := p.m.Nodes[n.DependsOn.Nodes[0]]; t != nil {
		var relation any
		if t.RelationName != nil {
			relation = *t.RelationName
		}
		s.Doc.Set("node_relation", yamldoc.NewMap("alias", t.Alias, "schema_name", t.Schema, "database", t.Database, "relation_name", relation))
	}
	return nil
}

// metricOf finds a metric that something refers to.
func (p *parser) metricOf(kind, id, file string, line int, name, pkg, from string) (*manifest.Semantic, error) {
	m, disabled := p.m.ResolveMetric(name, pkg, from)
	if m != nil {
		return m, nil
	}
	why, in := "which was not found", ""
	if pkg != "" {
		in = "in package '" + pkg + "' "
	}
	if disabled {
		why = "which is disabled"
	}
	var names []string
	for _, x := range p.m.Metrics {
		names = append(names, x.Name)
	}
	slices.Sort(names)
	return nil, diag.New(diag.CompilationError, "%s '%s' (%s) depends on a metric named '%s' %s%s", kind, id, file, name, in, why).
		At(file, line, 0).WithCode("undefined-metric").WithHint("%s", diag.DidYouMean(name, names))
}

// linkMetric fills input_measures and depends_on of a metric, of those first
// that it is made of.
func (p *parser) linkMetric(s *manifest.Semantic, done map[*manifest.Semantic]bool, way []string) error {
	if done[s] {
		return nil
	}
	if slices.Contains(way, s.Name) {
		return diag.New(diag.ParsingError, "the metrics %s are made of each other", joinWay(append(way, s.Name))).At(s.OriginalFilePath, s.Line, 0).WithCode("metric-cycle")
	}
	params := s.Doc.Map("type_params")
	var measures []any
	add := func(v any) {
		if v != nil && !slices.ContainsFunc(measures, func(x any) bool { return yamldoc.Equal(x, v) }) {
			measures = append(measures, v)
		}
	}
	switch s.Doc.Value("type") {
	case "simple", "cumulative":
		add(params.Value("measure"))
	case "conversion":
		add(params.Map("conversion_type_params").Value("base_measure"))
		add(params.Map("conversion_type_params").Value("conversion_measure"))
	default:
		inputs := params.List("metrics")
		if s.Doc.Value("type") == "ratio" {
			inputs = []any{params.Value("numerator"), params.Value("denominator")}
		}
		for _, it := range inputs {
			name := it.(*yamldoc.Map).Str("name")
			m, disabled := p.m.ResolveMetric(name, "", s.PackageName)
			if m == nil {
				d := diag.New(diag.ParsingError, "The metric `%s` does not exist but was referenced by metric `%s`.", name, s.Name)
				if disabled {
					d = diag.New(diag.ParsingError, "The metric `%s` is disabled and thus cannot be referenced.", name)
				}
				return p.atName(atMetric(d.WithCode("undefined-metric"), s), name)
			}
			if err := p.linkMetric(m, done, append(way, s.Name)); err != nil {
				return err
			}
			for _, x := range m.Doc.Map("type_params").List("input_measures") {
				add(x)
			}
			s.DependOn(m.UniqueID)
		}
		params.Set("input_measures", measures)
		done[s] = true
		return nil
	}
	for _, it := range measures {
		name := it.(*yamldoc.Map).Str("name")
		model, disabled := p.m.ResolveMeasure(name, s.PackageName)
		switch {
		case model == nil:
			var measures []string
			for _, id := range p.m.SemanticModelOrder {
				for _, it := range p.m.SemanticModels[id].Doc.List("measures") {
					if m, ok := it.(*yamldoc.Map); ok {
						measures = append(measures, m.Str("name"))
					}
				}
			}
			d := diag.New(diag.ParsingError, "A semantic model having a measure `%s` does not exist but was referenced.", name).
				WithCode("undefined-measure").WithHint("%s", diag.DidYouMean(name, measures))
			return p.atName(atMetric(d, s), name)
		case disabled:
			return atMetric(diag.New(diag.ParsingError, "The measure `%s` is referenced on disabled semantic model `%s`.", name, model.Name).WithCode("undefined-measure"), s)
		}
		s.DependOn(model.UniqueID)
	}
	params.Set("input_measures", measures)
	done[s] = true
	return nil
}

// atMetric puts an error at a metric.
func atMetric(d *diag.Diagnostic, s *manifest.Semantic) error {
	d.Node, d.NodePath = "metric "+s.Name, s.OriginalFilePath
	return d.At(s.OriginalFilePath, s.Line, 0)
}

// atName moves an error at an entry of a property file to the first place below it that has a name.
func (p *parser) atName(err error, name string) error {
	if d, ok := diag.As(err); ok {
		if place, ok := p.s.WordFrom(dbtjinja.Place{File: d.File, Line: d.Line}, name, 40); ok {
			place.Set(d)
		}
	}
	return err
}

func joinWay(names []string) string {
	out := ""
	for i, n := range names {
		if i > 0 {
			out += " --> "
		}
		out += n
	}
	return out
}

// timeSpine holds that a project with semantic models has a table of days to
// join to.
func (p *parser) timeSpine() error {
	if len(p.m.SemanticModels) == 0 {
		return nil
	}
	for _, n := range p.m.Nodes {
		if n.ResourceType != manifest.Model {
			continue
		}
		if n.Name == manifest.LegacyTimeSpine {
			return nil
		}
		column := n.TimeSpine.Str("standard_granularity_column")
		for _, c := range n.Columns {
			if column != "" && c.Name == column && c.Granularity != nil && slices.Index(granularities, *c.Granularity) <= slices.Index(granularities, "day") {
				return nil
			}
		}
	}
	return diag.New(diag.ParsingError, "The semantic layer requires a time spine model with granularity DAY or smaller in the project, but none was found. "+
		"Guidance on creating this model can be found on our docs site (https://docs.getdbt.com/docs/build/metricflow-time-spine).").WithCode("no-time-spine")
}
