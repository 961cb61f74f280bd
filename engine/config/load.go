package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// LoadOptions steer [RawProject.Render].
type LoadOptions struct {
	Render RenderOptions
	// SkipVersionCheck leaves require-dbt-version unchecked (--no-version-check).
	SkipVersionCheck bool
	// TargetPath and LogPath override the settings of the file (flags, environment).
	TargetPath, LogPath string
}

// renderedKey follows dbt's DbtProjectYamlRenderer: hooks, vars and the query
// comment keep their Jinja until they are used.
func renderedKey(path []any) bool {
	if len(path) == 0 {
		return true
	}
	switch path[0] {
	case "on-run-start", "on-run-end", "query-comment", "vars":
		return false
	case "seeds", "models", "snapshots", "tests", "data_tests":
		for _, p := range path {
			if s, ok := p.(string); ok {
				switch strings.TrimLeft(s, "+ ") {
				case "pre-hook", "post-hook", "pre_hook", "post_hook":
					return false
				}
			}
		}
	}
	return true
}

// Render renders the project's values, checks them and fills in the defaults. All
// errors found are returned, joined; each is a diagnostic.
//
// The deprecations that were met are in Warnings, also where an error came later.
func (p *RawProject) Render(opts LoadOptions) (*Project, error) {
	p.Warnings = p.repeatedKeys()
	opts.Render = p.withFileVars(opts.Render)
	r := NewRenderer(opts.Render, p.Doc, false)
	v, err := r.Tree(p.Data, nil, renderedKey)
	if err != nil {
		return nil, err
	}
	data := v.(*yamldoc.Map)
	for _, k := range []string{"on-run-start", "on-run-end"} {
		if v, ok := data.Get(k); ok {
			data.Set(k, listOrString(v))
		}
	}
	for _, k := range []string{"models", "seeds", "snapshots"} {
		if v, ok := data.Get(k); ok && v == nil {
			data.Set(k, &yamldoc.Map{})
		}
	}
	specs, err := p.versionSpecs(data, opts)
	if err != nil {
		return nil, err
	}
	if err := p.oldPaths(data); err != nil {
		return nil, err
	}
	if err := p.validate(data); err != nil {
		return nil, err
	}
	p.Warnings = append(p.Warnings, p.missingPlus(data)...)
	proj := p.build(data, opts)
	if p.varsData != nil {
		proj.Vars = p.varsData
	}
	for _, s := range specs {
		proj.RequireDbtVersion = append(proj.RequireDbtVersion, s.String())
	}
	if proj.Packages, err = p.renderPackages(opts.Render); err != nil {
		return nil, err
	}
	proj.PackagesFile = p.packagesFile
	if p.selectorsData != nil {
		v, err := NewRenderer(opts.Render, p.selectors, false).Tree(p.selectorsData, nil, nil)
		if err != nil {
			d := *diag.Wrap(diag.RuntimeError, err)
			d.Message = "Could not render selector data: " + d.Message
			return nil, &d
		}
		proj.Selectors, proj.SelectorsDoc = v.(*yamldoc.Map), p.selectors
	}
	return proj, nil
}

func listOrString(v any) any {
	switch v := v.(type) {
	case nil:
		return []any{}
	case string:
		return []any{v}
	}
	return v
}

func (p *RawProject) versionSpecs(data *yamldoc.Map, opts LoadOptions) ([]VersionSpec, error) {
	raw := []string{">=0.0.0"}
	switch v := data.Value("require-dbt-version").(type) {
	case string:
		raw = raw[:0]
		for part := range strings.SplitSeq(v, ",") {
			raw = append(raw, strings.TrimSpace(part))
		}
	case []any:
		raw = raw[:0]
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, contractError(p.Doc, []any{"require-dbt-version"}, "%s is not valid under any of the given schemas", yamldoc.Repr(v))
			}
			raw = append(raw, strings.TrimSpace(s))
		}
	}
	at := func(d *diag.Diagnostic) *diag.Diagnostic {
		if n := p.Doc.Find(nil, "require-dbt-version"); n != nil {
			d.At(p.Doc.File, n.Line, n.Column).WithSource(p.Doc.Src)
		}
		return d
	}
	specs, err := parseVersionSpecs(raw)
	if err != nil {
		return nil, at(diag.New(diag.RuntimeError, "Semver Error\n  %s", err.Error()).WithCode("dbt-version").
			WithHint("a requirement looks like \">=1.6.0\"; the three numbers are needed"))
	}
	if opts.SkipVersionCheck {
		return specs, nil
	}
	if !data.Has("name") {
		return nil, diag.New(diag.RuntimeError, `Required "name" field not present in project`).WithCode("bad-project").At(p.Doc.File, 1, 1).WithSource(p.Doc.Src)
	}
	if d := checkVersion(yamldoc.Text(data.Value("name")), specs); d != nil {
		return nil, at(d)
	}
	return specs, nil
}

var (
	namePattern    = regexp.MustCompile(`^[^\d\W]\w*$`)
	versionNumbers = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?)?$`)
)

// validName tells whether name is a Python identifier without a leading digit.
func validName(name string) bool {
	if namePattern.MatchString(name) {
		return true
	}
	for i, r := range name {
		letter := r == '_' || r >= 0x80 && isWord(r) || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		digit := '0' <= r && r <= '9'
		if !letter && !(digit && i > 0) {
			return false
		}
	}
	return name != ""
}

// ValidProjectName tells whether a project may have this name.
func ValidProjectName(name string) bool {
	return validName(name) && !slices.Contains(reservedNames, name)
}

// reservedNames can't be names of projects: Jinja has them already.
var reservedNames = []string{
	"_sql_results", "adapter", "api", "column", "config", "context", "database", "env", "env_var", "exceptions",
	"execute", "flags", "fromjson", "fromyaml", "graph", "invocation_id", "load_agate_table", "load_result", "log",
	"model", "modules", "post_hooks", "pre_hooks", "ref", "render", "return", "run_started_at", "schema", "source",
	"sql", "sql_now", "store_result", "store_raw_result", "target", "this", "tojson", "toyaml",
	"try_or_compiler_error", "var", "write",
}

// shape is the form that a key of dbt_project.yml must have.
type shape uint8

const (
	shapeText     shape = iota // string or null
	shapeTexts                 // list of strings or null
	shapeDict                  // mapping
	shapeDictNull              // mapping or null
	shapeInt                   // integer or null
	shapeBool                  // boolean
	shapeQuoting               // mapping of known names to booleans, or null
	shapeVersion               // "1.0", "1.0.0" or a number
	shapeSpecs                 // string or list of strings
	shapeDicts                 // list of mappings
	shapeQuery                 // string, mapping or null
	shapeName                  // the project's name
	shapeAnything              // not checked
)

// projectKeys are the keys of dbt_project.yml in the order dbt checks them.
var projectKeys = []struct {
	name  string
	shape shape
}{
	{"name", shapeName}, {"config-version", shapeInt}, {"version", shapeVersion}, {"project-root", shapeText},
	{"source-paths", shapeTexts}, {"model-paths", shapeTexts}, {"macro-paths", shapeTexts}, {"data-paths", shapeTexts},
	{"seed-paths", shapeTexts}, {"test-paths", shapeTexts}, {"analysis-paths", shapeTexts}, {"docs-paths", shapeTexts},
	{"asset-paths", shapeTexts}, {"function-paths", shapeTexts}, {"target-path", shapeText}, {"snapshot-paths", shapeTexts},
	{"clean-targets", shapeTexts}, {"profile", shapeText}, {"log-path", shapeText}, {"packages-install-path", shapeText},
	{"quoting", shapeQuoting}, {"on-run-start", shapeTexts}, {"on-run-end", shapeTexts}, {"require-dbt-version", shapeSpecs},
	{"dispatch", shapeDicts}, {"models", shapeDict}, {"seeds", shapeDict}, {"snapshots", shapeDict}, {"analyses", shapeDict},
	{"sources", shapeDict}, {"tests", shapeDict}, {"data_tests", shapeDict}, {"unit_tests", shapeDict}, {"metrics", shapeDict},
	{"semantic-models", shapeDict}, {"saved-queries", shapeDict}, {"exposures", shapeDict}, {"functions", shapeDict},
	{"vars", shapeDictNull}, {"packages", shapeAnything}, {"query-comment", shapeQuery}, {"restrict-access", shapeBool},
	{"dbt-cloud", shapeDictNull}, {"flags", shapeDict},
}

// validate checks the rendered file in the words of dbt's contract.
func (p *RawProject) validate(data *yamldoc.Map) error {
	var list diag.List
	var known []string
	for _, k := range projectKeys {
		known = append(known, k.name)
		v, ok := data.Get(k.name)
		if !ok {
			continue
		}
		if rel, text := k.shape.check(v); text != "" {
			path := append([]any{k.name}, rel...)
			if k.name == "data_tests" && p.testsRenamed {
				path[0] = "tests"
			}
			d := contractError(p.Doc, path, "%s", text)
			d.Hint = shapeHint(k.shape)
			list.Add(d)
		}
	}
	for _, k := range data.Keys() {
		if slices.Contains(known, k) {
			continue
		}
		d := contractError(p.Doc, nil, "Additional properties are not allowed (%s was unexpected)", yamldoc.Repr(k)).WithCode("unknown-key")
		if n := p.Doc.FindKey(nil, k); n != nil {
			d.At(p.Doc.File, n.Line, n.Column).WithSource(p.Doc.Src)
		}
		hyphenated := strings.ReplaceAll(k, "_", "-")
		if slices.Contains(known, hyphenated) {
			d.Hint = "did you mean '" + hyphenated + "'?"
		} else {
			d.Hint = diag.DidYouMean(k, known)
		}
		list.Add(d)
	}
	if !data.Has("name") {
		list.Add(contractError(p.Doc, nil, "'name' is a required property"))
	}
	if name, ok := data.Value("name").(string); ok && slices.Contains(reservedNames, name) {
		d := contractError(p.Doc, []any{"name"}, "Invalid project name: %s is a reserved word", name)
		d.Message = "at path []: Invalid project name: " + name + " is a reserved word"
		list.Add(d)
	}
	for i, e := range data.List("dispatch") {
		m, ok := e.(*yamldoc.Map)
		if !ok {
			continue
		}
		if _, isList := m.Value("search_order").([]any); !isList || !m.Has("macro_namespace") {
			d := contractError(p.Doc, []any{"dispatch", i}, "")
			d.Message = "at path []: Invalid project dispatch config: " + yamldoc.Repr(m)
			d.Hint = "an entry has macro_namespace: a name, and search_order: a list of packages"
			list.Add(d)
		}
	}
	if data.Map("tests").Len() > 0 && data.Map("data_tests").Len() > 0 {
		d := contractError(p.Doc, []any{"data_tests"}, "")
		d.Message = "at path []: Invalid project config: cannot have both 'tests' and 'data_tests' defined"
		list.Add(d)
	}
	return list.Err()
}

func shapeHint(s shape) string {
	switch s {
	case shapeTexts:
		return "this must be a list, for example [\"models\"]"
	case shapeDict, shapeDictNull:
		return "this must be a mapping of names to values"
	case shapeVersion:
		return "a version looks like '1.0' or '1.0.0'"
	case shapeName:
		return "a name consists of letters, digits and underscores and does not start with a digit"
	}
	return ""
}

// check returns where below the value and how it is wrong, "" when it is right.
func (s shape) check(v any) (path []any, message string) {
	anyOf := yamldoc.Repr(v) + " is not valid under any of the given schemas"
	is := func(ok bool) ([]any, string) {
		if ok {
			return nil, ""
		}
		return nil, anyOf
	}
	typed := func(ok bool, kind string) ([]any, string) {
		if ok {
			return nil, ""
		}
		return nil, yamldoc.Repr(v) + " is not of type '" + kind + "'"
	}
	_, text := v.(string)
	_, dict := v.(*yamldoc.Map)
	_, boolean := v.(bool)
	list, isList := v.([]any)
	allText := isList && !slices.ContainsFunc(list, func(e any) bool { _, ok := e.(string); return !ok })
	switch s {
	case shapeText:
		return is(v == nil || text)
	case shapeTexts:
		return is(v == nil || allText)
	case shapeDict:
		return typed(dict, "object")
	case shapeDictNull:
		return is(v == nil || dict)
	case shapeInt:
		return is(v == nil || isInteger(v))
	case shapeBool:
		return typed(boolean, "boolean")
	case shapeSpecs:
		return is(v == nil || text || allText)
	case shapeVersion:
		str, _ := v.(string)
		return is(v == nil || isNumber(v) || text && versionNumbers.MatchString(str))
	case shapeQuoting:
		if m, ok := v.(*yamldoc.Map); ok {
			for k, e := range m.All() {
				_, isBool := e.(bool)
				if !slices.Contains([]string{"schema", "database", "project", "identifier", "snowflake_ignore_case"}, k) || e != nil && !isBool {
					return nil, anyOf
				}
			}
		}
		return is(v == nil || dict)
	case shapeDicts:
		if !isList {
			return typed(false, "array")
		}
		for i, e := range list {
			if _, ok := e.(*yamldoc.Map); !ok {
				return []any{i}, yamldoc.Repr(e) + " is not of type 'object'"
			}
		}
	case shapeQuery:
		if m, ok := v.(*yamldoc.Map); ok {
			for k, e := range m.All() {
				_, isBool := e.(bool)
				_, isText := e.(string)
				if !(k == "comment" && isText) && !((k == "append" || k == "job-label") && isBool) {
					return nil, anyOf
				}
			}
		}
		return is(v == nil || text || dict)
	case shapeName:
		str, ok := v.(string)
		if !ok {
			return typed(false, "string")
		}
		if !validName(str) {
			return nil, yamldoc.Repr(str) + ` does not match '^[^\\d\\W]\\w*$'`
		}
	}
	return nil, ""
}

// build fills a Project from checked data.
func (p *RawProject) build(data *yamldoc.Map, opts LoadOptions) *Project {
	paths := func(key, deprecated, def string) []string {
		if deprecated != "" && !data.Has(key) {
			key = deprecated
		}
		if l := data.List(key); l != nil {
			return texts(l)
		}
		return []string{def}
	}
	proj := &Project{
		Name:               data.Str("name"),
		ConfigVersion:      2,
		ProfileName:        data.Str("profile"),
		Root:               p.Root,
		Doc:                p.Doc,
		File:               filepath.Join(p.Root, ProjectFile),
		ModelPaths:         paths("model-paths", "source-paths", "models"),
		MacroPaths:         paths("macro-paths", "", "macros"),
		SeedPaths:          paths("seed-paths", "data-paths", "seeds"),
		TestPaths:          paths("test-paths", "", "tests"),
		AnalysisPaths:      paths("analysis-paths", "", "analyses"),
		SnapshotPaths:      paths("snapshot-paths", "", "snapshots"),
		FunctionPaths:      paths("function-paths", "", "functions"),
		AssetPaths:         texts(data.List("asset-paths")),
		TargetPath:         firstText(opts.TargetPath, data.Str("target-path"), "target"),
		LogPath:            firstText(opts.LogPath, data.Str("log-path"), "logs"),
		OnRunStart:         texts(data.List("on-run-start")),
		OnRunEnd:           texts(data.List("on-run-end")),
		Vars:               data.Map("vars"),
		DbtCloud:           data.Map("dbt-cloud"),
		Flags:              data.Map("flags"),
		Unrendered:         p.Data,
		Sections:           map[Section]*yamldoc.Map{},
		UnrenderedSections: map[Section]*yamldoc.Map{},
		QueryComment:       queryComment(data),
	}
	proj.PackagesInstallPath = firstText(data.Str("packages-install-path"), "dbt_packages")
	if v := data.Value("version"); v != nil {
		proj.Version = yamldoc.Text(v)
	}
	if i, ok := data.Value("config-version").(int64); ok {
		proj.ConfigVersion = int(i)
	}
	proj.RestrictAccess, _ = data.Value("restrict-access").(bool)
	if l := data.List("docs-paths"); l != nil {
		proj.DocsPaths = texts(l)
	} else {
		proj.DocsPaths = proj.SourcePaths()
		slices.Sort(proj.DocsPaths)
	}
	if l := data.List("clean-targets"); l != nil {
		proj.CleanTargets = texts(l)
	} else {
		proj.CleanTargets = []string{proj.TargetPath}
	}
	q := &Values{m: yamldoc.NewMap("quoting", data.Map("quoting"))}
	proj.Quoting = q.Quoting()
	for _, e := range data.List("dispatch") {
		m := e.(*yamldoc.Map)
		proj.Dispatch = append(proj.Dispatch, Dispatch{MacroNamespace: yamldoc.Text(m.Value("macro_namespace")), SearchOrder: texts(m.List("search_order"))})
	}
	for _, s := range sections {
		proj.Sections[s] = data.Map(string(s))
		proj.UnrenderedSections[s] = p.Data.Map(string(s))
	}
	proj.Warnings = p.Warnings
	return proj
}

var sections = []Section{
	SectionModels, SectionSeeds, SectionSnapshots, SectionAnalyses, SectionSources, SectionTests, SectionUnitTests,
	SectionMetrics, SectionSemanticModels, SectionSavedQueries, SectionExposures, SectionFunctions,
}

func queryComment(data *yamldoc.Map) QueryComment {
	v, ok := data.Get("query-comment")
	if !ok {
		return QueryComment{Default: true}
	}
	switch v := v.(type) {
	case string:
		return QueryComment{Comment: v}
	case *yamldoc.Map:
		if v.Len() == 0 {
			return QueryComment{}
		}
		q := QueryComment{Comment: v.Str("comment"), Default: !v.Has("comment")}
		q.Append, _ = v.Value("append").(bool)
		q.JobLabel, _ = v.Value("job-label").(bool)
		return q
	}
	return QueryComment{}
}

// renamedPaths are keys of dbt_project.yml that dbt has renamed.
var renamedPaths = map[string]string{"source-paths": "model-paths", "data-paths": "seed-paths"}

// oldPaths tells of paths under names that dbt has given up; the error is of one under both its names.
func (p *RawProject) oldPaths(data *yamldoc.Map) error {
	warn := func(code, key, format string, args ...any) {
		d := diag.Warn(code, format, args...)
		d.Fields = map[string]any{"deprecated_path": key}
		if now := renamedPaths[key]; now != "" {
			d.Fields["exp_path"] = now
		}
		if n := p.Doc.FindKey(nil, key); n != nil {
			d.At(p.Doc.File, n.Line, n.Column).WithSource(p.Doc.Src)
		}
		p.Warnings = append(p.Warnings, d)
	}
	for _, k := range [][2]string{{"source-paths", "ConfigSourcePathDeprecation"}, {"data-paths", "ConfigDataPathDeprecation"}} {
		old, now := k[0], renamedPaths[k[0]]
		switch {
		case data.Has(old) && data.Has(now):
			d := contractError(p.Doc, []any{old}, "")
			d.Message = old + " and " + now + " cannot both be defined. The `" + old + "` config has been deprecated in favor of `" +
				now + "`. Please update your `" + ProjectFile + "` configuration to reflect this change."
			return d
		case data.Has(old):
			warn(k[1], old, "The `%s` config has been renamed to `%s`. Please update your `%s` configuration to reflect this change.", old, now, ProjectFile)
		}
	}
	for _, k := range []struct{ key, def, code, written string }{
		{"log-path", "logs", "ConfigLogPathDeprecation", "logs"}, {"target-path", "target", "ConfigTargetPathDeprecation", "artifacts"},
	} {
		if v, ok := data.Get(k.key); ok && v != k.def {
			warn(k.code, k.key, "The `%s` config in `%s` has been deprecated, and will no longer be supported in a future version of dbt-core. If you wish to write dbt %s to a custom directory, please use the --%s CLI flag or DBT_%s env var instead.",
				k.key, ProjectFile, k.written, k.key, strings.ToUpper(strings.ReplaceAll(k.key, "-", "_")))
		}
	}
	return nil
}

// repeatedKeys tells of the keys that the file has twice.
func (p *RawProject) repeatedKeys() []*diag.Diagnostic {
	var out []*diag.Diagnostic
	for _, dup := range p.Doc.Duplicates {
		text := fmt.Sprintf("Duplicate key '%s' in \"<unicode string>\", line %d, column %d", dup.Key, dup.Line, dup.Column)
		file := filepath.Join(p.Root, ProjectFile)
		d := diag.Warn("DuplicateYAMLKeysDeprecation", "%s in file `%s`", text, file)
		d.Fields = map[string]any{"duplicate_description": text, "file": file}
		out = append(out, d.At(p.Doc.File, dup.Line, dup.Column).WithSource(p.Doc.Src))
	}
	return out
}

func texts(list []any) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, yamldoc.Text(e))
	}
	return out
}

func firstText(s ...string) string {
	for _, x := range s {
		if x != "" {
			return x
		}
	}
	return ""
}
