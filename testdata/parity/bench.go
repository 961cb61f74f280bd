package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/testdata/parity/compare"
)

// Bench runs both tools on copies of a project.
type Bench struct {
	Root, Work, Keep, DBT, GDBT string
}

// Outcome is what the steps of a case left behind, by the name of the step:
// documents with everything of machine, time and run taken out.
type Outcome map[string]json.RawMessage

// Compare runs a case on a target with both tools.
func (b *Bench) Compare(ctx context.Context, c Case, target string) ([]compare.Difference, error) {
	dbt, err := b.outcome(ctx, c, target, "dbt")
	if err != nil {
		return nil, fmt.Errorf("dbt: %w", err)
	}
	gdbt, err := b.outcome(ctx, c, target, "gdbt")
	if err != nil {
		return nil, fmt.Errorf("gdbt: %w", err)
	}
	var out []compare.Difference
	for _, s := range c.Steps {
		x, err := compare.ParseJSON(dbt[s.name()])
		if err != nil {
			return nil, err
		}
		y, err := compare.ParseJSON(gdbt[s.name()])
		if err != nil {
			return nil, err
		}
		out = append(out, compare.Documents(c.Name+"/"+target+"/"+s.name(), x, y)...)
	}
	return out, nil
}

// outcome runs the steps of a case with one tool, or takes what was kept.
func (b *Bench) outcome(ctx context.Context, c Case, target, tool string) (Outcome, error) {
	dir := filepath.Join(b.Work, c.Name, target, tool)
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := c.Write(dir); err != nil {
		return nil, err
	}
	setup := ""
	if c.Setup != nil {
		var err error
		if setup, err = c.Setup(dir, target); err != nil {
			return nil, err
		}
	}
	if err := writeProfile(dir, target); err != nil {
		return nil, err
	}
	kept := ""
	if tool == "dbt" && b.Keep != "" {
		key, err := b.key(c, dir, setup)
		if err != nil {
			return nil, err
		}
		kept = filepath.Join(b.Keep, c.Name+"-"+target+"-"+key+".json")
		raw, err := os.ReadFile(kept)
		if err == nil {
			var out Outcome
			return out, json.Unmarshal(raw, &out)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	r := &toolRun{bench: b, tool: tool, target: target, dir: dir}
	out := Outcome{}
	if err := r.prepare(ctx, c, setup); err != nil {
		return nil, err
	}
	for _, s := range c.Steps {
		doc, err := r.step(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name(), err)
		}
		if out[s.name()], err = json.Marshal(doc); err != nil {
			return nil, err
		}
	}
	if kept != "" {
		raw, err := json.Marshal(out)
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(b.Keep, 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(kept+".tmp", raw, 0o644); err != nil {
			return nil, err
		}
		if err := os.Rename(kept+".tmp", kept); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// key is a hash of all that dbt's outcome depends on, this harness's own form of
// outcomes included.
func (b *Bench) key(c Case, dir, setup string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, outcomeForm, b.DBT, c.Steps, c.Prepare, setup)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", strings.TrimPrefix(path, dir), len(raw), raw)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:12], err
}

// outcomeForm changes with what an Outcome holds.
const outcomeForm = 5

// toolRun is a tool with its copy of a project.
type toolRun struct {
	bench             *Bench
	tool, target, dir string
}

// prepare makes an empty warehouse and fills it with what the case needs.
func (r *toolRun) prepare(ctx context.Context, c Case, setup string) error {
	if err := os.MkdirAll(filepath.Join(r.dir, "warehouse"), 0o755); err != nil {
		return err
	}
	if r.target == "postgres" {
		if err := newDatabase(ctx); err != nil {
			return err
		}
	}
	if setup != "" {
		if err := execute(ctx, r.dir, r.target, setup); err != nil {
			return err
		}
	}
	if len(c.Prepare) > 0 {
		args := slices.Clone(c.Prepare)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "{root}", r.bench.Root)
		}
		if _, out, err := r.command(ctx, r.bench.GDBT, args); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		if err := os.RemoveAll(filepath.Join(r.dir, "target")); err != nil {
			return err
		}
	}
	return nil
}

// command runs a program in the copy; its exit code is no error.
func (r *toolRun) command(ctx context.Context, program string, args []string) (code int, out string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	if program, err = filepath.Abs(program); err != nil {
		return 0, "", err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	var b bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.dir, &b, &b
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DBT_") && !strings.HasPrefix(v, "GDBT_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "DBT_SEND_ANONYMOUS_USAGE_STATS=false", "DBT_USE_COLORS=false", "DBT_USE_COLORS_FILE=false", "TZ=UTC", "PGDATABASE="+database)
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil && exit.ExitCode() >= 0 {
		err = nil
	}
	return cmd.ProcessState.ExitCode(), b.String(), err
}

// step runs one command and collects what it left behind.
func (r *toolRun) step(ctx context.Context, s Step) (*compare.Object, error) {
	program := r.bench.GDBT
	if r.tool == "dbt" {
		program = r.bench.DBT
	}
	for _, old := range []string{"compiled", "run"} {
		if err := os.RemoveAll(filepath.Join(r.dir, "target", old)); err != nil {
			return nil, err
		}
	}
	code, out, err := r.command(ctx, program, s.Args)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	doc := compare.NewObject()
	doc.Set("exit", code)
	doc.Set("stdout", r.normal().stdout(out))
	for _, name := range []string{"manifest", "run_results", "catalog", "sources", "semantic_manifest", "graph_summary"} {
		raw, err := os.ReadFile(filepath.Join(r.dir, "target", name+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		v, err := compare.ParseJSON(raw)
		if err != nil {
			return nil, fmt.Errorf("%s.json: %w", name, err)
		}
		doc.Set(name, r.normal().document(name, v))
		if name == "catalog" || name == "sources" { // no later step reads them
			if err := os.Remove(filepath.Join(r.dir, "target", name+".json")); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range []string{"compiled", "run"} {
		files, err := r.texts(filepath.Join(r.dir, "target", name))
		if err != nil {
			return nil, err
		}
		doc.Set(name, files)
	}
	relations, err := r.relations(ctx)
	if err != nil {
		return nil, err
	}
	doc.Set("relations", r.normal().relations(relations))
	return doc, nil
}

// texts reads all files of a folder.
func (r *toolRun) texts(dir string) (*compare.Object, error) {
	out := compare.NewObject()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == dir {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		out.Set(filepath.ToSlash(name), r.normal().text(string(raw)))
		return err
	})
	return out, err
}

func (r *toolRun) normal() normal { return normal{dir: r.dir} }

// writeProfile replaces the project's profiles by one for the target. All projects
// have the name of their profile in dbt_project.yml.
func writeProfile(dir, target string) error {
	raw, err := os.ReadFile(filepath.Join(dir, "dbt_project.yml"))
	if err != nil {
		return err
	}
	name := ""
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "profile:"); ok {
			name = strings.Trim(strings.TrimSpace(rest), `"'`)
		}
	}
	if name == "" {
		return fmt.Errorf("dbt_project.yml names no profile")
	}
	text := name + ":\n  target: " + target + "\n  outputs:\n"
	if target == "duckdb" {
		text += "    duckdb: {type: duckdb, path: " + duckdbFile + ", schema: analytics, threads: 1}\n"
	} else {
		text += `    postgres:
      type: postgres
      host: "{{ env_var('PGHOST') }}"
      port: "{{ env_var('PGPORT', '5432') | as_number }}"
      user: "{{ env_var('PGUSER', 'postgres') }}"
      password: "{{ env_var('PGPASSWORD', '') }}"
      dbname: ` + database + `
      schema: analytics
      threads: 1
`
	}
	return os.WriteFile(filepath.Join(dir, "profiles.yml"), []byte(text), 0o644)
}
