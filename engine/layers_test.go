package engine_test

import (
	"bytes"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gdbt-dev/gdbt/"

// layers holds every room and its layer. A package imports rooms of lower layers only, never one of its own layer;
// a package below a room belongs to it.
var layers = map[string]int{
	"engine/diag":    0,
	"engine/ident":   0,
	"engine/dag":     0,
	"engine/pyjson":  0,
	"engine/rowdiff": 0,

	"engine/event":   1,
	"engine/jinja":   1,
	"engine/yamldoc": 1,
	"engine/sqltok":  1,
	"engine/adapter": 1,

	"engine/config":   2,
	"engine/manifest": 2,

	"engine/deps":      3,
	"engine/dbtjinja":  3,
	"engine/lineage":   3,
	"engine/selector":  3,
	"engine/semantics": 3,

	"engine/parse":   4,
	"engine/compile": 4,
	"engine/source":  4,

	"engine/run": 5,

	"engine/docs":     6,
	"engine/endpoint": 6,
	"engine/pipeline": 6,

	"engine":   7,
	"cmd/gdbt": 8,
}

// plugs are the rooms outside the layers, each with the rooms that it may import beside layer 0.
var plugs = map[string][]string{
	"adapters/adaptertest": {"engine/adapter"},
	"adapters/duckdb":      {"engine/adapter", "adapters/adaptertest"},
	"adapters/postgres":    {"engine/adapter", "adapters/adaptertest"},
	"adapters/pglineage":   {"engine/lineage"},
	"adapters/ducklineage": {"engine/lineage"},
	"project":              {},
	"scraper":              {"engine/source"},
}

// homes says in which room, and no other, a module may be used.
var homes = map[string][]string{
	"github.com/spf13/cobra":                     {"cmd/gdbt"},
	"github.com/spf13/pflag":                     {"cmd/gdbt"},
	"github.com/jackc/pgx":                       {"adapters/postgres"},
	"github.com/duckdb/":                         {"adapters/duckdb", "adapters/ducklineage"},
	"github.com/pganalyze/pg_query_go":           {"adapters/pglineage"},
	"gopkg.in/yaml.v3":                           {"engine/yamldoc"},
	"github.com/dominikbraun/graph":              {"engine/dag"},
	"github.com/fergusstrange/embedded-postgres": {"adapters/postgres"},
	"github.com/gotd/":                           {"scraper"},
	"go.uber.org/zap":                            {"scraper"},
	"golang.org/x/net":                           {"scraper"},
	"golang.org/x/time":                          {"scraper"},
	"rsc.io/qr":                                  {"scraper"},
}

// testOnly are modules for tests.
var testOnly = []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "github.com/fergusstrange/embedded-postgres", "github.com/santhosh-tekuri/jsonschema"}

type goFile struct {
	dir, name string
	imports   []string
	test      bool
	source    []byte
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	root := ".."
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if name := d.Name(); rel != "." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "target") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), rel, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		g := goFile{dir: path.Dir(rel), name: rel, source: src, test: strings.HasSuffix(rel, "_test.go")}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			g.imports = append(g.imports, name)
		}
		files = append(files, g)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d Go files found: the walk is wrong", len(files))
	}
	return files
}

// roomOf gives the room that a folder belongs to: the longest name in the table that it lies under.
func roomOf(dir string) string {
	best := ""
	try := func(room string) {
		if (dir == room || strings.HasPrefix(dir, room+"/")) && len(room) > len(best) {
			best = room
		}
	}
	for room := range layers {
		// The engine is a room of one package: what lies beside its rooms is no room.
		if room != "engine" || dir == "engine" {
			try(room)
		}
	}
	for room := range plugs {
		try(room)
	}
	return best
}

func TestEveryPackageHasItsRoom(t *testing.T) {
	for _, f := range goFiles(t) {
		if roomOf(f.dir) == "" {
			t.Errorf("%s is in no room of the table", f.name)
		}
	}
}

func TestLayers(t *testing.T) {
	for _, f := range goFiles(t) {
		from := roomOf(f.dir)
		for _, imp := range f.imports {
			dir, ours := strings.CutPrefix(imp, module)
			if !ours || f.test && strings.HasPrefix(dir, "testdata/") { // generators of what tests read
				continue
			}
			to := roomOf(dir)
			if to == "" {
				t.Errorf("%s imports %s, which is in no room", f.name, dir)
				continue
			}
			if from == to {
				continue
			}
			if why := forbidden(from, to, f.test); why != "" {
				t.Errorf("%s: %s must not import %s: %s", f.name, from, to, why)
			}
		}
	}
}

func forbidden(from, to string, test bool) string {
	if allowed, ok := plugs[from]; ok {
		switch {
		case slices.Contains(allowed, to), layers[to] == 0 && plugs[to] == nil:
			return ""
		// The test of a plug may join the parts that the program joins, and their contract.
		case test && (plugs[to] != nil || to == "engine/adapter"):
			return ""
		}
		return "it may import layer 0 and " + strings.Join(allowed, ", ")
	}
	if plugs[to] != nil {
		// The program joins the parts; so do the engine's own tests and examples.
		if from == "cmd/gdbt" || from == "engine" && test {
			return ""
		}
		return "the engine knows no adapter and no source plugin"
	}
	if layers[to] >= layers[from] {
		return "layer " + strconv.Itoa(layers[to]) + " is not below layer " + strconv.Itoa(layers[from])
	}
	return ""
}

func TestModulesHaveTheirHome(t *testing.T) {
	for _, f := range goFiles(t) {
		room := roomOf(f.dir)
		for _, imp := range f.imports {
			if slices.ContainsFunc(testOnly, func(m string) bool { return strings.HasPrefix(imp, m) }) && !f.test &&
				!strings.HasSuffix(f.dir, "test") && !strings.Contains(f.dir, "test/") {
				t.Errorf("%s: %s is for tests", f.name, imp)
			}
			for mod, rooms := range homes {
				if strings.HasPrefix(imp, mod) && !slices.Contains(rooms, room) && !f.test {
					t.Errorf("%s: %s belongs to %s", f.name, imp, strings.Join(rooms, ", "))
				}
			}
		}
	}
}

// cgo needs a C compiler, which users of the engine should not need unless they link a plug with C inside: adapters/duckdb
// has it itself, ducklineage and pglineage in the modules that they alone may import.
func TestOnlyDuckDBNeedsC(t *testing.T) {
	for _, f := range goFiles(t) {
		if slices.Contains(f.imports, "C") && roomOf(f.dir) != "adapters/duckdb" {
			t.Errorf("%s uses cgo", f.name)
		}
	}
}

func TestNamesSayWhatAPackageHolds(t *testing.T) {
	for _, f := range goFiles(t) {
		switch path.Base(f.dir) {
		case "util", "utils", "common", "helpers", "types", "models":
			t.Errorf("%s: a package called %s", f.name, path.Base(f.dir))
		}
	}
}

func TestGofmt(t *testing.T) {
	for _, f := range goFiles(t) {
		want, err := format.Source(f.source)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if !bytes.Equal(want, f.source) {
			t.Errorf("%s is not as gofmt writes it", f.name)
		}
	}
}

// The table's own rules hold for made-up imports.
func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		from, to string
		test, ok bool
	}{
		{"engine/config", "engine/yamldoc", false, true},
		{"engine/config", "engine/manifest", false, false},
		{"engine/yamldoc", "engine/config", false, false},
		{"engine", "engine/run", false, true},
		{"engine/run", "engine", false, false},
		{"engine/parse", "adapters/duckdb", false, false},
		{"engine/parse", "adapters/duckdb", true, false},
		{"engine", "adapters/duckdb", false, false},
		{"engine", "adapters/duckdb", true, true},
		{"cmd/gdbt", "adapters/duckdb", false, true},
		{"adapters/duckdb", "engine/adapter", false, true},
		{"adapters/duckdb", "engine/diag", false, true},
		{"adapters/duckdb", "engine/config", false, false},
		{"scraper", "engine/source", false, true},
		{"scraper", "engine/adapter", false, false},
		{"scraper", "adapters/duckdb", false, false},
		{"scraper", "adapters/duckdb", true, true},
		{"engine/pyjson", "engine/diag", false, false},
		{"engine/event", "engine/jinja", false, false},
	} {
		if got := forbidden(c.from, c.to, c.test) == ""; got != c.ok {
			t.Errorf("%s imports %s (test %v): allowed %v, want %v", c.from, c.to, c.test, got, c.ok)
		}
	}
}
