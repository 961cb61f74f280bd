package lakewriter

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/scraper/denied"
)

// disk is every change to the file system, so that tests can let each fail.
type disk interface {
	// open opens a file for writing.
	open(name string, flag int) (writable, error)
	rename(from, to string) error
	remove(name string) error
	link(from, to string) error
	mkdir(name string) error
	// syncDir makes names in a folder safe.
	syncDir(name string) error
}

// writable is an open file.
type writable interface {
	io.WriteCloser
	io.Seeker
	Sync() error
	Truncate(int64) error
}

type osDisk struct{}

func (osDisk) open(name string, flag int) (writable, error) {
	f, err := os.OpenFile(name, flag, 0o644)
	if err != nil {
		return nil, err
	}
	return f, nil
}
func (osDisk) rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) remove(name string) error     { return os.Remove(name) }
func (osDisk) link(from, to string) error   { return os.Link(from, to) }
func (osDisk) mkdir(name string) error      { return os.MkdirAll(name, 0o755) }

// syncDir does nothing where folders can't be synced.
func (osDisk) syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// writeFile gives a file a new content at once: readers see the old or the new.
func writeFile(d disk, name string, write func(io.Writer) error) (err error) {
	part := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".part")
	f, err := d.open(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return diskError(name, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = d.remove(part)
		}
	}()
	if err := write(f); err != nil {
		return diskError(name, err)
	}
	if err := f.Sync(); err != nil {
		return diskError(name, err)
	}
	if err := f.Close(); err != nil {
		return diskError(name, err)
	}
	if err := d.rename(part, name); err != nil {
		return diskError(name, err)
	}
	if err := d.syncDir(filepath.Dir(name)); err != nil {
		return diskError(name, err)
	}
	return nil
}

// DiskError says that the lake can't be written: nothing that goes there can go on.
type DiskError struct {
	Name string
	Err  error
}

func (e *DiskError) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }

// Unwrap returns the cause.
func (e *DiskError) Unwrap() error { return e.Err }

// Diagnostic is the error for people.
func (e *DiskError) Diagnostic() *diag.Diagnostic {
	d := diag.New(diag.RuntimeError, "the lake can't be written: %v", e.Err).WithCode("lake-write")
	d.File, d.Err = e.Name, e
	switch {
	case errors.Is(e.Err, syscall.ENOSPC), errors.Is(e.Err, syscall.EDQUOT), errors.Is(e.Err, syscall.EFBIG):
		d.Message = "the disk of the lake is full"
		d = d.WithHint("make room and start again: everything up to here is safe, and the next run goes on from it")
	default:
		d = d.WithHint("%s", denied.Hint(e.Err))
	}
	return d
}

func diskError(name string, err error) error {
	var have *DiskError
	if err == nil || errors.As(err, &have) {
		return err
	}
	if _, ok := diag.As(err); ok { // what was read is at fault, not the disk
		return err
	}
	return &DiskError{Name: name, Err: err}
}
