// Package source is the contract of source plugins: programs that bring data
// from outside into the raw tables that a project's models read.
//
// A source table names its plugin in its YAML entry:
//
//	config:
//	  meta:
//	    gdbt: {plugin: telegram, lake: ../lake}
//
// The engine looks the name up in a [Registry], reads the entry with
// [ConfigOf], and hands the plugin a [LoadRequest] whose [Target] reaches the
// warehouse of the run. A plugin keeps its state (which files are loaded) in
// the warehouse itself, next to the table, so that state and data change in one
// transaction.
//
// A plugin that can also fill its lake from outside is an [Extractor]; one that
// can check it is a [Verifier]; one whose other side wants somebody to sign in is
// an [Authenticator]. The engine finds these by assertion. The example of
// [Extractor] is a whole plugin.
//
// Plugins see the warehouse through this package alone: [Relation], [Response],
// [Table] and the value types are those of engine/adapter under a second name.
package source
