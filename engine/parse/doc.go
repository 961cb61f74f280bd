// Package parse turns the files of a project and its packages into a manifest.
//
// The order is dbt's: macros first (macros.go), then everything written in SQL,
// CSV and Markdown (nodes.go), then the property files, which describe those
// nodes and declare sources, tests and the rest (props*.go, tests.go), and last
// the links between them (resolve.go). Files are read and models rendered in
// parallel; results are put into the manifest in the order of the files, so that
// a parse gives the same manifest every time.
package parse
