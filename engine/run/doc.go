// Package run executes nodes: it makes schemas, fills the relation cache, runs
// the project's hooks and walks the graph with a number of workers.
//
// A [Runner] is one invocation. [Runner.Run] takes the selected nodes and gives
// a [Result] for each; what happens is told as events on the way. The kinds of
// nodes have a file each: model.go (models, seeds and snapshots, whose
// materialization is a macro), datatest.go, hooks.go; schemas.go prepares the
// warehouse, artifact.go writes run_results.json.
package run
