package deps

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func parse(t *testing.T, file, text string) []config.PackageSpec {
	t.Helper()
	specs, _, err := config.ParsePackages(file, []byte(text), config.RenderOptions{Env: config.MapEnviron(nil)})
	if err != nil {
		t.Fatal(err)
	}
	return specs
}

// The sums were printed by dbt 1.11.
func TestSpecHashAsInDbt(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.1.1\n", "a158c48c59c2bb7d729d2a4e215aabe5bb4f3353"},
		{"packages:\n  - package: dbt-labs/dbt_utils\n    version: ['>=1.0.0', '<2.0.0']\n  - git: https://x/y.git\n    revision: 1.1\n    warn-unpinned: false\n    subdirectory: a/b\n  - local: ../é\n",
			"0c98b180283b37dd6bc414cff83d1e588801f532"},
		{"packages:\n  - git: https://x/y.git\n    revision: 12\n    name: abc\n  - tarball: https://x\n    name: foo\n", "48cbbfd137ab6bccd1ade7592f0aa8213141484a"},
		{"packages:\n  - package: a/b\n    version: [1.0.0, 2.5, 3]\n", "ff4e49831baf6d51872e3f1a228fb43274efec17"},
		{"packages:\n  - git: \"{{ 'https://x/' ~ 'y' }}\"\n    revision: \"{{ '1.0' }}\"\n", "6a8a3abfc88795724c7b6fa9f6c0f9a4aba4f742"},
		{"packages:\n  - private: a/b\n    provider: github\n    revision: x\n", "fc8e7d142ed395fe072a068a9c10847bf299e0a6"},
		{"packages:\n  - package: a/b\n    version: '>1.0.0,<2.0.0'\n", "09ef21edfb0c86d0f163c074153e2ec608a1cd2c"},
		{"packages:\n  - git: a/b\n    revision: null\n    subdirectory: null\n", "02f6089986bc2d795545c088402fb85730bab052"},
		{"packages: []\n", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{"packages: null\n", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	} {
		if got := specHash(parse(t, config.PackagesFile, c.text)); got != c.want {
			t.Errorf("%s%s, want %s", c.text, got, c.want)
		}
	}
}

const lockOfDbt = `packages:
  - name: utils
    package: acme/utils
    version: 1.0.0
  - git: https://example.com/{{ env_var('DBT_ENV_SECRET_X') }}/y.git
    name: gitpkg
    revision: 29bfa47c5a9a619366b6cac297ccc70052df7bf1
    subdirectory: sub/x
sha1_hash: 3458097695a95835b8a0812c394a2695a794424f
`

func TestLockText(t *testing.T) {
	entries := []*yamldoc.Map{
		yamldoc.NewMap("package", "acme/utils", "version", "1.0.0", "name", "utils"),
		yamldoc.NewMap("git", "https://example.com/{{ env_var('DBT_ENV_SECRET_X') }}/y.git", "revision", "29bfa47c5a9a619366b6cac297ccc70052df7bf1",
			"subdirectory", "sub/x", "name", "gitpkg"),
	}
	const hash = "3458097695a95835b8a0812c394a2695a794424f"
	if diff := cmp.Diff(lockOfDbt, lockText(entries, hash, nil)); diff != "" {
		t.Error(diff)
	}
	sums := map[string]string{"utils": strings.Repeat("ab", 32), "gitpkg": strings.Repeat("01", 32)}
	text := lockText(entries, hash, sums)
	if !strings.HasPrefix(text, lockOfDbt+"#") {
		t.Errorf("not dbt's text and comments:\n%s", text)
	}
	got, err := readSums([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sums, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadLock(t *testing.T) {
	root := t.TempDir()
	render := config.RenderOptions{Env: config.MapEnviron(map[string]string{"DBT_ENV_SECRET_X": "hush"})}
	if l, err := readLock(root, render); l != nil || err != nil {
		t.Errorf("no file: %v, %v", l, err)
	}
	if err := os.WriteFile(filepath.Join(root, LockFile), []byte(lockOfDbt), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := readLock(root, render)
	if err != nil {
		t.Fatal(err)
	}
	if l.packages[1].Location != "https://example.com/hush/y.git" || l.packages[1].Name != "gitpkg" || l.specHash != "3458097695a95835b8a0812c394a2695a794424f" || len(l.sums) != 0 {
		t.Errorf("%+v", l)
	}
	if err := addSums(root, map[string]string{"utils": strings.Repeat("ab", 32)}); err != nil {
		t.Fatal(err)
	}
	if l, err = readLock(root, render); err != nil || l.sums["utils"] != strings.Repeat("ab", 32) || len(l.packages) != 2 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestBadSums(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for _, c := range []struct{ text, place, message string }{
		{"packages: []\n# sha256: utils abc\n", "package-lock.yml:2:1", "this is no sum of a package"},
		{"# sha256: utils\n", "package-lock.yml:1:1", "this is no sum of a package"},
		{"# sha256: a " + sum + "\n# sha256: a " + strings.Repeat("cd", 32) + "\n", "package-lock.yml:2:1", "the package a has two sums"},
	} {
		_, err := readSums([]byte(c.text))
		d, ok := diag.As(err)
		if !ok || d.Place() != c.place || !strings.Contains(d.Message, c.message) || d.Hint == "" {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

// Any text is a lock file or an error; what is read can be hashed and gone through.
func FuzzLock(f *testing.F) {
	f.Add(lockOfDbt)
	f.Add(lockOfDbt + "# sha256: utils " + strings.Repeat("ab", 32) + "\n")
	for _, s := range []string{"", "packages:", "packages: {}", "packages: [1]", "- a", "packages:\n- git: -x\n  revision: [a]", "packages:\n- local: ..\n  unrendered: 1", "packages: [{tarball: x, name: ../y}]", "# sha256:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "{%") || strings.Contains(text, "{{") {
			t.Skip() // a template may take its time
		}
		if _, err := readSums([]byte(text)); err != nil {
			if _, ok := diag.As(err); !ok {
				t.Fatalf("no diagnostic: %v", err)
			}
		}
		specs, _, err := config.ParsePackages(LockFile, []byte(text), config.RenderOptions{Env: config.MapEnviron(nil)})
		if err != nil {
			return
		}
		if len(specHash(specs)) != 40 {
			t.Fatal("no hash")
		}
		list := &listing{}
		if err := list.add(specs, nil); err != nil {
			return
		}
		for _, w := range list.all {
			if w.kind == "tarball" && strings.ContainsAny(w.name, "/\\") {
				t.Fatalf("a package may be named %q", w.name)
			}
			if w.kind == "git" && strings.HasPrefix(w.location, "-") {
				t.Fatalf("a repository may be %q", w.location)
			}
		}
	})
}
