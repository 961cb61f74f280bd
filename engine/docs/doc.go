// Package docs makes the documentation site of a project.
//
// [Build] takes what dbt's docs page reads, a manifest and a catalog, with the results of the last run, the freshness of the
// sources and the lineage of columns beside them, and writes a site to a [Sink]: index.html and one folder of data. The
// data are scripts that each hand a piece of JSON to the page (shard.go), so that the site opens from a folder, from any
// static host and from [Serve], and a page loads only what it shows:
//
//   - index: names, edges and what the sidebar needs of every resource (index.go)
//   - n0, n1 …: the pages of about 50 resources each, as HTML of the templates (pages.go)
//   - l0, l1 …: the columns of the same resources and where they come from (columns.go)
//   - s1, s2 …: what is searched beside names (search.go)
//   - select: what the selection language asks for (select.go)
//   - graph, runs, entities, coverage: the views of those names
//
// The same HTML stands in pages/, for readers without scripts. [WriteStatic] puts all of it into one file.
//
// Everything that comes from a project is text or a quoted attribute in the templates, which escape it; descriptions are
// Markdown, rendered and sanitised in markdown.go; addresses pass safeURL. The page asks nobody outside for anything: its policy
// (Content-Security-Policy) forbids it.
//
// The assets, ES modules and a style sheet in assets/, are embedded as they are. Browsers load no modules from a folder, so
// [Build] joins them into one script (modules.go).
package docs
