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
// # Writing a plugin
//
// A plugin is a value with methods; what it can do beyond loading, the engine finds by
// assertion:
//
//   - [Plugin]: a name, and Load, `gdbt source load`.
//   - [Extractor]: fills the lake from outside, `gdbt source extract`.
//   - [Verifier]: checks the lake, `gdbt source verify`.
//   - [Authenticator]: signs somebody in once, `gdbt source login`.
//
// Step by step:
//
//  1. Choose a name and the options of the table's entry. Refuse others with [Config.Known];
//     say what is wrong with one by [Config.Bad]: gdbt shows the error at its line.
//  2. Write Load, or take one: the scraper package's Loader loads every lake of messages in its
//     layout, and its example is a whole plugin of a hundred lines that does so. The example of
//     [Extractor] here does without it.
//  3. Write Extract. Go on where the last run was and write under another name first, for a run may
//     be killed anywhere (the scraper/lakewriter package does both). Let no channel stop
//     another: its error goes into its [ChannelResult]. Tell how far you are
//     ([ExtractRequest.Report]) and what is worth a line ([Request.Logf], [Request.Warnf]). Take the time
//     from [Request.Time], variables from [Request.Env], and name what must not be shown to [Request.Hide]
//     before it can be. Answer an option of [ExtractOptions] that you can't heed with an error. When the
//     context ends, end soon.
//  4. Link it: one line in plugins.go of cmd/gdbt, or, in a program of your own, a [Registry]
//     in engine.Options.Sources.
//  5. Test Extract on a folder of the test's own, as the examples do: run it twice, cut it off in between,
//     break what it reads.
//
// Plugins see the warehouse through this package alone: [Relation], [Response],
// [Table] and the value types are those of engine/adapter under a second name.
package source
