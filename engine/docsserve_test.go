package engine_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// TestServeDocs: the site is that of the files as they are now; open pages hear of changes and of errors, and nothing is
// written into the project.
func TestServeDocs(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("dbt_project.yml", "{name: served, version: '1.0', profile: served}")
	write("profiles.yml", "served: {target: dev, outputs: {dev: {type: duckdb, path: served.duckdb}}}")
	write("models/one.sql", "select 1 as id")
	var drivers adapter.Registry
	if err := drivers.Register(duckdb.Driver()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p, err := engine.Open(ctx, engine.Options{ProjectDir: dir, Adapters: &drivers})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	started, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- p.ServeDocs(ctx, engine.ServeOptions{Host: "127.0.0.1", Every: 10 * time.Millisecond, Started: func(url string, _ int) { started <- url + "/" }})
	}()
	var url string
	select {
	case url = <-started:
	case err := <-ended:
		t.Fatal(err)
	}
	get := func(path string) string {
		t.Helper()
		r, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if !strings.Contains(get("gdbt_docs/index.js"), `"one"`) {
		t.Error("the model is not on the site")
	}
	news, err := http.Get(url + "-/events")
	if err != nil {
		t.Fatal(err)
	}
	defer news.Body.Close()
	lines := bufio.NewScanner(news.Body)
	next := func(what string, is func(line string) bool) {
		t.Helper()
		for lines.Scan() {
			if is(lines.Text()) {
				return
			}
		}
		t.Fatalf("the news never had %s", what)
	}
	next("a version", func(l string) bool { return len(l) > len("data: ") })
	write("models/two.sql", "select * from {{ ref('nowhere') }}")
	next("the error", func(l string) bool { return strings.Contains(l, "nowhere") })
	write("models/two.sql", "select * from {{ ref('one') }}")
	next("the end of the error", func(l string) bool { return l == "data: " })
	if !strings.Contains(get("gdbt_docs/index.js"), `"two"`) {
		t.Error("the new model is not on the site")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "target", "index.html")); err == nil {
		t.Error("serving wrote into the target folder")
	}
}
