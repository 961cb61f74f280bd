package docs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/manifest"
)

// index is what a page loads before all else: the names of everything but tests, and the edges between them. Lists have
// one element for each resource of the lineage and, behind them, each macro.
type index struct {
	Project   string          `json:"project"`
	Adapter   string          `json:"adapter"`
	Generated string          `json:"generated"`
	Kinds     []string        `json:"kinds"`
	Packages  []string        `json:"packages"`
	Folders   []string        `json:"folders"`
	Schemas   []string        `json:"schemas"`
	Groups    []string        `json:"groups"`
	Materials []string        `json:"materials"`
	Core      int             `json:"core"`   // how many stand in the lineage
	First     int             `json:"first"`  // the first number behind the core, of tests
	Macros    int             `json:"macros"` // the first number of macros
	All       int             `json:"all"`    // behind the last number
	Shards    []int           `json:"shards"` // the first number of each group
	Kind      []int           `json:"kind"`   // of core, then macros
	Package   []int           `json:"package"`
	Folder    []int           `json:"folder"`
	Schema    []int           `json:"schema"`   // core only, -1 for none
	Group     map[int]int     `json:"group"`    // those that are in one
	Material  []int           `json:"material"` // core only, -1 for none
	Name      []string        `json:"name"`     // the id behind kind and package
	Label     map[int]string  `json:"label"`    // where it is another than Name
	Parents   [][]int         `json:"parents"`  // core only
	Cluster   []int           `json:"cluster"`  // core only
	Clusters  []indexCluster  `json:"clusters"`
	Lanes     []string        `json:"lanes"`  // the folders of the clusters
	Status    string          `json:"status"` // core only, a letter each: o(k), w(arn), b(ad), s(kipped), - for none
	Tested    string          `json:"tested"` // the worst of its tests
	Color     map[int]string  `json:"color"`
	Hidden    []int           `json:"hidden"`
	Has       map[string]bool `json:"has"`
}

// indexCluster is a box of the whole project's graph: the folder's number, the column, and which part of the folder it is.
type indexCluster struct {
	Lane   int    `json:"l"`
	Column int    `json:"c,omitempty"`
	Part   string `json:"p,omitempty"`
}

// table numbers the texts that it meets.
type table struct {
	list []string
	at   map[string]int
}

func (t *table) number(s string) int {
	if t.at == nil {
		t.at = map[string]int{}
	}
	i, ok := t.at[s]
	if !ok {
		i = len(t.list)
		t.at[s] = i
		t.list = append(t.list, s)
	}
	return i
}

// texts are never nil, which would be null in JSON.
func (t *table) texts() []string { return append([]string{}, t.list...) }

func (s *site) firstMacro() int {
	for i := s.core; i < len(s.entries); i++ {
		if s.entries[i].kind == manifest.MacroType {
			return i
		}
	}
	return len(s.entries)
}

func (s *site) index() index {
	x := index{
		Project: s.in.Manifest.RootProject, Adapter: s.in.Adapter, Generated: s.in.GeneratedAt.UTC().Format(time.RFC3339), Core: s.core, First: s.core,
		Macros: s.firstMacro(), All: len(s.entries), Group: map[int]int{}, Label: map[int]string{}, Color: map[int]string{}, Hidden: []int{}, Parents: make([][]int, 0, s.core),
		Shards: []int{}, Kind: []int{}, Package: []int{}, Folder: []int{}, Schema: []int{}, Material: []int{}, Name: []string{}, Cluster: []int{}, Clusters: []indexCluster{}, Lanes: append([]string{}, s.lanes...),
		Has: map[string]bool{"runs": s.in.Run != nil, "columns": s.in.Lineage != nil, "code": !s.in.NoSQL, "freshness": s.in.Freshness != nil, "catalog": s.in.Catalog != nil},
	}
	var kinds, packages, folders, schemas, groups, materials table
	for _, g := range s.groups {
		x.Shards = append(x.Shards, g[0])
	}
	status, tested := make([]byte, s.core), make([]byte, s.core)
	for i, e := range s.entries {
		core := i < s.core
		if !core && e.kind != manifest.MacroType {
			continue
		}
		x.Kind = append(x.Kind, kinds.number(string(e.kind)))
		x.Package = append(x.Package, packages.number(e.pkg))
		x.Folder = append(x.Folder, folders.number(path.Dir(e.path)))
		rest := strings.TrimPrefix(e.id, string(e.kind)+"."+e.pkg+".")
		x.Name = append(x.Name, rest)
		if e.label != rest {
			x.Label[i] = e.label
		}
		if e.hidden {
			x.Hidden = append(x.Hidden, i)
		}
		if !core {
			continue
		}
		schema := -1
		if e.schema != "" {
			schema = schemas.number(e.database + "." + e.schema)
		}
		x.Schema = append(x.Schema, schema)
		material := -1
		if m := e.materialized(); m != "" {
			material = materials.number(m)
		}
		x.Material = append(x.Material, material)
		if e.group != "" {
			x.Group[i] = groups.number(e.group)
		}
		if e.color != "" {
			x.Color[i] = e.color
		}
		parents := s.parents[i]
		if parents == nil {
			parents = []int{}
		}
		x.Parents = append(x.Parents, parents)
		x.Cluster = append(x.Cluster, s.clusterOf[i])
		status[i], tested[i] = letter(s.status(e)), '-'
		for _, t := range s.testsOf[i] {
			if l := letter(s.status(s.entries[t])); strings.IndexByte(severity, l) > strings.IndexByte(severity, tested[i]) {
				tested[i] = l
			}
		}
	}
	for _, c := range s.clusters {
		x.Clusters = append(x.Clusters, indexCluster{c.lane, c.column, c.part})
	}
	x.Kinds, x.Packages, x.Folders = kinds.texts(), packages.texts(), folders.texts()
	x.Schemas, x.Groups, x.Materials = schemas.texts(), groups.texts(), materials.texts()
	x.Status, x.Tested = string(status), string(tested)
	return x
}

// severity orders the letters of outcomes, the worst last.
const severity = "-sowb"

func letter(st *status) byte {
	if st == nil {
		return '-'
	}
	return st.Class[0]
}

// version stands behind the address of each shard, so that a browser takes none of an earlier site from its cache.
func (s *site) version() string { return Version(s.in) }

// Version names the making of a site.
func Version(in Input) string {
	sum := sha256.Sum256([]byte(in.GeneratedAt.UTC().Format(time.RFC3339Nano) + in.Version))
	return hex.EncodeToString(sum[:6])
}

// tile is a figure of the overview.
type tile struct{ Figure, What, Detail, Class, Href string }

func (s *site) tiles() []tile {
	count := map[manifest.ResourceType]int{}
	for _, e := range s.entries {
		count[e.kind]++
	}
	var out []tile
	for _, k := range kinds {
		if n := count[k]; n > 0 && k != manifest.MacroType && k != manifest.Test && k != unitTest && k != manifest.Analysis {
			what := kindPlurals[k]
			if n == 1 {
				what = kindNames[k]
			}
			t := tile{Figure: thousands(int64(n)), What: strings.ToLower(what), Href: "#/lineage?select=resource_type:" + string(k)}
			out = append(out, t)
		}
	}
	tests := count[manifest.Test] + count[unitTest]
	if tests > 0 {
		t := tile{Figure: thousands(int64(tests)), What: "tests", Href: "#/coverage"}
		bad, warned, ran := 0, 0, 0
		for _, e := range s.entries {
			if e.kind == manifest.Test || e.kind == unitTest {
				switch letter(s.status(e)) {
				case 'b':
					bad++
					ran++
				case 'w':
					warned++
					ran++
				case 'o':
					ran++
				}
			}
		}
		switch {
		case bad > 0:
			t.Detail, t.Class = fmt.Sprintf("%d failed in the last run", bad), "bad"
		case warned > 0:
			t.Detail, t.Class = fmt.Sprintf("%d warned in the last run", warned), "warn"
		case ran > 0:
			t.Detail, t.Class = "all passed in the last run", "ok"
		}
		out = append(out, t)
	}
	if r := s.in.Run; r != nil {
		bad := 0
		for i := range r.Results {
			if statusClass(r.Results[i].Status) == "bad" {
				bad++
			}
		}
		t := tile{Figure: duration(r.ElapsedTime), What: "last run", Href: "#/runs", Detail: "no errors", Class: "ok"}
		if bad > 0 {
			t.Detail, t.Class = fmt.Sprintf("%d with errors", bad), "bad"
		}
		out = append(out, t)
	}
	c := s.coverage()
	if c.Columns > 0 {
		out = append(out, tile{Figure: fmt.Sprintf("%d %%", 100*c.DocumentedColumns/c.Columns), What: "columns described", Href: "#/coverage"})
	}
	return out
}
