package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"unicode"

	ignore "github.com/sabhiram/go-gitignore"
	"golang.org/x/sync/errgroup"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// maxSeedHash is the size from which a seed's checksum is its path: dbt's limit.
const maxSeedHash = 1 << 20

type fileKind uint8

const (
	macroFile fileKind = iota
	genericTestFile
	modelFile
	snapshotFile
	analysisFile
	testFile
	functionFile
	seedFile
	docFile
	fixtureFile
	schemaFile
)

// file is one file of a project. Paths use forward slashes.
type file struct {
	project  *config.Project
	kind     fileKind
	root     string // searched path as written, "models"
	rel      string // below root, "marts/orders.sql"
	path     string // below the project, "models/marts/orders.sql"
	abs      string
	text     string // stripped contents; empty for seeds
	lineSkip int    // blank lines cut off the start
	sum      string // sha256 of text
	big      bool   // a seed too large to hash
	stray    []jinja.BlockTag
}

func (f *file) id() string { return f.project.Name + "://" + f.path }

// shown is the path of a file for errors: a package's begins at the root project's folder, where the user is.
func (p *parser) shown(f *file) string {
	if f.project == p.Root {
		return f.path
	}
	if rel, err := filepath.Rel(p.Root.Root, f.abs); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return f.path
}

// stem is the file's name without folder and extension.
func (f *file) stem() string {
	base := path.Base(f.rel)
	return strings.TrimSuffix(base, path.Ext(base))
}

// fqn is the package, the folders below the searched path, then names.
func fqnOf(pkg, rel string, names ...string) []string {
	out := []string{pkg}
	if dir := path.Dir(rel); dir != "." {
		out = append(out, strings.Split(dir, "/")...)
	}
	return append(out, names...)
}

type search struct {
	kind  fileKind
	roots []string
	exts  []string
}

// searches lists where a project keeps each kind of file.
func searches(p *config.Project) []search {
	sub := func(roots []string, dir string) []string {
		var out []string
		for _, r := range roots {
			out = append(out, path.Join(filepath.ToSlash(r), dir))
		}
		return out
	}
	all := p.SourcePaths()
	docs := p.DocsPaths
	if len(docs) == 0 {
		docs = all
	}
	return []search{
		{macroFile, p.MacroPaths, []string{".sql"}},
		{genericTestFile, sub(p.TestPaths, "generic"), []string{".sql"}},
		{modelFile, p.ModelPaths, []string{".sql", ".py"}},
		{snapshotFile, p.SnapshotPaths, []string{".sql"}},
		{analysisFile, p.AnalysisPaths, []string{".sql"}},
		{testFile, p.TestPaths, []string{".sql"}},
		{seedFile, p.SeedPaths, []string{".csv"}},
		{functionFile, p.FunctionPaths, []string{".sql", ".py"}},
		{docFile, docs, []string{".md"}},
		{fixtureFile, sub(p.TestPaths, "fixtures"), []string{".csv", ".sql"}},
		{schemaFile, all, []string{".yml", ".yaml"}},
	}
}

// readFiles finds and reads the files of a project, sorted by kind and path.
func readFiles(p *config.Project) ([]*file, error) {
	skip, err := ignoreRules(p.Root)
	if err != nil {
		return nil, err
	}
	var files []*file
	for _, s := range searches(p) {
		var found []*file
		for _, root := range s.roots {
			fs, err := walk(p, s, root, skip)
			if err != nil {
				return nil, err
			}
			found = append(found, fs...)
		}
		files = append(files, found...)
	}
	g := errgroup.Group{}
	g.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, f := range files {
		g.Go(f.read)
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return files, nil
}

func walk(p *config.Project, s search, root string, skip *ignore.GitIgnore) ([]*file, error) {
	slash := filepath.ToSlash(root)
	base := filepath.FromSlash(root)
	if !filepath.IsAbs(base) {
		base = filepath.Join(p.Root, base)
	}
	var out []*file
	err := eachFile(base, func(abs string) error {
		if !isSource(filepath.Base(abs), s.exts) {
			return nil
		}
		rel, err := filepath.Rel(base, abs)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if s.kind == testFile {
			if first, _, _ := strings.Cut(rel, "/"); first == "generic" || first == "fixtures" {
				return nil
			}
		}
		f := &file{project: p, kind: s.kind, root: slash, rel: rel, path: path.Join(slash, rel), abs: abs}
		if skip != nil && skip.MatchesPath(f.path) {
			return nil
		}
		out = append(out, f)
		return nil
	})
	if err != nil && !errors.Is(err, errNoFolder) { // a path of dbt_project.yml need not exist
		return nil, fmt.Errorf("parse: reading %s: %w", base, err)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].rel < out[j].rel })
	return out, nil
}

var errNoFolder = errors.New("the folder is not there")

// eachFile goes through the files below a folder. The folder may be a link, as orchestrators make them; links to folders
// in it are not followed, as in dbt (os.walk).
func eachFile(dir string, visit func(abs string) error) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return errNoFolder
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		abs := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir():
			err = eachFile(abs, visit)
		case e.Type()&fs.ModeSymlink != 0 && linksToFolder(abs):
		default:
			err = visit(abs)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func linksToFolder(link string) bool {
	info, err := os.Stat(link)
	return err == nil && info.IsDir() // reading a link that leads nowhere fails later
}

// isSource tells whether a file belongs to a project by its name: it has one of the extensions, and does not begin as
// hidden files, backups and locks of editors do (core/parser/search.py, filesystem_search).
func isSource(name string, exts []string) bool {
	return !strings.ContainsAny(name[:1], ".#~") && hasExt(name, exts)
}

func hasExt(name string, exts []string) bool {
	ext := strings.ToLower(path.Ext(name))
	for _, e := range exts {
		if ext == e {
			return true
		}
	}
	return false
}

// ignoreRules reads .dbtignore, which has git's syntax.
func ignoreRules(root string) (*ignore.GitIgnore, error) {
	name := filepath.Join(root, ".dbtignore")
	if _, err := os.Stat(name); err != nil {
		return nil, nil //nolint:nilerr // no rules
	}
	rules, err := ignore.CompileIgnoreFile(name)
	if err != nil {
		return nil, fmt.Errorf("parse: %s: %w", name, err)
	}
	return rules, nil
}

func (f *file) read() error {
	if f.kind == seedFile {
		info, err := os.Stat(f.abs)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		if info.Size() > maxSeedHash {
			f.big = true
			return nil
		}
	}
	raw, err := os.ReadFile(f.abs)
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	if err := yamldoc.CheckUTF8(f.path, raw); err != nil {
		return err
	}
	text := string(raw)
	cut := strings.TrimLeftFunc(text, unicode.IsSpace)
	f.lineSkip = strings.Count(text[:len(text)-len(cut)], "\n")
	text = strings.TrimRightFunc(cut, unicode.IsSpace)
	start := len(raw) - len(cut)
	sum := sha256.Sum256(raw[start : start+len(text)])
	f.sum = hex.EncodeToString(sum[:])
	if f.kind != seedFile {
		f.text = text
	}
	return nil
}

// filePath joins a folder of the machine and a path of a project.
func filePath(root, rel string) string { return filepath.Join(root, filepath.FromSlash(rel)) }

// sha is the checksum of a text.
func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
