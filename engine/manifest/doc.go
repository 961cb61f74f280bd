// Package manifest is the resource model: nodes, sources, macros and the other
// things a project declares, the maps between them, and dbt's JSON artifacts
// made of them.
//
// The structs carry dbt's own field names in their JSON tags and in dbt's
// order (manifest schema v12), so that a written manifest reads like dbt's.
// Parse fills a [Manifest]; everything later reads it. After Finish the
// manifest is immutable but for the compiled fields of a node, which belong
// to the one goroutine that compiles that node.
package manifest
