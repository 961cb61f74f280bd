package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// onScreen runs a command as if its output were a terminal.
func onScreen(t *testing.T, columns int, env []string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	p := process{
		stdout: &out, stderr: &errs, environ: func() []string { return append([]string{"HOME=" + t.TempDir()}, env...) },
		terminal: func() (int, int) { return columns, 24 },
	}
	if code := p.run(context.Background(), args); code != exitOK {
		t.Fatalf("%v: exit code %d\n%s%s", args, code, errs.String(), out.String())
	}
	return out.String()
}

// A terminal gets tables that fit, highlighted SQL and a view of what runs; flags and NO_COLOR turn them off.
func TestTerminal(t *testing.T) {
	dir := t.TempDir()
	if err := copyTree(filepath.Join("..", "..", "testdata", "projects", "shop"), dir); err != nil {
		t.Fatal(err)
	}
	gdbt := func(columns int, env []string, args ...string) string {
		return onScreen(t, columns, env, append(args, "--project-dir", dir, "--profiles-dir", dir, "--target-path", filepath.Join(dir, "target"))...)
	}
	out := gdbt(80, nil, "build", "-s", "raw_orders", "stg_orders", "--indirect-selection", "cautious")
	for _, want := range []string{"\x1b[32mPASS\x1b[0m", "\x1b[J", "1 of 4 seed file main.raw_orders", " done, 1 running"} {
		if !strings.Contains(out, want) {
			t.Errorf("build: no %q in\n%q", want, out)
		}
	}
	if strings.Contains(out, "START seed file") {
		t.Errorf("build: lines of starts beside the view:\n%s", out)
	}
	if out := gdbt(80, nil, "build", "--no-live", "-s", "raw_orders", "stg_orders", "--indirect-selection", "cautious"); !strings.Contains(out, "START seed file") || strings.Contains(out, "\x1b[J") {
		t.Errorf("--no-live:\n%q", out)
	}
	if out := gdbt(80, []string{"NO_COLOR=1"}, "build", "-s", "raw_orders", "stg_orders", "--indirect-selection", "cautious"); strings.Contains(out, "\x1b[3") || !strings.Contains(out, "\x1b[J") {
		t.Errorf("NO_COLOR:\n%q", out)
	}
	if out := gdbt(80, []string{"NO_COLOR=1"}, "build", "--use-colors", "-s", "raw_orders", "stg_orders", "--indirect-selection", "cautious"); !strings.Contains(out, "\x1b[32m") {
		t.Errorf("NO_COLOR with --use-colors:\n%q", out)
	}
	if out := gdbt(30, nil, "show", "-q", "-s", "stg_orders", "--indirect-selection", "empty"); !strings.Contains(out, "| ... |") {
		t.Errorf("show does not leave out columns:\n%s", out)
	} else {
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 30 {
				t.Errorf("show: a line of %d columns: %q", n, line)
			}
		}
	}
	if out := gdbt(80, nil, "compile", "-q", "-s", "stg_orders"); !strings.Contains(out, "\x1b[34mselect\x1b[0m id") {
		t.Errorf("compile: SQL is not highlighted: %q", out)
	}
	if out := gdbt(80, nil, "compile", "-q", "-s", "stg_orders", "--output", "json"); strings.Contains(out, `\u001b`) {
		t.Errorf("compile --output json: colours in %q", out)
	}
}
