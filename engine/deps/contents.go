package deps

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// contentsSum is the sha256 of a package's files: of a list with a line for each file, sorted by path, that holds the
// file's own sha256 and its slash-separated path. A link counts as its target's text. What git keeps in .git
// is no part of a package.
func contentsSum(dir string) (string, error) {
	type file struct{ path, sum string }
	var files []file
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case rel == ".git" && d.IsDir():
			return fs.SkipDir
		case d.IsDir(), rel == ".git": // a file of this name belongs to a worktree or a submodule
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			sum := sha256.Sum256([]byte("link\x00" + filepath.ToSlash(target)))
			files = append(files, file{filepath.ToSlash(rel), hex.EncodeToString(sum[:])})
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is neither a file nor a folder", rel)
		}
		sum, err := fileSum(path)
		if err != nil {
			return err
		}
		files = append(files, file{filepath.ToSlash(rel), sum})
		return nil
	})
	if err != nil {
		return "", err
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s  %q\n", f.sum, f.path)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
