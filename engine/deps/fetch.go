package deps

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// pinned is a package of which one version was chosen.
type pinned struct {
	*wanted
	// project is the name of its dbt project, by which it is installed.
	project string
	// version is a version of the hub or a commit, latest the highest version that could be installed.
	version, latest string
	// needs are the packages that it lists.
	needs []config.PackageSpec
	// dir is a folder with its files: in the staging folder, or where it is installed already (inPlace), or the local
	// folder itself. It is empty before fetch.
	dir     string
	inPlace bool
	// address is that of the hub's tarball.
	address string
	// sum is that of the files, "" for a local folder, whose files may change.
	sum string
}

// shown names the package in messages.
func (p *pinned) shown() string {
	if p.kind == "package" {
		return p.location + " " + p.version
	}
	return p.key()
}

// versionName is what dbt says that a package is installed from.
func (p *pinned) versionName() string {
	switch p.kind {
	case "local":
		return "<local @ " + p.location + ">"
	case "tarball":
		return "tarball (url: " + p.location + ")"
	case "git":
		return "revision " + p.version
	}
	return "version " + p.version
}

// resolve pins the packages of packages.yml and all that they need, in dbt's order: each round takes what the last one
// asked for (resolve_packages in dbt/deps/resolver.py).
func (r *runner) resolve(ctx context.Context) ([]*pinned, error) {
	final, pending := &listing{}, &listing{}
	if err := pending.add(r.specs, nil); err != nil {
		return nil, err
	}
	// A package that was gone through in the same version needs what it needed then: so circles end.
	through := map[string]bool{}
	for len(pending.all) > 0 {
		next := &listing{}
		for _, w := range pending.all {
			all, err := final.incorporate(w)
			if err != nil {
				return nil, w.at(err)
			}
			p, err := r.pin(ctx, all)
			if err != nil {
				return nil, err
			}
			id := p.kind + "\x00" + p.key() + "\x00" + p.version
			if through[id] {
				continue
			}
			through[id] = true
			if err := next.add(p.needs, p); err != nil {
				return nil, err
			}
		}
		pending = next
	}
	var out []*pinned
	for _, w := range final.all {
		p, err := r.pin(ctx, w)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	if err := checkNames(out, r.Project.Name); err != nil {
		return nil, err
	}
	for _, p := range out {
		if err := r.fetch(ctx, p); err != nil {
			if !r.LockOnly || ctx.Err() != nil {
				return nil, err
			}
			// The lock file can do without the sum; it is added when the package is installed.
			d := diag.Wrap(diag.RuntimeError, err)
			if err := r.Bus.Warn(event.Warning{Msg: fmt.Sprintf("the sum of package %s is left out of %s: %s", p.project, LockFile, d.Message)}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// pin chooses the version of a package and learns its name and what it needs.
func (r *runner) pin(ctx context.Context, w *wanted) (*pinned, error) {
	p, err := r.pinAny(ctx, w)
	if err != nil {
		return nil, w.at(err)
	}
	if err := checkName(p.project); err != nil {
		return nil, w.at(err)
	}
	return p, nil
}

func (r *runner) pinAny(ctx context.Context, w *wanted) (*pinned, error) {
	p := &pinned{wanted: w}
	switch w.kind {
	case "local":
		p.dir = r.localPath(w.location)
		return p, r.describe(p, p.dir)
	case "package":
		return p, r.pinHub(ctx, p)
	case "git":
		revision, err := w.revision()
		if err != nil {
			return nil, err
		}
		return r.once(p, revision, func(dir string) error { return r.pinGit(ctx, p, revision, dir) })
	}
	return r.once(p, "", func(dir string) error {
		if err := r.pullTarball(ctx, p, w.location, dir); err != nil {
			return err
		}
		if err := r.describe(p, p.dir); err != nil {
			return err
		}
		p.project = w.name
		return nil
	})
}

// once fetches each version of a package once a run, into a new folder.
func (r *runner) once(p *pinned, version string, fetch func(dir string) error) (*pinned, error) {
	id := p.kind + "\x00" + p.key() + "\x00" + version
	if have := r.pins[id]; have != nil {
		c := *have
		c.wanted = p.wanted
		return &c, nil
	}
	dir, err := r.stagingDir()
	if err != nil {
		return nil, err
	}
	if err := fetch(dir); err != nil {
		return nil, err
	}
	if p.sum, err = contentsSum(p.dir); err != nil {
		return nil, fmt.Errorf("deps: %w", err)
	}
	r.pins[id] = p
	return p, nil
}

func (r *runner) pinHub(ctx context.Context, p *pinned) error {
	var err error
	if p.version, p.latest, err = r.hub.choose(ctx, p.location, p.versions, p.prerelease, !r.SkipVersionCheck); err != nil {
		d := diag.New(diag.RuntimeError, "%s", err.Error()).WithCode("hub")
		var missing *errNotInIndex
		var conflict *errVersions
		var dead *connectionError
		switch {
		case errors.As(err, &conflict):
			d = d.WithCode("package-versions").WithHint("asked for by %s", strings.Join(p.asked, ", "))
		case errors.As(err, &missing):
			d = d.WithCode("hub-package").WithHint("%s", diag.DidYouMean(missing.name, missing.index))
		case isMissing(err):
			d.Hint = r.hub.base + " is no package hub, or has lost this package; DBT_PACKAGE_HUB_URL names another"
		case isDenied(err):
			d.Hint = "the hub wants credentials"
		case errors.As(err, &dead):
			d.Hint = "check the network, the proxy (HTTPS_PROXY) and DBT_PACKAGE_HUB_URL; what is installed as " + LockFile + " says needs no network"
		}
		d.Err = err
		return d
	}
	known, err := r.hub.pkg(ctx, p.location)
	if err != nil {
		return err
	}
	v := known.Versions[p.version]
	p.project, p.address = v.Name, v.Downloads.Tarball
	p.needs, err = v.specs()
	return err
}

func (r *runner) pinGit(ctx context.Context, p *pinned, revision, dir string) error {
	if moving := revision == "HEAD" || revision == "main" || revision == "master"; moving && p.warnUnpinned && !r.warned[p.key()] {
		r.warned[p.key()] = true
		if err := r.Bus.Warn(event.DepsUnpinned{Revision: revision, Git: p.location}); err != nil {
			return err
		}
	}
	// The folder becomes the package's, so others may read it.
	dir = filepath.Join(dir, "repository")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return r.failed(err)
	}
	commit, err := r.git.checkout(ctx, repository(p.location, r.root), revision, dir)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d := diag.New(diag.InternalError, "Error checking out spec='%s' for repo %s\n%s", revision, shownRepository(p.location), err.Error()).WithCode("git")
		d.Err, d.Hint = err, hintFor(err)
		var unknown *errRevision
		if errors.As(err, &unknown) {
			d.Hint = diag.DidYouMean(revision, unknown.refs)
			if d.Hint == "" {
				d.Hint = "the revision is a tag, a branch or all 40 characters of a commit"
			}
		}
		return d
	}
	p.version = commit
	// What git needs to know of the repository is no part of the package.
	if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
		return err
	}
	p.dir = filepath.Join(dir, filepath.FromSlash(p.subdirectory))
	return r.describe(p, p.dir)
}

func shownRepository(location string) string {
	if u, err := url.Parse(location); err == nil && u.User != nil {
		return u.Redacted()
	}
	return location
}

// describe reads a package's own dbt_project.yml and packages.yml.
func (r *runner) describe(p *pinned, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, config.ProjectFile)); err != nil {
		where := dir
		if p.kind != "local" {
			where = p.key()
		}
		d := diag.New(diag.RuntimeError, "No %s found at expected path %s\nVerify that each entry within packages.yml (and their transitive dependencies) contains a file named %s\n",
			config.ProjectFile, filepath.Join(where, config.ProjectFile), config.ProjectFile).WithCode("no-project")
		switch p.kind {
		case "local":
			d.Hint = "a local package is a folder, from the project's folder on"
		case "git":
			d.Message = strings.Replace(d.Message, filepath.Join(where, config.ProjectFile), where+"/"+config.ProjectFile, 1)
			d.Hint = "name the folder of the repository that has one with `subdirectory`"
		default:
			d.Message = strings.Replace(d.Message, filepath.Join(where, config.ProjectFile), p.location, 1)
		}
		return d
	}
	raw, err := config.ReadProject(dir)
	if err != nil {
		return r.inside(p, err)
	}
	if p.project = raw.Name(); p.project == "" {
		return diag.New(diag.RuntimeError, "Package defined in %s must have a name!", config.ProjectFile).WithCode("package-name")
	}
	specs, err := raw.Packages(r.Render)
	if err != nil {
		return r.inside(p, err)
	}
	for i := range specs {
		specs[i].File = p.project + "/" + specs[i].File
	}
	for _, s := range urlSecrets(specs) {
		r.Bus.AddSecrets(s)
	}
	p.needs = specs
	return nil
}

// inside says which package an error of its files belongs to.
func (r *runner) inside(p *pinned, err error) error {
	c := *diag.Flatten(diag.RuntimeError, err)[0]
	c.Message = "Could not read package " + p.key() + ": " + c.Message
	return &c
}

// fetch makes the files of a package ready.
func (r *runner) fetch(ctx context.Context, p *pinned) error {
	if p.dir != "" {
		return nil
	}
	have, err := r.once(p, p.version, func(dir string) error { return r.pullTarball(ctx, p, p.address, dir) })
	if err != nil {
		return p.at(err)
	}
	p.dir, p.sum = have.dir, have.sum
	return nil
}

// pullTarball downloads and unpacks a .tar.gz with one folder in it, which becomes p.dir.
func (r *runner) pullTarball(ctx context.Context, p *pinned, address, dir string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return diag.New(diag.RuntimeError, "%s is no http or https address of a tarball", shownURL(address)).WithCode("tarball").
			WithHint("a package in a folder of this machine is `local: path`, one in a repository is `git: address`")
	}
	attempt := 0
	err = r.web.download(ctx, address, dir, r.Limits.Download, func(file string) error {
		attempt++
		into := filepath.Join(dir, fmt.Sprintf("unpacked%d", attempt))
		if err := os.Mkdir(into, 0o755); err != nil {
			return permanentError{err}
		}
		top, err := unpack(file, into, r.Limits)
		p.dir = filepath.Join(into, top)
		return err
	})
	if err == nil {
		return nil
	}
	p.dir = ""
	if errors.Is(err, context.Canceled) {
		return err
	}
	cause := err
	var dead *connectionError
	if errors.As(err, &dead) {
		cause = dead.error
	}
	d := diag.New(diag.RuntimeError, "Could not fetch %s: %v", shownURL(address), cause).WithCode("tarball")
	d.Err = err
	switch {
	case errors.Is(err, errStructure):
		d.Message = fmt.Sprintf("Incorrect structure for package extracted from %s.The extracted package needs to follow the structure %s/<package_contents>.", shownURL(address), p.key())
	case isMissing(err):
		d.Hint = "check the address; a private file that you have no access to looks the same"
	case isDenied(err):
		d.Hint = "the server wants credentials: put a token into the address with {{ env_var('DBT_ENV_SECRET_…') }}"
	case errors.Is(err, errNoGzip):
		d.Hint = "a package is a .tar.gz file; does the address lead to a page?"
	case dead != nil:
		d.Hint = "check the address, the network and the proxy (HTTPS_PROXY)"
	}
	return d
}
