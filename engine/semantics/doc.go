// Package semantics holds the rules of the semantic layer: what MetricFlow needs of metrics, semantic models and saved
// queries beyond their form, which engine/parse reads. [Validate] looks at the documents of a linked manifest.
//
// The rules and their texts are those of dbt-semantic-interfaces 0.9, which dbt 1.11 runs at the end of a parse
// (docs.getdbt.com/docs/build/validation): dimensions.go, measures.go, metrics.go, names.go, queries.go hold those about
// each, templates.go reads filters such as {{ Dimension('order__is_food') }}.
package semantics
