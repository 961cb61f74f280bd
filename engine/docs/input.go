package docs

import (
	"time"

	"github.com/gdbt-dev/gdbt/engine/lineage"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/selector"
)

// Input is what a site shows. Only Manifest is required.
type Input struct {
	Manifest *manifest.Manifest
	Catalog  *manifest.Catalog
	// Run is the last run or build, Freshness the last `source freshness`.
	Run       *manifest.RunResults
	Freshness *manifest.Freshness
	// Lineage is where columns come from.
	Lineage *lineage.Graph
	// Sizes are by unique id.
	Sizes map[string]Size
	// Adapter is the warehouse's name: duckdb, postgres.
	Adapter string
	// Internal are packages whose macros are not shown, those of dbt and the adapters.
	Internal []string
	// Selectors are what the selectors of selectors.yml select, by the way to take tests and by name; see [selector.Selector.Named].
	Selectors map[selector.Indirect]map[string]selector.Answer
	// DefaultSelector is the selector that `ls` takes where nothing is asked for, "" for none.
	DefaultSelector string
	// Earlier answers the selections that look at earlier runs, by method; see [selector.Selector.Artifacts].
	Earlier map[string]selector.Answers
	// Exists tells whether a path below the project's folder is there, as `path:` in a selection asks; nil takes all for there.
	Exists func(path string) bool
	// NoSQL leaves all code out: of models, tests, macros, functions and hooks, the definitions of unit tests and metrics, and what errors
	// say below their first line. Descriptions and other properties stay.
	NoSQL       bool
	GeneratedAt time.Time
	// Version is gdbt's own.
	Version string
}

// Size is how big a relation is, -1 where the warehouse doesn't say.
type Size struct{ Rows, Bytes int64 }

// Sink takes the files of a site. Calls may come from several goroutines.
type Sink interface {
	// Put writes a file; name is a path with slashes, below the site's folder.
	Put(name string, content []byte) error
}
