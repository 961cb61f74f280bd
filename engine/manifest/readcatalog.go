package manifest

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

var catalogKind = artifactKind{"CatalogArtifact", "catalog", 1, 1}

// ReadCatalog reads catalog.json, schema v1. Tables are ordered by unique id, columns by their index. Errors are as those of
// [ReadManifest].
func ReadCatalog(path string) (*Catalog, error) {
	src, err := catalogKind.load(path)
	if err != nil {
		return nil, err
	}
	md, _, err := catalogKind.head(path, src)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Nodes, Sources map[string]catalogDocument
		Errors         []string
	}
	if err := json.Unmarshal(src, &doc); err != nil {
		return nil, diag.New(diag.RuntimeError, "Could not read %s at \"%s\" as JSON: %v", catalogKind.class, path, err).WithCode("bad-artifact")
	}
	return &Catalog{
		DBTVersion: md.Str("dbt_version"), GeneratedAt: md.Str("generated_at"), InvocationID: md.Str("invocation_id"), InvocationStartedAt: md.Str("invocation_started_at"),
		Nodes: catalogFrom(doc.Nodes), Sources: catalogFrom(doc.Sources), Errors: doc.Errors,
	}, nil
}

type catalogDocument struct {
	Metadata struct {
		Type, Schema, Name       string
		Database, Comment, Owner *string
	}
	Columns map[string]CatalogColumn
	Stats   map[string]CatalogStat
}

func catalogFrom(tables map[string]catalogDocument) []CatalogTable {
	out := make([]CatalogTable, 0, len(tables))
	for _, id := range slices.Sorted(maps.Keys(tables)) {
		d := tables[id]
		t := CatalogTable{UniqueID: id, Type: d.Metadata.Type, Schema: d.Metadata.Schema, Name: d.Metadata.Name, Database: d.Metadata.Database, Comment: d.Metadata.Comment, Owner: d.Metadata.Owner}
		for _, c := range d.Columns {
			t.Columns = append(t.Columns, c)
		}
		slices.SortFunc(t.Columns, func(a, b CatalogColumn) int {
			return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Name, b.Name))
		})
		for _, name := range slices.Sorted(maps.Keys(d.Stats)) {
			t.Stats = append(t.Stats, d.Stats[name])
		}
		out = append(out, t)
	}
	return out
}
