package docs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// page is what templates/resource.html shows of a resource.
type page struct {
	Index            int
	ID, Kind, Label  string
	KindName         string
	Crumbs           []string
	Badges           []badge
	Status           *status
	Description      string // sanitised HTML
	Columns          []column
	ShowTypes        bool
	Facts            []fact
	Meta             []fact
	Tests            []test
	Parents          []linkList
	Children         []linkList
	Code             []code
	Arguments        []argument
	Notes            []string
	HasGraph         bool
	HasColumnLineage bool
}

type badge struct{ Class, Text, Title string }

type fact struct {
	Name, Value string
	Href        string // an address that safeURL let pass
	Link        *link
	Code        bool
}

// link leads to a resource: by its id on the site, by a page's place without scripts.
type link struct {
	ID, Href, Label, Kind string
}

type linkList struct {
	Title string
	Links []link
}

type column struct {
	Name, Type, Comment string
	Description         string // sanitised HTML
	Tests               []test
	Badges              []badge
}

type test struct {
	Link   link
	Name   string // the generic test's name
	Detail string
	Status *status
	Column string
}

type status struct{ Class, Text, Detail string }

type code struct{ ID, Title, Language, Text string }

type argument struct{ Name, Type, Description string }

var kindNames = map[manifest.ResourceType]string{
	manifest.SourceType: "Source", manifest.Seed: "Seed", manifest.Snapshot: "Snapshot", manifest.Model: "Model", manifest.FunctionType: "Function", manifest.Analysis: "Analysis",
	manifest.SemanticModel: "Semantic model", manifest.MetricType: "Metric", manifest.SavedQuery: "Saved query", manifest.ExposureType: "Exposure",
	manifest.Test: "Data test", unitTest: "Unit test", manifest.MacroType: "Macro",
}

var kindPlurals = map[manifest.ResourceType]string{
	manifest.SourceType: "Sources", manifest.Seed: "Seeds", manifest.Snapshot: "Snapshots", manifest.Model: "Models", manifest.FunctionType: "Functions", manifest.Analysis: "Analyses",
	manifest.SemanticModel: "Semantic models", manifest.MetricType: "Metrics", manifest.SavedQuery: "Saved queries", manifest.ExposureType: "Exposures",
	manifest.Test: "Data tests", unitTest: "Unit tests", manifest.MacroType: "Macros",
}

func (s *site) link(i int) link {
	e := s.entries[i]
	return link{ID: e.id, Href: "p" + strconv.Itoa(s.groupOf[i]) + ".html#" + e.id, Label: e.label, Kind: string(e.kind)}
}

func (s *site) linkLists(list []int) []linkList {
	var out []linkList
	for _, i := range s.sortedByLabel(list) {
		title := kindPlurals[s.entries[i].kind]
		if len(out) == 0 || out[len(out)-1].Title != title {
			out = append(out, linkList{Title: title})
		}
		last := &out[len(out)-1]
		last.Links = append(last.Links, s.link(i))
	}
	return out
}

func (s *site) page(e *entry) page {
	p := page{Index: e.index, ID: e.id, Kind: string(e.kind), KindName: kindNames[e.kind], Label: e.label, Description: s.md.html(e.description), HasGraph: isCore(e.kind)}
	p.Crumbs = append([]string{e.pkg}, strings.Split(e.path, "/")...)
	p.Status = s.status(e)
	p.Badges = s.badges(e)
	s.columns(&p, e)
	s.tests(&p, e)
	var users []int
	for _, c := range s.children[e.index] {
		if isCore(s.entries[c].kind) {
			users = append(users, c)
		}
	}
	p.Children = s.linkLists(users)
	p.Parents = s.linkLists(s.parents[e.index])
	if e.macro != nil {
		p.Children = s.linkLists(s.macroUsers[e.id])
	}
	var called []int
	for _, id := range s.macrosOf(e) {
		if m := s.byID[id]; m != nil {
			called = append(called, m.index)
		}
	}
	p.Parents = append(p.Parents, s.linkLists(called)...)
	s.facts(&p, e)
	p.Meta = metaFacts(nil, "", e.meta)
	s.code(&p, e)
	switch {
	case e.macro != nil:
		for _, a := range e.macro.Arguments {
			p.Arguments = append(p.Arguments, argument{a.Name, text(a.Type), s.md.inline(a.Description)})
		}
	case e.kind == manifest.FunctionType:
		for _, a := range e.node.Arguments {
			typ := a.DataType
			if a.DefaultValue != nil {
				typ += " = " + plainValue(a.DefaultValue)
			}
			p.Arguments = append(p.Arguments, argument{a.Name, typ, s.md.inline(text(a.Description))})
		}
	}
	return p
}

// metaFacts lists meta, what is nested under names joined by dots.
func metaFacts(out []fact, prefix string, meta *yamldoc.Map) []fact {
	for k, v := range meta.All() {
		if inner, ok := v.(*yamldoc.Map); ok && inner.Len() > 0 {
			out = metaFacts(out, prefix+k+".", inner)
			continue
		}
		out = append(out, fact{Name: prefix + k, Value: plainValue(v), Href: safeURL(yamldoc.Text(v))})
	}
	return out
}

// counted is a number with its word: "1 hour", "2 hours".
func counted(n, word string) string {
	if n == "1" {
		return n + " " + word
	}
	return n + " " + word + "s"
}

// plainValue prints a value of YAML for readers.
func plainValue(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = plainValue(x)
		}
		return strings.Join(parts, ", ")
	}
	raw, err := yamldoc.AppendJSON(nil, v)
	if err != nil {
		return yamldoc.Text(v)
	}
	return string(raw)
}

func (s *site) badges(e *entry) []badge {
	var out []badge
	add := func(class, text, title string) {
		if text != "" {
			out = append(out, badge{class, text, title})
		}
	}
	add("plain", e.materialized(), "How it becomes a relation")
	if n := e.node; n != nil && e.kind == manifest.Model {
		if n.Access != "" && n.Access != "protected" {
			add("access", n.Access, "Access: who may refer to it")
		}
		if n.Version != nil {
			v := "version " + manifest.VersionString(n.Version)
			if n.LatestVersion != nil && manifest.VersionString(n.Version) == manifest.VersionString(n.LatestVersion) {
				v += " (latest)"
			}
			add("plain", v, "")
		}
		if n.Contract.Enforced {
			add("contract", "contract", "Its columns and types are enforced")
		}
		if n.DeprecationDate != nil {
			add("warn", "deprecated "+strings.TrimSuffix(*n.DeprecationDate, "T00:00:00"), "")
		}
	}
	if x := e.exposure; x != nil {
		add("plain", x.Type, "")
		add("plain", text(x.Maturity), "Maturity")
	}
	if e.semantic != nil {
		add("plain", e.semantic.Doc.Str("type"), "")
	}
	if e.group != "" {
		add("group", e.group, "Group")
	}
	for _, t := range e.tags {
		add("tag", t, "Tag")
	}
	return out
}

func (s *site) code(p *page, e *entry) {
	if s.in.NoSQL {
		return
	}
	add := func(id, title, language, text string) {
		if text = strings.Trim(text, "\n"); strings.TrimSpace(text) != "" {
			p.Code = append(p.Code, code{id, title, language, text})
		}
	}
	switch {
	case e.node != nil && e.kind != manifest.Seed:
		if e.node.Compiled && (e.node.TestMetadata == nil || e.node.CompiledCode != "") {
			add("compiled", "Compiled", "sql", e.node.CompiledCode)
		}
		add("source", "Source", cmp.Or(e.node.Language, "sql"), e.node.RawCode)
		if e.kind == manifest.Model {
			slices.Reverse(p.Code) // what a person wrote comes first
		}
	case e.macro != nil:
		add("source", "Source", "sql", e.macro.MacroSQL)
	case e.semantic != nil:
		if raw, err := indented(e.semantic.Doc); err == nil {
			add("source", "Definition", "json", raw)
		}
	case e.unit != nil:
		if raw, err := indented(map[string]any{"given": e.unit.Given, "expect": e.unit.Expect}); err == nil {
			add("source", "Definition", "json", raw)
		}
	}
}
