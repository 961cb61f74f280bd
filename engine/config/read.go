package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// FindProjectDir returns the first of dir and its parents that holds a
// dbt_project.yml; dir itself when none does.
func FindProjectDir(dir string) string {
	for d := dir; ; {
		if isFile(filepath.Join(d, ProjectFile)) {
			return d
		}
		parent := filepath.Dir(d)
		if parent == d {
			return dir
		}
		d = parent
	}
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && !st.IsDir()
}

// RawProject is a project's files as written, before Jinja.
type RawProject struct {
	// Root is the project's folder.
	Root string
	// Doc is dbt_project.yml with positions, Data its value (`tests` is renamed
	// to `data_tests`).
	Doc  *yamldoc.Document
	Data *yamldoc.Map

	packages, selectors *yamldoc.Document
	packagesFile        string
	packagesData        *yamldoc.Map
	selectorsData       *yamldoc.Map
	testsRenamed        bool
	// varsData are the variables of vars.yml, nil without one.
	varsData *yamldoc.Map
	// Warnings are the deprecations that Render met.
	Warnings []*diag.Diagnostic
}

// Names of the files that stand beside dbt_project.yml.
const (
	PackagesFile     = "packages.yml"
	DependenciesFile = "dependencies.yml"
	SelectorsFile    = "selectors.yml"
	VarsFile         = "vars.yml"
)

// ReadProject reads dbt_project.yml, packages.yml or dependencies.yml, and
// selectors.yml of the folder root. Errors are diagnostics.
func ReadProject(root string) (*RawProject, error) {
	path := filepath.Join(root, ProjectFile)
	if !isFile(path) {
		d := diag.New(diag.RuntimeError, "No %s found at expected path %s\nVerify that each entry within packages.yml (and their transitive dependencies) contains a file named %s\n",
			ProjectFile, path, ProjectFile).WithCode("no-project")
		d.Hint = "run the command inside a project, or name its folder with --project-dir"
		return nil, d
	}
	p := &RawProject{Root: root}
	var err error
	if p.Doc, p.Data, err = readMap(path, ProjectFile); err != nil {
		return nil, err
	}
	if p.Data == nil {
		return nil, diag.New(diag.RuntimeError, "%s does not parse to a dictionary", ProjectFile).WithCode("bad-project").At(ProjectFile, 1, 1)
	}
	if tests, ok := p.Data.Get("tests"); ok && !p.Data.Has("data_tests") {
		p.Data.Delete("tests")
		p.Data.Set("data_tests", tests)
		p.testsRenamed = true
	}
	if err := p.readPackages(); err != nil {
		return nil, err
	}
	if p.selectors, p.selectorsData, err = readOptional(filepath.Join(root, SelectorsFile), SelectorsFile); err != nil {
		return nil, err
	}
	if err := p.readVars(); err != nil {
		return nil, err
	}
	return p, nil
}

// Name is the project's name as written; "" when there is none.
func (p *RawProject) Name() string { return p.Data.Str("name") }

// Flags is the flags: block as written; nil when there is none.
func (p *RawProject) Flags() *yamldoc.Map { return p.Data.Map("flags") }

// ProfileName renders the `profile:` key; "" when there is none.
func (p *RawProject) ProfileName(opts RenderOptions) (string, error) {
	raw, ok := p.Data.Get("profile")
	if !ok || raw == nil {
		return "", nil
	}
	v, err := NewRenderer(opts, p.Doc, true).Value(raw, []any{"profile"})
	if err != nil {
		return "", err
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", contractError(p.Doc, []any{"profile"}, "%s is not valid under any of the given schemas", yamldoc.Repr(v))
}

// TargetPath renders the `target-path:` key; "target" when there is none.
func (p *RawProject) TargetPath(opts RenderOptions) (string, error) {
	raw, ok := p.Data.Get("target-path")
	if !ok || raw == nil {
		return "target", nil
	}
	v, err := NewRenderer(opts, p.Doc, true).Value(raw, []any{"target-path"})
	if err != nil {
		return "", err
	}
	if s, ok := v.(string); ok && s != "" {
		return s, nil
	}
	return "", contractError(p.Doc, []any{"target-path"}, "%s is not of type 'string'", yamldoc.Repr(v))
}

// readMap reads a YAML file that must hold a mapping; nil when it holds none.
func readMap(path, name string) (*yamldoc.Document, *yamldoc.Map, error) {
	doc, err := yamldoc.ParseFile(path, name, yamldoc.Limits{})
	if err != nil {
		return nil, nil, err
	}
	v, err := doc.Value()
	if err != nil {
		return nil, nil, err
	}
	m, _ := v.(*yamldoc.Map)
	return doc, m, nil
}

// readOptional is readMap for a file that may be missing or empty; another
// value than a mapping is an error.
func readOptional(path, name string) (*yamldoc.Document, *yamldoc.Map, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	doc, m, err := readMap(path, name)
	if err != nil {
		return nil, nil, err
	}
	if m == nil && doc.Root != nil {
		return nil, nil, doc.Errorf(doc.Root, diag.RuntimeError, "%s does not parse to a dictionary", name).WithCode("bad-file")
	}
	return doc, m, nil
}

func (p *RawProject) readPackages() error {
	doc, data, err := readOptional(filepath.Join(p.Root, PackagesFile), PackagesFile)
	if err != nil {
		return err
	}
	depDoc, depData, err := readOptional(filepath.Join(p.Root, DependenciesFile), DependenciesFile)
	if err != nil {
		return err
	}
	if data.Has("packages") && depData.Has("packages") {
		return depDoc.Errorf(depDoc.FindKey(nil, "packages"), diag.RuntimeError,
			"The 'packages' key cannot be specified in both packages.yml and dependencies.yml").WithCode("bad-packages")
	}
	if data.Has("projects") {
		return doc.Errorf(doc.FindKey(nil, "projects"), diag.RuntimeError, "The 'projects' key cannot be specified in packages.yml").WithCode("bad-packages")
	}
	p.packagesFile = PackagesFile
	p.packages, p.packagesData = doc, data
	if depData.Has("packages") {
		p.packagesFile = DependenciesFile
		p.packages = depDoc
		p.packagesData = yamldoc.NewMap("packages", depData.Value("packages"))
	}
	return nil
}

// contractError is dbt's error for a value of the wrong form, at the value's place.
func contractError(doc *yamldoc.Document, path []any, format string, args ...any) *diag.Diagnostic {
	d := diag.New(diag.RuntimeError, "at path %s: "+format, append([]any{pathText(path)}, args...)...).WithCode("bad-value")
	if doc == nil {
		return d
	}
	n := doc.Find(nil, path...)
	if n == nil {
		n = doc.Nearest(nil, path...)
	}
	d.File = doc.File
	if n != nil && len(path) > 0 {
		d.At(doc.File, n.Line, n.Column).WithSource(doc.Src)
	}
	return d
}

// pathText prints a path as dbt does: ['models'][0].
func pathText(path []any) string {
	if len(path) == 0 {
		return "[]"
	}
	var b strings.Builder
	for _, p := range path {
		if i, ok := p.(int); ok {
			p = int64(i)
		}
		b.WriteString("[" + yamldoc.Repr(p) + "]")
	}
	return b.String()
}
