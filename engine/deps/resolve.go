package deps

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// wanted is a package with all that is asked of it, by the root project and by other packages.
type wanted struct {
	kind, location string
	// unrendered is the location as written.
	unrendered   string
	name         string
	subdirectory string
	versions     []config.VersionSpec
	prerelease   bool
	revisions    []string
	warnUnpinned bool

	// by is the package that asks for it, "" for the root project; the rest is where the entry stands, or that which
	// led to it.
	by           string
	file, source string
	line, column int
	// asked tells who asks for which versions, when several do.
	asked []string
}

// key is what dbt calls the package: two entries with the same key are one package.
func (w *wanted) key() string {
	switch {
	case w.kind == "tarball":
		return w.name
	case w.kind == "git" && w.subdirectory != "":
		return w.location + "/" + w.subdirectory
	}
	return w.location
}

// keys are all keys that the package may be known by: git addresses with and without ".git".
func (w *wanted) keys() []string {
	if w.kind != "git" {
		return []string{w.key()}
	}
	other := *w
	if short, ok := strings.CutSuffix(w.location, ".git"); ok {
		other.location = short
	} else {
		other.location += ".git"
	}
	return []string{w.key(), other.key()}
}

// at puts the place of the entry on an error.
func (w *wanted) at(err error) error {
	var warn *event.WarnError
	if errors.Is(err, context.Canceled) || errors.As(err, &warn) {
		return err
	}
	d := diag.Wrap(diag.RuntimeError, err)
	if d.Line > 0 {
		return d
	}
	c := *d
	c.File, c.Line, c.Column, c.Source = w.file, w.line, w.column, w.source
	if w.by != "" {
		hint := "package " + w.by + " depends on it"
		if c.Hint != "" {
			hint += "; " + c.Hint
		}
		c.Hint = hint
	}
	return &c
}

// listing is a list of packages in the order in which they were first named.
type listing struct{ all []*wanted }

func (l *listing) find(w *wanted) *wanted {
	for _, key := range w.keys() {
		for _, have := range l.all {
			if have.key() == key {
				return have
			}
		}
	}
	return nil
}

// add adds entries of packages.yml; by is the package that has them, nil for the root project.
func (l *listing) add(specs []config.PackageSpec, by *pinned) error {
	for _, s := range specs {
		name := ""
		if by != nil {
			name = by.project
			if s.File == "" {
				s.File, s.Line, s.Column, s.Source = by.file, by.line, by.column, by.source
			}
		}
		w, err := newWanted(s, name)
		if err != nil {
			return w.at(err)
		}
		if _, err := l.incorporate(w); err != nil {
			return w.at(err)
		}
	}
	return nil
}

func newWanted(s config.PackageSpec, by string) (*wanted, error) {
	w := &wanted{
		kind: s.Kind, location: s.Location, unrendered: s.Location, name: s.Name, subdirectory: s.Subdirectory, prerelease: s.InstallPrerelease,
		warnUnpinned: s.WarnUnpinned == nil || *s.WarnUnpinned, by: by, file: s.File, line: s.Line, column: s.Column, source: s.Source,
	}
	if len(s.Versions) > 0 {
		w.asked = []string{orText(by, "this project") + " (" + strings.Join(s.Versions, ", ") + ")"}
	}
	if text := s.Unrendered.Str(s.Kind); text != "" {
		w.unrendered = text
	}
	var err error
	switch s.Kind {
	case "package":
		if w.versions, err = parseVersions(s.Versions); err != nil {
			d := diag.New(diag.RuntimeError, "%s", err.Error()).WithCode("bad-version")
			if slices.ContainsFunc(s.Versions, func(v string) bool { return strings.Contains(v, ",") }) {
				d.Hint = `several requirements are a list: version: [">=1.0.0", "<2.0.0"]`
			} else {
				d.Hint = `a version has three numbers, with >, >=, <, <= or = before it: ">=1.0.0"`
			}
			return w, d
		}
	case "git":
		w.revisions = s.Versions
		if err := errors.Join(checkRepository(s.Location), checkSubdirectory(s.Subdirectory)); err != nil {
			return w, err
		}
		for _, rev := range s.Versions {
			if err := checkRevision(rev); err != nil {
				return w, fmt.Errorf("revision %q: %w", rev, err)
			}
		}
	case "tarball":
		if err := checkName(s.Name); err != nil {
			return w, err
		}
	case "private":
		d := diag.New(diag.RuntimeError, `Cannot resolve private package %s because git provider integration is missing. Please use a "git" package instead.`, s.Location).WithCode("private-package")
		d.Hint = "for a repository at GitHub: git: https://{{ env_var('DBT_ENV_SECRET_GIT_TOKEN') }}@github.com/" + s.Location + ".git"
		return w, d
	}
	return w, nil
}

// incorporate adds what w asks for to the package of the list that it is about, and returns that.
func (l *listing) incorporate(w *wanted) (*wanted, error) {
	have := l.find(w)
	if have == nil {
		c := *w
		l.all = append(l.all, &c)
		return &c, nil
	}
	if have.kind != w.kind {
		return nil, diag.New(diag.RuntimeError, "Cannot incorporate %s (%s) in %s (%s): mismatched types", w.key(), w.kind, have.key(), have.kind).
			WithCode("package-kinds").WithHint("the same package is asked for in two ways; keep one of them")
	}
	have.versions = append(have.versions, w.versions...)
	have.revisions = append(have.revisions, w.revisions...)
	have.asked = append(have.asked, w.asked...)
	have.warnUnpinned = have.warnUnpinned && w.warnUnpinned
	return have, nil
}

// revision is the one revision that is asked for; HEAD when none is.
func (w *wanted) revision() (string, error) {
	set := slices.Clone(w.revisions)
	slices.Sort(set)
	switch set = slices.Compact(set); len(set) {
	case 0:
		return "HEAD", nil
	case 1:
		return set[0], nil
	}
	return "", diag.New(diag.RuntimeError, "git dependencies should contain exactly one version. %s contains: {'%s'}", w.key(), strings.Join(set, "', '")).
		WithCode("package-versions").WithHint("asked for by %s", strings.Join(w.asked, ", "))
}

// checkNames refuses two packages of one name, which could not be installed both.
func checkNames(packages []*pinned, root string) error {
	seen := map[string]*pinned{}
	for _, p := range packages {
		first := seen[p.project]
		switch {
		case first != nil:
			d := diag.New(diag.RuntimeError, `Found duplicate project "%s". This occurs when a dependency has the same project name as some other dependency.`, p.project).
				WithCode("duplicate-package").WithHint("%s and %s are both named %s", first.shown(), p.shown(), p.project)
			return p.at(d)
		case p.project == root:
			d := diag.New(diag.RuntimeError, `Found a dependency with the same name as the root project "%s". Package names must be unique in a project. Please rename one of these packages.`, p.project).
				WithCode("duplicate-package")
			return p.at(d)
		}
		seen[p.project] = p
	}
	return nil
}

// checkName refuses names of packages that are no name of a folder.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\:\x00\n") || strings.HasPrefix(name, "__") || strings.HasPrefix(name, ".") {
		return diag.New(diag.RuntimeError, "Invalid package name '%s': it must be the name of a folder in the packages-install-path", name).WithCode("package-name")
	}
	return nil
}

// urlSecrets are the passwords that stand in addresses.
func urlSecrets(specs []config.PackageSpec) []string {
	var out []string
	for _, s := range specs {
		if s.Kind != "git" && s.Kind != "tarball" {
			continue
		}
		u, err := url.Parse(s.Location)
		if err != nil || u.User == nil {
			continue
		}
		// A name without a password is a token when it is as long as one.
		password, has := u.User.Password()
		if user := u.User.Username(); !has && len(user) >= 16 && strings.HasPrefix(u.Scheme, "http") {
			password = user
		}
		if password != "" {
			out = append(out, password)
		}
	}
	return out
}
