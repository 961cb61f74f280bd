package deps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

// A package of the hub, and one that it needs: what is said and locked is dbt's, and a second run asks nobody.
func TestHub(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n  - package: acme/date\n    version: 0.5.0\n")
	w.hub.publish(t, "acme/utils", "0.9.0", "")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	w.hub.publish(t, "acme/utils", "1.1.0", "")
	w.hub.publish(t, "acme/utils", "1.2.0-rc1", "")
	w.hub.publish(t, "acme/utils", "3.0.0", ">=2.0.0")
	w.hub.publish(t, "acme/date", "0.5.0", "", "acme/utils", []string{">=0.9.0", "<1.1.0"})
	res := w.mustRun()
	want := `Updating lock file in file path: ` + w.path(LockFile) + `
Installing acme/utils
Installed from version 1.0.0
Updated version available: 1.1.0
Installing acme/date
Installed from version 0.5.0
Up to date!

Updates available for packages: ['acme/utils']                 
Update your versions in packages.yml, then run dbt deps
`
	if diff := cmp.Diff(want, w.said); diff != "" {
		t.Error(diff)
	}
	lockFile := w.read(LockFile)
	want = `packages:
  - name: utils
    package: acme/utils
    version: 1.0.0
  - name: date
    package: acme/date
    version: 0.5.0
sha1_hash: 3458097695a95835b8a0812c394a2695a794424f
`
	if !strings.HasPrefix(lockFile, want) || strings.Count(lockFile, "# sha256: ") != 2 {
		t.Errorf("lock file:\n%s", lockFile)
	}
	if got := w.read("dbt_packages/utils/macros/v.sql"); got != "{% macro v() %}1.0.0{% endmacro %}" {
		t.Errorf("utils: %s", got)
	}
	if len(res.Packages) != 2 || res.Packages[0].Name != "utils" || res.Packages[0].Latest != "1.1.0" || !res.Packages[0].Fetched || len(res.Packages[0].Sum) != 64 || !res.LockWritten {
		t.Errorf("%+v", res)
	}

	w.hub.Close() // offline from here on
	res = w.mustRun()
	if want := "Installing acme/utils\nInstalled from version 1.0.0\nInstalling acme/date\nInstalled from version 0.5.0\n"; w.said != want {
		t.Errorf("second run:\n%s", w.said)
	}
	if res.Packages[0].Fetched || res.LockWritten || w.read(LockFile) != lockFile {
		t.Errorf("%+v", res)
	}
	// A file that was changed or added is not what the lock file names.
	w.write("dbt_packages/date/models/mine.sql", "select 1")
	_, err := w.run()
	wantError(t, err, "External connection exception occurred", "package-lock.yml:5:5", "network")
	if w.installed() != "date utils" || w.read("dbt_packages/date/models/mine.sql") == "" {
		t.Errorf("a failed run left %s", w.installed())
	}
}

// wantError checks a diagnostic's message, the end of its place, and its hint.
func wantError(t *testing.T, err error, message, place, hint string) {
	t.Helper()
	d, ok := diag.As(err)
	if !ok {
		t.Errorf("%v is no diagnostic; wanted %s", err, message)
		return
	}
	if !strings.Contains(d.Message, message) || !strings.Contains(d.Place(), place) || !strings.Contains(d.Hint, hint) {
		t.Errorf("got  %s\nplace %s\nhint  %s\nwant %s\nplace %s\nhint  %s", d.Message, d.Place(), d.Hint, message, place, hint)
	}
}

func TestHubErrors(t *testing.T) {
	setUp := func(w *world) {
		for _, v := range []string{"0.9.0", "1.0.0", "1.1.0", "2.0.0-b1"} {
			w.hub.publish(t, "acme/utils", v, "")
		}
		w.hub.publish(t, "acme/utils", "3.0.0", ">=2.0.0")
		w.hub.publish(t, "acme/date", "0.5.0", "", "acme/utils", []string{">=0.9.0", "<1.1.0"})
		w.hub.publish(t, "acme/clash", "1.0.0", "", "acme/utils", []string{">=2.0.0", "<3.0.0"})
		w.hub.publish(t, "acme/root", "1.0.0", "")
	}
	for _, c := range []struct{ name, packages, message, place, hint string }{
		{"unknown", "  - package: acme/utilz\n    version: 1.0.0\n", "Package acme/utilz was not found in the package index", "packages.yml:2:5", "did you mean 'acme/utils'?"},
		{"no such version", "  - package: acme/utils\n    version: [\">=3.0.0\"]\n",
			"Could not find a matching compatible version for package acme/utils\n  Requested range: >=3.0.0\n  Compatible versions: ['0.9.0', '1.0.0', '1.1.0']\n\n" +
				"  Not shown: package versions incompatible with installed version of dbt-core\n  To include them, run 'dbt --no-version-check deps'", "packages.yml:2:5", ""},
		{"contradiction", "  - package: acme/clash\n    version: 1.0.0\n  - package: acme/date\n    version: 0.5.0\n",
			"Version error for package acme/utils: Could not find a satisfactory version from options: ['>=2.0.0', '<3.0.0', '>=0.9.0', '<1.1.0']", "packages.yml:2:5",
			"asked for by clash (>=2.0.0, <3.0.0), date (>=0.9.0, <1.1.0)"},
		{"no version", "  - package: acme/utils\n    version: 1.0\n", `"1.0" is not a valid semantic version.`, "packages.yml:2:5", "three numbers"},
		{"commas", "  - package: acme/utils\n    version: \">=1.0.0,<2.0.0\"\n", "is not a valid semantic version.", "packages.yml:2:5", "are a list"},
		{"the project's name", "  - package: acme/root\n    version: 1.0.0\n", `Found a dependency with the same name as the root project "root".`, "packages.yml:2:5", ""},
		{"private", "  - private: a/b\n", "Cannot resolve private package a/b because git provider integration is missing. Please use a \"git\" package instead.", "packages.yml:2:5", "github.com/a/b.git"},
		{"malformed", "  - package: acme/utils\n", "acme/utils is missing the version.", "packages.yml:2:5", ""},
		{"two kinds", "  - package: acme/utils\n    version: 1.0.0\n  - local: acme/utils\n", "mismatched types", "packages.yml:4:5", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "packages:\n"+c.packages)
			setUp(w)
			_, err := w.run()
			wantError(t, err, c.message, c.place, c.hint)
			if w.installed() != "no folder" {
				t.Errorf("left %s", w.installed())
			}
			if _, err := os.Stat(w.path(LockFile)); err == nil {
				t.Error("wrote a lock file")
			}
		})
	}
}

func TestVersionCheckAndPrereleases(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: \">=0.1.0\"\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	w.hub.publish(t, "acme/utils", "1.1.0-rc1", "")
	w.hub.publish(t, "acme/utils", "3.0.0", ">=2.0.0")
	version := func(change ...func(*Options)) string {
		return w.mustRun(append(change, upgrade)...).Packages[0].Version
	}
	if got := version(); got != "1.0.0" {
		t.Errorf("got %s", got)
	}
	if got := version(func(o *Options) { o.SkipVersionCheck = true }); got != "3.0.0" {
		t.Errorf("without the check: %s", got)
	}
	w.write("packages.yml", "packages:\n  - package: acme/utils\n    version: \">=0.1.0\"\n    install_prerelease: true\n")
	if got := version(); got != "1.1.0-rc1" {
		t.Errorf("with prereleases: %s", got)
	}
	w.write("packages.yml", "packages:\n  - package: acme/utils\n    version: 1.1.0-rc1\n")
	if got := version(); got != "1.1.0-rc1" {
		t.Errorf("a named prerelease: %s", got)
	}
}

// The lock file decides until packages.yml changes or --upgrade is given; packages that are listed no more go.
func TestLockFileDecides(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: \">=1.0.0\"\n  - package: acme/more\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	w.hub.publish(t, "acme/more", "1.0.0", "")
	w.mustRun()
	w.hub.publish(t, "acme/utils", "1.1.0", "")
	if err := os.RemoveAll(w.path("dbt_packages")); err != nil {
		t.Fatal(err)
	}
	if res := w.mustRun(); res.Packages[0].Version != "1.0.0" || res.LockWritten {
		t.Errorf("%+v", res)
	}
	w.mustRun(lockOnly, upgrade)
	if !strings.Contains(w.read(LockFile), "version: 1.1.0") || !strings.Contains(w.read("dbt_packages/utils/macros/v.sql"), "1.0.0") {
		t.Error("--lock --upgrade must change the lock file alone")
	}
	if res := w.mustRun(); res.Packages[0].Version != "1.1.0" || !res.Packages[0].Fetched || res.Packages[1].Fetched {
		t.Errorf("%+v", res)
	}
	w.write("packages.yml", "packages:\n  - package: acme/more\n    version: 1.0.0\n")
	if w.mustRun(); w.installed() != "more" {
		t.Errorf("installed: %s", w.installed())
	}
	w.write("packages.yml", "\n")
	w.mustRun()
	if w.installed() != "" || !strings.HasPrefix(w.said, "Warning: No packages were found in packages.yml\n") {
		t.Errorf("installed: %s\n%s", w.installed(), w.said)
	}
	if !strings.HasPrefix(w.read(LockFile), "packages: []\n") {
		t.Errorf("lock file: %s", w.read(LockFile))
	}
}

// A lock file of dbt's gets the sums when its packages are installed.
func TestLockFileOfDbt(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	w.mustRun()
	full := w.read(LockFile)
	ofDbt, _, _ := strings.Cut(full, "#")
	w.write(LockFile, ofDbt)
	if res := w.mustRun(); res.LockWritten || w.read(LockFile) != full {
		t.Errorf("%s", w.read(LockFile))
	}
	// Older ones have no names.
	w.write(LockFile, strings.Replace(ofDbt, "name: utils\n    ", "", 1))
	w.mustRun()
	if w.installed() != "utils" {
		t.Errorf("installed: %s", w.installed())
	}
}

// What comes under a version must be what came when it was locked.
func TestChangedPackage(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	w.mustRun()
	w.hub.files["/tar/acme/utils/1.0.0.tar.gz"] = tgz(t, folder("u"), file("u/dbt_project.yml", "name: utils\n"), file("u/macros/evil.sql", "x"))
	w.write("dbt_packages/utils/README.md", "changed")
	_, err := w.run()
	wantError(t, err, "The contents of package utils are not those that package-lock.yml names:\n  wanted sha256 ", "package-lock.yml:2:5", "--upgrade")
	if w.read("dbt_packages/utils/README.md") != "changed" {
		t.Error("the old package is gone")
	}
	w.mustRun(upgrade)
	if w.read("dbt_packages/utils/macros/evil.sql") != "x" {
		t.Error("--upgrade must take it")
	}
}

func TestRetries(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	const tarball = "/tar/acme/utils/1.0.0.tar.gz"
	whole := w.hub.files[tarball]
	w.hub.fails["/api/v1/index.json"] = []int{500, 503}
	w.hub.fails["/api/v1/acme/utils.json"] = []int{429}
	w.hub.fails[tarball] = []int{502}
	w.mustRun()
	if got := strings.Count(strings.Join(w.hub.requests, " "), "index.json"); got != 3 {
		t.Errorf("the index was asked for %d times", got)
	}
	// Dead for good: six attempts. Refused: one.
	w.hub.fails["/api/v1/index.json"] = []int{500, 500, 500, 500, 500, 500, 500}
	w.hub.requests = nil
	_, err := w.run(upgrade)
	wantError(t, err, "External connection exception occurred: the server answered 500", "packages.yml:2:5", "network")
	if len(w.hub.requests) != 6 {
		t.Errorf("%d attempts", len(w.hub.requests))
	}
	w.hub.fails["/api/v1/index.json"] = []int{403}
	_, err = w.run(upgrade)
	wantError(t, err, "the server answered 403 Forbidden", "packages.yml:2:5", "credentials")
	w.hub.fails = map[string][]int{}
	for name, body := range map[string][]byte{"cut": whole[:len(whole)-20], "a page": []byte("<html>")} {
		w.hub.files[tarball], w.hub.requests = body, nil
		_, err = w.run(upgrade)
		wantError(t, err, "Could not fetch "+w.hub.URL+tarball, "packages.yml:2:5", "")
		if got := strings.Count(strings.Join(w.hub.requests, " "), tarball); got != 6 {
			t.Errorf("%s: %d attempts", name, got)
		}
	}
	// The lock file can do without the sum.
	if w.mustRun(upgrade, lockOnly); !strings.Contains(w.said, "the sum of package utils is left out of package-lock.yml") {
		t.Error(w.said)
	}
	w.hub.files["/api/v1/acme/utils.json"] = []byte(`{"name": "utils"}`)
	_, err = w.run(upgrade)
	wantError(t, err, "lacks the name or the versions", "packages.yml:2:5", "")
	w.hub.files["/api/v1/acme/utils.json"] = []byte(`<html>`)
	_, err = w.run(upgrade)
	wantError(t, err, "did not answer as a package hub does", "packages.yml:2:5", "")
}

// A server that stops talking ends the request.
func TestSilentServer(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n")
	stuck := make(chan struct{})
	w.hub.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(200)
		rw.(http.Flusher).Flush()
		<-stuck
	})
	defer close(stuck)
	_, err := w.run(func(o *Options) { o.Timeout = 20 * time.Millisecond })
	wantError(t, err, "nothing came for 20ms", "packages.yml:2:5", "network")
}

func TestTooLargeDownload(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	_, err := w.run(func(o *Options) { o.Limits.Download = 50 })
	wantError(t, err, "is larger than 50 bytes", "packages.yml:2:5", "")
	_, err = w.run(func(o *Options) { o.Limits.Unpacked = 10 })
	wantError(t, err, "too large", "packages.yml:2:5", "")
	if w.installed() != "no folder" {
		t.Errorf("left %s", w.installed())
	}
}

func TestRedirectedPackage(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/old\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/old", "1.0.0", "")
	w.hub.packages["acme/old"]["redirectname"] = "new"
	w.mustRun()
	if !strings.Contains(strings.ReplaceAll(w.said, "\n", " "), "The `acme/old` package is deprecated in favor of `acme/new`.") {
		t.Error(w.said)
	}
}

// A hub that has lost what its index names, one that has moved, one that is another's, and one that is down.
func TestHubElsewhere(t *testing.T) {
	const wanted = "packages:\n  - package: acme/utils\n    version: 1.0.0\n"
	w := newWorld(t, wanted)
	w.hub.files["/api/v1/index.json"] = []byte(`["acme/utils"]`)
	_, err := w.run()
	wantError(t, err, "404", "packages.yml:2:5", "has lost this package")

	w = newWorld(t, wanted)
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	other := newTestHub(t)
	other.publish(t, "acme/utils", "1.0.0", "")
	for _, path := range []string{"/api/v1/index.json", "/api/v1/acme/utils.json"} {
		w.hub.moved[path] = other.URL + path
	}
	w.mustRun()
	if w.installed() != "utils" || !slices.Contains(other.requests, "/api/v1/acme/utils.json") {
		t.Errorf("installed %s, asked %s", w.installed(), other.requests)
	}

	w = newWorld(t, wanted)
	w.hub.Close()
	_, err = w.run()
	wantError(t, err, "External connection exception occurred", "packages.yml:2:5", "DBT_PACKAGE_HUB_URL")
	if w.installed() != "no folder" {
		t.Errorf("left %s", w.installed())
	}
}

// Packages that need each other end; so does what they need.
func TestCircle(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/a\n    version: \">=1.0.0\"\n")
	w.hub.publish(t, "acme/a", "1.0.0", "", "acme/b", "1.0.0")
	w.hub.publish(t, "acme/b", "1.0.0", "", "acme/a", "1.0.0")
	if w.mustRun(); w.installed() != "a b" {
		t.Errorf("installed: %s", w.installed())
	}
}

func TestGit(t *testing.T) {
	r := newRepo(t)
	first := r.commit(map[string]string{"dbt_project.yml": "name: one\n", "sub/x/dbt_project.yml": "name: two\n", "v": "1"})
	r.git("tag", "v1")
	r.git("tag", "-a", "v1-annotated", "-m", "x")
	second := r.commit(map[string]string{"v": "2"})
	r.git("checkout", "-q", "-b", "feature/x")
	third := r.commit(map[string]string{"v": "3"})
	r.git("checkout", "-q", "main")
	r.git("branch", "v1", "feature/x") // the tag comes first
	for _, c := range []struct{ revision, commit string }{
		{"", second}, {"v1", first}, {"v1-annotated", first}, {"main", second}, {"feature/x", third}, {first, first}, {third, third},
	} {
		t.Run(c.revision, func(t *testing.T) {
			entry := "packages:\n  - git: " + r.url() + "\n"
			if c.revision != "" {
				entry += "    revision: " + c.revision + "\n"
			}
			w := newWorld(t, entry)
			res := w.mustRun()
			if got := res.Packages[0].Version; got != c.commit {
				t.Errorf("commit %s, want %s", got, c.commit)
			}
			unpinned := c.revision == "" || c.revision == "main"
			if strings.Contains(w.said, "WARNING: The git package \""+r.url()+"\" \n\tis ") != unpinned {
				t.Error(w.said)
			}
			if !strings.HasSuffix(w.said, "Installing "+r.url()+"\nInstalled from revision "+c.commit+"\n") {
				t.Error(w.said)
			}
			if _, err := os.Stat(w.path("dbt_packages/one/.git")); err == nil {
				t.Error("the repository's .git was installed")
			}
			want := "packages:\n  - git: " + r.url() + "\n    name: one\n    revision: " + c.commit + "\nsha1_hash: "
			if !strings.HasPrefix(w.read(LockFile), want) {
				t.Error(w.read(LockFile))
			}
			// From the lock file: offline first, then fetched by its commit.
			away := r.dir + "-away"
			if err := os.Rename(r.dir, away); err != nil {
				t.Fatal(err)
			}
			if res := w.mustRun(); res.Packages[0].Fetched || strings.Contains(w.said, "WARNING") {
				t.Errorf("%+v\n%s", res, w.said)
			}
			if err := errors.Join(os.Rename(away, r.dir), os.RemoveAll(w.path("dbt_packages"))); err != nil {
				t.Fatal(err)
			}
			if res := w.mustRun(); !res.Packages[0].Fetched || res.Packages[0].Version != c.commit {
				t.Errorf("%+v", res)
			}
		})
	}
	t.Run("subdirectories", func(t *testing.T) {
		w := newWorld(t, "packages:\n  - git: "+r.url()+"\n    revision: v1\n  - git: "+r.url()+"\n    revision: v1\n    subdirectory: sub/x\n")
		w.mustRun()
		if w.installed() != "one two" || !strings.HasSuffix(w.said, "and subdirectory sub/x\n") {
			t.Errorf("%s\n%s", w.installed(), w.said)
		}
	})
	t.Run("no warning", func(t *testing.T) {
		w := newWorld(t, "packages:\n  - git: "+r.url()+"\n    warn-unpinned: false\n")
		if w.mustRun(); strings.Contains(w.said, "WARNING") {
			t.Error(w.said)
		}
	})
	t.Run("relative path", func(t *testing.T) {
		w := newWorld(t, "")
		rel, err := filepath.Rel(w.root, r.dir)
		if err != nil {
			t.Fatal(err)
		}
		w.write("packages.yml", "packages:\n  - git: "+filepath.ToSlash(rel)+"\n    revision: v1\n")
		if w.mustRun(); w.installed() != "one" {
			t.Errorf("installed: %s", w.installed())
		}
	})
}

func TestGitErrors(t *testing.T) {
	r := newRepo(t)
	r.commit(map[string]string{"dbt_project.yml": "name: one\n", "sub/README": ""})
	r.git("tag", "v1.0.1")
	gone := "file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "gone"))
	for _, c := range []struct{ name, entry, message, hint string }{
		{"no such revision", "git: " + r.url() + "\n    revision: 1.0.1", "Error checking out spec='1.0.1' for repo " + r.url() + "\nfatal: couldn't find remote ref 1.0.1", "did you mean 'v1.0.1'?"},
		{"no such commit", "git: " + r.url() + "\n    revision: " + strings.Repeat("ab", 20), "Error checking out spec='abab", "all 40 characters"},
		{"no repository", "git: " + gone, "does not appear to be a git repository", "check the address"},
		{"dead host", "git: http://127.0.0.1:1/x.git", "Error checking out spec='HEAD' for repo http://127.0.0.1:1/x.git", "the host can't be reached"},
		{"no project", "git: " + r.url() + "\n    subdirectory: sub\n    revision: v1.0.1", "No dbt_project.yml found at expected path " + r.url() + "/sub/dbt_project.yml", "subdirectory"},
		{"option as address", "git: --upload-pack=touch evil", "must not begin with a dash", ""},
		{"option as revision", "git: " + r.url() + "\n    revision: --force", "must not begin with a dash", ""},
		{"expression as revision", "git: " + r.url() + "\n    revision: main~1", "a revision is a tag", ""},
		{"program as address", "git: 'ext::sh -c \"touch evil\"'", "runs a program", ""},
		{"option as host", "git: 'ssh://-oProxyCommand=touch/x'", "must not begin with a dash", ""},
		{"subdirectory outside", "git: " + r.url() + "\n    subdirectory: ../..", "leads out of the repository", ""},
		{"two revisions", "git: " + r.url() + "\n    revision: v1.0.1\n  - git: " + r.url() + ".git\n    revision: main",
			"git dependencies should contain exactly one version. " + r.url() + " contains: {'main', 'v1.0.1'}", "this project (v1.0.1), this project (main)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "packages:\n  - "+c.entry+"\n")
			_, err := w.run()
			wantError(t, err, c.message, "packages.yml:", c.hint)
			if w.installed() != "no folder" {
				t.Errorf("left %s", w.installed())
			}
		})
	}
	t.Run("no git", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		w := newWorld(t, "packages:\n  - git: https://example.com/x.git\n")
		_, err := w.run()
		wantError(t, err, "git was not found on the PATH", "packages.yml:2:5", "install git")
	})
	t.Run("asks for a password", func(t *testing.T) {
		w := newWorld(t, "")
		w.hub.files["/x.git/info/refs"] = nil
		w.hub.fails["/x.git/info/refs"] = []int{401, 401, 401}
		w.write("packages.yml", "packages:\n  - git: "+w.hub.URL+"/x.git\n")
		_, err := w.run()
		wantError(t, err, "Error checking out spec='HEAD'", "packages.yml:2:5", "")
	})
}

// A server that gives single commits by no name is asked for everything.
func TestGitCommitThatNoRefNames(t *testing.T) {
	r := newRepo(t)
	first := r.commit(map[string]string{"dbt_project.yml": "name: one\n", "v": "1"})
	r.commit(map[string]string{"v": "2"})
	w := newWorld(t, "packages:\n  - git: "+r.dir+"\n    revision: "+first+"\n")
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "protocol.version")
	t.Setenv("GIT_CONFIG_VALUE_0", "0")
	if res := w.mustRun(); res.Packages[0].Version != first || w.read("dbt_packages/one/v") != "1" {
		t.Errorf("%+v", res)
	}
}

// Secrets reach the server, but neither the lock file nor what is said nor errors.
func TestSecrets(t *testing.T) {
	const secret = "s3cr3t-token"
	r := newRepo(t)
	r.commit(map[string]string{"dbt_project.yml": "name: one\n"})
	r.git("tag", "v1")
	secretDir := filepath.Join(filepath.Dir(r.dir), secret)
	if err := os.Rename(r.dir, secretDir); err != nil {
		t.Fatal(err)
	}
	base := "file://" + filepath.ToSlash(filepath.Dir(r.dir))
	w := newWorld(t, "packages:\n  - git: \""+base+"/{{ env_var('DBT_ENV_SECRET_X') }}\"\n    revision: v1\n")
	w.env["DBT_ENV_SECRET_X"] = secret
	w.mustRun()
	if strings.Contains(w.said+w.read(LockFile), secret) || !strings.Contains(w.said, "Installing "+base+"/*****\n") {
		t.Errorf("%s\n%s", w.said, w.read(LockFile))
	}
	if !strings.Contains(w.read(LockFile), "{{ env_var('DBT_ENV_SECRET_X') }}") {
		t.Error(w.read(LockFile))
	}
	if err := os.RemoveAll(w.path("dbt_packages")); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	if err := os.Rename(secretDir, r.dir); err != nil {
		t.Fatal(err)
	}
	_, err := w.run(upgrade)
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) || strings.Contains(w.said, secret) {
		t.Errorf("%v\n%s", err, w.said)
	}
	// A password that stands in the address is a secret as well.
	w.write("packages.yml", "packages:\n  - tarball: "+strings.Replace(w.hub.URL, "://", "://me:"+secret+"@", 1)+"/x.tar.gz\n    name: x\n")
	_, err = w.run(upgrade)
	wantError(t, err, "Could not fetch http://me:", "packages.yml:2:5", "check the address")
	if strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) || strings.Contains(w.said, secret) {
		t.Errorf("%v\n%s", err, w.said)
	}
}

func TestTarball(t *testing.T) {
	w := newWorld(t, "")
	w.hub.publish(t, "acme/date", "0.5.0", "")
	w.hub.files["/x.tar.gz"] = tgz(t, folder("x-1"), file("x-1/dbt_project.yml", "name: written\n"),
		file("x-1/packages.yml", "packages:\n  - package: acme/date\n    version: 0.5.0\n"))
	w.write("packages.yml", "packages:\n  - tarball: "+w.hub.URL+"/x.tar.gz\n    name: mine\n")
	w.mustRun()
	if w.installed() != "date mine" || !strings.Contains(w.said, "Installing mine\nInstalled from tarball (url: "+w.hub.URL+"/x.tar.gz)\n") {
		t.Errorf("%s\n%s", w.installed(), w.said)
	}
	if !strings.HasPrefix(w.read(LockFile), "packages:\n  - name: mine\n    tarball: "+w.hub.URL+"/x.tar.gz\n  - name: date\n") {
		t.Error(w.read(LockFile))
	}
	w.hub.requests = nil
	if w.mustRun(); len(w.hub.requests) != 0 {
		t.Errorf("asked for %v", w.hub.requests)
	}
	w.hub.files["/flat.tar.gz"] = tgz(t, file("dbt_project.yml", "name: flat\n"))
	w.write("packages.yml", "packages:\n  - tarball: "+w.hub.URL+"/flat.tar.gz\n    name: flat\n")
	_, err := w.run()
	wantError(t, err, "Incorrect structure for package extracted from "+w.hub.URL+"/flat.tar.gz.The extracted package needs to follow the structure flat/<package_contents>.", "packages.yml:2:5", "")
	for _, name := range []string{"../evil", "a/b", "..", "__pycache__"} {
		w.write("packages.yml", "packages:\n  - tarball: "+w.hub.URL+"/x.tar.gz\n    name: "+name+"\n")
		_, err := w.run()
		wantError(t, err, "Invalid package name '"+name+"'", "packages.yml:2:5", "")
	}
	w.write("packages.yml", "packages:\n  - tarball: file:///etc/passwd\n    name: x\n")
	_, err = w.run()
	wantError(t, err, "is no http or https address", "packages.yml:2:5", "local")
	if w.installed() != "date mine" {
		t.Errorf("failed runs left %s", w.installed())
	}
}

func TestLocal(t *testing.T) {
	w := newWorld(t, "packages:\n  - local: ../one\n")
	w.write("../one/dbt_project.yml", "name: one\n")
	w.write("../one/packages.yml", "packages:\n  - local: two\n") // from the root project, as in dbt
	w.write("two/dbt_project.yml", "name: two\n")
	w.mustRun()
	if w.installed() != "one two" || !strings.HasSuffix(w.said, "Installing ../one\nInstalled from <local @ ../one>\nInstalling two\nInstalled from <local @ two>\n") {
		t.Errorf("%s\n%s", w.installed(), w.said)
	}
	if to, err := os.Readlink(w.path("dbt_packages/one")); err != nil || to != w.path("../one") {
		t.Errorf("one is %q, %v", to, err)
	}
	if strings.Contains(w.read(LockFile), "sha256") {
		t.Error("a local folder may change")
	}
	w.write("packages.yml", "packages:\n  - local: ../one\n  - local: ../one/.\n")
	_, err := w.run()
	wantError(t, err, `Found duplicate project "one". This occurs when a dependency has the same project name as some other dependency.`, "packages.yml:3:5", "../one and ../one/. are both named one")
	w.write("packages.yml", "packages:\n  - local: nowhere\n")
	_, err = w.run()
	wantError(t, err, "No dbt_project.yml found at expected path "+w.path("nowhere/dbt_project.yml"), "packages.yml:2:5", "from the project's folder on")
	w.write("../one/dbt_project.yml", "name: [\n")
	w.write("packages.yml", "packages:\n  - local: ../one\n")
	_, err = w.run()
	wantError(t, err, "Could not read package ../one: ", "dbt_project.yml", "")
	w.write("../one/dbt_project.yml", "version: 1\n")
	_, err = w.run()
	wantError(t, err, "Package defined in dbt_project.yml must have a name!", "package-lock.yml:2:5", "")
	w.write("../one/dbt_project.yml", "name: ../../evil\n")
	_, err = w.run()
	wantError(t, err, "Invalid package name '../../evil'", "package-lock.yml:2:5", "")
}

// A packages folder that holds the project would be emptied.
func TestInstallPath(t *testing.T) {
	for _, path := range []string{".", "..", "models", "./models/.."} {
		w := newWorld(t, "packages:\n  - local: ../one\n")
		w.write("../one/dbt_project.yml", "name: one\n")
		w.write("models/a.sql", "select 1")
		w.write("dbt_project.yml", "name: root\npackages-install-path: "+path+"\n")
		_, err := w.run()
		wantError(t, err, "which installing packages would remove", "dbt_project.yml:2", "name a folder")
		if w.read("models/a.sql") != "select 1" {
			t.Error("the project was changed")
		}
	}
	w := newWorld(t, "packages:\n  - local: ../one\n")
	w.write("../one/dbt_project.yml", "name: one\n")
	w.write("dbt_project.yml", "name: root\npackages-install-path: lib/packages\n")
	w.write("lib/packages/stale/x", "")
	w.mustRun()
	if _, err := os.Stat(w.path("lib/packages/one/dbt_project.yml")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(w.path("lib/packages/stale")); err == nil {
		t.Error("what is listed no more must go")
	}
}

// --lock writes the lock file alone.
func TestLockOnly(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	res := w.mustRun(lockOnly)
	if w.installed() != "no folder" || len(res.Packages) != 0 || !res.LockWritten || !strings.Contains(w.read(LockFile), "# sha256: utils ") {
		t.Errorf("%s %+v\n%s", w.installed(), res, w.read(LockFile))
	}
}

func TestBadLockFile(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	w.write(LockFile, "packages: [\n")
	_, err := w.run()
	wantError(t, err, "Syntax error", LockFile, "")
	w.mustRun(upgrade)
	if !strings.HasPrefix(w.read(LockFile), "packages:\n  - name: utils\n") {
		t.Error(w.read(LockFile))
	}
}

// A run that is cancelled leaves everything as it was, and no folder behind.
func TestCancel(t *testing.T) {
	w := newWorld(t, "packages:\n  - package: acme/utils\n    version: 1.0.0\n")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	w.hub.fails["/tar/acme/utils/1.0.0.tar.gz"] = []int{500, 500, 500}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := w.run(func(o *Options) {
		o.Pause = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if w.installed() != "no folder" {
		t.Errorf("left %s", w.installed())
	}
}

// Under --warn-error a warning is an error, and nothing is installed.
func TestWarnError(t *testing.T) {
	r := newRepo(t)
	r.commit(map[string]string{"dbt_project.yml": "name: one\n"})
	w := newWorld(t, "packages:\n  - git: "+r.url()+"\n")
	_, err := w.run(func(o *Options) {
		o.Bus = event.NewBus(event.Options{Now: time.Now, Warn: event.WarnPolicy{All: true}, Sink: event.SinkFunc(func(event.Record) {})})
	})
	var warning *event.WarnError
	if !errors.As(err, &warning) || w.installed() != "no folder" {
		t.Errorf("%v, %s", err, w.installed())
	}
}
