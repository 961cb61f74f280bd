package docs

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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
	manifest.SourceType: "Source", manifest.Seed: "Seed", manifest.Snapshot: "Snapshot", manifest.Model: "Model", manifest.Analysis: "Analysis",
	manifest.SemanticModel: "Semantic model", manifest.MetricType: "Metric", manifest.SavedQuery: "Saved query", manifest.ExposureType: "Exposure",
	manifest.Test: "Data test", unitTest: "Unit test", manifest.MacroType: "Macro",
}

var kindPlurals = map[manifest.ResourceType]string{
	manifest.SourceType: "Sources", manifest.Seed: "Seeds", manifest.Snapshot: "Snapshots", manifest.Model: "Models", manifest.Analysis: "Analyses",
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
	for k, v := range e.meta.All() {
		p.Meta = append(p.Meta, fact{Name: k, Value: plainValue(v), Href: safeURL(yamldoc.Text(v))})
	}
	s.code(&p, e)
	if e.macro != nil {
		for _, a := range e.macro.Arguments {
			p.Arguments = append(p.Arguments, argument{a.Name, text(a.Type), s.md.inline(a.Description)})
		}
	}
	return p
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

func (s *site) columns(p *page, e *entry) {
	table := s.catalog[e.id]
	byColumn := map[string][]test{}
	for _, i := range s.testsOf[e.index] {
		t := s.test(i)
		if t.Column != "" {
			key := strings.ToLower(t.Column)
			byColumn[key] = append(byColumn[key], t)
		}
	}
	known := map[string]*manifest.Column{}
	for _, c := range e.columns {
		known[strings.ToLower(c.Name)] = c
	}
	add := func(name, typ, comment string, c *manifest.Column) {
		col := column{Name: name, Type: typ, Comment: comment, Tests: byColumn[strings.ToLower(name)]}
		if c != nil {
			col.Description = s.md.inline(c.Description)
			if col.Type == "" {
				col.Type = text(c.DataType)
			}
			for _, k := range c.Constraints {
				col.Badges = append(col.Badges, badge{"constraint", strings.ReplaceAll(k.Type, "_", " "), text(k.Expression)})
			}
			for _, t := range c.Tags {
				col.Badges = append(col.Badges, badge{"tag", t, "Tag"})
			}
		}
		if comment == "" || c != nil && strings.TrimSpace(c.Description) != "" {
			col.Comment = ""
		}
		p.ShowTypes = p.ShowTypes || col.Type != ""
		p.Columns = append(p.Columns, col)
	}
	if table != nil && len(table.Columns) > 0 {
		seen := map[string]bool{}
		for _, c := range table.Columns {
			key := strings.ToLower(c.Name)
			seen[key] = true
			add(c.Name, c.Type, text(c.Comment), known[key])
		}
		var missing []string
		for _, c := range e.columns {
			if !seen[strings.ToLower(c.Name)] {
				missing = append(missing, c.Name)
				add(c.Name, "", "", c)
			}
		}
		if len(missing) > 0 {
			p.Notes = append(p.Notes, "Described, but not in the warehouse: "+strings.Join(missing, ", "))
		}
	} else {
		for _, c := range e.columns {
			add(c.Name, "", "", c)
		}
		if l := s.lineageOf(e); l != nil && len(e.columns) == 0 {
			for _, c := range l.Columns {
				add(c.Name, "", "", nil)
			}
		}
	}
	p.HasColumnLineage = len(p.Columns) > 0 && s.in.Lineage != nil
}

func (s *site) tests(p *page, e *entry) {
	for _, i := range s.testsOf[e.index] {
		p.Tests = append(p.Tests, s.test(i))
	}
	// Tests of several resources belong to none: they are listed at each.
	for _, c := range s.children[e.index] {
		if x := s.entries[c]; (x.kind == manifest.Test || x.kind == unitTest) && s.tested(x) == nil {
			p.Tests = append(p.Tests, s.test(c))
		}
	}
}

func (s *site) test(i int) test {
	e := s.entries[i]
	t := test{Link: s.link(i), Name: e.name, Status: s.status(e)}
	if n := e.node; n != nil {
		t.Column = text(n.ColumnName)
		if md := n.TestMetadata; md != nil {
			t.Name = md.Name
			if md.Namespace != nil {
				t.Name = *md.Namespace + "." + md.Name
			}
			var details []string
			for k, v := range md.Kwargs.All() {
				if k != "column_name" && k != "model" {
					details = append(details, k+": "+plainValue(v))
				}
			}
			t.Detail = strings.Join(details, ", ")
		}
	}
	return t
}

// status is the outcome of the last run for a resource.
func (s *site) status(e *entry) *status {
	if f := s.fresh[e.id]; f != nil {
		st := &status{Class: statusClass(f.Status), Text: map[string]string{"pass": "fresh", "warn": "stale (warning)", "error": "stale", "runtime error": "not known"}[f.Status]}
		if f.MaxLoadedAt != nil {
			st.Detail = "loaded " + f.MaxLoadedAt.UTC().Format("2006-01-02 15:04") + " UTC, " + duration(f.Age) + " before the check"
		} else {
			st.Detail = text(f.Error)
		}
		return st
	}
	r := s.results[e.id]
	if r == nil {
		return nil
	}
	st := &status{Class: statusClass(r.Status), Text: r.Status}
	switch {
	case r.Failures != nil && *r.Failures > 0 && (r.Status == "fail" || r.Status == "warn"):
		st.Detail = fmt.Sprintf("%d failing row", *r.Failures)
		if *r.Failures != 1 {
			st.Detail += "s"
		}
	case st.Class == "bad" && r.Message != nil:
		st.Detail = *r.Message
	case r.ExecutionTime > 0:
		st.Detail = duration(r.ExecutionTime)
	}
	return st
}

// statusClass is ok, warn, bad or skip.
func statusClass(status string) string {
	switch status {
	case "success", "pass":
		return "ok"
	case "warn", "partial success":
		return "warn"
	case "error", "fail", "runtime error":
		return "bad"
	}
	return "skip"
}

// duration prints seconds for readers.
func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 48*time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

func (s *site) facts(p *page, e *entry) {
	add := func(name, value string) {
		if value != "" {
			p.Facts = append(p.Facts, fact{Name: name, Value: value})
		}
	}
	addCode := func(name, value string) {
		if value != "" {
			p.Facts = append(p.Facts, fact{Name: name, Value: value, Code: true})
		}
	}
	table := s.catalog[e.id]
	if n := e.node; n != nil {
		addCode("Relation", readable(text(n.RelationName)))
	}
	if x := e.source; x != nil {
		addCode("Relation", readable(x.RelationName))
		add("Loader", x.Loader)
		addCode("Loaded at", text(x.LoadedAtField))
		for _, level := range []string{"warn_after", "error_after"} {
			if c := x.Freshness.Map(level); c.Value("count") != nil {
				add(map[string]string{"warn_after": "Warns after", "error_after": "Stale after"}[level], counted(plainValue(c.Value("count")), c.Str("period")))
			}
		}
	}
	if table != nil {
		add("Type", strings.ToLower(table.Type))
		add("Owner in the warehouse", text(table.Owner))
	}
	if size, ok := s.in.Sizes[e.id]; ok {
		if size.Rows >= 0 {
			add("Rows", thousands(size.Rows))
		}
		if size.Bytes >= 0 {
			add("Size", bytesText(size.Bytes))
		}
	}
	if table != nil {
		for _, st := range table.Stats {
			if st.Include && st.ID != "has_stats" {
				v := yamldoc.Text(st.Value)
				if f, ok := st.Value.(float64); ok {
					v = thousands(int64(f))
				}
				add(st.Label, v)
			}
		}
	}
	if r := s.results[e.id]; r != nil {
		if len(r.Timing) > 0 {
			if at, err := time.Parse(time.RFC3339Nano, r.Timing[len(r.Timing)-1].CompletedAt); err == nil {
				add("Last run", at.UTC().Format("2006-01-02 15:04:05")+" UTC")
			}
		}
		if r.ExecutionTime > 0 {
			add("Took", duration(r.ExecutionTime))
		}
	}
	s.ownership(p, e)
	if u := e.unit; u != nil {
		add("Tests the model", u.Model)
	}
	if n := e.node; n != nil && e.kind == manifest.Test {
		add("Severity", plainValue(n.ConfigValue("severity")))
		addCode("Column", text(n.ColumnName))
	}
	if x := e.macro; x != nil && len(x.SupportedLanguages) > 0 {
		add("Languages", strings.Join(x.SupportedLanguages, ", "))
	}
	if e.node != nil && len(e.node.PrimaryKey) > 0 {
		addCode("Primary key", strings.Join(e.node.PrimaryKey, ", "))
	}
	add("Package", e.pkg)
	addCode("File", e.path)
	if e.patch != "" && e.patch != e.path {
		addCode("Described in", e.patch)
	}
}

// readable takes the quotes from a relation's name where it means the same without them.
func readable(relation string) string {
	if simpleRelation.MatchString(relation) {
		return strings.ReplaceAll(relation, `"`, "")
	}
	return relation
}

var simpleRelation = regexp.MustCompile(`^"[a-z_][a-z0-9_]*"(?:\."[a-z_][a-z0-9_]*")*$`)

func (s *site) ownership(p *page, e *entry) {
	owner := func(o manifest.Owner) {
		name := text(o.Name)
		mail := plainValue(o.Email)
		if o.Email == nil {
			mail = ""
		}
		f := fact{Name: "Owner", Value: name}
		if name == "" {
			f.Value = mail
		} else if mail != "" {
			f.Value += " <" + mail + ">"
		}
		if strings.Contains(mail, "@") && !strings.ContainsAny(mail, " ,<>") {
			f.Href = safeURL("mailto:" + mail)
		}
		if f.Value != "" {
			p.Facts = append(p.Facts, f)
		}
	}
	if x := e.exposure; x != nil {
		owner(x.Owner)
		if x.URL != nil && *x.URL != "" {
			p.Facts = append(p.Facts, fact{Name: "URL", Value: *x.URL, Href: safeURL(*x.URL)})
		}
	}
	if e.group != "" {
		p.Facts = append(p.Facts, fact{Name: "Group", Value: e.group})
		for _, id := range s.in.Manifest.GroupOrder {
			if g := s.in.Manifest.Groups[id]; g.Name == e.group {
				owner(g.Owner)
				break
			}
		}
	} else if o, ok := e.meta.Value("owner").(string); ok {
		p.Facts = append(p.Facts, fact{Name: "Owner", Value: o})
	}
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
