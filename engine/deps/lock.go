package deps

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/pyjson"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// LockFile is the name of the lock file, in the project's folder.
const LockFile = "package-lock.yml"

// lock is a package-lock.yml: dbt's list of pinned packages, and the sha256 of the files of each package by its name.
// dbt allows no further keys in the file, so these stand in comments:
//
//	# sha256: dbt_utils 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
type lock struct {
	packages []config.PackageSpec
	// specHash is dbt's sha1_hash of the list that was locked.
	specHash string
	sums     map[string]string
}

var sumLine = regexp.MustCompile(`^#\s*sha256:\s*(\S+)\s+([0-9a-f]{64})\s*$`)

// readLock reads the lock file; nil when there is none. Its texts are rendered as those of packages.yml are.
func readLock(root string, render config.RenderOptions) (*lock, error) {
	path := filepath.Join(root, LockFile)
	src, err := os.ReadFile(path)
	switch {
	case os.IsNotExist(err):
		return nil, nil
	case err != nil:
		return nil, diag.New(diag.RuntimeError, "Could not read %s: %v", LockFile, err).At(LockFile, 0, 0).WithCode("io")
	}
	l := &lock{}
	if l.packages, l.specHash, err = config.ParsePackages(LockFile, src, render); err != nil {
		return nil, err
	}
	l.sums, err = readSums(src)
	return l, err
}

// readSums finds the comments with the sums. A comment that only looks like one is an error: a sum that is not checked
// would be worse.
func readSums(src []byte) (map[string]string, error) {
	sums := map[string]string{}
	for i, line := range strings.Split(string(src), "\n") {
		line = strings.TrimRight(line, "\r")
		if !strings.HasPrefix(strings.TrimLeft(line, "# \t"), "sha256:") || !strings.HasPrefix(line, "#") {
			continue
		}
		m := sumLine.FindStringSubmatch(line)
		d := diag.New(diag.RuntimeError, "").At(LockFile, i+1, 1).WithSource(src).WithCode("bad-lock")
		switch {
		case m == nil:
			d.Message = "this is no sum of a package: # sha256: name sum"
			return nil, d.WithHint("run `gdbt deps --upgrade` to write the file anew")
		case sums[m[1]] != "" && sums[m[1]] != m[2]:
			d.Message = fmt.Sprintf("the package %s has two sums", m[1])
			return nil, d.WithHint("run `gdbt deps --upgrade` to write the file anew")
		}
		sums[m[1]] = m[2]
	}
	return sums, nil
}

// write writes the lock file in dbt's layout. entries are the packages in dbt's form, each with its name.
func writeLock(root string, entries []*yamldoc.Map, specHash string, sums map[string]string) error {
	return manifest.WriteFile(filepath.Join(root, LockFile), func(w io.Writer) error {
		_, err := io.WriteString(w, lockText(entries, specHash, sums))
		return err
	})
}

func lockText(entries []*yamldoc.Map, specHash string, sums map[string]string) string {
	list := make([]any, len(entries))
	for i, e := range entries {
		list[i] = e
	}
	text := yamldoc.Dump(yamldoc.NewMap("packages", list, "sha1_hash", specHash), yamldoc.DumpOptions{SortKeys: true, IndentLists: true})
	return text + sumsText(sums)
}

func sumsText(sums map[string]string) string {
	if len(sums) == 0 {
		return ""
	}
	names := make([]string, 0, len(sums))
	for name := range sums {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString("# What follows are the sums of the packages' files. gdbt checks them; to dbt they are comments.\n")
	for _, name := range names {
		fmt.Fprintf(&b, "# sha256: %s %s\n", name, sums[name])
	}
	return b.String()
}

// addSums adds sums to a lock file that has none for these packages, as one that dbt wrote. The rest stays as it is.
func addSums(root string, sums map[string]string) error {
	path := filepath.Join(root, LockFile)
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := bytes.TrimRight(src, "\n")
	out := append(append(bytes.Clone(text), '\n'), sumsText(sums)...)
	return manifest.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(out)
		return err
	})
}

// specHash is dbt's sha1_hash of a list of packages: of Python's JSON of each entry as dbt's classes hold it, sorted
// (_create_sha1_hash in dbt/task/deps.py). Equal lists give equal hashes in dbt and here, so that each takes the other's lock.
func specHash(specs []config.PackageSpec) string {
	lines := make([]string, len(specs))
	for i, s := range specs {
		lines[i] = string(pythonJSON(nil, dbtFields(s)))
	}
	slices.Sort(lines)
	sum := sha1.Sum([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// dbtFields are the fields of dbt's class of a package: those that were not given are null, name is left out then.
func dbtFields(s config.PackageSpec) *yamldoc.Map {
	m := yamldoc.NewMap()
	set := func(keys ...string) {
		for _, k := range keys {
			m.Set(k, s.Data.Value(k))
		}
	}
	switch s.Kind {
	case "local":
		set("local")
	case "tarball":
		set("tarball")
	case "git":
		set("git", "revision", "warn-unpinned", "subdirectory")
	case "private":
		set("private", "provider", "revision", "warn-unpinned", "subdirectory")
	case "package":
		set("package", "version")
		m.Set("install_prerelease", false)
		if v, ok := s.Data.Get("install_prerelease"); ok {
			m.Set("install_prerelease", v)
		}
	}
	if name := s.Data.Value("name"); name != nil {
		m.Set("name", name)
	}
	m.Set("unrendered", s.Unrendered)
	return m
}

// pythonJSON appends a value as json.dumps(…, sort_keys=True) writes it: ", " and ": " between, ASCII only.
func pythonJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case *yamldoc.Map:
		entries := slices.Clone(v.Entries())
		slices.SortStableFunc(entries, func(a, b yamldoc.Entry) int {
			return strings.Compare(yamldoc.KeyString(a.Key), yamldoc.KeyString(b.Key))
		})
		b = append(b, '{')
		for i, e := range entries {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(pyjson.AppendString(b, yamldoc.KeyString(e.Key)), ": "...)
			b = pythonJSON(b, e.Value)
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = pythonJSON(b, e)
		}
		return append(b, ']')
	case string:
		return pyjson.AppendString(b, v)
	case nil:
		return append(b, "null"...)
	case bool:
		return fmt.Appendf(b, "%t", v)
	case int64:
		return fmt.Appendf(b, "%d", v)
	case *big.Int:
		return v.Append(b, 10)
	case float64:
		return append(b, yamldoc.Text(v)...)
	}
	return pyjson.AppendString(b, yamldoc.Text(v))
}
