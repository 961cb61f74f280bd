// Command packages runs the integration tests of public dbt packages with gdbt and
// with dbt, and tells what dbt passes and gdbt does not.
//
//	go run ./testdata/packages -checkouts DIR [-dbt PATH] [-gdbt PATH] [-package NAMES] [-target duckdb|postgres]
//
// It is for developers; no test needs it. -checkouts holds the packages' public
// repositories, each in a folder of its name (dbt-utils, dbt-expectations …);
// they are copied and not changed, but for a profiles.yml beside the copy. Packages
// that they need are taken from there too, so nothing is fetched. PostgreSQL is
// the server of PGHOST, PGPORT, PGUSER and PGPASSWORD, where a database
// `gdbt_packages` is dropped and created; without PGHOST only DuckDB is tried.
//
// Without -dbt the results of gdbt are only printed. What dbt did is kept in the
// folder of -keep and taken from there. The exit code is 1 when a node passes
// with dbt and not with gdbt, or warns with one of them only. A test of data that
// the project makes with random() may pass or warn with either: such differences
// are told and not counted.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.StringVar(&o.checkouts, "checkouts", "", "folder of the checked-out packages")
	flag.StringVar(&o.dbt, "dbt", "", "path of dbt 1.11; empty compares with nothing")
	flag.StringVar(&o.gdbt, "gdbt", "", "path of gdbt; empty builds it")
	flag.StringVar(&o.keep, "keep", "", "folder that keeps what dbt did; empty keeps nothing")
	flag.StringVar(&o.work, "work", "", "folder for the copies, kept afterwards; empty for a temporary one")
	names := flag.String("package", "", "names of packages, with commas; empty for all")
	target := flag.String("target", "", "duckdb or postgres; empty for both")
	flag.Parse()
	ok, err := o.run(ctx, split(*names), *target)
	if err != nil {
		fmt.Fprintln(os.Stderr, "packages:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

type options struct{ checkouts, dbt, gdbt, keep, work string }

func (o *options) run(ctx context.Context, names []string, target string) (bool, error) {
	if o.checkouts == "" {
		return false, errors.New("-checkouts is needed")
	}
	if o.work == "" {
		dir, err := os.MkdirTemp("", "packages")
		if err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
		o.work = dir
	}
	for _, p := range []*string{&o.checkouts, &o.work, &o.gdbt, &o.dbt, &o.keep} {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return false, err
		}
		*p = abs
	}
	if o.gdbt == "" {
		o.gdbt = filepath.Join(o.work, "gdbt")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", o.gdbt, "./cmd/gdbt").CombinedOutput(); err != nil {
			return false, fmt.Errorf("building gdbt: %w\n%s", err, out)
		}
	}
	good := true
	for _, c := range Cases() {
		if len(names) > 0 && !slices.Contains(names, c.Name) {
			continue
		}
		for _, t := range []string{"duckdb", "postgres"} {
			if target != "" && t != target || c.Targets != nil && !slices.Contains(c.Targets, t) || t == "postgres" && os.Getenv("PGHOST") == "" {
				continue
			}
			ok, err := o.compare(ctx, c, t)
			if err != nil {
				return false, fmt.Errorf("%s on %s: %w", c.Name, t, err)
			}
			good = good && ok
		}
	}
	return good, nil
}

// Step is what one command left behind.
type Step struct {
	Command []string
	Code    int
	// Results holds status and message of each node.
	Results map[string]Result
	// Tail is the end of what was printed, of a command without results.
	Tail string
}

// Result is the outcome of one node.
type Result struct{ Status, Message string }

func (r Result) ok() bool {
	return slices.Contains([]string{"success", "pass", "warn", "no-op"}, r.Status)
}

// compare runs a case with both tools and prints what gdbt does worse.
func (o *options) compare(ctx context.Context, c Case, target string) (bool, error) {
	ours, err := o.steps(ctx, c, target, "gdbt", o.gdbt)
	if err != nil {
		return false, err
	}
	var theirs []Step
	if o.dbt != "" {
		if theirs, err = o.reference(ctx, c, target); err != nil {
			return false, err
		}
	}
	random, err := randomNodes(o.project(c, target, "gdbt"))
	if err != nil {
		return false, err
	}
	ok := true
	for i, s := range ours {
		line := fmt.Sprintf("%-22s %-9s %-30s gdbt %s", c.Name, target, strings.Join(s.Command, " "), s.summary())
		var worse, byChance []string
		if theirs != nil {
			line += ", dbt " + theirs[i].summary()
			worse, byChance = s.worse(theirs[i], random)
		}
		fmt.Println(line)
		for _, w := range byChance {
			fmt.Println("    of random data: " + w)
		}
		for i, w := range worse {
			if i == 20 {
				fmt.Printf("    … %d more\n", len(worse)-i)
				break
			}
			fmt.Println("    " + w)
		}
		ok = ok && len(worse) == 0
	}
	return ok, nil
}

func (s Step) summary() string {
	n := 0
	for _, r := range s.Results {
		if r.ok() {
			n++
		}
	}
	return fmt.Sprintf("%d of %d (exit %d)", n, len(s.Results), s.Code)
}

// worse lists what dbt passes and gdbt does not. byChance are the tests of random data of which one passes and the other warns.
func (s Step) worse(dbt Step, random map[string]bool) (out, byChance []string) {
	for id, r := range dbt.Results {
		if o := s.Results[id]; r.ok() && !o.ok() {
			message, _, _ := strings.Cut(strings.TrimSpace(o.Message), "\n\n")
			out = append(out, fmt.Sprintf("%s: dbt %s, gdbt %s: %s", id, r.Status, o.Status, message))
		} else if r.ok() && o.Status != r.Status {
			told := fmt.Sprintf("%s: dbt %s, gdbt %s", id, r.Status, o.Status)
			if random[id] {
				byChance = append(byChance, told)
			} else {
				out = append(out, told)
			}
		}
	}
	slices.Sort(out)
	slices.Sort(byChance)
	if s.Code != dbt.Code && (dbt.Code == 0 || len(s.Results) == 0) {
		out = append(out, fmt.Sprintf("exit code %d, with dbt %d\n%s", s.Code, dbt.Code, s.Tail))
	}
	return out, byChance
}

// reference is what dbt did, now or before.
func (o *options) reference(ctx context.Context, c Case, target string) ([]Step, error) {
	file := filepath.Join(o.keep, c.Name+"."+target+".json")
	if o.keep != "" {
		if raw, err := os.ReadFile(file); err == nil {
			var steps []Step
			if json.Unmarshal(raw, &steps) == nil && slices.EqualFunc(steps, c.Steps, func(s Step, cmd []string) bool { return slices.Equal(s.Command, cmd) }) {
				return steps, nil
			}
		}
	}
	steps, err := o.steps(ctx, c, target, "dbt", o.dbt)
	if err != nil || o.keep == "" {
		return steps, err
	}
	raw, err := json.Marshal(steps)
	if err != nil {
		return nil, err
	}
	return steps, errors.Join(os.MkdirAll(o.keep, 0o755), os.WriteFile(file, raw, 0o644))
}

// steps copies the package, makes a fresh warehouse and runs the commands.
func (o *options) steps(ctx context.Context, c Case, target, label, tool string) ([]Step, error) {
	dir, profiles, err := o.prepare(ctx, c, target, label)
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, cmd := range c.Steps {
		s := Step{Command: cmd, Results: map[string]Result{}}
		results := filepath.Join(dir, "target", "run_results.json")
		_ = os.Remove(results) // of the step before; it may not be there
		x := exec.CommandContext(ctx, tool, append(slices.Clone(cmd), "--target", target, "--profiles-dir", profiles, "--no-use-colors")...)
		x.Dir = dir
		x.Env = append(os.Environ(), "DBT_SEND_ANONYMOUS_USAGE_STATS=false")
		x.Env = append(x.Env, c.Env...)
		var out bytes.Buffer
		x.Stdout, x.Stderr = &out, &out
		err := x.Run()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			s.Code = exit.ExitCode()
		} else if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(profiles, fmt.Sprintf("%d_%s.txt", len(steps), cmd[0])), out.Bytes(), 0o644); err != nil {
			return nil, err
		}
		text := strings.TrimRight(out.String(), "\n")
		s.Tail = text[max(0, len(text)-2000):]
		if err := s.read(results); err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func (s *Step) read(file string) error {
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var doc struct {
		Results []struct {
			UniqueID string `json:"unique_id"`
			Status   string
			Message  *string
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return err
	}
	for _, r := range doc.Results {
		message := ""
		if r.Message != nil {
			message = *r.Message
		}
		s.Results[r.UniqueID] = Result{r.Status, message}
	}
	return nil
}

// base is the folder of a case that a tool runs, project the project in it.
func (o *options) base(c Case, target, label string) string {
	return filepath.Join(o.work, c.Name+"."+target, label)
}

func (o *options) project(c Case, target, label string) string {
	return filepath.Join(o.base(c, target, label), c.Folder, filepath.FromSlash(c.Project))
}

// prepare copies the case; profiles is the folder of its profiles.yml, and of what the commands print.
func (o *options) prepare(ctx context.Context, c Case, target, label string) (dir, profiles string, err error) {
	base := o.base(c, target, label)
	if err := os.RemoveAll(base); err != nil {
		return "", "", err
	}
	repo := filepath.Join(base, c.Folder)
	if err := copyRepo(filepath.Join(o.checkouts, c.Folder), repo); err != nil {
		return "", "", err
	}
	dir = o.project(c, target, label)
	for name, from := range c.Packages {
		if err := copyRepo(filepath.Join(o.checkouts, filepath.FromSlash(from)), filepath.Join(dir, "dbt_packages", name)); err != nil {
			return "", "", err
		}
	}
	profiles = filepath.Join(base, "profiles")
	if err := os.MkdirAll(profiles, 0o755); err != nil {
		return "", "", err
	}
	var text strings.Builder
	for _, name := range []string{"integration_tests", "dbt_artifacts", "elementary_tests"} {
		fmt.Fprintf(&text, profileText, name, target, filepath.Join(base, "warehouse.duckdb"))
	}
	if err := os.WriteFile(filepath.Join(profiles, "profiles.yml"), []byte(text.String()), 0o600); err != nil {
		return "", "", err
	}
	if target == "postgres" {
		err = newDatabase(ctx)
	}
	return dir, profiles, err
}

const profileText = `%s:
  target: %s
  outputs:
    duckdb: {type: duckdb, path: %s, schema: tests, threads: 4}
    postgres:
      type: postgres
      host: "{{ env_var('PGHOST') }}"
      port: "{{ env_var('PGPORT', '5432') | as_number }}"
      user: "{{ env_var('PGUSER') }}"
      password: "{{ env_var('PGPASSWORD') }}"
      dbname: ` + database + `
      schema: tests
      threads: 4
`

const database = "gdbt_packages"

// copyRepo copies a folder without its history and what a run leaves in it.
func copyRepo(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && slices.Contains([]string{".git", "target", "logs", "dbt_packages"}, d.Name()):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), raw, 0o644)
	})
}
