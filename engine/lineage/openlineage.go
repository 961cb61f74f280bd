package lineage

import (
	"encoding/json"
	"slices"
	"time"
)

// Dataset is how OpenLineage names a relation.
type Dataset struct{ Namespace, Name string }

// OpenLineageOptions are what events need beside the graph.
type OpenLineageOptions struct {
	// Producer is the URL of what made the events, Time when.
	Producer string
	Time     time.Time
	// Dataset names a node's relation; false for nodes without one, which edges are followed through.
	Dataset func(id string) (Dataset, bool)
}

// The schemas that the events follow (openlineage.io/spec).
const (
	openLineageEvent   = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent"
	openLineageSchema  = "https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet"
	openLineageColumns = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet"
)

type olFacet struct {
	Producer  string `json:"_producer"`
	SchemaURL string `json:"_schemaURL"`
}

type olTransformation struct {
	Type    string `json:"type"`
	Subtype string `json:"subtype"`
}

type olInput struct {
	Namespace       string             `json:"namespace"`
	Name            string             `json:"name"`
	Field           string             `json:"field"`
	Transformations []olTransformation `json:"transformations"`
}

type olField struct {
	InputFields []olInput `json:"inputFields"`
}

type olColumns struct {
	olFacet
	Fields  map[string]olField `json:"fields"`
	Dataset []olInput          `json:"dataset,omitempty"`
}

type olName struct {
	Name string `json:"name"`
}

type olSchemaFacet struct {
	olFacet
	Fields []olName `json:"fields"`
}

type olDataset struct {
	Namespace string         `json:"namespace"`
	Name      string         `json:"name"`
	Facets    map[string]any `json:"facets"`
}

type olEvent struct {
	EventTime string    `json:"eventTime"`
	Producer  string    `json:"producer"`
	SchemaURL string    `json:"schemaURL"`
	Dataset   olDataset `json:"dataset"`
}

// OpenLineage gives one DatasetEvent, as a line of JSON, for each node that has a relation, with the facets schema and
// columnLineage. columns says which columns of a node to tell of; nil takes all.
func (g *Graph) OpenLineage(ids []string, columns func(Ref) bool, o OpenLineageOptions) ([]string, error) {
	whole := g.Collapse(func(id string) bool {
		_, ok := o.Dataset(id)
		return !ok
	})
	input := func(r Ref, t olTransformation) (olInput, bool) {
		d, ok := o.Dataset(r.Node)
		return olInput{d.Namespace, d.Name, r.Column, []olTransformation{t}}, ok
	}
	var out []string
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		d, ok := o.Dataset(id)
		n := whole.Node(id)
		if !ok || n == nil {
			continue
		}
		facet := olColumns{olFacet: olFacet{o.Producer, openLineageColumns}, Fields: map[string]olField{}}
		schema := olSchemaFacet{olFacet: olFacet{o.Producer, openLineageSchema}, Fields: []olName{}}
		for _, c := range n.Columns {
			schema.Fields = append(schema.Fields, olName{c.Name})
			if columns != nil && !columns(Ref{id, c.Name}) {
				continue
			}
			inputs := []olInput{}
			for _, e := range c.From {
				t := olTransformation{"DIRECT", "IDENTITY"}
				if e.Kind == Derived {
					t.Subtype = "TRANSFORMATION"
				}
				if in, ok := input(e.Ref, t); ok {
					inputs = append(inputs, in)
				}
			}
			if len(inputs) > 0 {
				facet.Fields[c.Name] = olField{inputs}
			}
		}
		for _, r := range n.Filters {
			if in, ok := input(r, olTransformation{"INDIRECT", "FILTER"}); ok {
				facet.Dataset = append(facet.Dataset, in)
			}
		}
		facets := map[string]any{"schema": schema}
		if len(facet.Fields)+len(facet.Dataset) > 0 {
			facets["columnLineage"] = facet
		}
		line, err := json.Marshal(olEvent{o.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), o.Producer, openLineageEvent, olDataset{d.Namespace, d.Name, facets}})
		if err != nil {
			return nil, err
		}
		out = append(out, string(line))
	}
	return out, nil
}
