package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var besideFile = flag.String("beside", "", "with -oracle: file that gets what gdbt and dbt print on each command of the scripts, side by side")

// said is what both programs print on one command of a script.
type said struct {
	script, command     string
	number              int
	exitGdbt, exitDbt   int
	textGdbt, textOfDbt string
}

// beside collects what is said; its table goes to -beside.
var beside struct {
	sync.Mutex
	all []said
}

// part is something that a message can have. Ours and dbt's are found by how each writes it.
type part struct {
	name      string
	gdbt, dbt *regexp.Regexp
}

var parts = []part{
	{"file", regexp.MustCompile(`-->|--> |\w\.(sql|yml|csv|md)\b`), regexp.MustCompile(`\w\.(sql|yml|csv|md)\b`)},
	{"line", regexp.MustCompile(`--> \S+:\d+`), regexp.MustCompile(`(?i)\bline \d+|\.(sql|yml|csv):\d+`)},
	{"column", regexp.MustCompile(`--> \S+:\d+:\d+`), regexp.MustCompile(`(?i)column \d+`)},
	{"source line", regexp.MustCompile(`(?m)^\s*\d+ +\| `), regexp.MustCompile(`(?m)^\s+\d+ *\| |^    .*\S$\n^ +\^|^  line \d+\n    \S`)},
	{"macro stack", regexp.MustCompile(`> (in|called by) macro`), regexp.MustCompile(`> (in|called by) macro`)},
	{"hint", regexp.MustCompile(`(?i)= hint:|did you mean`), regexp.MustCompile(`(?i)did you mean|hint:`)},
}

// runBeside runs dbt on a copy of what the script has made so far; note takes what gdbt then said of the same.
func runBeside(ts *testscript.TestScript, args []string) (note func(exitGdbt int)) {
	copyOf, err := os.MkdirTemp("", "beside")
	ts.Check(err)
	ts.Defer(func() { os.RemoveAll(copyOf) })
	work := ts.Getenv("WORK")
	ts.Check(os.CopyFS(copyOf, os.DirFS(work)))
	ts.Check(ts.Exec("env", "-0"))
	env := strings.Split(strings.TrimRight(ts.ReadFile("stdout"), "\x00"), "\x00")
	here, err := filepath.Rel(work, ts.MkAbs("."))
	ts.Check(err)
	for i := range env {
		env[i] = strings.ReplaceAll(env[i], work, copyOf)
	}
	moved := slices.Clone(args)
	for i := range moved {
		moved[i] = strings.ReplaceAll(moved[i], work, copyOf)
	}
	dbt := exec.Command(*oracle, moved...)
	dbt.Dir, dbt.Env = filepath.Join(copyOf, here), append(env, "DBT_USE_COLORS=false", "DBT_SEND_ANONYMOUS_USAGE_STATS=false")
	out, err := dbt.CombinedOutput()
	if dbt.ProcessState == nil {
		ts.Check(err)
	}
	return func(exitGdbt int) {
		s := said{
			script: ts.Name(), command: "gdbt " + strings.Join(args, " "),
			exitGdbt: exitGdbt, exitDbt: dbt.ProcessState.ExitCode(),
			textGdbt: normalize(ts.ReadFile("stdout")+ts.ReadFile("stderr"), work), textOfDbt: normalize(string(out), copyOf),
		}
		beside.Lock()
		defer beside.Unlock()
		s.number = len(beside.all)
		beside.all = append(beside.all, s)
	}
}

// writeBeside writes the table of parts, then each pair of messages.
func writeBeside(t *testing.T) {
	t.Helper()
	slices.SortStableFunc(beside.all, func(a, b said) int {
		return cmp.Or(strings.Compare(a.script, b.script), cmp.Compare(a.number, b.number))
	})
	var b strings.Builder
	b.WriteString("| script | command | exit gdbt, dbt |")
	for _, p := range parts {
		b.WriteString(" " + p.name + " |")
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(parts)) + "\n")
	for _, s := range beside.all {
		fmt.Fprintf(&b, "| %s | `%s` | %d, %d |", s.script, s.command, s.exitGdbt, s.exitDbt)
		for _, p := range parts {
			var who []string
			if p.gdbt.MatchString(s.textGdbt) {
				who = append(who, "gdbt")
			}
			if p.dbt.MatchString(s.textOfDbt) {
				who = append(who, "dbt")
			}
			b.WriteString(" " + strings.Join(who, ", ") + " |")
		}
		b.WriteString("\n")
	}
	for _, s := range beside.all {
		fmt.Fprintf(&b, "\n## %s: `%s`\n\ngdbt, exit code %d:\n\n```\n%s```\n\ndbt, exit code %d:\n\n```\n%s```\n", s.script, s.command, s.exitGdbt, s.textGdbt, s.exitDbt, s.textOfDbt)
	}
	if err := os.WriteFile(*besideFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
