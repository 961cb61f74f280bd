package deps

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func TestParseAddition(t *testing.T) {
	for _, c := range []struct{ text, source, name, version string }{
		{"dbt-labs/dbt_utils@1.1.1", "hub", "dbt-labs/dbt_utils", "1.1.1"},
		{"dbt-labs/dbt_utils", "hub", "dbt-labs/dbt_utils", ""},
		{"dbt-labs/dbt_utils@>=1.0.0,<2.0.0", "hub", "dbt-labs/dbt_utils", ">=1.0.0,<2.0.0"},
		{"https://example.com/x.git@v1", "git", "https://example.com/x.git", "v1"},
		{"https://example.com/x.git@feature/y", "git", "https://example.com/x.git", "feature/y"},
		{"https://me@example.com/x", "git", "https://me@example.com/x", ""},
		{"https://me@example.com/x@v1", "git", "https://me@example.com/x", "v1"},
		{"git@example.com:o/x.git@v1", "git", "git@example.com:o/x.git", "v1"},
		{"git@example.com:o/x.git", "git", "git@example.com:o/x.git", ""},
		{"../x", "local", "../x", ""},
		{"@x", "hub", "@x", ""},
	} {
		if got := ParseAddition(c.text, c.source); got != (Addition{c.name, c.version, c.source}) {
			t.Errorf("%s: %+v", c.text, got)
		}
	}
}

func TestDuplicates(t *testing.T) {
	for _, c := range []struct {
		added, key, have string
		want             bool
	}{
		{"dbt-labs/dbt_utils", "package", "dbt-labs/dbt_utils", true},
		{"dbt-labs/dbt_utils", "package", "other/dbt_utils", true},
		{"dbt-labs/dbt_utils", "git", "https://github.com/dbt-labs/dbt-utils.git", true},
		{"dbt-labs/dbt_utils", "git", "https://github.com/dbt-labs/dbt-utils-extra.git", false},
		{"dbt-labs/dbt-core", "package", "dbt-labs/dbt-core-utils", false},
		{"dbt-labs/dbt_utils", "local", "../dbt_utils", true},
		{"dbt-labs/dbt_utils", "package", "dbt-labs/codegen", false},
	} {
		if got := (Addition{Name: c.added}).duplicates(yamldoc.NewMap(c.key, c.have, "warn-unpinned", false)); got != c.want {
			t.Errorf("%s and %s: %v", c.added, c.have, got)
		}
	}
}

// The lines of a file with comments stay; one without gets dbt's layout.
func TestAddPackage(t *testing.T) {
	for _, c := range []struct{ name, before, add, source, after, said string }{
		{"dbt's layout", "packages:\n- package: acme/date\n  version: 0.5.0\n", "acme/utils@1.0.0", "hub",
			"packages:\n  - package: acme/date\n    version: 0.5.0\n  - package: acme/utils\n    version: 1.0.0\n", ""},
		{"the same package", "packages:\n  - package: acme/utils\n    version: 0.9.0\n  - package: acme/date\n    version: 0.5.0\n", "acme/utils@1.0.0", "hub",
			"packages:\n  - package: acme/date\n    version: 0.5.0\n  - package: acme/utils\n    version: 1.0.0\n",
			"Found duplicate package in packages.yml, removing: {'package': 'acme/utils', 'version': '0.9.0'}\n"},
		{"several requirements", "packages: []\n", "acme/utils@>=0.9.0,<2.0.0", "hub",
			"packages:\n  - package: acme/utils\n    version:\n      - '>=0.9.0'\n      - <2.0.0\n", ""},
		{"comments", "# ours\npackages:\n  - package: acme/date # dates\n    version: 0.5.0\n\n  # and this\n  - local: two\n\n# the end\n", "acme/utils@1.0.0", "hub",
			"# ours\npackages:\n  - package: acme/date # dates\n    version: 0.5.0\n\n  # and this\n  - local: two\n  - package: acme/utils\n    version: 1.0.0\n\n# the end\n", ""},
		{"comments, the same package first", "packages:\n- package: acme/utils # old\n  version: 0.9.0\n# dates\n- package: acme/date\n  version: 0.5.0", "acme/utils@1.0.0", "hub",
			"packages:\n# dates\n- package: acme/date\n  version: 0.5.0\n- package: acme/utils\n  version: 1.0.0\n",
			"Found duplicate package in packages.yml, removing: {'package': 'acme/utils', 'version': '0.9.0'}\n"},
		{"comments, the same package last", "packages:\n  # dates\n  - package: acme/date\n    version: 0.5.0\n  - package: acme/utils # old\n    version: 0.9.0\n", "acme/utils@1.0.0", "hub",
			"packages:\n  # dates\n  - package: acme/date\n    version: 0.5.0\n  - package: acme/utils\n    version: 1.0.0\n",
			"Found duplicate package in packages.yml, removing: {'package': 'acme/utils', 'version': '0.9.0'}\n"},
		{"comments and nothing else", "# none yet\n", "acme/utils@1.0.0", "hub", "# none yet\npackages:\n  - package: acme/utils\n    version: 1.0.0\n", ""},
		{"comments and an empty list", "packages: [] # none yet\n", "acme/utils@1.0.0", "hub", "packages: # none yet\n  - package: acme/utils\n    version: 1.0.0\n", ""},
		{"local", "packages: []\n", "two", "local", "packages:\n  - local: two\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.before)
			w.write("two/dbt_project.yml", "name: two\n")
			for _, p := range [][2]string{{"acme/utils", "0.9.0"}, {"acme/utils", "1.0.0"}, {"acme/date", "0.5.0"}} {
				w.hub.publish(t, p[0], p[1], "")
			}
			w.mustRun(adding(c.add, c.source))
			if diff := cmp.Diff(c.after, w.read("packages.yml")); diff != "" {
				t.Error(diff)
			}
			a := ParseAddition(c.add, c.source)
			if want := c.said + "Added new package " + a.Name + "@" + a.Version + " to " + w.path("packages.yml") + "\n"; !strings.HasPrefix(w.said, want) {
				t.Errorf("got\n%swant\n%s", w.said, want)
			}
			if !strings.Contains(w.installed(), strings.TrimPrefix(a.Name, "acme/")) {
				t.Errorf("installed: %s", w.installed())
			}
			// dbt and gdbt take the lock file for that of the new list.
			if res := w.mustRun(); res.LockWritten {
				t.Error("the lock file doesn't fit the list")
			}
		})
	}
}

func TestAddPackageFiles(t *testing.T) {
	w := newWorld(t, "")
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	if err := os.Remove(w.path("packages.yml")); err != nil {
		t.Fatal(err)
	}
	w.mustRun(adding("acme/utils@1.0.0", "hub"))
	if !strings.HasPrefix(w.said, "Created packages.yml\nAdded new package acme/utils@1.0.0 to ") {
		t.Error(w.said)
	}
	// The list of dependencies.yml is changed where it stands.
	if err := os.Remove(w.path("packages.yml")); err != nil {
		t.Fatal(err)
	}
	w.write(config.DependenciesFile, "packages:\n  - package: acme/utils\n    version: 0.1.0\nprojects:\n  - name: other\n")
	w.mustRun(adding("acme/utils@1.0.0", "hub"), lockOnly)
	if got := w.read(config.DependenciesFile); got != "packages:\n  - package: acme/utils\n    version: 1.0.0\nprojects:\n  - name: other\n" {
		t.Error(got)
	}
	if _, err := os.Stat(w.path("packages.yml")); err == nil {
		t.Error("made a packages.yml")
	}
}

// A package that can't be had is not added.
func TestAddPackageFails(t *testing.T) {
	const before = "packages:\n  - package: acme/utils\n    version: 1.0.0\n"
	w := newWorld(t, before)
	w.hub.publish(t, "acme/utils", "1.0.0", "")
	w.mustRun()
	lockFile := w.read(LockFile)
	_, err := w.run(adding("acme/nothing@1.0.0", "hub"))
	wantError(t, err, "Package acme/nothing was not found in the package index", "packages.yml:4:5", "")
	if w.read("packages.yml") != before || w.read(LockFile) != lockFile || w.installed() != "utils" {
		t.Errorf("%s%s%s", w.read("packages.yml"), w.read(LockFile), w.installed())
	}
	w.write("packages.yml", "packages: [{package: acme/utils, version: 1.0.0}] # flow\n")
	_, err = w.run(adding("acme/utils@1.0.0", "hub"))
	wantError(t, err, "can't be changed without losing its comments", "packages.yml:1:1", "- package: acme/utils\n  version: 1.0.0\n")
}

// Whatever a file looks like, the edited one has the old entries and the new one, or there is an error.
func FuzzAddPackage(f *testing.F) {
	for _, s := range []string{
		"packages:\n  - package: a/b # x\n    version: 1.0.0\n", "# x", "packages: # x\n", "packages:\n- local: a # b\n\n\n# c\nx: 1\n", "packages: [] # x",
		"packages:\n  -\n    local: a # x\n", "packages:\n- {local: a} # x\n", "a: 1 # x\npackages:\n- local: a\n- local: acme/utils\n# z\n", "---\npackages:\n- local: a # x\n...\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if !strings.Contains(src, "#") || strings.ContainsAny(src, "\r\u0085\u2028\u2029") {
			t.Skip()
		}
		doc, err := yamldoc.Parse("packages.yml", []byte(src), yamldoc.Limits{})
		if err != nil || len(doc.Duplicates) > 0 {
			return
		}
		value, err := doc.Value()
		if err != nil {
			return
		}
		before, ok := value.(*yamldoc.Map)
		if !ok && value != nil {
			return
		}
		a := Addition{Name: "acme/utils", Version: "1.0.0", Source: "hub"}
		var gone []int
		var want []any
		for i, item := range before.List("packages") {
			if m, ok := item.(*yamldoc.Map); ok && a.duplicates(m) {
				gone = append(gone, i)
			} else {
				want = append(want, item)
			}
		}
		text, err := editList(doc, gone, a.entry())
		if err != nil {
			return
		}
		after, err := yamldoc.ToValue("packages.yml", text, yamldoc.Limits{})
		if err != nil {
			t.Fatalf("%q became %q: %v", src, text, err)
		}
		got := after.(*yamldoc.Map).List("packages")
		if !yamldoc.Equal(got, append(want, a.entry())) {
			t.Fatalf("%q became %q", src, text)
		}
	})
}
