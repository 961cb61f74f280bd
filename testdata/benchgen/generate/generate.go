// Package generate makes dbt projects of any size for benchmarks.
//
// A project has three layers, as real ones have: staging models read one source
// table each, intermediate models join some of them in three levels, marts join
// those. 40, 35 and 25 of a hundred models are in each. About six in ten are
// views, the others tables, incremental and ephemeral models. A model is 50 to
// 110 lines of SQL with a config, loops and calls of the project's and of dbt's
// macros; its YAML has a description, ten columns and four tests. Around them
// are sources, seeds, snapshots, exposures, docs blocks, and singular and
// generic tests.
//
// The SQL runs on PostgreSQL and DuckDB. Every model has one row for each row
// of a source table, and passes its tests; tables are small, so that what is
// measured is the engine and not the database.
package generate

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say what to make.
type Options struct {
	Models  int
	Rows    int
	Parents int
	Seed    uint64
	// NoEphemeral makes views in the place of ephemeral models.
	NoEphemeral bool
}

// Defaults is a project of 100 models.
func Defaults() Options { return Options{Models: 100, Rows: 20, Parents: 3, Seed: 1} }

// Project is a project in memory: file contents by path.
type Project struct {
	Files map[string]string

	opts  Options
	rand  source64
	parts parts

	tests int
}

// parts are the resources, before they are text.
type parts struct {
	tables []*table
	seeds  []string
	models []*model
	docs   []string
	levels map[int][]*model
}

// table is a source table.
type table struct{ System, Name string }

type model struct {
	Name, Dir, Topic string
	Layer            string // staging, intermediate, marts
	Level            int
	Materialized     string
	Table            *table // staging
	Parents          []*model
	Tier             int
}

// New makes a project. The error is one of the options.
func New(o Options) (*Project, error) {
	switch {
	case o.Models < 1:
		return nil, errors.New("a project has at least one model")
	case o.Rows < 1:
		return nil, errors.New("a source table has at least one row")
	case o.Parents < 1:
		return nil, errors.New("an intermediate model has at least one parent")
	}
	p := &Project{Files: map[string]string{}, opts: o, rand: source64(o.Seed)}
	p.shape()
	if err := p.write(); err != nil {
		return nil, err
	}
	return p, nil
}

// Write puts the project into a folder.
func (p *Project) Write(dir string) error {
	for _, name := range slices.Sorted(maps.Keys(p.Files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(p.Files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Summary says in one line what the project has.
func (p *Project) Summary() string {
	kinds := map[string]int{}
	for _, m := range p.parts.models {
		kinds[m.Materialized]++
	}
	var list []string
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		list = append(list, fmt.Sprintf("%d %s", kinds[k], k))
	}
	lines, bytes := 0, 0
	for _, text := range p.Files {
		lines += strings.Count(text, "\n")
		bytes += len(text)
	}
	return fmt.Sprintf("%d models (%s), %d tests, %d source tables, %d seeds; %d files, %d lines, %d bytes",
		len(p.parts.models), strings.Join(list, ", "), p.tests, len(p.parts.tables), len(p.parts.seeds), len(p.Files), lines, bytes)
}

// source64 is a SplitMix64 generator: the same numbers with every Go version.
type source64 uint64

func (s *source64) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number from 0 to n-1.
func (s *source64) below(n int) int { return int(s.next() % uint64(n)) }

// from gives a number from a to b.
func (s *source64) from(a, b int) int { return a + s.below(b-a+1) }

func pick[T any](s *source64, list []T) T { return list[s.below(len(list))] }
