package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestComingFromDbt runs the scripts behind the README's section "Coming from dbt".
func TestComingFromDbt(t *testing.T) { runScripts(t, "coming_from_dbt") }

var comingRow = regexp.MustCompile(`(?m)^\| (.+?) \| \[(\w+)\]\(testdata/coming_from_dbt/(\w+)\.txtar\) \|$`)

// Each row of the section says what the first line of its script says, and each script has a row.
func TestComingFromDbtIsTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range comingRow.FindAllStringSubmatch(string(readme), -1) {
		if m[2] != m[3] {
			t.Errorf("the link of %q is called %q and leads to %q", m[1], m[2], m[3])
		}
		rows[m[3]] = m[1]
	}
	scripts, err := filepath.Glob("../../testdata/coming_from_dbt/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	claims := map[string]string{}
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		claims[strings.TrimSuffix(filepath.Base(name), ".txtar")] = strings.TrimPrefix(first, "# ")
	}
	if diff := cmp.Diff(claims, rows); diff != "" {
		t.Errorf("the scripts' first lines and the README's rows (-scripts +README):\n%s", diff)
	}
}
