package docs_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/docs"
)

// TestFinish: what an earlier site left is removed, what is not of the site stays, and nothing is written outside.
func TestFinish(t *testing.T) {
	path := t.TempDir()
	put := func(n int) {
		t.Helper()
		d := &docs.Dir{Path: path}
		if err := docs.Build(generated(n), d); err != nil {
			t.Fatal(err)
		}
		if err := d.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(path, name))
		return err == nil
	}
	put(200)
	if err := os.WriteFile(filepath.Join(path, docs.Folder, "robots.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if !there("gdbt_docs/n6.js") || !there("gdbt_docs/pages/p6.html") {
		t.Fatal("the big site has no shard 6")
	}
	for name, age := range map[string]time.Duration{"gdbt_docs/n0.js.1.new": 48 * time.Hour, "gdbt_docs/n0.js.2.new": 0} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if at := time.Now().Add(-age); os.Chtimes(filepath.Join(path, name), at, at) != nil {
			t.Fatal("the time of a file can't be set")
		}
	}
	put(3)
	if there("gdbt_docs/n0.js.1.new") || !there("gdbt_docs/n0.js.2.new") {
		t.Error("of files that are being written, the one that nobody writes any more is to go, and the other to stay")
	}
	if there("gdbt_docs/n6.js") || there("gdbt_docs/pages/p6.html") {
		t.Error("shards of the earlier site are still there")
	}
	if !there("gdbt_docs/robots.txt") || !there("gdbt_docs/n0.js") {
		t.Error("too much was removed")
	}
	d := &docs.Dir{Path: path}
	if d.Put("../outside.js", nil) == nil || d.Put("/outside.js", nil) == nil {
		t.Error("a file outside of the folder was taken")
	}
}

// TestTwoAtOnce: two makings of the same site into one folder leave that site.
func TestTwoAtOnce(t *testing.T) {
	path, in := t.TempDir(), generated(150)
	want := build(t, in)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			d := &docs.Dir{Path: path}
			if err := docs.Build(in, d); err != nil {
				t.Error(err)
			}
			if err := d.Finish(); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	files := 0
	err := filepath.WalkDir(path, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		got, err := os.ReadFile(name)
		if rel, _ := filepath.Rel(path, name); err == nil && string(got) != string(want[filepath.ToSlash(rel)]) {
			t.Errorf("%s is another", rel)
		}
		return err
	})
	if err != nil || files != len(want) {
		t.Errorf("%d files, want %d (%v)", files, len(want), err)
	}
}
