// Package engine is the door for programs that use gdbt as a library: open a
// project, build a selection of it, read typed results.
//
//	p, err := engine.Open(ctx, engine.Options{ProjectDir: "shop", Adapters: registry})
//	defer p.Close()
//	res, err := p.Build(ctx, engine.Selection{Select: []string{"orders+"}})
//
// # What there is
//
//   - [Open] gives a [Project]; [Options] say which one, with which variables,
//     flags and environment. The drivers of warehouses are handed in with them, for the
//     engine links none: a program imports those that it wants (adapters/postgres,
//     adapters/duckdb, which needs cgo) and registers them in an adapter.Registry.
//   - Commands work on a [Selection], dbt's grammar in Go: [Project.Build],
//     [Project.Run], [Project.Test], [Project.Seed], [Project.Snapshot], [Project.Compile],
//     [Project.Show], [Project.Freshness], [Project.Clone], [Project.Retry].
//     They give [Results]: a [Result] with a [Status] for each node. A node that fails is no
//     error of the command; an error means that the command could not do its work, and is a
//     *diag.Diagnostic with its place where there is one. [ExitOf] says how it ended in one word.
//   - Others read: [Project.Parse] gives the manifest, [Project.List] names nodes,
//     [Project.Catalog] asks the warehouse for what is there, [Project.CheckConnection] whether it is,
//     [Project.Lineage] and [Project.ColumnLineage] trace columns.
//   - [Project.RunOperation] calls a macro, [Project.SourceLoad] fills source tables,
//     [Deps] installs packages, [Clean] removes what was built.
//   - Events tell what happens while it happens: an event.Bus in [Options] gets them, typed, with
//     dbt's names, codes and texts.
//   - Cancelling the context ends a command: queries are cancelled in the server, nodes that have
//     not begun are skipped, and run_results.json tells of it.
//   - [Project.Close] ends every connection. Nothing is left running.
//
// Nothing is global: many projects and runs may be open at once in one process.
//
// # The way of a model
//
//   - config reads dbt_project.yml, profiles.yml and the flags;
//   - parse turns the files into a manifest, rendering each text once with
//     dbtjinja (dbt's context) on jinja (the template language);
//   - dag and selector order the nodes and choose among them;
//   - compile renders the chosen nodes to SQL;
//   - run sends it through an adapter and tells of it in events;
//   - manifest writes the artifacts.
package engine
