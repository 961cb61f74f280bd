package manifest

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// unwritable is the error of a file that can't be written, with what to do
// about it. Callers find the cause with errors.Is.
func unwritable(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := diag.As(err); ok {
		return err
	}
	reason := err
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		reason = pe.Err
	case errors.As(err, &le):
		reason = le.Err
	}
	d := diag.New(diag.RuntimeError, "Could not write %s: %v", path, reason).WithCode("unwritable")
	d.Err = err
	switch {
	case errors.Is(err, syscall.ENOSPC):
		d.Hint = "the disk is full: make room, then go on with `gdbt retry`"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		d.Hint = "the folder is not yours to write in; --target-path names another one"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist), errors.Is(err, syscall.EISDIR):
		d.Hint = "a file stands where a folder is needed, or a folder where a file is: move it away, or name another folder with --target-path"
	}
	return d
}
