package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Dir is a [Sink] that writes to a folder. Files are written under another name and renamed; what an earlier site left is
// removed by [Dir.Finish].
type Dir struct {
	Path string

	mu             sync.Mutex
	names, folders map[string]bool
}

// folder sees to it that a folder is there.
func (d *Dir) folder(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names == nil {
		d.names, d.folders = map[string]bool{}, map[string]bool{}
	}
	if d.folders[path] {
		return nil
	}
	d.folders[path] = true
	return os.MkdirAll(path, 0o755)
}

// Put implements [Sink].
func (d *Dir) Put(name string, content []byte) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("docs: %q lies outside of the site", name)
	}
	path := filepath.Join(d.Path, filepath.FromSlash(name))
	if err := d.folder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	temp := path + ".new"
	if err := os.WriteFile(temp, content, 0o644); err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	d.mu.Lock()
	d.names[name] = true
	d.mu.Unlock()
	return nil
}

// Finish removes the files of the data folder that are not part of the site any more.
func (d *Dir) Finish() error {
	root := filepath.Join(d.Path, Folder)
	return filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(d.Path, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if d.names[name] || !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".new") {
			return nil
		}
		return os.Remove(path)
	})
}
