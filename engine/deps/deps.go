package deps

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Options say what to do. Project, Render and Bus are required.
type Options struct {
	// Project is the root project, Raw its files; Render is what Jinja in packages.yml sees.
	Project *config.Project
	Raw     *config.RawProject
	Render  config.RenderOptions
	Bus     *event.Bus
	// SkipVersionCheck takes versions of packages that want another dbt (--no-version-check).
	SkipVersionCheck bool
	// Add is a package to add to the list first; nil for none.
	Add *Addition
	// LockOnly writes the lock file and installs nothing. Upgrade resolves the list although the lock file fits it.
	LockOnly, Upgrade bool

	// HubURL is the package hub, dbt's when empty.
	HubURL string
	// Timeout is how long nothing may come from a server, 30 seconds by default.
	Timeout time.Duration
	Limits  Limits
	// Client and Pause replace the HTTP client and the pauses between attempts; nil takes ours.
	Client *http.Client
	Pause  func(context.Context, time.Duration) error
}

// Addition is a package to add to packages.yml.
type Addition struct {
	Name string
	// Version is a version of the hub, several with commas between, or a git revision.
	Version string
	// Source is "hub", "git" or "local".
	Source string
}

// Installed is a package that is in its place.
type Installed struct {
	// Name is the name of the package's project, Source what packages.yml calls it, Kind its key there.
	Name, Source, Kind string
	// Version is a version of the hub or a commit; "" for local folders and tarballs.
	Version string
	// Latest is the highest version that could be installed, for packages that were asked for at the hub.
	Latest string
	// Path is where it is; Sum the sha256 of its files, "" for a local folder.
	Path, Sum string
	// Fetched tells that it was not there already.
	Fetched bool
}

// Result is what [Run] did.
type Result struct {
	Packages []Installed
	// LockFile is its path; LockWritten tells whether it is new.
	LockFile    string
	LockWritten bool
}

// Run does what `dbt deps` does. When it fails, packages, lock file and packages.yml are as they were.
func Run(ctx context.Context, o Options) (_ *Result, err error) {
	o.Limits = o.Limits.orDefault()
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	for _, s := range urlSecrets(o.Project.Packages) {
		o.Bus.AddSecrets(s)
	}
	r, err := newRunner(o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := r.close(); e != nil && err == nil {
			err = e
		}
	}()
	res, err := r.run(ctx)
	return res, r.scrub(err)
}

// runner is one run.
type runner struct {
	Options
	root string
	// specs is the list of packages.yml.
	specs []config.PackageSpec
	// target is the folder of the packages, staging the one in it where they are made.
	target, staging string
	// madeTarget tells that the folder of the packages is new, done that they are in place.
	madeTarget, done bool
	web              *web
	hub              *hub
	git              *git
	// pins are the packages that were fetched, by what was asked for.
	pins   map[string]*pinned
	warned map[string]bool
}

func newRunner(o Options) (*runner, error) {
	r := &runner{Options: o, root: o.Project.Root, specs: o.Project.Packages, pins: map[string]*pinned{}, warned: map[string]bool{}}
	r.web = newWeb(o)
	r.hub = newHub(r.web, o.HubURL, o.Bus)
	r.git = &git{bus: o.Bus, listTimeout: o.Timeout, fetchTimeout: 20 * o.Timeout}
	r.target = o.Project.PackagesInstallPath
	if !filepath.IsAbs(r.target) {
		r.target = filepath.Join(r.root, filepath.FromSlash(r.target))
	}
	return r, r.checkTarget()
}

func (r *runner) run(ctx context.Context) (*Result, error) {
	res := &Result{LockFile: filepath.Join(r.root, LockFile)}
	var addition *edit
	if r.Add != nil {
		var err error
		if addition, err = r.add(); err != nil {
			return nil, err
		}
	}
	old, err := r.oldLock()
	if err != nil {
		return nil, err
	}
	hash := specHash(r.specs)
	locked := old
	var packages []*pinned
	if old == nil || r.Upgrade || old.specHash != hash {
		if len(r.specs) == 0 {
			r.Bus.Emit(event.DepsNoPackagesFound{})
			locked = &lock{}
		} else if packages, err = r.resolve(ctx); err != nil {
			return nil, err
		}
		if err := addition.write(r.Bus); err != nil {
			return nil, err
		}
		// A list that became empty empties the lock file too; without any there is nothing to lock.
		if len(r.specs) > 0 || old != nil {
			if err := r.writeLock(packages, hash); err != nil {
				return nil, err
			}
			res.LockWritten = true
			r.Bus.Emit(event.DepsLockUpdating{LockFilepath: res.LockFile})
		}
	} else if err := addition.write(r.Bus); err != nil {
		return nil, err
	}
	if r.LockOnly {
		return res, nil
	}
	if packages == nil && len(locked.packages) > 0 {
		if packages, err = r.fromLock(ctx, locked); err != nil {
			return nil, err
		}
	}
	if len(packages) == 0 {
		r.Bus.Emit(event.DepsNoPackagesFound{})
	}
	return res, r.install(packages, res)
}

// oldLock reads the lock file. One that can't be read is no obstacle to writing a new one.
func (r *runner) oldLock() (*lock, error) {
	l, err := readLock(r.root, r.Render)
	if err != nil && r.Upgrade {
		return nil, nil
	}
	return l, err
}

// writeLock writes the pinned packages in dbt's layout.
func (r *runner) writeLock(packages []*pinned, hash string) error {
	sums := map[string]string{}
	var entries []*yamldoc.Map
	for _, p := range packages {
		e, err := r.lockEntry(p)
		if err != nil {
			return err
		}
		entries = append(entries, e)
		if p.sum != "" {
			sums[p.project] = p.sum
		}
	}
	if err := writeLock(r.root, entries, hash, sums); err != nil {
		return diag.New(diag.RuntimeError, "Could not write %s: %v", LockFile, err).WithCode("io").At(LockFile, 0, 0)
	}
	return nil
}

// lockEntry is dbt's form of a pinned package. An address is written as it stands in packages.yml, so that a secret stays
// the name of its variable.
func (r *runner) lockEntry(p *pinned) (*yamldoc.Map, error) {
	m := yamldoc.NewMap("name", p.project)
	switch p.kind {
	case "local":
		m.Set("local", p.location)
	case "package":
		m.Set("package", p.location)
		m.Set("version", p.version)
	case "git", "tarball":
		text := p.unrendered
		if clean := r.Bus.Scrub(text); clean != text {
			if err := r.Bus.Warn(event.DepsScrubbedPackageName{PackageName: clean}); err != nil {
				return nil, err
			}
			text = clean
		}
		m.Set(p.kind, text)
		if p.kind == "git" {
			m.Set("revision", p.version)
			if p.subdirectory != "" {
				m.Set("subdirectory", p.subdirectory)
			}
		}
	}
	return m, nil
}

// fromLock makes the packages of the lock file ready: those that are installed with the right contents stay, the
// others are fetched.
func (r *runner) fromLock(ctx context.Context, l *lock) ([]*pinned, error) {
	list := &listing{}
	if err := list.add(l.packages, nil); err != nil {
		return nil, err
	}
	var out []*pinned
	added := map[string]string{}
	for _, w := range list.all {
		p, err := r.installed(w, l)
		if err != nil {
			return nil, err
		}
		if p == nil {
			if p, err = r.pin(ctx, w); err != nil {
				return nil, err
			}
			if err := r.fetch(ctx, p); err != nil {
				return nil, err
			}
			if w.name != "" && w.name != p.project {
				return nil, w.at(fmt.Errorf("the package is named %s, the lock file names it %s", p.project, w.name))
			}
		}
		switch want := l.sums[p.project]; {
		case p.kind == "local":
		case want == "":
			added[p.project] = p.sum
		case want != p.sum:
			d := diag.New(diag.RuntimeError, "The contents of package %s are not those that %s names:\n  wanted sha256 %s\n  got    sha256 %s", p.project, LockFile, want, p.sum).
				WithCode("package-changed").At(w.file, w.line, w.column)
			d.Source = w.source
			return nil, d.WithHint("somebody changed what %s gives for the same version; when that is right, run `gdbt deps --upgrade`", p.shown())
		}
		out = append(out, p)
	}
	if err := checkNames(out, r.Project.Name); err != nil {
		return nil, err
	}
	if len(added) > 0 {
		if err := addSums(r.root, merge(l.sums, added)); err != nil {
			return nil, diag.New(diag.RuntimeError, "Could not write the packages' sums to %s: %v", LockFile, err).WithCode("io").At(LockFile, 0, 0)
		}
	}
	return out, nil
}

func merge(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

// edit is a change of packages.yml that waits until the packages have been found.
type edit struct {
	path   string
	text   []byte
	events []event.Event
}

func (e *edit) write(bus *event.Bus) error {
	if e == nil {
		return nil
	}
	err := manifest.WriteFile(e.path, func(w io.Writer) error {
		_, err := w.Write(e.text)
		return err
	})
	if err != nil {
		return diag.New(diag.RuntimeError, "Could not write %s: %v", filepath.Base(e.path), err).WithCode("io").At(filepath.Base(e.path), 0, 0)
	}
	for _, ev := range e.events {
		bus.Emit(ev)
	}
	return nil
}

// close removes what was made and not installed.
func (r *runner) close() error {
	if r.staging == "" {
		return nil
	}
	if err := os.RemoveAll(r.staging); err != nil {
		return fmt.Errorf("deps: %w", err)
	}
	if r.madeTarget && !r.done {
		return os.Remove(r.target)
	}
	return nil
}

// scrub takes secrets out of an error.
func (r *runner) scrub(err error) error {
	if err == nil {
		return nil
	}
	d, ok := diag.As(err)
	if !ok {
		return err
	}
	c := *d
	c.Message, c.Hint, c.Source, c.Err = r.Bus.Scrub(d.Message), r.Bus.Scrub(d.Hint), r.Bus.Scrub(d.Source), nil
	return &c
}
