package manifest

import (
	"io"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Catalog is catalog.json (schema v1): what the warehouse says of the relations
// that nodes and sources stand for.
type Catalog struct {
	DBTVersion          string
	GeneratedAt         string // ISO 8601 with Z
	InvocationID        string
	InvocationStartedAt string
	Env                 map[string]string
	// Nodes and Sources are in the order of the warehouse's answer.
	Nodes, Sources []CatalogTable
	// Errors are the queries that failed; what they would have told is missing.
	Errors []string
}

// CatalogTable is one relation.
type CatalogTable struct {
	UniqueID string
	// Type is the warehouse's word: BASE TABLE, VIEW, MATERIALIZED VIEW.
	Type, Schema, Name       string
	Database, Comment, Owner *string
	Columns                  []CatalogColumn
	Stats                    []CatalogStat
}

// CatalogColumn is a column of a relation.
type CatalogColumn struct {
	Type    string
	Index   int64
	Name    string
	Comment *string
}

// CatalogStat is a figure about a relation, of an adapter or a project's own
// get_catalog. Value is a bool, string, float64 or nil.
type CatalogStat struct {
	ID, Label   string
	Value       any
	Include     bool
	Description *string
}

// Write writes catalog.json.
func (c *Catalog) Write(w io.Writer) error {
	doc := yamldoc.NewMap(
		"metadata", yamldoc.NewMap(
			"dbt_schema_version", "https://schemas.getdbt.com/dbt/catalog/v1.json", "dbt_version", c.DBTVersion,
			"generated_at", c.GeneratedAt, "invocation_id", c.InvocationID, "invocation_started_at", c.InvocationStartedAt,
			"env", stringMap(c.Env)),
		"nodes", catalogTables(c.Nodes), "sources", catalogTables(c.Sources), "errors", nil)
	if len(c.Errors) > 0 {
		errs := make([]any, len(c.Errors))
		for i, e := range c.Errors {
			errs[i] = e
		}
		doc.Set("errors", errs)
	}
	raw, err := yamldoc.AppendJSON(nil, doc)
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	return err
}

func catalogTables(tables []CatalogTable) *yamldoc.Map {
	out := yamldoc.MapWithCapacity(len(tables))
	for _, t := range tables {
		columns := yamldoc.MapWithCapacity(len(t.Columns))
		for _, c := range t.Columns {
			columns.Set(c.Name, yamldoc.NewMap("type", c.Type, "index", c.Index, "name", c.Name, "comment", textOrNull(c.Comment)))
		}
		stats := yamldoc.MapWithCapacity(len(t.Stats))
		for _, s := range t.Stats {
			stats.Set(s.ID, yamldoc.NewMap("id", s.ID, "label", s.Label, "value", s.Value, "include", s.Include, "description", textOrNull(s.Description)))
		}
		out.Set(t.UniqueID, yamldoc.NewMap(
			"metadata", yamldoc.NewMap("type", t.Type, "schema", t.Schema, "name", t.Name, "database", textOrNull(t.Database),
				"comment", textOrNull(t.Comment), "owner", textOrNull(t.Owner)),
			"columns", columns, "stats", stats, "unique_id", t.UniqueID))
	}
	return out
}

func textOrNull(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}
