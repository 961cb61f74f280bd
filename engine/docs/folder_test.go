package docs_test

import (
	"os"
	"path/filepath"
	"testing"

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
	put(3)
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
