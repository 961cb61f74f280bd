package macros

import (
	"io/fs"
	"regexp"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter/macrotest"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

func TestABI(t *testing.T)   { macrotest.ABI(t, FS(), "testdata/abi.txt") }
func TestNames(t *testing.T) { macrotest.Names(t, FS()) }

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
