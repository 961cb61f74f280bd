package deps

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tgz makes a .tar.gz; a header without a size gets that of its text.
func tgz(t testing.TB, entries ...tarEntry) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	for _, e := range entries {
		h := e.Header
		if h.Mode == 0 && h.Typeflag != tar.TypeXGlobalHeader {
			h.Mode = 0o644
		}
		h.Size = int64(len(e.text))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type tarEntry struct {
	tar.Header
	text string
}

func file(name, text string) tarEntry {
	return tarEntry{tar.Header{Name: name, Typeflag: tar.TypeReg}, text}
}

func folder(name string) tarEntry {
	return tarEntry{tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}, ""}
}

func symlink(name, to string) tarEntry {
	return tarEntry{tar.Header{Name: name, Linkname: to, Typeflag: tar.TypeSymlink}, ""}
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(t.TempDir(), "x.tar.gz")
	archive := tgz(t, tarEntry{tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}}, ""},
		folder("utils-1.0/"), file("utils-1.0/dbt_project.yml", "name: utils\n"), file("./utils-1.0/macros/deep/a.sql", "select 1"),
		symlink("utils-1.0/macros/b.sql", "deep/a.sql"), tarEntry{tar.Header{Name: "utils-1.0/run.sh", Typeflag: tar.TypeReg, Mode: 0o755}, "#!"})
	if err := os.WriteFile(path, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	top, err := unpack(path, dir, Limits{}.orDefault())
	if err != nil || top != "utils-1.0" {
		t.Fatalf("%q, %v", top, err)
	}
	for name, want := range map[string]string{"dbt_project.yml": "name: utils\n", "macros/deep/a.sql": "select 1", "macros/b.sql": "select 1"} {
		got, err := os.ReadFile(filepath.Join(dir, top, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// Nothing of a hostile archive lands outside of the folder, whatever it contains.
func TestUnpackRefuses(t *testing.T) {
	many := []tarEntry{folder("p")}
	for i := range 20 {
		many = append(many, file("p/"+strings.Repeat("x", i+1), ""))
	}
	for _, c := range []struct {
		name, want string
		entries    []tarEntry
	}{
		{"parent", "leads out of the package", []tarEntry{file("../evil", "x")}},
		{"hidden parent", "leads out of the package", []tarEntry{file("p/../../evil", "x")}},
		{"absolute", "leads out of the package", []tarEntry{file("/tmp/evil", "x")}},
		{"backslash", "leads out of the package", []tarEntry{file(`p\..\..\evil`, "x")}},
		{"link to the parent", "outside of the package", []tarEntry{folder("p"), symlink("p/l", "../../evil")}},
		{"absolute link", "outside of the package", []tarEntry{folder("p"), symlink("p/l", "/etc")}},
		{"link to the archive's root", "outside of the package", []tarEntry{folder("p"), symlink("p/l", "..")}},
		{"write through a link", "", []tarEntry{folder("p"), folder("p/a"), symlink("p/l", "a"), symlink("p/a/up", "../../p"), file("p/l/up/../../../evil", "x")}},
		{"hard link", "outside of the package", []tarEntry{folder("p"), {tar.Header{Name: "p/h", Linkname: "../evil", Typeflag: tar.TypeLink}, ""}}},
		{"device", "neither a file nor a folder nor a link", []tarEntry{folder("p"), {tar.Header{Name: "p/d", Typeflag: tar.TypeChar}, ""}}},
		{"two folders", errStructure.Error(), []tarEntry{folder("p"), folder("q")}},
		{"a file at the top", errStructure.Error(), []tarEntry{file("dbt_project.yml", "name: x")}},
		{"nothing", errStructure.Error(), nil},
		{"too large", "too large", []tarEntry{folder("p"), file("p/a", strings.Repeat("x", 600)), file("p/b", strings.Repeat("x", 600))}},
		{"too many", "too many files", many},
		{"the same file twice", "exists", []tarEntry{folder("p"), file("p/a", "1"), file("p/a", "2")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			outer := t.TempDir()
			dir := filepath.Join(outer, "in")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "x.tar.gz")
			if err := os.WriteFile(path, tgz(t, c.entries...), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := unpack(path, dir, Limits{Download: 1 << 20, Unpacked: 1000, Files: 15})
			if c.want != "" {
				var permanent permanentError
				if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &permanent) {
					t.Errorf("got %v, want a permanent error with %q", err, c.want)
				}
			}
			outside(t, outer, dir)
		})
	}
}

// outside fails when something lies in outer that is not in dir.
func outside(t *testing.T, outer, dir string) {
	t.Helper()
	err := filepath.WalkDir(outer, func(p string, d fs.DirEntry, err error) error {
		if p == dir {
			return fs.SkipDir
		}
		if p != outer {
			t.Errorf("%s was written", p)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A broken archive may come whole the next time: its error is not permanent.
func TestUnpackBroken(t *testing.T) {
	whole := tgz(t, folder("p"), file("p/a", strings.Repeat("abc", 1000)))
	for name, b := range map[string][]byte{"cut": whole[:len(whole)/2], "a page": []byte("<html>"), "empty": nil} {
		path := filepath.Join(t.TempDir(), "x.tar.gz")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := unpack(path, t.TempDir(), Limits{}.orDefault())
		var permanent permanentError
		if err == nil || errors.As(err, &permanent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(tgz(f, folder("p"), file("p/a", "x"), symlink("p/l", "a")))
	f.Add(tgz(f, file("../evil", "x")))
	f.Fuzz(func(t *testing.T, b []byte) {
		outer := t.TempDir()
		dir := filepath.Join(outer, "in")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x.tar.gz")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = unpack(path, dir, Limits{Download: 1 << 20, Unpacked: 1 << 16, Files: 50}) // any result; nothing outside
		outside(t, outer, dir)
	})
}
