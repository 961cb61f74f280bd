package manifest

import (
	"io"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// WriteSemantic writes semantic_manifest.json, what MetricFlow reads of a
// project (dbt-semantic-interfaces, PydanticSemanticManifest).
func (m *Manifest) WriteSemantic(w io.Writer) error {
	spines := []any{}
	for _, id := range m.NodeOrder {
		if n := m.Nodes[id]; n != nil && n.TimeSpine != nil {
			spines = append(spines, timeSpine(n))
		}
	}
	doc := yamldoc.NewMap(
		"semantic_models", []any{}, "metrics", []any{},
		"project_configuration", yamldoc.NewMap(
			"time_spine_table_configurations", []any{}, "metadata", nil,
			"dsi_package_version", yamldoc.NewMap("major_version", "0", "minor_version", "9", "patch_version", "0"),
			"time_spines", spines),
		"saved_queries", []any{})
	raw, err := yamldoc.AppendJSON(nil, doc)
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	return err
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
