// Package denied says which folder or file a user has no access to, and what to do
// about it.
package denied

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Hint names the folder or file whose mode is behind an error of the file system, and
// the way out; "" for an error of another kind. It is what is nearest to the path of
// the error of all that can be looked at.
func Hint(err error) string {
	if !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	var of *fs.PathError
	var two *os.LinkError
	op, name := "", ""
	switch {
	case errors.As(err, &of):
		op, name = of.Op, of.Path
	case errors.As(err, &two):
		op, name = two.Op, two.New
	default:
		return "give the user that runs gdbt access with chmod or chown"
	}
	if slices.Contains([]string{"mkdir", "remove", "rename", "link", "symlink"}, op) {
		name = filepath.Dir(name) // a name is its folder's
	}
	for {
		info, err := os.Lstat(name)
		if err == nil {
			kind := "file"
			if info.IsDir() {
				kind = "folder"
			}
			return fmt.Sprintf("the %s %s has the mode %v: give the user that runs gdbt access with chmod or chown", kind, name, info.Mode())
		}
		up := filepath.Dir(name)
		if up == name {
			return "give the user that runs gdbt access with chmod or chown"
		}
		name = up
	}
}
