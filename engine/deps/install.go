package deps

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// stagingPrefix starts the name of the folder in which packages are made ready. dbt and gdbt take no folder for a
// package whose name starts with two underscores.
const stagingPrefix = "__gdbt-"

// abandoned is the age at which such a folder of another run is taken for left behind.
const abandoned = time.Hour

// checkTarget refuses a packages-install-path that holds the project or its sources: what is no package there is removed.
func (r *runner) checkTarget() error {
	refuse := func(what string) error {
		d := diag.New(diag.RuntimeError, "The packages-install-path '%s' holds %s, which installing packages would remove", r.Project.PackagesInstallPath, what).
			WithCode("packages-path").At(config.ProjectFile, 0, 0)
		if n := r.Project.Doc.FindKey(nil, "packages-install-path"); n != nil {
			d.At(config.ProjectFile, n.Line, n.Column).WithSource(r.Project.Doc.Src)
		}
		return d.WithHint("name a folder that holds nothing else")
	}
	target := filepath.Clean(r.target)
	if holds(target, r.root) {
		return refuse("the project")
	}
	for _, path := range r.Project.SourcePaths() {
		if !filepath.IsAbs(path) {
			path = filepath.Join(r.root, filepath.FromSlash(path))
		}
		if holds(target, filepath.Clean(path)) {
			return refuse("'" + filepath.Base(path) + "'")
		}
	}
	return nil
}

// holds tells whether path is dir or lies in it.
func holds(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && (rel == "." || filepath.IsLocal(rel))
}

// localPath is the folder of a local package. As in dbt the path goes from the root project, also when another local
// package names it.
func (r *runner) localPath(location string) string {
	if rest, ok := strings.CutPrefix(location, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, filepath.FromSlash(rest))
		}
	}
	if filepath.IsAbs(location) {
		return filepath.Clean(location)
	}
	return filepath.Join(r.root, filepath.FromSlash(location))
}

// stagingDir makes a new folder for a package, on the file system of the packages unless nothing will be installed.
func (r *runner) stagingDir() (string, error) {
	if r.staging == "" {
		parent := ""
		if !r.LockOnly {
			if err := r.makeTarget(); err != nil {
				return "", err
			}
			parent = r.target
		}
		dir, err := os.MkdirTemp(parent, stagingPrefix)
		if err != nil {
			return "", r.failed(err)
		}
		r.staging = dir
		r.Bus.Emit(event.DepsSetDownloadDirectory{Path: dir})
	}
	dir, err := os.MkdirTemp(r.staging, "package-")
	if err != nil {
		return "", r.failed(err)
	}
	return dir, nil
}

func (r *runner) makeTarget() error {
	if _, err := os.Stat(r.target); errors.Is(err, fs.ErrNotExist) {
		r.madeTarget = true
	}
	if err := os.MkdirAll(r.target, 0o755); err != nil {
		return r.failed(err)
	}
	return nil
}

func (r *runner) failed(err error) error {
	return diag.New(diag.RuntimeError, "Could not write the packages to %s: %v", r.Project.PackagesInstallPath, err).WithCode("io")
}

// installed gives the package of the lock file that is in its place with the right contents already; nil when it has to be
// fetched. Only a package with a known sum, or a link to a local folder, can be.
func (r *runner) installed(w *wanted, l *lock) (*pinned, error) {
	if w.kind == "local" || w.name == "" || checkName(w.name) != nil || l.sums[w.name] == "" {
		return nil, nil
	}
	dir := filepath.Join(r.target, w.name)
	if st, err := os.Lstat(dir); err != nil || !st.IsDir() {
		return nil, nil
	}
	sum, err := contentsSum(dir)
	if err != nil || sum != l.sums[w.name] {
		return nil, nil
	}
	p := &pinned{wanted: w, project: w.name, dir: dir, inPlace: true, sum: sum}
	switch w.kind {
	case "package":
		if len(w.versions) == 1 {
			v := w.versions[0]
			v.Op = ""
			p.version = v.String()
		}
	case "git":
		if p.version, err = w.revision(); err != nil {
			return nil, w.at(err)
		}
	}
	return p, nil
}

// install puts the packages into their place, takes everything else away, and tells of each.
func (r *runner) install(packages []*pinned, res *Result) error {
	if err := r.makeTarget(); err != nil {
		return err
	}
	if err := r.swap(packages); err != nil {
		return err
	}
	r.done = true
	var updates []string
	for _, p := range packages {
		r.Bus.Emit(event.DepsStartPackageInstall{PackageName: p.key()})
		r.Bus.Emit(event.DepsInstallInfo{VersionName: p.versionName()})
		switch {
		case p.kind != "package" || p.latest == "": // nobody was asked
		case p.latest != p.version:
			updates = append(updates, p.location)
			r.Bus.Emit(event.DepsUpdateAvailable{VersionLatest: p.latest})
		default:
			r.Bus.Emit(event.DepsUpToDate{})
		}
		if p.subdirectory != "" {
			r.Bus.Emit(event.DepsListSubdirectory{Subdirectory: p.subdirectory})
		}
		res.Packages = append(res.Packages, Installed{
			Name: p.project, Source: p.key(), Kind: p.kind, Version: p.version, Latest: p.latest, Path: filepath.Join(r.target, p.project),
			Sum: p.sum, Fetched: !p.inPlace,
		})
	}
	if len(updates) > 0 {
		r.Bus.Emit(event.Blank())
		r.Bus.Emit(event.DepsNotifyUpdatesAvailable{Packages: updates})
	}
	return nil
}

// swap moves what is in the packages folder aside and the new packages in. When a step fails, those before it are taken
// back.
func (r *runner) swap(packages []*pinned) (err error) {
	keep := map[string]bool{}
	for _, p := range packages {
		keep[p.project] = p.inPlace || p.kind == "local" && r.linked(p)
	}
	entries, err := os.ReadDir(r.target)
	if err != nil {
		return r.failed(err)
	}
	if len(packages) == 0 && len(entries) == 0 {
		return nil
	}
	aside, err := r.stagingDir()
	if err != nil {
		return err
	}
	fresh, err := r.stagingDir()
	if err != nil {
		return err
	}
	// Links and copies are made first: they can fail.
	for _, p := range packages {
		if p.kind == "local" && !keep[p.project] {
			if err := r.link(p.dir, filepath.Join(fresh, p.project)); err != nil {
				return r.failed(err)
			}
		}
	}
	var undo []func() error
	defer func() {
		if err == nil {
			return
		}
		for _, u := range slices.Backward(undo) {
			err = errors.Join(err, u())
		}
	}()
	move := func(from, to string) error {
		if err := os.Rename(from, to); err != nil {
			return r.failed(err)
		}
		undo = append(undo, func() error { return os.Rename(to, from) })
		return nil
	}
	for _, e := range entries {
		if keep[e.Name()] || r.busy(e) {
			continue
		}
		if err := move(filepath.Join(r.target, e.Name()), filepath.Join(aside, e.Name())); err != nil {
			return err
		}
	}
	for _, p := range packages {
		if keep[p.project] {
			continue
		}
		from := p.dir
		if p.kind == "local" {
			from = filepath.Join(fresh, p.project)
		}
		if err := move(from, filepath.Join(r.target, p.project)); err != nil {
			return err
		}
	}
	return nil
}

// busy tells whether an entry is the folder of a run that may be at work.
func (r *runner) busy(e fs.DirEntry) bool {
	if !strings.HasPrefix(e.Name(), stagingPrefix) {
		return false
	}
	info, err := e.Info()
	return err != nil || filepath.Join(r.target, e.Name()) == r.staging || time.Since(info.ModTime()) < abandoned
}

// linked tells whether the link to a local package is there already.
func (r *runner) linked(p *pinned) bool {
	to, err := os.Readlink(filepath.Join(r.target, p.project))
	return err == nil && to == p.dir
}

// link makes a link to a folder, or a copy of it where there are no links.
func (r *runner) link(from, to string) error {
	r.Bus.Emit(event.DepsCreatingLocalSymlink{})
	if err := os.Symlink(from, to); err == nil {
		return nil
	}
	r.Bus.Emit(event.DepsSymlinkNotAvailable{})
	return copyTree(from, to, r.target)
}

// copyTree copies a folder without the folder skip, which may lie in it.
func copyTree(from, to, skip string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		into := filepath.Join(to, rel)
		switch {
		case path == skip:
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(into, 0o755)
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is neither a file nor a folder", path)
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.OpenFile(into, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		return errors.Join(err, out.Close())
	})
}
