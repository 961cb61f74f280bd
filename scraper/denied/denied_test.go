package denied_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gdbt-dev/gdbt/scraper/denied"
	"github.com/gdbt-dev/gdbt/scraper/denied/deniedtest"
)

func TestHint(t *testing.T) {
	if !deniedtest.AsUser(t) {
		return
	}
	dir := t.TempDir()
	closed, shut, file := filepath.Join(dir, "closed"), filepath.Join(dir, "shut"), filepath.Join(dir, "closed", "file")
	for _, name := range []string{closed, shut} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, nil, 0); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{closed: 0o500, shut: 0} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(name, 0o700) }()
	}
	_, read := os.ReadFile(file)
	_, list := os.ReadDir(shut)
	for _, c := range []struct {
		err  error
		want string
	}{
		{read, "the file " + file + " has the mode ----------"},
		{list, "the folder " + shut + " has the mode d---------"},
		{os.Remove(file), "the folder " + closed + " has the mode dr-x------"},
		{os.Rename(file, filepath.Join(closed, "other")), "the folder " + closed + " has the mode dr-x------"},
		{os.MkdirAll(filepath.Join(closed, "a", "b"), 0o755), "the folder " + closed + " has the mode dr-x------"},
		{os.WriteFile(filepath.Join(shut, "a", "b"), nil, 0o644), "the folder " + shut + " has the mode d---------"},
		{os.ErrPermission, ""},
	} {
		want := "give the user that runs gdbt access with chmod or chown"
		if c.want != "" {
			want = c.want + ": " + want
		}
		if got := denied.Hint(c.err); got != want {
			t.Errorf("%v: %s, want %s", c.err, got, want)
		}
	}
	_, missing := os.ReadFile(filepath.Join(dir, "missing"))
	for _, err := range []error{nil, missing, errors.New("permission denied")} {
		if got := denied.Hint(err); got != "" {
			t.Errorf("%v: %s", err, got)
		}
	}
}
