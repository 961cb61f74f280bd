package parse

import (
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// elementKeys are the properties of the elements of a semantic model's lists.
var elementKeys = map[string][]string{
	"entities":   {"name", "type", "description", "label", "role", "expr", "config"},
	"measures":   {"name", "agg", "description", "label", "expr", "agg_params", "non_additive_dimension", "agg_time_dimension", "create_metric", "config"},
	"dimensions": {"name", "type", "description", "label", "is_partition", "type_params", "expr", "config"},
}

// semanticModelEntry declares a semantic model, and a metric for each measure
// with create_metric.
func (p *parser) semanticModelEntry(e *entry) error {
	if err := e.only(e.m, nil, "name", "model", "config", "description", "label", "defaults", "entities", "measures", "dimensions", "primary_entity"); err != nil {
		return err
	}
	if err := e.types(e.m, nil, semanticModelProps); err != nil {
		return err
	}
	if e.m.Value("model") == nil {
		return e.required("model")
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	s := p.semantic(e, manifest.SemanticModel, e.name)
	v, unrendered, err := p.config(manifest.SemanticModel, s.PackageName, s.FQN, nil, cfg)
	if err != nil {
		return err
	}
	s.Config = v.Map()
	group := s.Config.Value("group")
	if g, ok := group.(string); ok {
		s.Group = &g
	}
	n := &manifest.Node{Name: e.name, UniqueID: s.UniqueID, ResourceType: manifest.SemanticModel, PackageName: s.PackageName, OriginalFilePath: s.OriginalFilePath, Line: s.Line}
	rec, err := p.expression(n, e.m.Str("model"))
	if err != nil {
		return p.located(err, n)
	}
	refs := make([]any, len(rec.Refs))
	for i, r := range rec.Refs {
		var pkg any
		if r.Package != nil {
			pkg = *r.Package
		}
		refs[i] = yamldoc.NewMap("name", r.Name, "package", pkg, "version", r.Version)
	}
	if len(refs) == 0 {
		err := e.bad([]any{"model"}, "the model of semantic model %s must be a ref(), got %s", e.name, yamldoc.Repr(e.m.Value("model")))
		if d, ok := diag.As(err); ok {
			d.WithHint("write ref('%s')", yamldoc.Text(e.m.Value("model")))
		}
		return err
	}
	meta := v.Meta()
	lists := map[string][]any{}
	for key, read := range map[string]func(*entry, []any, *yamldoc.Map, *yamldoc.Map) (any, error){"entities": entity, "measures": measure, "dimensions": dimension} {
		lists[key] = []any{}
		for i, it := range e.m.List(key) {
			m, ok := it.(*yamldoc.Map)
			if _, named := m.Value("name").(string); !ok || !named {
				return e.bad([]any{key, i}, "Invalid semantic_models config given in %s @ semantic_models: %s - at path ['%s'][%d]: 'name' is a required property", e.pf.path, yamldoc.Repr(e.raw), key, i)
			}
			if err := e.only(m, []any{key, i}, elementKeys[key]...); err != nil {
				return err
			}
			x, err := read(e, []any{key, i}, m, meta)
			if err != nil {
				return err
			}
			lists[key] = append(lists[key], x)
		}
	}
	var defaults any
	if d := e.m.Map("defaults"); d != nil {
		defaults = yamldoc.NewMap("agg_time_dimension", d.Value("agg_time_dimension"))
	}
	for _, f := range []struct {
		name string
		v    any
	}{
		{"model", e.m.Value("model")}, {"node_relation", nil}, {"description", e.m.Value("description")}, {"label", e.m.Value("label")}, {"defaults", defaults},
		{"entities", lists["entities"]}, {"measures", lists["measures"]}, {"dimensions", lists["dimensions"]}, {"metadata", nil}, {"depends_on", dependsOn()},
		{"refs", refs}, {"created_at", p.now}, {"config", s.Config}, {"unrendered_config", unrendered}, {"primary_entity", e.m.Value("primary_entity")}, {"group", group},
	} {
		s.Doc.Set(f.name, f.v)
	}
	p.semanticRefs[s] = rec.Refs
	if err := p.addSemantic(s, v.Enabled()); err != nil {
		return err
	}
	for _, it := range e.m.List("measures") {
		m, _ := it.(*yamldoc.Map)
		if m.Value("create_metric") != true {
			continue
		}
		if err := p.measureMetric(e, m, v.Enabled(), meta); err != nil {
			return err
		}
	}
	return nil
}

// measureMetric makes the metric of a measure with create_metric.
func (p *parser) measureMetric(e *entry, m *yamldoc.Map, enabled bool, meta *yamldoc.Map) error {
	name := m.Str("name")
	or := func(v any, def any) any {
		if v == nil || v == "" {
			return def
		}
		return v
	}
	return p.metric(e, name, yamldoc.NewMap(
		"label", or(m.Value("label"), name), "type", "simple", "type_params", yamldoc.NewMap("measure", name, "expr", or(m.Value("expr"), name)),
		"description", or(m.Value("description"), "Metric created from measure "+name),
	), yamldoc.NewMap("enabled", enabled, "meta", meta))
}

// elementConfig is the config of a part: the semantic model's meta below its own.
func elementConfig(m, meta *yamldoc.Map) *yamldoc.Map {
	all := meta.Copy()
	if all == nil {
		all = yamldoc.NewMap()
	}
	for k, v := range m.Map("config").Map("meta").All() {
		all.Set(k, v)
	}
	return yamldoc.NewMap("meta", all)
}

func entity(e *entry, path []any, m, meta *yamldoc.Map) (any, error) {
	kind, err := e.choice(append(path, "type"), m.Value("type"), entityTypes)
	return yamldoc.NewMap("name", m.Value("name"), "type", kind, "description", m.Value("description"), "label", m.Value("label"), "role", m.Value("role"),
		"expr", m.Value("expr"), "config", elementConfig(m, meta)), err
}

func measure(e *entry, path []any, m, meta *yamldoc.Map) (any, error) {
	agg, err := e.choice(append(path, "agg"), m.Value("agg"), aggregations)
	if err != nil {
		return nil, err
	}
	var params, nonAdditive any
	if a := m.Map("agg_params"); a != nil {
		discrete, _ := a.Value("use_discrete_percentile").(bool)
		approximate, _ := a.Value("use_approximate_percentile").(bool)
		params = yamldoc.NewMap("percentile", a.Value("percentile"), "use_discrete_percentile", discrete, "use_approximate_percentile", approximate)
	}
	if a := m.Map("non_additive_dimension"); a != nil {
		choice, err := e.choice(append(path, "non_additive_dimension", "window_choice"), a.Value("window_choice"), aggregations)
		if err != nil {
			return nil, err
		}
		nonAdditive = yamldoc.NewMap("name", a.Value("name"), "window_choice", choice, "window_groupings", anyList(stringList(a.Value("window_groupings"))))
	}
	return yamldoc.NewMap("name", m.Value("name"), "agg", agg, "description", m.Value("description"), "label", m.Value("label"), "create_metric", false,
		"expr", textOf(m.Value("expr")), "agg_params", params, "non_additive_dimension", nonAdditive, "agg_time_dimension", m.Value("agg_time_dimension"),
		"config", elementConfig(m, meta)), nil
}

func dimension(e *entry, path []any, m, meta *yamldoc.Map) (any, error) {
	kind, err := e.choice(append(path, "type"), m.Value("type"), dimensionTypes)
	if err != nil {
		return nil, err
	}
	partition, _ := m.Value("is_partition").(bool)
	var params any
	if t := m.Map("type_params"); t != nil {
		grain, err := e.choice(append(path, "type_params", "time_granularity"), t.Value("time_granularity"), granularities)
		if err != nil {
			return nil, err
		}
		var validity any
		if w := t.Map("validity_params"); w != nil {
			start, _ := w.Value("is_start").(bool)
			end, _ := w.Value("is_end").(bool)
			validity = yamldoc.NewMap("is_start", start, "is_end", end)
		}
		params = yamldoc.NewMap("time_granularity", grain, "validity_params", validity)
	}
	return yamldoc.NewMap("name", m.Value("name"), "type", kind, "description", m.Value("description"), "label", m.Value("label"), "is_partition", partition,
		"type_params", params, "expr", m.Value("expr"), "metadata", nil, "config", elementConfig(m, meta)), nil
}
