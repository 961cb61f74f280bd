package manifest

import (
	"io"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// WriteSemantic writes semantic_manifest.json, what MetricFlow reads of a
// project (dbt-semantic-interfaces, PydanticSemanticManifest).
func (m *Manifest) WriteSemantic(w io.Writer) error {
	spines := []any{}
	for _, s := range m.TimeSpines() {
		spines = append(spines, s)
	}
	legacy := []any{}
	if n := m.legacyTimeSpine(); n != nil && n.TimeSpine == nil && len(m.SemanticModels) > 0 {
		legacy = append(legacy, yamldoc.NewMap("location", textOrNull(n.RelationName), "column_name", "date_day", "grain", "day"))
	}
	doc := yamldoc.NewMap(
		"semantic_models", forMetricFlow(m.SemanticModelOrder, m.SemanticModels, semanticModelDoc),
		"metrics", forMetricFlow(m.MetricOrder, m.Metrics, metricDoc),
		"project_configuration", yamldoc.NewMap(
			"time_spine_table_configurations", legacy, "metadata", nil,
			"dsi_package_version", yamldoc.NewMap("major_version", "0", "minor_version", "9", "patch_version", "0"),
			"time_spines", spines),
		"saved_queries", forMetricFlow(m.SavedQueryOrder, m.SavedQueries, savedQueryDoc))
	raw, err := yamldoc.AppendJSON(nil, doc)
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	return err
}

// TimeSpines describes the models of dates that the semantic layer may join to: node_relation, primary_column,
// custom_granularities.
func (m *Manifest) TimeSpines() []*yamldoc.Map {
	var out []*yamldoc.Map
	for _, id := range m.NodeOrder {
		if n := m.Nodes[id]; n != nil && n.TimeSpine != nil {
			out = append(out, timeSpine(n))
		}
	}
	return out
}

// timeSpine describes a model of dates to join to.
func timeSpine(n *Node) *yamldoc.Map {
	column := n.TimeSpine.Str("standard_granularity_column")
	var granularity any
	for _, c := range n.Columns {
		if c.Name == column && c.Granularity != nil {
			granularity = *c.Granularity
		}
	}
	custom := []any{}
	for _, it := range n.TimeSpine.List("custom_granularities") {
		if g, ok := it.(*yamldoc.Map); ok {
			custom = append(custom, yamldoc.NewMap("name", g.Value("name"), "column_name", g.Value("column_name")))
		}
	}
	var relation any
	if n.RelationName != nil {
		relation = *n.RelationName
	}
	return yamldoc.NewMap(
		"node_relation", yamldoc.NewMap("alias", n.Alias, "schema_name", n.Schema, "database", n.Database, "relation_name", relation),
		"primary_column", yamldoc.NewMap("name", column, "time_granularity", granularity),
		"custom_granularities", custom)
}

// LegacyTimeSpine is the name by which dbt found the table of days before the
// property time_spine.
const LegacyTimeSpine = "metricflow_time_spine"

func (m *Manifest) legacyTimeSpine() *Node {
	for _, id := range m.NodeOrder {
		if n := m.Nodes[id]; n != nil && n.ResourceType == Model && n.Name == LegacyTimeSpine {
			return n
		}
	}
	return nil
}

func forMetricFlow(order []string, section map[string]*Semantic, describe func(*yamldoc.Map) *yamldoc.Map) []any {
	out := make([]any, 0, len(order))
	for _, id := range order {
		out = append(out, describe(section[id].Doc))
	}
	return out
}

// part takes some fields of a document, null where there is none.
func part(doc *yamldoc.Map, names ...string) *yamldoc.Map {
	out := yamldoc.MapWithCapacity(len(names))
	for _, n := range names {
		out.Set(n, doc.Value(n))
	}
	return out
}

func parts(list []any, names ...string) []any {
	out := make([]any, 0, len(list))
	for _, it := range list {
		if m, ok := it.(*yamldoc.Map); ok {
			out = append(out, part(m, names...))
		}
	}
	return out
}

func metaOnly(doc *yamldoc.Map) *yamldoc.Map { return part(doc.Map("config"), "meta") }

func semanticModelDoc(doc *yamldoc.Map) *yamldoc.Map {
	out := part(doc, "name", "defaults", "description", "node_relation", "primary_entity")
	out.Set("entities", parts(doc.List("entities"), "name", "description", "type", "role", "expr", "metadata", "label", "config"))
	out.Set("measures", parts(doc.List("measures"), "name", "agg", "description", "create_metric", "expr", "agg_params", "metadata",
		"non_additive_dimension", "agg_time_dimension", "label", "config"))
	out.Set("dimensions", parts(doc.List("dimensions"), "name", "description", "type", "is_partition", "type_params", "expr", "metadata", "label", "config"))
	out.Set("label", doc.Value("label"))
	out.Set("metadata", nil)
	out.Set("config", metaOnly(doc))
	return out
}

func metricDoc(doc *yamldoc.Map) *yamldoc.Map {
	params := part(doc.Map("type_params"), "measure", "numerator", "denominator", "expr", "window", "grain_to_date", "metrics",
		"conversion_type_params", "cumulative_type_params", "input_measures")
	if c := params.Map("cumulative_type_params"); c != nil {
		params.Set("cumulative_type_params", part(c, "window", "grain_to_date", "period_agg"))
	}
	out := part(doc, "name", "description", "type")
	out.Set("type_params", params)
	for _, name := range []string{"filter", "metadata", "label"} {
		out.Set(name, doc.Value(name))
	}
	out.Set("config", metaOnly(doc))
	out.Set("time_granularity", doc.Value("time_granularity"))
	return out
}

func savedQueryDoc(doc *yamldoc.Map) *yamldoc.Map {
	out := part(doc, "name")
	out.Set("query_params", part(doc.Map("query_params"), "metrics", "group_by", "order_by", "limit", "where"))
	for _, name := range []string{"description", "metadata", "label"} {
		out.Set(name, doc.Value(name))
	}
	exports := []any{}
	for _, it := range doc.List("exports") {
		if m, ok := it.(*yamldoc.Map); ok {
			exports = append(exports, yamldoc.NewMap("name", m.Value("name"), "config", part(m.Map("config"), "export_as", "schema_name", "alias")))
		}
	}
	out.Set("exports", exports)
	out.Set("tags", doc.Value("tags"))
	return out
}
