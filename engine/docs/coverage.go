package docs

import (
	"strings"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// coverageShard says what is described and tested.
type coverageShard struct {
	Columns           int `json:"columns"`
	DocumentedColumns int `json:"documentedColumns"`
	// Rows are [number, described (0 or 1), columns, described columns, tests, tested columns] of what has columns or SQL.
	Rows [][6]int `json:"rows"`
}

func (s *site) coverage() coverageShard {
	out := coverageShard{Rows: [][6]int{}}
	for i, e := range s.entries[:s.core] {
		switch e.kind {
		case manifest.Model, manifest.Seed, manifest.Snapshot, manifest.SourceType:
		default:
			continue
		}
		if e.pkg != s.in.Manifest.RootProject {
			continue
		}
		described := map[string]bool{}
		for _, c := range e.columns {
			described[strings.ToLower(c.Name)] = strings.TrimSpace(c.Description) != ""
		}
		names := map[string]bool{}
		if t := s.catalog[e.id]; t != nil {
			for _, c := range t.Columns {
				names[strings.ToLower(c.Name)] = true
			}
		}
		if len(names) == 0 {
			for n := range described {
				names[n] = true
			}
		}
		row := [6]int{i, 0, len(names), 0, len(s.testsOf[i]), 0}
		if strings.TrimSpace(e.description) != "" {
			row[1] = 1
		}
		for n := range names {
			if described[n] {
				row[3]++
			}
		}
		tested := map[string]bool{}
		for _, t := range s.testsOf[i] {
			if n := s.entries[t].node; n != nil && n.ColumnName != nil && names[strings.ToLower(*n.ColumnName)] {
				tested[strings.ToLower(*n.ColumnName)] = true
			}
		}
		row[5] = len(tested)
		out.Columns += row[2]
		out.DocumentedColumns += row[3]
		out.Rows = append(out.Rows, row)
	}
	return out
}
