package macros

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

var (
	comment    = regexp.MustCompile(`(?s)\{#.*?#\}`)
	definition = regexp.MustCompile(`(?s)\{%-?\s*(macro|test|materialization)\s+(.*?)\s*-?%\}`)
	spaces     = regexp.MustCompile(`\s+`)
)

// signature is a definition in one spelling: no spaces that mean nothing, one kind of quotes.
func signature(kind, text string) string {
	text = spaces.ReplaceAllString(text, "")
	return kind + " " + strings.ReplaceAll(text, `"`, `'`)
}

// TestABI holds the promise to projects and packages: every macro of dbt's package exists exactly once, with the same
// arguments and defaults, and whatever is added beside them has a leading underscore.
func TestABI(t *testing.T) {
	defined := map[string][]string{}
	err := fs.WalkDir(FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".sql" {
			return err
		}
		text, err := fs.ReadFile(FS(), name)
		if err != nil {
			return err
		}
		for _, m := range definition.FindAllStringSubmatch(comment.ReplaceAllString(string(text), ""), -1) {
			key := signature(m[1], m[2])
			defined[key] = append(defined[key], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	abi, err := os.ReadFile("testdata/abi.txt")
	if err != nil {
		t.Fatal(err)
	}
	promised := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(string(abi)), "\n") {
		kind, text, _ := strings.Cut(line, " ")
		key := signature(kind, text)
		promised[key] = true
		if files := defined[key]; len(files) != 1 {
			t.Errorf("%s: defined %d times, in %q", line, len(files), files)
		}
	}
	for key, files := range defined {
		if !promised[key] && !strings.HasPrefix(key, "macro _") {
			t.Errorf("%s: %s is not in testdata/abi.txt; a name of our own begins with an underscore", files[0], key)
		}
	}
}

// TestNames holds that no macro is defined twice with different arguments.
func TestNames(t *testing.T) {
	seen := map[string]string{}
	err := fs.WalkDir(FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".sql" {
			return err
		}
		text, err := fs.ReadFile(FS(), name)
		if err != nil {
			return err
		}
		for _, m := range definition.FindAllStringSubmatch(comment.ReplaceAllString(string(text), ""), -1) {
			if m[1] != "macro" {
				continue
			}
			macro, _, _ := strings.Cut(m[2], "(")
			if other, ok := seen[macro]; ok {
				t.Errorf("macro %s is in %s and in %s", macro, other, name)
			}
			seen[macro] = name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOverview: the docs site's front page text, which projects replace by a docs block of the same name.
func TestOverview(t *testing.T) {
	text, err := fs.ReadFile(FS(), "docs/overview.md")
	if err != nil {
		t.Fatal(err)
	}
	if blocks := regexp.MustCompile(`(?s)\{% docs __overview__ %\}.+?\{% enddocs %\}`).FindAll(text, -1); len(blocks) != 1 {
		t.Errorf("docs/overview.md has %d blocks named __overview__, want 1", len(blocks))
	}
}

// TestSyntax parses every file with the engine that runs it.
func TestSyntax(t *testing.T) {
	env := jinja.NewEnv(jinja.Options{MangleMacros: true})
	err := fs.WalkDir(FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(FS(), name)
		if err != nil {
			return err
		}
		if _, err := env.Parse(name, string(text)); err != nil {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
