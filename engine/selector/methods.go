package selector

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/dag"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/ident"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// item is what the methods look at, whatever the kind of the resource.
type item struct {
	id        string
	kind      ident.Type
	pkg, name string
	fqn       []string
	versioned bool
	path      string
	patch     string
	tags      []string
	config    *yamldoc.Map
	node      *manifest.Node
	source    *manifest.Source
	exposure  *manifest.Exposure
	unit      *manifest.UnitTest
	semantic  *manifest.Semantic
	dependsOn []string
	macros    []string
	empty     bool
}

func (s *Selector) collect() {
	m := s.manifest
	s.items = make([]item, 0, len(m.NodeOrder)+len(m.SourceOrder)+len(m.ExposureOrder)+len(m.UnitOrder))
	patch := func(p *string) string {
		if p == nil {
			return ""
		}
		_, file, _ := strings.Cut(*p, "://")
		return file
	}
	for _, id := range m.NodeOrder {
		n := m.Nodes[id]
		if n == nil || n.ConfigValue("enabled") == false { // a test whose ref is missing is turned off, but stays in the manifest
			continue
		}
		s.items = append(s.items, item{id: id, kind: ident.Type(n.ResourceType), pkg: n.PackageName, name: n.Name, fqn: n.FQN,
			versioned: n.IsVersioned(), path: n.OriginalFilePath, patch: patch(n.PatchPath), tags: n.Tags, config: n.Config,
			node: n, dependsOn: n.DependsOn.Nodes, macros: n.DependsOn.Macros, empty: n.ResourceType != manifest.Seed && strings.TrimSpace(n.RawCode) == ""})
	}
	for _, id := range m.SourceOrder {
		x := m.Sources[id]
		s.items = append(s.items, item{id: id, kind: ident.Source, pkg: x.PackageName, name: x.Name, fqn: x.FQN,
			path: x.OriginalFilePath, patch: patch(x.PatchPath), tags: x.Tags, config: x.Config, source: x})
	}
	for _, id := range m.ExposureOrder {
		x := m.Exposures[id]
		s.items = append(s.items, item{id: id, kind: ident.Exposure, pkg: x.PackageName, name: x.Name, fqn: x.FQN,
			path: x.OriginalFilePath, tags: x.Tags, config: x.Config, exposure: x, dependsOn: x.DependsOn.Nodes, macros: x.DependsOn.Macros})
	}
	for _, x := range m.AllSemantics() {
		s.items = append(s.items, item{id: x.UniqueID, kind: ident.Type(x.ResourceType), pkg: x.PackageName, name: x.Name, fqn: x.FQN,
			path: x.OriginalFilePath, tags: x.Tags, config: x.Config, semantic: x, dependsOn: x.Parents})
	}
	for _, id := range m.UnitOrder {
		x := m.UnitTests[id]
		s.items = append(s.items, item{id: id, kind: ident.UnitTest, pkg: x.PackageName, name: x.Name, fqn: x.FQN,
			path: x.OriginalFilePath, tags: manifest.ConfigTags(x.Config), config: x.Config, unit: x, dependsOn: x.DependsOn.Nodes, macros: x.DependsOn.Macros})
	}
}

// search returns what a criterion's method and value match.
func (s *Selector) search(c *Criterion) (dag.Set, error) {
	if artifacts := map[string]func(string) (dag.Set, error){"state": s.state, "result": s.result, "source_status": s.sourceStatus}[c.Method]; artifacts != nil {
		text, err := textValue(c)
		if err != nil {
			return nil, err
		}
		return artifacts(text)
	}
	match, err := s.matcher(c)
	if err != nil {
		return nil, err
	}
	out := dag.Set{}
	for i := range s.items {
		if match(&s.items[i]) {
			out.Add(s.items[i].id)
		}
	}
	return out, nil
}

func textValue(c *Criterion) (string, error) {
	if s, ok := c.Value.(string); ok {
		return s, nil
	}
	switch c.Value.(type) {
	case bool, int64, float64:
		return yamldoc.Text(c.Value), nil
	}
	return "", diag.New(diag.RuntimeError, "Invalid node spec \"%s\" - the value of the method '%s' must be a text, got %s", c.Raw, c.Method, yamldoc.Repr(c.Value)).
		WithCode("bad-selector").WithHint("give one entry for each value under union:")
}

func bad(format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.RuntimeError, format, args...).WithCode("bad-selector")
}

// matcher builds the test of one criterion.
func (s *Selector) matcher(c *Criterion) (func(*item) bool, error) {
	if c.Method == "config" {
		return configMatcher(c)
	}
	v, err := textValue(c)
	if err != nil {
		return nil, err
	}
	switch c.Method {
	case "fqn":
		sel := newFQNSelector(v)
		return func(i *item) bool {
			return i.kind != ident.Source && len(i.fqn) > 0 && (sel.match(i.fqn, i.versioned) || sel.match(i.fqn[1:], i.versioned))
		}, nil
	case "tag":
		return func(i *item) bool { return slices.ContainsFunc(i.tags, func(t string) bool { return fnmatch(t, v) }) }, nil
	case "group":
		return func(i *item) bool {
			g, _ := i.config.Value("group").(string)
			return i.node != nil && g != "" && fnmatch(g, v)
		}, nil
	case "access":
		return func(i *item) bool { return i.kind == ident.Model && i.node.Access == v }, nil
	case "source":
		return sourceMatcher(v)
	case "exposure":
		return namedMatcher(ident.Exposure, v, "exposure", "Exposures")
	case "metric":
		return namedMatcher(ident.Metric, v, "metric", "Metrics")
	case "semantic_model":
		return namedMatcher(ident.SemanticModel, v, "semantic model", "Semantic models")
	case "saved_query":
		return namedMatcher(ident.SavedQuery, v, "saved query", "Saved queries")
	case "unit_test":
		return namedMatcher(ident.UnitTest, v, "unit test", "Unit tests")
	case "path":
		return s.pathMatcher(v)
	case "file":
		return func(i *item) bool {
			base := path.Base(i.path)
			return fnmatch(base, v) || fnmatch(strings.TrimSuffix(base, path.Ext(base)), v)
		}, nil
	case "package":
		if v == "this" && s.manifest.RootProject != "" {
			v = s.manifest.RootProject
		}
		return func(i *item) bool { return fnmatch(i.pkg, v) }, nil
	case "resource_type":
		return resourceMatcher(v)
	case "test_name":
		return func(i *item) bool {
			if i.kind == ident.UnitTest {
				return fnmatch(i.name, v)
			}
			return i.kind == ident.Test && i.node.TestMetadata != nil && fnmatch(i.node.TestMetadata.Name, v)
		}, nil
	case "test_type":
		return testTypeMatcher(v)
	case "version":
		return versionMatcher(v)
	}
	return nil, checkMethod(c.Method, c.Raw)
}

// fqnSelector matches names and qualified names.
type fqnSelector struct {
	text  string
	parts []string
	// wild is the first part with a wildcard, -1 without one.
	wild int
	rest string
}

func newFQNSelector(v string) *fqnSelector {
	f := &fqnSelector{text: v, parts: strings.Split(v, "."), wild: -1}
	if f.wild = slices.IndexFunc(f.parts, hasWildcard); f.wild >= 0 {
		f.rest = strings.Join(f.parts[f.wild:], ".")
	}
	return f
}

// match follows dbt's is_selected_node.
func (f *fqnSelector) match(fqn []string, versioned bool) bool {
	n := len(fqn)
	leaf := ""
	switch {
	case versioned && n >= 2:
		leaf = fqn[n-2]
		if leaf == f.text || fqn[n-2]+"_"+fqn[n-1] == strings.Join(f.parts[max(0, len(f.parts)-2):], "_") {
			return true
		}
	case n >= 1:
		leaf = fqn[n-1]
		if !versioned && leaf == f.text {
			return true
		}
	}
	flat := fqn
	if slices.ContainsFunc(fqn, func(p string) bool { return strings.Contains(p, ".") }) {
		flat = strings.Split(strings.Join(fqn, "."), ".")
	}
	if len(flat) < len(f.parts) {
		return false
	}
	exact := len(f.parts)
	if f.wild >= 0 {
		exact = f.wild
	}
	for i := range exact {
		if flat[i] != f.parts[i] {
			return false
		}
	}
	if f.wild < 0 {
		return true
	}
	return fnmatch(strings.Join(flat[f.wild:], "."), f.rest) || len(f.parts) == 1 && fnmatch(leaf, f.text)
}

func sourceMatcher(v string) (func(*item) bool, error) {
	pkg, source, table := "*", "", "*"
	switch parts := strings.Split(v, "."); len(parts) {
	case 1:
		source = parts[0]
	case 2:
		source, table = parts[0], parts[1]
	case 3:
		pkg, source, table = parts[0], parts[1], parts[2]
	default:
		return nil, bad("Invalid source selector value \"%s\". Sources must be of the form `${source_name}`, `${source_name}.${target_name}`, or `${package_name}.${source_name}.${target_name}", v)
	}
	return func(i *item) bool {
		return i.source != nil && fnmatch(i.pkg, pkg) && fnmatch(i.source.SourceName, source) && fnmatch(i.name, table)
	}, nil
}

func namedMatcher(kind ident.Type, v, what, plural string) (func(*item) bool, error) {
	pkg, name := "*", v
	if parts := strings.Split(v, "."); len(parts) == 2 {
		pkg, name = parts[0], parts[1]
	} else if len(parts) > 2 {
		k := strings.ReplaceAll(what, " ", "_")
		return nil, bad(`Invalid %s selector value "%s". %s must be of the form ${%s_name} or ${%s_package.%s_name}`, what, v, plural, k, k, k)
	}
	return func(i *item) bool { return i.kind == kind && fnmatch(i.pkg, pkg) && fnmatch(i.name, name) }, nil
}

// pathMatcher matches files, their YAML files and the folders they lie in.
func (s *Selector) pathMatcher(v string) (func(*item) bool, error) {
	v = filepath.ToSlash(v)
	if v == "" {
		return nil, bad("Unacceptable pattern: ''")
	}
	if path.IsAbs(v) {
		return nil, diag.New(diag.RuntimeError, "Non-relative patterns are unsupported: %s", v).WithCode("bad-selector").
			WithHint("paths are relative to the project's folder")
	}
	pattern := newPathPattern(v)
	seen := map[string]bool{}
	matches := func(p string, isDir bool) bool {
		if m, ok := seen[p]; ok {
			return m
		}
		var parts []string
		if p != "." && p != "" {
			parts = strings.Split(p, "/")
		}
		m := pattern.match(parts, isDir)
		if m && s.opts.ProjectRoot != "" {
			_, err := os.Stat(filepath.Join(s.opts.ProjectRoot, filepath.FromSlash(p)))
			m = err == nil
		}
		seen[p] = m
		return m
	}
	return func(i *item) bool {
		file := filepath.ToSlash(i.path)
		if matches(file, false) || i.patch != "" && matches(filepath.ToSlash(i.patch), false) {
			return true
		}
		for dir := path.Dir(file); ; dir = path.Dir(dir) {
			if matches(dir, true) {
				return true
			}
			if dir == "." || dir == "/" {
				return false
			}
		}
	}, nil
}

func resourceMatcher(v string) (func(*item) bool, error) {
	kind := ident.Type(v)
	if !kind.Valid() {
		var names []string
		for _, t := range ident.Types() {
			names = append(names, string(t))
		}
		d := diag.New(diag.RuntimeError, `Invalid resource_type selector "%s"`, v).WithCode("bad-selector")
		if d.Hint = diag.DidYouMean(v, names); d.Hint == "" {
			d.Hint = "valid types: " + strings.Join(names, ", ")
		}
		return nil, d
	}
	return func(i *item) bool { return i.kind == kind }, nil
}

func testTypeMatcher(v string) (func(*item) bool, error) {
	generic := func(i *item) bool { return i.kind == ident.Test && i.node.TestMetadata != nil }
	singular := func(i *item) bool { return i.kind == ident.Test && i.node.TestMetadata == nil }
	switch v {
	case "generic", "schema":
		return generic, nil
	case "singular":
		return singular, nil
	case "data":
		return func(i *item) bool { return i.kind == ident.Test }, nil
	case "unit":
		return func(i *item) bool { return i.kind == ident.UnitTest }, nil
	}
	return nil, bad(`Invalid test type selector %s: expected "generic", "singular", "unit", or "data"`, v)
}

func versionMatcher(v string) (func(*item) bool, error) {
	cmp := func(i *item) int {
		a, b := i.node.Version, i.node.LatestVersion
		if a == nil || b == nil {
			return 0
		}
		return manifest.CompareVersions(a, b)
	}
	model := func(f func(*item) bool) func(*item) bool {
		return func(i *item) bool { return i.kind == ident.Model && f(i) }
	}
	switch v {
	case "latest":
		return model(func(i *item) bool {
			return i.node.Version != nil && i.node.LatestVersion != nil && manifest.VersionString(i.node.Version) == manifest.VersionString(i.node.LatestVersion)
		}), nil
	case "prerelease":
		return model(func(i *item) bool { return cmp(i) > 0 }), nil
	case "old":
		return model(func(i *item) bool { return cmp(i) < 0 }), nil
	case "none":
		return model(func(i *item) bool { return i.node.Version == nil }), nil
	}
	return nil, bad(`Invalid version type selector %s: expected one of: "latest", "prerelease", "old", or "none"`, v)
}

// configMatcher compares a config value along a path of names with the given one.
func configMatcher(c *Criterion) (func(*item) bool, error) {
	if len(c.Args) == 0 {
		return nil, diag.New(diag.RuntimeError, "Invalid node spec \"%s\" - the method 'config' needs the name of a config", c.Raw).WithCode("bad-selector").
			WithHint("for example config.materialized:incremental")
	}
	text := yamldoc.Text(c.Value)
	anyCase := slices.Equal(c.Args, []string{"severity"})
	equal := func(v any) bool {
		if s, ok := v.(string); ok && anyCase {
			return strings.EqualFold(s, text)
		}
		if b, ok := v.(bool); ok && strings.EqualFold(text, strconv.FormatBool(b)) {
			return true
		}
		return yamldoc.Equal(v, c.Value)
	}
	return func(i *item) bool {
		if i.node == nil && i.source == nil || i.kind == ident.Function { // as in dbt, where functions are no nodes
			return false
		}
		v, ok := descend(i.config, c.Args)
		if !ok {
			return false
		}
		if list, isList := v.([]any); isList {
			return slices.ContainsFunc(list, equal)
		}
		return equal(v)
	}, nil
}

func descend(m *yamldoc.Map, names []string) (any, bool) {
	var v any = m
	for depth, name := range names {
		m, ok := v.(*yamldoc.Map)
		if !ok {
			return nil, false
		}
		next, ok := m.Get(name)
		if !ok && depth == 0 {
			// dbt's attribute of "pre-hook" is pre_hook.
			next, ok = m.Get(strings.ReplaceAll(name, "_hook", "-hook"))
		}
		if !ok {
			return nil, false
		}
		v = next
	}
	return v, true
}
