package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// packageKinds maps the key that tells a package's kind to the other keys it may have.
var packageKinds = []struct {
	key      string
	required []string
	optional []string
}{
	{"local", nil, []string{"name", "unrendered"}},
	{"tarball", []string{"name"}, []string{"unrendered"}},
	{"git", nil, []string{"revision", "warn-unpinned", "subdirectory", "name", "unrendered"}},
	{"package", []string{"version"}, []string{"install_prerelease", "name", "unrendered"}},
	{"private", nil, []string{"provider", "revision", "warn-unpinned", "subdirectory", "name", "unrendered"}},
}

const malformedPackages = `The packages.yml file in this project is malformed. Please double check
the contents of this file and fix any errors before retrying.

You can find more information on the syntax for this file here:
https://docs.getdbt.com/docs/package-management

Validator Error:
`

// renderPackages renders and checks packages.yml (with secrets) or takes the list
// of dependencies.yml as it is.
func (p *RawProject) renderPackages(opts RenderOptions) ([]PackageSpec, error) {
	if p.packagesData == nil {
		return nil, nil
	}
	data := p.packagesData
	// dbt is lenient about missing variables in dbt_project.yml alone.
	opts.LenientVars = false
	if p.packagesFile == PackagesFile {
		v, err := NewRenderer(opts, p.packages, true).Tree(data, nil, nil)
		if err != nil {
			return nil, err
		}
		data = v.(*yamldoc.Map)
	}
	bad := func(path []any, format string, args ...any) error {
		d := contractError(p.packages, path, "")
		d.Message = malformedPackages + diag.New("", format, args...).Message
		return d.WithCode("bad-packages")
	}
	for _, k := range data.Keys() {
		if k != "packages" && k != "sha1_hash" {
			return nil, bad([]any{k}, "Additional properties are not allowed (%s was unexpected)", yamldoc.Repr(k))
		}
	}
	raw, ok := data.Get("packages")
	if !ok || raw == nil {
		return nil, nil
	}
	list, ok := raw.([]any)
	if !ok {
		err := bad([]any{"packages"}, "%s is not of type 'array'", yamldoc.Repr(raw))
		if d, ok := diag.As(err); ok {
			d.WithHint("packages are a list: each stands behind a dash")
		}
		return nil, err
	}
	written := p.packagesData.List("packages")
	var out []PackageSpec
	for i, e := range list {
		m, ok := e.(*yamldoc.Map)
		if !ok {
			return nil, bad([]any{"packages", i}, "%s is not valid under any of the given schemas", yamldoc.Repr(e))
		}
		spec, problem := packageSpec(m)
		if problem != "" {
			err := bad([]any{"packages", i}, "%s", problem)
			if d, ok := diag.As(err); ok && d.Hint == "" {
				var kinds []string
				for _, k := range packageKinds {
					kinds = append(kinds, k.key)
				}
				for _, key := range m.Keys() {
					if hint := diag.DidYouMean(key, kinds); hint != "" && !slices.Contains(kinds, key) {
						d.WithHint("%s", hint)
						break
					}
				}
			}
			return nil, err
		}
		spec.Unrendered, _ = written[i].(*yamldoc.Map)
		spec.File = p.packages.File
		if n := p.packages.Find(nil, "packages", i); n != nil {
			spec.Line, spec.Column, spec.Source = n.Line, n.Column, diag.Snippet(p.packages.Src, n.Line)
		}
		out = append(out, spec)
	}
	return out, nil
}

// Packages renders and checks the packages that the project lists.
func (p *RawProject) Packages(opts RenderOptions) ([]PackageSpec, error) {
	return p.renderPackages(opts)
}

// PackagesFile is the name of the file that lists the packages: packages.yml, or dependencies.yml when that has
// a list of them.
func (p *RawProject) PackagesFile() string { return p.packagesFile }

// ParsePackages reads the text of a packages.yml, a dependencies.yml or a package-lock.yml, which has the form of the
// first; file is its name. hash is the sha1_hash of a lock file.
func ParsePackages(file string, src []byte, opts RenderOptions) (specs []PackageSpec, hash string, err error) {
	doc, err := yamldoc.Parse(file, src, yamldoc.Limits{})
	if err != nil {
		return nil, "", err
	}
	v, err := doc.Value()
	if err != nil {
		return nil, "", err
	}
	p := &RawProject{packagesFile: PackagesFile, packages: doc}
	m, ok := v.(*yamldoc.Map)
	switch {
	case v == nil:
		return nil, "", nil
	case !ok:
		return nil, "", doc.Errorf(doc.Root, diag.RuntimeError, "%s does not parse to a dictionary", file).WithCode("bad-file")
	case file == DependenciesFile:
		p.packagesFile = file
		m = yamldoc.NewMap("packages", m.Value("packages"))
	}
	p.packagesData = m
	if specs, err = p.renderPackages(opts); err != nil {
		return nil, "", err
	}
	return specs, m.Str("sha1_hash"), nil
}

// NewPackageSpec reads one entry that stands in no file, as the hub lists them.
func NewPackageSpec(m *yamldoc.Map) (PackageSpec, error) {
	spec, problem := packageSpec(m)
	if problem != "" {
		return spec, diag.New(diag.RuntimeError, "%s", problem).WithCode("bad-packages")
	}
	spec.Unrendered = m
	return spec, nil
}

// packageSpec reads one entry; problem is dbt's text when it is malformed.
func packageSpec(m *yamldoc.Map) (spec PackageSpec, problem string) {
	invalid := yamldoc.Repr(m) + " is not valid under any of the given schemas"
	for _, k := range packageKinds {
		v, ok := m.Get(k.key)
		if !ok {
			continue
		}
		location, isText := v.(string)
		if location == "" && isText {
			kind := map[string]string{"package": "hub"}[k.key]
			if kind == "" {
				kind = k.key
			}
			return spec, "A " + kind + " package is missing the value. It is a required property."
		}
		if k.key == "package" && isText {
			if version, ok := m.Get("version"); !ok || version == nil || version == "" {
				return spec, location + " is missing the version. When installing from the Hub package index, version is a required property"
			}
			if !strings.Contains(location, "/") {
				return spec, location + " was not found in the package index. Packages on the index require a namespace, e.g dbt-labs/dbt_utils"
			}
		}
		for _, key := range m.Keys() {
			if key != k.key && !slices.Contains(k.required, key) && !slices.Contains(k.optional, key) {
				return spec, invalid
			}
		}
		for _, r := range k.required {
			if !m.Has(r) {
				return spec, invalid
			}
		}
		if !isText {
			return spec, invalid
		}
		spec = PackageSpec{Kind: k.key, Location: location, Name: m.Str("name"), Subdirectory: m.Str("subdirectory"), Provider: m.Str("provider"), Data: m}
		if b, ok := m.Value("warn-unpinned").(bool); ok {
			spec.WarnUnpinned = &b
		}
		spec.InstallPrerelease, _ = m.Value("install_prerelease").(bool)
		for _, key := range []string{"version", "revision"} {
			switch v := m.Value(key).(type) {
			case nil:
			case []any:
				spec.Versions = append(spec.Versions, texts(v)...)
			default:
				spec.Versions = append(spec.Versions, yamldoc.Text(v))
			}
		}
		return spec, ""
	}
	return spec, invalid
}

// LoadPackages reads the projects installed under the root project's
// packages-install-path, by name. It is an error when fewer are installed than the
// packages file lists, when one can't be read or when a name repeats. opts.Render.Vars
// is ignored: --vars are the root project's.
func LoadPackages(root *Project, opts LoadOptions) (map[string]*Project, error) {
	dir := root.PackagesInstallPath
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root.Root, dir)
	}
	dirs, err := packageDirs(dir)
	if err != nil {
		return nil, err
	}
	if len(root.Packages) > len(dirs) {
		return nil, diag.New(diag.CompilationError, `dbt found %d package(s) specified in %s, but only %d package(s) installed in %s. Run "dbt deps" to install package dependencies.`,
			len(root.Packages), root.PackagesFile, len(dirs), root.PackagesInstallPath).WithCode("packages-missing").At(root.PackagesFile, 0, 0)
	}
	opts.Render.Vars = nil
	opts.TargetPath, opts.LogPath = root.TargetPath, root.LogPath
	out := map[string]*Project{}
	for _, d := range dirs {
		p, err := loadPackage(d, opts)
		if err != nil {
			return nil, failedPackage(root, d, err)
		}
		for _, w := range p.Warnings {
			w.File = filepath.ToSlash(filepath.Join(displayPath(root, d), ProjectFile))
		}
		if other, dup := out[p.Name]; dup || p.Name == root.Name {
			e := diag.New(diag.CompilationError, `dbt found more than one package with the name "%s" included in this project. Package names must be unique in a project. Please rename one of these packages.`, p.Name).
				WithCode("duplicate-package")
			first := root.Root
			if dup {
				first = other.Root
			}
			return nil, e.WithHint("the name stands in %s and in %s", displayPath(root, first), displayPath(root, d))
		}
		p.Quoting = root.Quoting
		out[p.Name] = p
	}
	return out, nil
}

func loadPackage(dir string, opts LoadOptions) (*Project, error) {
	raw, err := ReadProject(dir)
	if err != nil {
		return nil, err
	}
	p, err := raw.Render(opts)
	if err == nil { // what dbt reads of a package it does not check for the rest
		p.Warnings = slices.DeleteFunc(p.Warnings, func(d *diag.Diagnostic) bool {
			return d.Code == "DuplicateYAMLKeysDeprecation" || d.Code == "MissingPlusPrefixDeprecation"
		})
	}
	return p, err
}

// failedPackage says which package could not be read; places are made relative to
// the root project.
func failedPackage(root *Project, dir string, err error) error {
	cause := diag.Flatten(diag.RuntimeError, err)[0]
	d := *cause
	d.Category = diag.RuntimeError
	d.Message = "Failed to read package: " + cause.Text() + "\n\nError encountered in " + dir
	d.Err = err
	if d.File != "" {
		d.File = filepath.ToSlash(filepath.Join(displayPath(root, dir), d.File))
	}
	return &d
}

func displayPath(root *Project, path string) string {
	if rel, err := filepath.Rel(root.Root, path); err == nil && rel != "." {
		return rel
	}
	return filepath.Base(path)
}

// packageDirs lists the folders (or links to folders) in dir, sorted; those whose
// name starts with "__" are not packages.
func packageDirs(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, &diag.Diagnostic{Category: diag.RuntimeError, Code: "io", Message: "Could not list the installed packages: " + err.Error(), Err: err}
	}
	var out []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), "__") {
			continue
		}
		if st, err := os.Stat(path); err == nil && st.IsDir() {
			out = append(out, path)
		}
	}
	return out, nil
}
