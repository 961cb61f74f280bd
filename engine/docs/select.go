package docs

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/selector"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// selection is what the selection language asks for: an element for each resource but macros, and the tests, which the index
// leaves out. Lists of numbers point into the tables of texts.
type selection struct {
	Root string `json:"root"`
	// tests, which begin at the index's First
	Kind    []string `json:"kind"`
	ID      []string `json:"id"`
	Package []string `json:"package"`
	Name    []string `json:"name"`
	Label   []string `json:"label"`
	Parents [][]int  `json:"parents"`
	Status  string   `json:"status"`

	Qualified []string         `json:"qualified"` // fqn without the last part, joined by tabs
	FQN       [][2]any         `json:"fqn"`       // number in Qualified, last part
	Paths     []string         `json:"paths"`
	Path      []int            `json:"path"`
	Patch     map[int]int      `json:"patch"`
	Missing   []string         `json:"missing"` // paths and folders that are not there
	TagLists  [][]string       `json:"tagLists"`
	Tags      []int            `json:"tags"`
	Configs   []any            `json:"configs"`
	Config    []int            `json:"config"`
	Access    map[int]string   `json:"access"`
	Version   map[int]string   `json:"version"`
	Latest    map[int]string   `json:"latest"`
	Generic   map[int]string   `json:"generic"` // the generic test's name
	Source    map[int]string   `json:"source"`  // the source's name
	Plain     map[int]string   `json:"plain"`   // the name, where it is another than the label
	Depends   map[int][]string `json:"depends"` // ids that depends_on names and that are not there

	Default string `json:"default,omitempty"` // the selector that ls takes where nothing is asked for
	// Selectors by the way to take tests and by name, and Earlier by method.
	Selectors map[string]map[string]answer `json:"selectors"`
	Earlier   map[string]answers           `json:"earlier"`
}

// answer is a [selector.Answer] for the page: the error, or the resources.
type answer struct {
	Error string `json:"error,omitempty"`
	// Runs are the numbers of the resources, as pairs of the first of a row and how many there are.
	Runs []int `json:"runs,omitempty"`
}

// answers is a [selector.Answers] for the page.
type answers struct {
	Missing string            `json:"missing,omitempty"`
	Values  map[string]answer `json:"values"`
	Closed  bool              `json:"closed,omitempty"`
}

func (s *site) selection() any {
	macros := s.firstMacro()
	x := selection{Root: s.in.Manifest.RootProject, Default: s.in.DefaultSelector, Patch: map[int]int{}, Access: map[int]string{}, Version: map[int]string{}, Latest: map[int]string{}, Generic: map[int]string{},
		Source: map[int]string{}, Plain: map[int]string{}, Depends: map[int][]string{}, Selectors: map[string]map[string]answer{}, Earlier: map[string]answers{}, Missing: []string{},
		Kind: []string{}, ID: []string{}, Package: []string{}, Name: []string{}, Label: []string{}, Parents: [][]int{}, FQN: [][2]any{}, Path: []int{}, TagLists: [][]string{},
		Tags: []int{}, Configs: []any{}, Config: []int{}}
	var qualified, paths, tagLists, configs table
	status := make([]byte, 0, macros-s.core)
	for i, e := range s.entries[:macros] {
		if i >= s.core {
			parents := s.parents[i]
			if parents == nil {
				parents = []int{}
			}
			x.Kind, x.ID, x.Package, x.Name, x.Label, x.Parents = append(x.Kind, string(e.kind)), append(x.ID, e.id), append(x.Package, e.pkg), append(x.Name, e.name),
				append(x.Label, e.label), append(x.Parents, parents)
			status = append(status, letter(s.status(e)))
		} else if e.name != e.label {
			x.Plain[i] = e.name
		}
		n := len(e.fqn)
		last := ""
		if n > 0 {
			last = e.fqn[n-1]
		}
		x.FQN = append(x.FQN, [2]any{qualified.number(strings.Join(e.fqn[:max(0, n-1)], "\t")), last})
		x.Path = append(x.Path, paths.number(e.path))
		if e.patch != "" {
			x.Patch[i] = paths.number(e.patch)
		}
		k := tagLists.number(strings.Join(e.tags, "\x00"))
		if k == len(x.TagLists) {
			x.TagLists = append(x.TagLists, append([]string{}, e.tags...))
		}
		x.Tags = append(x.Tags, k)
		c := -1
		if e.config != nil {
			if raw, err := yamldoc.AppendJSON(nil, s.shownConfig(e.config)); err == nil {
				if c = configs.number(string(raw)); c == len(x.Configs) {
					x.Configs = append(x.Configs, rawJSON(raw))
				}
			}
		}
		x.Config = append(x.Config, c)
		for _, id := range e.parents {
			if s.byID[id] == nil {
				x.Depends[i] = append(x.Depends[i], id)
			}
		}
		if e.source != nil {
			x.Source[i] = e.source.SourceName
		}
		if m := e.node; m != nil {
			if e.kind == manifest.Model {
				x.Access[i] = m.Access
			}
			if m.Version != nil {
				x.Version[i] = manifest.VersionString(m.Version)
			}
			if m.LatestVersion != nil {
				x.Latest[i] = manifest.VersionString(m.LatestVersion)
			}
			if m.TestMetadata != nil {
				x.Generic[i] = m.TestMetadata.Name
			}
		}
	}
	x.Qualified, x.Paths, x.Status = qualified.texts(), paths.texts(), string(status)
	if s.in.Exists != nil {
		seen := map[string]bool{}
		check := func(p string) {
			if !seen[p] {
				seen[p] = true
				if !s.in.Exists(p) {
					x.Missing = append(x.Missing, p)
				}
			}
		}
		for _, p := range paths.list {
			check(p)
			for dir := path.Dir(p); dir != "." && dir != "/" && !seen[dir]; dir = path.Dir(dir) {
				check(dir)
			}
		}
	}
	for mode, named := range s.in.Selectors {
		x.Selectors[string(mode)] = s.answers(named)
	}
	for method, a := range s.in.Earlier {
		x.Earlier[method] = answers{Missing: inWords(a.Missing), Values: s.answers(a.ByValue), Closed: a.Closed}
	}
	return x
}

// shownConfig leaves the configs out that are code, where none is shown.
func (s *site) shownConfig(config *yamldoc.Map) *yamldoc.Map {
	if !s.in.NoSQL {
		return config
	}
	out := yamldoc.NewMap()
	for k, v := range config.All() {
		if k != "pre-hook" && k != "post-hook" && k != "sql_header" {
			out.Set(k, v)
		}
	}
	return out
}

func (s *site) answers(by map[string]selector.Answer) map[string]answer {
	out := make(map[string]answer, len(by))
	for value, a := range by {
		if a.Err != nil {
			out[value] = answer{Error: inWords(a.Err)}
			continue
		}
		var list []int
		for _, id := range a.IDs {
			if e := s.byID[id]; e != nil {
				list = append(list, e.index)
			}
		}
		out[value] = answer{Runs: runLengths(list)}
	}
	return out
}

// runLengths writes numbers as pairs of the first of a row and how many there are.
func runLengths(list []int) []int {
	slices.Sort(list)
	var out []int
	for i, n := range list {
		if k := len(out); i > 0 && out[k-2]+out[k-1] == n {
			out[k-1]++
		} else {
			out = append(out, n, 1)
		}
	}
	return out
}

// inWords is an error in one line, with its hint.
func inWords(err error) string {
	var d *diag.Diagnostic
	switch {
	case err == nil:
		return ""
	case errors.As(err, &d) && d.Hint != "":
		return d.Message + ": " + d.Hint
	case errors.As(err, &d):
		return d.Message
	}
	return err.Error()
}

// rawJSON stands in a value as it is.
type rawJSON []byte

// MarshalJSON implements json.Marshaler.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }
