// Package macrotest holds the tests that every package of built-in macros passes.
package macrotest

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	comment    = regexp.MustCompile(`(?s)\{#.*?#\}`)
	definition = regexp.MustCompile(`(?s)\{%-?\s*(macro|test|materialization)\s+(.*?)\s*-?%\}`)
	spaces     = regexp.MustCompile(`\s+`)
)

// signature is a definition in one spelling: no spaces that mean nothing, one
// kind of quotes.
func signature(kind, text string) string {
	text = spaces.ReplaceAllString(text, "")
	return kind + " " + strings.ReplaceAll(text, `"`, `'`)
}

// definitions calls f with the kind and the text after it of every definition in
// the .sql files of fsys.
func definitions(t *testing.T, fsys fs.FS, f func(file, kind, text string)) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".sql" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		for _, m := range definition.FindAllStringSubmatch(comment.ReplaceAllString(string(text), ""), -1) {
			f(name, m[1], m[2])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ABI holds the promise to projects and packages: every definition that the file
// abi lists, a line each ("macro name(arguments)"), exists exactly once, with the
// same arguments and defaults, and whatever is added beside them has a leading
// underscore.
func ABI(t *testing.T, fsys fs.FS, abi string) {
	defined := map[string][]string{}
	definitions(t, fsys, func(file, kind, text string) {
		key := signature(kind, text)
		defined[key] = append(defined[key], file)
	})
	list, err := os.ReadFile(abi)
	if err != nil {
		t.Fatal(err)
	}
	promised := map[string]bool{}
	for line := range strings.SplitSeq(strings.TrimSpace(string(list)), "\n") {
		kind, text, _ := strings.Cut(line, " ")
		key := signature(kind, text)
		promised[key] = true
		if files := defined[key]; len(files) != 1 {
			t.Errorf("%s: defined %d times, in %q", line, len(files), files)
		}
	}
	for key, files := range defined {
		if !promised[key] && !strings.HasPrefix(key, "macro _") {
			t.Errorf("%s: %s is not in %s; a name of our own begins with an underscore", files[0], key, abi)
		}
	}
}

// Names holds that no macro is defined twice, not even with other arguments.
func Names(t *testing.T, fsys fs.FS) {
	seen := map[string]string{}
	definitions(t, fsys, func(file, kind, text string) {
		if kind != "macro" {
			return
		}
		name, _, _ := strings.Cut(text, "(")
		if other, ok := seen[name]; ok {
			t.Errorf("macro %s is in %s and in %s", name, other, file)
		}
		seen[name] = file
	})
}
