package deps

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// world is a project with its package hub, which lives in this process.
type world struct {
	t    *testing.T
	root string
	env  map[string]string
	hub  *testHub
	// said is what the last run printed.
	said string
	opts Options
}

func newWorld(t *testing.T, packages string) *world {
	t.Helper()
	w := &world{t: t, root: filepath.Join(t.TempDir(), "root"), env: map[string]string{}, hub: newTestHub(t)}
	w.write("dbt_project.yml", "name: root\n")
	w.write("packages.yml", packages)
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.root, filepath.FromSlash(name)) }

func (w *world) write(name, text string) {
	w.t.Helper()
	writeFile(w.t, w.path(name), text)
}

func (w *world) read(name string) string {
	w.t.Helper()
	b, err := os.ReadFile(w.path(name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// run installs the packages; change adapts the options.
func (w *world) run(change ...func(*Options)) (*Result, error) {
	w.t.Helper()
	env := config.MapEnviron(w.env)
	var said strings.Builder
	bus := event.NewBus(event.Options{Now: func() time.Time { return time.Unix(0, 0) }, Secrets: env.Secrets(), Sink: event.SinkFunc(func(r event.Record) {
		if r.Level >= event.Info {
			said.WriteString(r.Message(event.Style{}) + "\n")
		}
	})})
	raw, err := config.ReadProject(w.root)
	if err != nil {
		w.t.Fatal(err)
	}
	render := config.RenderOptions{Env: env, Vars: yamldoc.NewMap(), LenientVars: true}
	project, err := raw.Render(config.LoadOptions{Render: render})
	if err != nil {
		return nil, err
	}
	o := w.opts
	o.Project, o.Raw, o.Render, o.Bus, o.HubURL, o.Timeout = project, raw, render, bus, w.hub.URL, 20*time.Second
	o.Pause = func(context.Context, time.Duration) error { return nil }
	for _, c := range change {
		c(&o)
	}
	res, err := Run(context.Background(), o)
	w.said = said.String()
	return res, err
}

func (w *world) mustRun(change ...func(*Options)) *Result {
	w.t.Helper()
	res, err := w.run(change...)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// installed lists what is in the packages folder.
func (w *world) installed() string {
	w.t.Helper()
	entries, err := os.ReadDir(w.path("dbt_packages"))
	if os.IsNotExist(err) {
		return "no folder"
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func lockOnly(o *Options) { o.LockOnly = true }
func upgrade(o *Options)  { o.Upgrade = true }

func adding(text, source string) func(*Options) {
	return func(o *Options) {
		a := ParseAddition(text, source)
		o.Add = &a
	}
}

// testHub is a package hub. Requests are kept; answers can be replaced by path.
type testHub struct {
	*httptest.Server
	packages map[string]map[string]any
	files    map[string][]byte
	requests []string
	// fails makes the next requests for a path end with these codes.
	fails map[string][]int
	// moved sends requests for a path to another address.
	moved map[string]string
}

func newTestHub(t *testing.T) *testHub {
	h := &testHub{packages: map[string]map[string]any{}, files: map[string][]byte{}, fails: map[string][]int{}, moved: map[string]string{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *testHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.requests = append(h.requests, r.URL.Path)
	if codes := h.fails[r.URL.Path]; len(codes) > 0 {
		h.fails[r.URL.Path] = codes[1:]
		w.WriteHeader(codes[0])
		return
	}
	if to := h.moved[r.URL.Path]; to != "" {
		http.Redirect(w, r, to, http.StatusMovedPermanently)
		return
	}
	name, _ := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/api/v1/"), ".json")
	var answer any
	switch body, ok := h.files[r.URL.Path]; {
	case ok:
		_, _ = w.Write(body)
		return
	case name == "index":
		names := []string{}
		for n := range h.packages {
			names = append(names, n)
		}
		slices.Sort(names)
		answer = names
	case h.packages[name] != nil:
		answer = h.packages[name]
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// publish adds a version of a package. needs are pairs of a package and its version or list of versions.
func (h *testHub) publish(t *testing.T, name, version, requireDbt string, needs ...any) {
	t.Helper()
	_, short, _ := strings.Cut(name, "/")
	p := h.packages[name]
	if p == nil {
		p = map[string]any{"name": short, "namespace": strings.TrimSuffix(name, "/"+short), "versions": map[string]any{}}
		h.packages[name] = p
	}
	var packages []map[string]any
	for i := 0; i < len(needs); i += 2 {
		packages = append(packages, map[string]any{"package": needs[i], "version": needs[i+1]})
	}
	path := "/tar/" + name + "/" + version + ".tar.gz"
	h.files[path] = tgz(t, folder(short+"-"+version), file(short+"-"+version+"/dbt_project.yml", "name: "+short+"\n"),
		file(short+"-"+version+"/macros/v.sql", "{% macro v() %}"+version+"{% endmacro %}"))
	required := []string{}
	if requireDbt != "" {
		required = append(required, requireDbt)
	}
	p["versions"].(map[string]any)[version] = map[string]any{
		"name": short, "version": version, "packages": packages, "require_dbt_version": required, "downloads": map[string]any{"tarball": h.URL + path},
	}
}

// repo is a git repository on this machine.
type repo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T) *repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("these tests need git")
	}
	r := &repo{t, filepath.Join(t.TempDir(), "repo")}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repo) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files, commits them and gives the commit.
func (r *repo) commit(files map[string]string) string {
	r.t.Helper()
	for name, text := range files {
		writeFile(r.t, filepath.Join(r.dir, filepath.FromSlash(name)), text)
	}
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "a change")
	return r.git("rev-parse", "HEAD")
}

func (r *repo) url() string { return "file://" + filepath.ToSlash(r.dir) }
