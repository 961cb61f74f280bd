package parse

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// propFile is a property file with what its entries need.
type propFile struct {
	*file
	doc *yamldoc.Document
	top *yamldoc.Map
	ctx *dbtjinja.Context
}

// resourceKeys are the lists that a property file may hold.
var resourceKeys = []string{
	"models", "seeds", "snapshots", "sources", "macros", "data_tests", "tests", "analyses", "exposures", "functions",
	"metrics", "groups", "semantic_models", "unit_tests", "saved_queries",
}

// entry is one element of such a list.
type entry struct {
	pf   *propFile
	key  string
	idx  int
	m    *yamldoc.Map // rendered
	raw  *yamldoc.Map
	name string
}

// at locates an error: path leads from the entry to the value at fault.
func (e *entry) at(category string, path []any, format string, args ...any) *diag.Diagnostic {
	n := e.pf.doc.Nearest(e.pf.doc.Root, append([]any{e.key, e.idx}, path...)...)
	return e.pf.doc.Errorf(n, category, format, args...)
}

func (e *entry) line() int { return e.lineAt(nil) }

// lineAt is the line of a place in the entry; 0 where it has none.
func (e *entry) lineAt(path []any) int {
	if n := e.pf.doc.Nearest(e.pf.doc.Root, append([]any{e.key, e.idx}, path...)...); n != nil {
		return n.Line
	}
	return 0
}

// patchPath is the file's id as it stands in patch_path.
func (f *file) patchPath() *string {
	s := f.id()
	return &s
}

// properties reads every property file, then handles the kinds in dbt's order
// within each project: nodes are patched and tested, the rest is declared.
func (p *parser) properties(files [][]*file, loaded []func() ([]*propFile, error)) error {
	var errs []error
	for i, fs := range files {
		props, err := loaded[i]()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, f := range fs {
			if f.kind == fixtureFile {
				id := f.project.Name + "." + f.stem()
				if old := p.fixtures[id]; old != nil {
					errs = append(errs, duplicate("fixtures", f.stem(), "looking for "+f.stem(), "fixture."+id, f.path, 0, "fixture."+id, old.path))
				}
				p.fixtures[id] = f
			}
		}
		for _, pf := range props {
			p.props[pf.id()] = pf
			errs = append(errs, p.repeatedKeys(pf), p.propFile(pf))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return p.sources()
}

func (p *parser) loadProps(f *file) ([]*propFile, error) {
	if f.kind != schemaFile || f.text == "" {
		return nil, nil
	}
	raw := strings.Repeat("\n", f.lineSkip) + f.text
	doc, err := yamldoc.Parse(p.shown(f), []byte(raw), yamldoc.Limits{})
	if err != nil {
		var d *diag.Diagnostic
		if errors.As(err, &d) {
			d.Category = diag.ParsingError
			d.Message = "Error reading " + f.project.Name + ": " + f.rel + " - Runtime Error\n  " + strings.ReplaceAll(d.Message, "\n", "\n  ")
		}
		return nil, err
	}
	if doc.Root == nil {
		return nil, nil
	}
	v, err := doc.Value()
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, nil
	}
	top, ok := v.(*yamldoc.Map)
	if !ok {
		return nil, doc.Errorf(doc.Root, diag.ParsingError, "Error reading %s: %s - Runtime Error\n  Contents of file '%s' are not valid. Dictionary expected.", f.project.Name, f.rel, f.path)
	}
	pf := &propFile{file: f, doc: doc, top: top, ctx: p.s.YAML(f.project.Name)}
	for _, key := range resourceKeys {
		list, present := top.Get(key)
		if !present || isTests(key) { // dbt does not look at the one and only warns of the other, see dataTests
			continue
		}
		items, ok := list.([]any)
		if !ok {
			return nil, doc.Errorf(doc.Find(doc.Root, key), diag.ParsingError, "The schema file at %s is invalid because the value of '%s' is not a list", f.path, key)
		}
		for i, it := range items {
			m, ok := it.(*yamldoc.Map)
			if !ok {
				return nil, doc.Errorf(doc.Find(doc.Root, key, i), diag.ParsingError, "The schema file at %s is invalid because a list element for '%s' is not a dictionary", f.path, key)
			}
			if !m.Has("name") {
				d := doc.Errorf(doc.Find(doc.Root, key, i), diag.ParsingError, "The schema file at %s is invalid because a list element for '%s' does not have a name attribute.", f.path, key)
				if near := diag.Nearest("name", m.Keys(), 1); len(near) > 0 {
					d.WithHint("did you mean 'name' by '%s'?", near[0])
				}
				return nil, d
			}
		}
	}
	return []*propFile{pf}, nil
}

// propFile handles one file, key by key.
func (p *parser) propFile(pf *propFile) error {
	var errs []error
	each := func(key string, handle func(*entry) error) {
		for i, it := range pf.top.List(key) {
			errs = append(errs, p.listed(pf, key, i, it.(*yamldoc.Map), handle))
		}
	}
	each("models", p.modelEntry)
	each("seeds", p.nodeEntry)
	each("snapshots", p.snapshotEntry)
	each("sources", p.sourceEntry)
	each("macros", p.macroEntry)
	errs = append(errs, p.dataTests(pf))
	each("analyses", p.analysisEntry)
	each("exposures", p.exposureEntry)
	each("groups", p.groupEntry)
	each("unit_tests", p.unitTestEntry)
	each("metrics", p.metricEntry)
	each("semantic_models", p.semanticModelEntry)
	each("saved_queries", p.savedQueryEntry)
	each("functions", p.functionEntry)
	for _, d := range pf.doc.UnknownKeys(pf.doc.Root, "property file", append([]string{"version", "anchors"}, resourceKeys...)...) {
		errs = append(errs, p.warn(d))
	}
	return errors.Join(errs...)
}

// listed renders one element of a list and handles it.
func (p *parser) listed(pf *propFile, key string, i int, raw *yamldoc.Map, handle func(*entry) error) error {
	e := &entry{pf: pf, key: key, idx: i, raw: raw}
	var err error
	if e.m, err = p.renderMap(pf, key, raw, nil); err != nil {
		return err
	}
	if e.name, err = e.nameOf(e.m, nil); err != nil {
		return err
	}
	return handle(e)
}

// UnreadSection is the code of a warning that a part of a property file could not be read and is left out.
const UnreadSection = "unread-section"

// dataTests reads the properties of singular tests. As in dbt a section that is wrong is a warning: what stands in front of
// the fault counts.
func (p *parser) dataTests(pf *propFile) error {
	v, present := pf.top.Get("data_tests")
	if !present {
		return nil
	}
	err := p.readDataTests(pf, v)
	if d, ok := diag.As(err); ok && d.Category == diag.ParsingError && d.Severity == diag.Error {
		w := *d
		w.Code = UnreadSection
		w.Message = "Unable to parse 'data_tests' section of file '" + pf.path + "'\n" + d.Category + "\n  " + strings.ReplaceAll(d.Message, "\n", "\n  ")
		return p.warn(&w)
	}
	return err
}

func (p *parser) readDataTests(pf *propFile, list any) error {
	const key = "data_tests"
	items, ok := list.([]any)
	if !ok {
		return pf.doc.Errorf(pf.doc.Find(pf.doc.Root, key), diag.ParsingError, "%s must be a list, got %s instead", key, yamldoc.TypeName(list))
	}
	for i, it := range items {
		raw, ok := it.(*yamldoc.Map)
		if !ok {
			return pf.doc.Errorf(pf.doc.Find(pf.doc.Root, key, i), diag.ParsingError, "Invalid %s config given in %s @ %s: expected a dict with string keys", key, pf.path, key)
		}
		if !raw.Has("name") {
			return pf.doc.Errorf(pf.doc.Find(pf.doc.Root, key, i), diag.ParsingError, "Entry did not contain a name").
				WithHint("tests of columns and models stand below them; here are the tests that have a file of their own")
		}
		if err := p.listed(pf, key, i, raw, p.singularEntry); err != nil {
			return err
		}
	}
	return nil
}

// renderMap renders the strings of an entry, but for those that dbt renders
// later or never (core/parser/schema_renderer.py): descriptions, tests, hooks.
func (p *parser) renderMap(pf *propFile, key string, m *yamldoc.Map, path []string) (*yamldoc.Map, error) {
	v, err := p.renderValue(pf, key, m, path)
	if err != nil {
		return nil, err
	}
	return v.(*yamldoc.Map), nil
}

func (p *parser) renderValue(pf *propFile, key string, v any, path []string) (any, error) {
	switch v := v.(type) {
	case string:
		if !rendered(key, path) {
			return v, nil
		}
		if !jinja.HasMarkup(v) {
			return strings.TrimSuffix(v, "\n"), nil // Jinja takes the last newline of a text
		}
		val, err := p.native(pf, v)
		if err != nil {
			if d, ok := diag.As(err); ok && d.Category == diag.CompilationError {
				d.Message = "Could not render " + v + ": " + d.Message
			} else if ok {
				d.Message = "Failed to render " + pf.path + " from project " + pf.project.Name + ": " + d.Message
			}
			return nil, err
		}
		return val, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			x, err := p.renderValue(pf, key, e, append(path, "#"))
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	case *yamldoc.Map:
		out := yamldoc.MapWithCapacity(v.Len())
		for _, e := range v.Entries() {
			x, err := p.renderValue(pf, key, e.Value, append(path, yamldoc.KeyString(e.Key)))
			if err != nil {
				return nil, err
			}
			out.SetKey(e.Key, x)
		}
		return out, nil
	}
	return v, nil
}

// native renders a text of a property file to a value. Errors have its place in the file.
func (p *parser) native(pf *propFile, text string) (any, error) {
	t := jinja.NewThread(p.ctx)
	t.Undefined = jinja.UndefinedNative
	v, err := pf.ctx.RenderNative(t, pf.path, text)
	var out any
	if err == nil {
		out, err = dbtjinja.FromJinja(v)
	}
	if err == nil {
		return out, nil
	}
	d := diag.Wrap(diag.CompilationError, jinjaError(err, diag.CompilationError))
	pf.inText(d, text)
	return nil, d
}

// inText moves the place of an error that counts within a text of the file.
func (pf *propFile) inText(d *diag.Diagnostic, text string) {
	if d.File != pf.path && d.File != pf.doc.File && d.File != "" {
		return
	}
	if n := pf.doc.FindText(text); n != nil {
		line, column := n.Line, n.Column
		if d.Line > 0 {
			line, column = pf.doc.Inside(n, d.Line, d.Column)
		}
		d.At(pf.doc.File, line, column).WithSource(pf.doc.Src)
	}
}

func isTests(s string) bool { return s == "tests" || s == "data_tests" }

func rendered(key string, path []string) bool {
	switch key {
	case "sources":
		if path[0] == "description" || path[0] == "loaded_at_query" {
			return false
		}
		if path[0] == "config" && len(path) >= 2 && path[1] == "loaded_at_query" {
			return false
		}
		if path[0] == "tables" && len(path) > 2 {
			return renderedProps(path[2:])
		}
		return true
	case "macros":
		if path[0] == "arguments" {
			return renderedProps(path[1:])
		}
	case "metrics":
		if n := len(path); path[n-1] == "filter" || n > 1 && path[n-2] == "filter" {
			return false
		}
	case "saved_queries":
		if len(path) > 1 && path[0] == "query_params" && path[1] == "where" {
			return false
		}
	}
	return renderedProps(path)
}

func renderedProps(path []string) bool {
	kept := func(s string) bool { return isTests(s) || s == "description" || s == "loaded_at_query" }
	switch {
	case len(path) >= 1 && kept(path[0]):
		return false
	case len(path) == 2 && kept(path[1]):
		return false
	case len(path) >= 2 && path[0] == "config" && (path[1] == "pre_hook" || path[1] == "post_hook" || path[1] == "pre-hook" || path[1] == "post-hook" || path[1] == "loaded_at_query"):
		return false
	case len(path) == 5 && path[4] == "description":
		return false
	case len(path) >= 3 && slices.Contains([]string{"columns", "dimensions", "measures", "entities"}, path[0]) && (isTests(path[2]) || path[2] == "description"):
		return false
	case len(path) >= 3 && path[0] == "versions" && isTests(path[2]):
		return false
	case len(path) >= 5 && path[0] == "versions" && path[2] == "columns" && (isTests(path[4]) || path[4] == "description"):
		return false
	}
	return true
}

// normalize moves the properties that are configs below `config:`
// (PatchParser.normalize_attribute); in both places is an error.
func (e *entry) normalize(keys ...string) error {
	cfg, err := e.config()
	if err != nil {
		return err
	}
	for _, k := range keys {
		v, ok := e.m.Get(k)
		if !ok {
			continue
		}
		if cfg.Has(k) {
			return e.at(diag.ParsingError, []any{k}, "In %s: found %s dictionary in 'config' dictionary and as top-level key.\nRemove the top-level key and define it under 'config' dictionary only.", e.pf.path, k)
		}
		cfg.Set(k, v)
		e.m.Delete(k)
	}
	e.m.Set("config", cfg)
	return nil
}

// config is the entry's `config:`, a copy.
func (e *entry) config() (*yamldoc.Map, error) {
	v, _ := e.m.Get("config")
	switch v := v.(type) {
	case nil:
		return yamldoc.NewMap(), nil
	case *yamldoc.Map:
		return v.Copy(), nil
	}
	return nil, e.at(diag.ParsingError, []any{"config"}, "Invalid %s config given in %s @ %s: %s - at path ['config']: %s is not of type 'object'",
		e.key, e.pf.path, e.key, yamldoc.Repr(e.raw), yamldoc.Repr(v))
}

// text reads an optional string property.
func (e *entry) text(key string) (string, error) {
	v, ok := e.m.Get(key)
	if !ok || v == nil {
		return "", nil
	}
	s, ok := v.(string)
	if !ok {
		return "", e.wrongType(key, v, "string")
	}
	return s, nil
}

// nameOf reads the required name of an element of the entry. YAML takes off, no
// and the like for booleans, so a name that is no text is told how to become one.
func (e *entry) nameOf(m *yamldoc.Map, path []any) (string, error) {
	v := m.Value("name")
	s, ok := v.(string)
	if ok {
		return s, nil
	}
	d := e.at(diag.ParsingError, append(slices.Clone(path), "name"), "Invalid %s config given in %s @ %s: %s - at path ['name']: %s is not of type 'string'",
		e.key, e.pf.path, e.key, yamldoc.Repr(m), yamldoc.Repr(v)).WithCode("property-type")
	if v != nil {
		d.WithHint("put the name in quotes")
	}
	return "", d
}

// list reads an optional list.
func (e *entry) list(key string) ([]any, error) {
	v, ok := e.m.Get(key)
	if !ok || v == nil {
		return nil, nil
	}
	l, ok := v.([]any)
	if !ok {
		return nil, e.wrongType(key, v, "array")
	}
	return l, nil
}

func (e *entry) required(key string) error {
	return e.at(diag.ParsingError, nil, "Invalid %s config given in %s @ %s: %s - at path []: '%s' is a required property", e.key, e.pf.path, e.key, yamldoc.Repr(e.raw), key).
		WithCode("required-property")
}

func (e *entry) wrongType(key string, v any, want string) error {
	return e.at(diag.ParsingError, []any{key}, "Invalid %s config given in %s @ %s: %s - at path ['%s']: %s is not of type '%s'",
		e.key, e.pf.path, e.key, yamldoc.Repr(e.raw), key, yamldoc.Repr(v), want).WithCode("property-type")
}

// only holds that a dictionary at path of the entry has no other keys than these; what is no dictionary passes.
// The classes that dbt holds so are those of contracts/graph/unparsed.py without AdditionalPropertiesAllowed.
func (e *entry) only(v any, path []any, known ...string) error {
	m, _ := v.(*yamldoc.Map)
	var extra []string
	for _, k := range m.Keys() {
		if !slices.Contains(known, k) {
			extra = append(extra, k)
		}
	}
	if len(extra) == 0 {
		return nil
	}
	names, were := make([]string, len(extra)), "was"
	for i, k := range extra {
		names[i] = yamldoc.Repr(k)
	}
	if len(extra) > 1 {
		were = "were"
	}
	return e.at(diag.ParsingError, append(slices.Clone(path), extra[0]), "Invalid %s config given in %s @ %s: %s - at path %s: Additional properties are not allowed (%s %s unexpected)",
		e.key, e.pf.path, e.key, yamldoc.Repr(e.raw), steps(path), strings.Join(names, ", "), were).WithCode("unknown-key").WithHint("%s", diag.DidYouMean(extra[0], known))
}

// steps prints a path as dbt does: ['versions'][0].
func steps(path []any) string {
	if len(path) == 0 {
		return "[]"
	}
	var b strings.Builder
	for _, step := range path {
		fmt.Fprintf(&b, "[%s]", yamldoc.Repr(step))
	}
	return b.String()
}

// docsKeys are those of `docs:`.
var docsKeys = []string{"show", "node_color"}

// unknown warns of keys that the entry may not have, with the nearest name.
func (p *parser) unknown(e *entry, what string, path []any, known ...string) error {
	n := e.pf.doc.Find(e.pf.doc.Root, append([]any{e.key, e.idx}, path...)...)
	if n == nil {
		return nil
	}
	var errs []error
	for _, d := range e.pf.doc.UnknownKeys(n, what, known...) {
		errs = append(errs, p.warn(d))
	}
	return errors.Join(errs...)
}

var looksLikeFunc = regexp.MustCompile(`^\s*(env_var|ref|var|source|doc)\s*\((?s:.+)\)\s*$`)
