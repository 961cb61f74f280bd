package parse

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// TestSemantics breaks a valid semantic layer in one place at a time: testdata/semantics/cases holds the name of each case,
// what is replaced by what, and what is told. dbt 1.11 finds the same in each; where it prints the innards of Python
// (a traceback, a class) our text says the same in words.
func TestSemantics(t *testing.T) {
	base, err := os.ReadFile("testdata/semantics/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/semantics/cases"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if told := semanticIssues(t, string(base)); told != "" {
		t.Fatalf("the base is not valid: %s", told)
	}
	var out strings.Builder
	for _, block := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
		name, rest, _ := strings.Cut(block, "\n")
		from, rest, _ := strings.Cut(rest, "\n")
		to, want, _ := strings.Cut(rest, "\n")
		unescape := func(line string) string { return strings.ReplaceAll(line[2:], `\n`, "\n") }
		if !strings.Contains(string(base), unescape(from)) {
			t.Fatalf("%s: the base has no %q", name, from)
		}
		got := semanticIssues(t, strings.Replace(string(base), unescape(from), unescape(to), 1))
		fmt.Fprintf(&out, "%s\n%s\n%s\n%s\n", name, from, to, got)
		if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" && !*update {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// semanticIssues parses a project and gives what is told, a line each.
func semanticIssues(t *testing.T, files string) string {
	t.Helper()
	var b strings.Builder
	opts := options(t, extract(t, txtar.Parse([]byte(files))), nil, func(d *diag.Diagnostic) error {
		if d.Code != "MFCumulativeTypeParamsDeprecation" {
			fmt.Fprintf(&b, "%s %s\n", d.Severity, line(d))
		}
		return nil
	})
	_, err := Project(t.Context(), opts)
	for _, d := range diag.Flatten(diag.ParsingError, err) {
		if d.Code != "semantic-manifest" {
			fmt.Fprintf(&b, "fails %s\n", line(d))
		}
	}
	return b.String()
}
