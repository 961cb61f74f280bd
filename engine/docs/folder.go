package docs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
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
	if err := d.write(path, content); err != nil {
		return fmt.Errorf("docs: %w", err)
	}
	d.mu.Lock()
	d.names[name] = true
	d.mu.Unlock()
	return nil
}

// write writes a file under a name of its own, which two makings of a site at once do not share, and renames it.
func (d *Dir) write(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*"+newSuffix)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is what counts
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// A file with the suffix is being written; one that is stale was left by a process that is gone.
const (
	newSuffix = ".new"
	stale     = time.Hour
)

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
		switch filepath.Ext(name) {
		case ".js", ".html":
			if d.names[name] {
				return nil
			}
		case newSuffix:
			if info, err := e.Info(); err != nil || time.Since(info.ModTime()) < stale {
				return nil
			}
		default:
			return nil
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}
