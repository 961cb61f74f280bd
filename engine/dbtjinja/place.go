package dbtjinja

import (
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Place is where something stands in a file of the user. Line and Column count from 1; 0 is unknown.
type Place struct {
	File         string
	Line, Column int
	Source       string
}

// Set makes the place that of a diagnostic.
func (p Place) Set(d *diag.Diagnostic) {
	d.At(p.File, p.Line, p.Column).Source = p.Source
}

// Shown is a file of a package as errors show it: from the root project's folder on, where the user is.
func (s *Session) Shown(pkg, file string) string {
	info, foreign := s.Packages[pkg]
	if !foreign || pkg == s.ProjectName || filepath.IsAbs(file) {
		return file
	}
	rel, err := filepath.Rel(s.ProjectRoot, filepath.Join(info.Root, filepath.FromSlash(file)))
	if err != nil || !filepath.IsLocal(rel) {
		return file
	}
	return filepath.ToSlash(rel)
}

// IsBuiltIn tells whether a file that an error names is one of gdbt's own macros.
func (s *Session) IsBuiltIn(file string) bool {
	s.builtIn.once.Do(func() {
		s.builtIn.files = map[string]bool{}
		own := map[string]bool{}
		for _, m := range s.Manifest.Macros {
			if s.Library.IsInternal(m.PackageName) {
				s.builtIn.files[m.OriginalFilePath] = true
			} else if m.PackageName == s.ProjectName {
				own[m.OriginalFilePath] = true
			}
		}
		for file := range own { // which of two is meant is not known
			delete(s.builtIn.files, file)
		}
	})
	return s.builtIn.files[file]
}

// AtUser moves the place of an error in a built-in macro to the innermost call in a file of the user, else to the node's first
// line.
func (s *Session) AtUser(d *diag.Diagnostic, n *manifest.Node) {
	if !s.IsBuiltIn(d.File) {
		return
	}
	for _, f := range d.Stack {
		if f.File == "" || s.IsBuiltIn(f.File) {
			continue
		}
		d.At(f.File, f.Line, 0).Source = ""
		d.FillSource(s.ReadFile)
		if name, isMacro := strings.CutPrefix(f.Name, "macro "); isMacro {
			if i := strings.Index(d.Source, name); i >= 0 {
				d.Column = len([]rune(d.Source[:i])) + 1
			}
		}
		return
	}
	d.At(n.OriginalFilePath, 0, 0).Source = ""
	if n.ResourceType != manifest.Seed {
		d.Line = max(n.Line, 1)
	}
}

// document reads a YAML file for the place of an error; nil when it can't be read any more. Files are kept: many nodes
// may fail for what one file says.
func (s *Session) document(file string) *yamldoc.Document {
	if doc, ok := s.documents.Load(file); ok {
		return doc.(*yamldoc.Document)
	}
	var doc *yamldoc.Document
	if raw, err := s.ReadFile(file); err == nil {
		doc, _ = yamldoc.Parse(file, raw, yamldoc.Limits{})
	}
	s.documents.Store(file, doc)
	return doc
}

// propertyFile is the property file of a node; "" when it has none.
func (s *Session) propertyFile(n *manifest.Node) string {
	if n.PatchPath != nil {
		pkg, file, _ := strings.Cut(*n.PatchPath, "://")
		return s.Shown(pkg, file)
	}
	if isYAML(n.OriginalFilePath) && n.ResourceType != manifest.Operation {
		return s.Shown(n.PackageName, n.OriginalFilePath)
	}
	return ""
}

func isYAML(file string) bool { return slices.Contains([]string{".yml", ".yaml"}, path.Ext(file)) }

// entry finds the element of a property file that describes a node.
func (s *Session) entry(n *manifest.Node) (*yamldoc.Document, *yamldoc.Node) {
	file := s.propertyFile(n)
	if file == "" {
		return nil, nil
	}
	doc := s.document(file)
	if doc == nil {
		return nil, nil
	}
	name := n.Name
	for _, key := range []string{string(n.ResourceType) + "s", "analyses", "data_tests"} {
		list := yamldoc.Deref(doc.Find(nil, key))
		if !yamldoc.IsList(list) {
			continue
		}
		for i := range list.Content {
			item := &list.Content[i]
			if x := doc.Find(item, "name"); x != nil && x.Value == name {
				return doc, item
			}
		}
	}
	return nil, nil
}

// PropertyPlace finds where the property file of a node says something: keys lead there from the node's entry. In a list the
// element with that name is meant. ok is false where the file does not say it.
func (s *Session) PropertyPlace(n *manifest.Node, keys ...string) (Place, bool) {
	doc, at := s.entry(n)
	if at == nil {
		return Place{}, false
	}
	starts := []*yamldoc.Node{at}
	if versions := yamldoc.Deref(doc.Find(at, "versions")); n.IsVersioned() && yamldoc.IsList(versions) {
		for i := range versions.Content { // what a version says itself counts
			v := &versions.Content[i]
			if x := doc.Find(v, "v"); x != nil && x.Value == manifest.VersionString(n.Version) {
				starts = append([]*yamldoc.Node{v}, starts...)
			}
		}
	}
	for _, start := range starts {
		if found := walkNames(doc, start, keys); found != nil {
			return placeOf(doc, found), true
		}
	}
	return Place{}, false
}

// walkNames follows keys, and names of the elements of lists. It gives the last key; of an element its name.
func walkNames(doc *yamldoc.Document, at *yamldoc.Node, keys []string) *yamldoc.Node {
	shown := at
	for _, key := range keys {
		at = yamldoc.Deref(at)
		if yamldoc.IsList(at) {
			i := slices.IndexFunc(at.Content, func(item yamldoc.Node) bool {
				for _, k := range []string{"name", "type"} {
					if x := doc.Find(&item, k); x != nil && strings.EqualFold(x.Value, key) {
						shown = x
						return true
					}
				}
				return false
			})
			if i < 0 {
				return nil
			}
			at = &at.Content[i]
			continue
		}
		if shown = doc.FindKey(at, key); shown == nil {
			return nil
		}
		at = doc.Find(at, key)
	}
	// A scalar's value says more than its key.
	if v := yamldoc.Deref(at); v != nil && len(v.Content) == 0 && v.Line == shown.Line {
		return v
	}
	return shown
}

// SourcePlace finds where a property file says something of a table of a source, or of the whole source.
func (s *Session) SourcePlace(src *manifest.Source, keys ...string) (Place, bool) {
	file := s.Shown(src.PackageName, src.OriginalFilePath)
	doc := s.document(file)
	if doc == nil {
		return Place{}, false
	}
	for _, start := range [][]string{{"sources", src.SourceName, "tables", src.Name}, {"sources", src.SourceName}} {
		if found := walkNames(doc, doc.Root, append(start, keys...)); found != nil {
			return placeOf(doc, found), true
		}
	}
	return Place{}, false
}

func placeOf(doc *yamldoc.Document, n *yamldoc.Node) Place {
	return Place{doc.File, n.Line, n.Column, diag.Snippet(doc.Src, n.Line)}
}

// ConfigPlace finds where a config of a node is set: in its own text, in its property file, or in the dbt_project.yml of the
// root project or its package. ok is false where it stands in none of them.
func (s *Session) ConfigPlace(n *manifest.Node, key string) (Place, bool) {
	if key == "" {
		return Place{}, false
	}
	if line, column, source, ok := n.ConfigPlace(key); ok {
		return Place{s.Shown(n.PackageName, n.OriginalFilePath), line, column, source}, true
	}
	for _, name := range config.Spellings(key) {
		for _, keys := range [][]string{{"config", name}, {name}} {
			if p, ok := s.PropertyPlace(n, keys...); ok {
				return p, true
			}
		}
	}
	if n.IsGeneric {
		if p, ok := s.testPlace(n, key); ok {
			return p, true
		}
	}
	for _, file := range s.projectFiles(n) {
		if p, ok := projectPlace(s.document(file), n, key); ok {
			return p, true
		}
	}
	return Place{}, false
}

// testPlace finds a config or argument of a generic test below the line where its property file has the test.
func (s *Session) testPlace(n *manifest.Node, key string) (Place, bool) {
	doc := s.document(s.propertyFile(n))
	if doc == nil || doc.Root == nil {
		return Place{}, false
	}
	var find func(at *yamldoc.Node, inside bool) *yamldoc.Node
	find = func(at *yamldoc.Node, inside bool) *yamldoc.Node {
		if inside {
			if found := doc.FindKey(at, key); found != nil {
				return walkNames(doc, at, []string{key})
			}
		}
		for i := range at.Content {
			is := inside || yamldoc.IsMap(at) && i%2 == 1 && at.Content[i-1].Line == n.Line
			if found := find(&at.Content[i], is); found != nil {
				return found
			}
		}
		return nil
	}
	if found := find(doc.Root, false); found != nil {
		return placeOf(doc, found), true
	}
	return Place{}, false
}

// projectFiles are the dbt_project.yml that may configure a node.
func (s *Session) projectFiles(n *manifest.Node) []string {
	files := []string{config.ProjectFile}
	if n.PackageName != s.ProjectName {
		files = append(files, s.Shown(n.PackageName, config.ProjectFile))
	}
	return files
}

// projectPlace finds the innermost level of a config tree that sets a key for a node.
func projectPlace(doc *yamldoc.Document, n *manifest.Node, key string) (Place, bool) {
	if doc == nil {
		return Place{}, false
	}
	path := []any{string(config.SectionOf(ident.Type(n.ResourceType)))}
	for _, part := range n.FQN {
		path = append(path, part)
	}
	for ; len(path) > 0; path = path[:len(path)-1] {
		level := doc.Find(nil, path...)
		if level == nil {
			continue
		}
		for _, name := range config.Spellings(key) {
			for _, spelled := range []string{"+" + name, name} {
				if found := walkNames(doc, level, []string{spelled}); found != nil {
					return placeOf(doc, found), true
				}
			}
		}
	}
	return Place{}, false
}

// WordFrom finds a word at a place or within some lines below it, as in a list.
func (s *Session) WordFrom(p Place, word string, lines int) (Place, bool) {
	src, err := s.ReadFile(p.File)
	if err != nil || word == "" {
		return Place{}, false
	}
	for line := max(p.Line, 1); line < p.Line+lines; line++ {
		text, from := diag.Snippet(src, line), 0
		if line == p.Line && p.Column > 0 {
			from = min(diag.Offset([]byte(text), 1, p.Column), len(text))
		}
		if at := diag.FindWord(text[from:], word); at >= 0 {
			return Place{p.File, line, len([]rune(text[:from+at])) + 1, text}, true
		}
	}
	return Place{}, false
}

// TextPlace finds where a position of a text of a node stands in the files: a hook, a filter, the value of a variable. The text
// stands in the node's own text, in its property file or in a dbt_project.yml. ok is false where it stands in none of them.
func (s *Session) TextPlace(n *manifest.Node, text string, line, column int) (Place, bool) {
	if n == nil || strings.TrimSpace(text) == "" {
		return Place{}, false
	}
	if n.ResourceType != manifest.Operation && !n.IsGeneric && len(text) < len(n.RawCode) {
		if at := strings.Index(n.RawCode, text); at >= 0 {
			l, c := diag.Position([]byte(n.RawCode), at+diag.Offset([]byte(text), line, column))
			return Place{s.Shown(n.PackageName, n.OriginalFilePath), l + max(n.Line, 1) - 1, c, diag.Snippet([]byte(n.RawCode), l)}, true
		}
	}
	for _, file := range append([]string{s.propertyFile(n)}, s.projectFiles(n)...) {
		if file == "" {
			continue
		}
		if doc := s.document(file); doc != nil {
			if found := doc.FindText(text); found != nil {
				l, c := doc.Inside(found, line, column)
				return Place{file, l, c, diag.Snippet(doc.Src, l)}, true
			}
		}
	}
	return Place{}, false
}

// InText moves the places of an error that count within a text that a file holds to the file.
func (s *Session) InText(err error, n *manifest.Node, file, text string) error {
	var je *jinja.Error
	if n == nil || n.RawCode == text && n.ResourceType != manifest.Operation || !errors.As(err, &je) {
		return err
	}
	if je.File == file {
		p, ok := s.TextPlace(n, text, je.Line, je.Column)
		if !ok {
			p = Place{File: file}
		}
		je.File, je.Line, je.Column, je.SourceLine = p.File, p.Line, p.Column, p.Source
	}
	for i, f := range je.Stack {
		if f.File != file {
			continue
		}
		if p, ok := s.TextPlace(n, text, f.Line, 1); ok {
			je.Stack[i].File, je.Stack[i].Line = p.File, p.Line
		}
	}
	return err
}
