// Package engine is the door for programs that use gdbt as a library: open a
// project, build a selection of it, read typed results.
//
//	p, err := engine.Open(ctx, engine.Options{ProjectDir: "shop", Adapters: registry})
//	defer p.Close()
//	res, err := p.Build(ctx, engine.Selection{Select: []string{"orders+"}})
//
// Nothing is global: many projects and runs may be open at once in one process.
// The way of a model, and the packages it passes:
//
//   - config reads dbt_project.yml, profiles.yml and the flags;
//   - parse turns the files into a manifest, rendering each text once with
//     dbtjinja (dbt's context) on jinja (the template language);
//   - dag and selector order the nodes and choose among them;
//   - compile renders the chosen nodes to SQL;
//   - run sends it through an adapter and tells of it in events;
//   - manifest writes the artifacts.
//
// Adapters and source plugins are handed in (see cmd/gdbt/plugins.go); the engine
// itself links none and needs no cgo.
package engine
