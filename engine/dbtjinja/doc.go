// Package dbtjinja is dbt's context for the template language: ref, source,
// config, var, adapter, exceptions and the rest, and the macros of all packages
// with their namespaces and dispatch.
//
// A [Session] holds what every rendering of one invocation shares. It makes a
// [Context] for each thing that is rendered: [Session.Parse] while a project is
// parsed (calls are recorded, nothing runs), [Session.Run] while a node is
// compiled or run, [Session.Operation] for hooks and run-operation,
// [Session.YAML] for values of property files. A [Library] holds the macros.
//
// Sub-packages: macros is the built-in macro library as text, values are the
// host objects (relations, columns, result tables), warehouse is what stands
// behind `adapter`.
//
// The specification is dbt's documentation of its Jinja functions
// (docs.getdbt.com/reference/dbt-jinja-functions).
package dbtjinja
