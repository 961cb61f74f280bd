// Package project is the shipped dbt project, the medical warehouse, as files in
// the program: `gdbt demo` unpacks them.
package project

import "embed"

// Files are the project's, named as in its folder.
//
//go:embed dbt_project.yml profiles.yml all:models all:macros all:tests all:snapshots
var Files embed.FS
