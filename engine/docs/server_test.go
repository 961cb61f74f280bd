package docs_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/docs"
)

// TestServer: the files of the site are served and no others, under its own names only.
func TestServer(t *testing.T) {
	target, site := t.TempDir(), t.TempDir()
	if err := docs.Build(rich(), &docs.Dir{Path: site}); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"manifest.json": "{}", "shop.duckdb": "secret", "run_results.json": "{}", "img/a.png": "png", "img/a.sql": "select", "gdbt_docs/x.js": "no site here"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(target, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(target, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(site, docs.Folder, "notes.txt"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(target, "shop.duckdb"), filepath.Join(site, docs.Folder, "link.js")); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "shop.png"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"img/link.png": filepath.Join(outside, "shop.png"), "img/out": outside} {
		if err := os.Symlink(to, filepath.Join(target, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(site, docs.Folder, "folder.js"), 0o755); err != nil {
		t.Fatal(err)
	}
	server := &docs.Server{Site: site, Target: target, Images: []string{"img"}, Hosts: []string{"docs.internal"}}
	get := func(method, url, host string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://localhost:8080/", nil)
		r.URL.Path, r.Host = url, host
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct {
		method, url, host string
		want              int
	}{
		{"GET", "/", "localhost:8080", 200}, {"GET", "/index.html", "127.0.0.1:8080", 200}, {"GET", "/gdbt_docs/index.js", "[::1]:8080", 200}, {"HEAD", "/gdbt_docs/app.js", "docs.internal", 200},
		{"GET", "/manifest.json", "localhost", 200}, {"GET", "/img/a.png", "localhost", 200}, {"GET", "/catalog.json", "localhost", 404},
		{"GET", "/shop.duckdb", "localhost", 404}, {"GET", "/run_results.json", "localhost", 404}, {"GET", "/img/a.sql", "localhost", 404}, {"GET", "/gdbt_docs/notes.txt", "localhost", 404},
		{"GET", "/gdbt_docs/../../etc/passwd", "localhost", 404}, {"GET", "/../index.html", "localhost", 200}, {"GET", "/gdbt_docs/..%2fmanifest.json", "localhost", 404}, {"GET", "/gdbt_docs/", "localhost", 404},
		{"GET", "/gdbt_docs/x.js", "localhost", 404}, {"GET", "/gdbt_docs/link.js", "localhost", 404},
		// Other ways to write a path.
		{"GET", "/gdbt_docs/./index.js", "localhost", 200}, {"GET", "//gdbt_docs//index.js", "localhost", 200}, {"GET", "/gdbt_docs/pages/../../../manifest.json", "localhost", 200}, {"GET", "/gdbt_docs\\..\\manifest.json", "localhost", 404},
		{"GET", "/gdbt_docs/\x00.js", "localhost", 404}, {"GET", "/gdbt_docs/" + strings.Repeat("a", 5000) + ".js", "localhost", 404}, {"GET", "/GDBT_DOCS/index.js", "localhost", 404}, {"GET", "/gdbt_docs/index.JS", "localhost", 404}, {"GET", "/gdbt_docs/folder.js", "localhost", 404},
		{"GET", "/img/../shop.duckdb", "localhost", 404}, {"GET", "/img/../../site/x.png", "localhost", 404}, {"GET", "/image/a.png", "localhost", 404}, {"GET", "/img/link.png", "localhost", 404}, {"GET", "/img/out/shop.png", "localhost", 404}, {"GET", "/img/", "localhost", 404}, {"GET", "/.new", "localhost", 404},
		{"TRACE", "/", "localhost", 405}, {"PUT", "/index.html", "localhost", 405}, {"GET", "/-/../index.html", "localhost", 200},
		// Other ways to write a host.
		{"GET", "/", "LOCALHOST", 200}, {"GET", "/", "localhost.:80", 200}, {"GET", "/", "192.168.0.7:8080", 200}, {"GET", "/", "[fe80::1%25eth0]:80", 200}, {"GET", "/", "localhost:8080:80", 403}, {"GET", "/", "127.0.0.1.evil.example", 403},
		{"GET", "/", "evil.example#localhost", 403}, {"GET", "/", "localhost@evil.example", 403}, {"GET", "/", "evil.example/localhost", 403}, {"GET", "/", "localhost,evil.example", 403}, {"GET", "/", "2130706433", 403}, {"GET", "/", "0x7f.1", 403},
		{"GET", "/", "localhost\x00.evil.example", 403}, {"GET", "/", "[::1", 200}, {"GET", "/", "notdocs.internal", 403}, {"GET", "/-/events", "evil.example", 403}, {"GET", "/manifest.json", "evil.example", 403},
		{"GET", "/", "evil.example", 403}, {"GET", "/", "localhost.evil.example:8080", 403}, {"GET", "/", "", 403}, {"POST", "/", "localhost", 405},
	} {
		if w := get(c.method, c.url, c.host); w.Code != c.want || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s %.80q as %q: %d, want %d", c.method, c.url, c.host, w.Code, c.want)
		}
	}
	w := get("GET", "/", "localhost")
	for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
		if w.Header().Get(h) == "" {
			t.Errorf("no header %s", h)
		}
	}
	if !strings.Contains(w.Body.String(), `data-live="yes"`) {
		t.Error("the page does not listen for news")
	}
	server.Target = ""
	if w := get("GET", "/manifest.json", "localhost"); w.Code != 404 {
		t.Errorf("manifest.json of a site without code: %d", w.Code)
	}
}

// TestNews: an open page hears of new versions and of problems.
func TestNews(t *testing.T) {
	server := &docs.Server{}
	server.Changed("one")
	web := httptest.NewServer(server)
	defer web.Close()
	r, err := http.Get(web.URL + "/-/events")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	next := func(want string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == want {
				return
			}
		}
		t.Fatalf("no %q", want)
	}
	next("data: one")
	server.Problem("line 1\nline 2")
	next(`data: "line 1\nline 2"`)
	server.Changed("two")
	next("data: two")
}

// TestReload: an open page loads the new version of the site, and shows an error of the project.
func TestReload(t *testing.T) {
	b := openBrowser(t)
	in := rich()
	dir := &docs.Dir{Path: t.TempDir()}
	server := &docs.Server{Site: dir.Path}
	publish := func() string {
		if err := docs.Build(in, dir); err != nil {
			t.Fatal(err)
		}
		server.Changed(docs.Version(in))
		return docs.Version(in)
	}
	web := httptest.NewServer(server)
	defer web.CloseClientConnections()
	publish()
	b.open(web.URL + "/#/model/model.shop.orders")
	server.Problem("models/orders.sql:1:1 <b>no</b>")
	b.until(`document.querySelector(".live-problem pre")?.textContent === "models/orders.sql:1:1 <b>no</b>"`)
	in.GeneratedAt = in.GeneratedAt.Add(time.Minute)
	in.Manifest.Nodes["model.shop.orders"].Description = "Another text."
	version := publish()
	b.until(`document.documentElement.dataset.version === "` + version + `" && document.querySelector(".prose")?.textContent.includes("Another text.") && !document.querySelector(".live-problem")`)
	b.quiet(web.URL)
}
