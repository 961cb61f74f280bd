package deps

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// Limits bound what a package may cost. A zero field takes the default.
type Limits struct {
	// Download is the size of a tarball, 256 MiB by default; Unpacked that of its files, 1 GiB.
	Download, Unpacked int64
	// Files is their number, 100,000 by default.
	Files int
}

func (l Limits) orDefault() Limits {
	if l.Download == 0 {
		l.Download = 256 << 20
	}
	if l.Unpacked == 0 {
		l.Unpacked = 1 << 30
	}
	if l.Files == 0 {
		l.Files = 100_000
	}
	return l
}

// errNoGzip says that a file is something else.
var errNoGzip = errors.New("not a gzip file")

// errStructure says that a tarball doesn't hold one folder.
var errStructure = errors.New("the archive doesn't hold exactly one folder")

// unpack extracts a .tar.gz into the empty folder dir and gives the name of the one folder that it holds. Nothing is
// written outside of dir: neither by the names of files nor through links, which may only lead to places in the same folder.
// Errors about what stands in the archive are permanent; a broken archive may come whole next time.
func unpack(file, dir string, limits Limits) (top string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", permanentError{err}
	}
	defer f.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", permanentError{err}
	}
	defer root.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoGzip, err)
	}
	u := unpacker{root: root, left: limits.Unpacked, files: limits.Files}
	archive := tar.NewReader(gz)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", fmt.Errorf("a broken tar archive: %w", err)
		}
		if err := u.entry(h, archive); err != nil {
			return "", err
		}
	}
	if u.top == "" {
		return "", permanentError{errStructure}
	}
	return u.top, nil
}

type unpacker struct {
	root  *os.Root
	top   string
	left  int64
	files int
}

func (u *unpacker) entry(h *tar.Header, r io.Reader) error {
	refuse := func(format string, args ...any) error {
		return permanentError{fmt.Errorf("the archive's entry %q %s", h.Name, fmt.Sprintf(format, args...))}
	}
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	name := path.Clean(strings.TrimPrefix(h.Name, "./"))
	if name == "." && h.Typeflag == tar.TypeDir {
		return nil
	}
	if path.IsAbs(h.Name) || name == ".." || strings.HasPrefix(name, "../") || strings.ContainsAny(name, "\\\x00") {
		return refuse("leads out of the package")
	}
	if u.files--; u.files < 0 {
		return permanentError{errors.New("the archive holds too many files")}
	}
	top, below, _ := strings.Cut(name, "/")
	if below == "" && h.Typeflag != tar.TypeDir || u.top != "" && top != u.top {
		return permanentError{errStructure}
	}
	u.top = top
	if h.Typeflag == tar.TypeDir {
		return u.failed(u.root.MkdirAll(name, 0o755))
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return u.failed(err)
	}
	switch h.Typeflag {
	case tar.TypeReg:
		return u.file(h, name, r)
	case tar.TypeSymlink:
		to := path.Join(path.Dir(name), h.Linkname)
		if path.IsAbs(h.Linkname) || to != top && !strings.HasPrefix(to, top+"/") || strings.Contains(h.Linkname, "\\") {
			return refuse("links to %q, which is outside of the package", h.Linkname)
		}
		return u.failed(u.root.Symlink(h.Linkname, name))
	case tar.TypeLink:
		to := path.Clean(h.Linkname)
		if !strings.HasPrefix(to, top+"/") {
			return refuse("links to %q, which is outside of the package", h.Linkname)
		}
		return u.failed(u.root.Link(to, name))
	}
	return refuse("is neither a file nor a folder nor a link")
}

func (u *unpacker) file(h *tar.Header, name string, r io.Reader) error {
	mode := os.FileMode(0o644)
	if h.Mode&0o100 != 0 {
		mode = 0o755
	}
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return u.failed(err)
	}
	n, err := io.Copy(f, io.LimitReader(r, u.left+1))
	if e := f.Close(); err == nil && e != nil {
		return permanentError{e}
	}
	if u.left -= n; u.left < 0 {
		return permanentError{errors.New("the archive's files are too large")}
	}
	if err != nil {
		return fmt.Errorf("a broken tar archive: %w", err)
	}
	return nil
}

func (u *unpacker) failed(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}
