package engine

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/manifest"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Former is an earlier invocation, read back from its run_results.json, whoever
// wrote it.
type Former struct {
	// Command is what was run: "run", "build" …
	Command string
	// Args are its arguments under dbt's names.
	Args    *yamldoc.Map
	Results []manifest.RunResult
	// Started is when it was begun, or was over where its results don't say.
	Started time.Time
}

// retried are the commands that retry takes up again.
var retried = [...]string{"build", "compile", "clone", "generate", "seed", "snapshot", "test", "run", "run-operation"}

// ReadFormer reads run_results.json in dir, which is relative to the project.
// Errors are *diag.Diagnostic: there is none, it can't be read, or its command
// is not one that can be retried.
func ReadFormer(project, dir string) (*Former, error) {
	path := dir
	if !filepath.IsAbs(path) {
		path = filepath.Join(project, path)
	}
	path = filepath.Join(path, "run_results.json")
	results, err := manifest.ReadRunResults(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, diag.New(diag.RuntimeError, "Could not find previous run in '%s' target directory", dir).WithCode("no-former-run").
			WithHint("retry reads run_results.json, which the commands write at their end; --state names its folder where that is not the target folder")
	}
	if err != nil {
		return nil, err
	}
	f := &Former{Command: results.Args.Str("which"), Args: results.Args, Results: results.Results, Started: results.Metadata.Started()}
	if !slices.Contains(retried[:], f.Command) {
		what := "the last run's command is not known"
		if f.Command != "" {
			what = "`" + f.Command + "` can't be retried"
		}
		return nil, diag.New(diag.RuntimeError, "%s", what).At(path, 0, 0).WithCode("not-retriable").
			WithHint("retry takes up %s", strings.Join(retried[:len(retried)-1], ", ")+" and "+retried[len(retried)-1])
	}
	return f, nil
}

// Flags are the flags of the invocation as [config.ResolveFlags] takes them.
// Folders and --warn-error are those of the present one (dbt/task/retry.py).
func (f *Former) Flags() map[string]any {
	given := map[string]any{}
	for name, v := range f.Args.All() {
		switch name {
		case "log_path", "output_path", "profiles_dir", "project_dir", "defer_state", "target_path", "warn_error":
			continue
		case "warn_error_options":
			if m, ok := v.(*yamldoc.Map); !ok || len(m.List("error"))+len(m.List("warn"))+len(m.List("silence")) == 0 && m.Str("error") == "" {
				continue
			}
		}
		if v != nil && config.IsFlag(name) {
			given[name] = plainFlag(v)
		}
	}
	return given
}

// Options are the arguments that are no flags: select, macro, args …
func (f *Former) Options() *yamldoc.Map {
	own := yamldoc.NewMap()
	for name, v := range f.Args.All() {
		switch name {
		case "which", "vars", "invocation_command", "strict_mode":
			continue
		}
		if !config.IsFlag(name) {
			own.Set(name, v)
		}
	}
	return own
}

// Vars is the YAML text of its --vars, "" for none.
func (f *Former) Vars() (string, error) {
	vars := f.Args.Map("vars")
	if vars.Len() == 0 {
		return "", nil
	}
	text, err := yamldoc.AppendJSON(nil, vars)
	return string(text), err
}

// plainFlag is a value of JSON as a flag has it.
func plainFlag(v any) any {
	switch v := v.(type) {
	case int64:
		return int(v)
	case float64:
		return int(v)
	case *yamldoc.Map: // --sample
		if text, err := yamldoc.AppendJSON(nil, v); err == nil && v.Has("start") {
			return string(text)
		}
	case []any:
		words := make([]string, 0, len(v))
		for _, w := range v {
			words = append(words, yamldoc.Text(w))
		}
		return words
	}
	return v
}

// Retry runs again what did not succeed in an earlier invocation, with its
// command. The project must be open with its flags, see [Former]. Where nothing
// failed, nothing is done.
func (p *Project) Retry(ctx context.Context, f *Former) (*Results, error) {
	failed := f.failed(p.flags.WarnError)
	if len(failed) == 0 {
		p.bus.Emit(event.Note{Msg: "Nothing failed in the last run, there is nothing to retry"})
	}
	if f.Command == "run-operation" {
		if len(failed) == 0 {
			return &Results{}, nil
		}
		return p.RunOperation(ctx, Operation{Macro: f.Args.Str("macro"), Args: f.Args.Map("args")})
	}
	s := Selection{IDs: failed, former: f}
	switch f.Command {
	case "run":
		return p.Run(ctx, s)
	case "test":
		return p.Test(ctx, s)
	case "seed":
		return p.Seed(ctx, s)
	case "snapshot":
		return p.Snapshot(ctx, s)
	case "compile":
		return p.Compile(ctx, s, Inline{NoInject: f.Args.Value("inject_ephemeral_ctes") == false})
	case "build":
		return p.Build(ctx, s)
	case "clone":
		return p.Clone(ctx, s)
	case "generate":
		catalog, err := p.Docs(ctx, s, DocsOptions{CatalogOptions: CatalogOptions{NoCompile: f.Args.Value("compile") == false, Empty: f.Args.Value("empty_catalog") == true},
			Static: f.Args.Value("static") == true, NoSQL: f.Args.Value("no_sql") == true})
		if err == nil && len(catalog.Errors) > 0 {
			err = ErrFailed
		}
		return &Results{}, err
	}
	return nil, diag.New(diag.RuntimeError, "retry of `%s` is not there yet in this version", f.Command).WithCode("not-retriable")
}

// failed lists the nodes to run again. Hooks are not among them: they run with
// every command.
func (f *Former) failed(warnings bool) []string {
	ids := []string{}
	for _, r := range f.Results {
		switch r.Status {
		case "error", "fail", "skipped", "runtime error", "partial success":
		case "warn":
			if !warnings {
				continue
			}
		default:
			continue
		}
		if f.Command == "run-operation" || !strings.HasPrefix(r.UniqueID, "operation.") {
			ids = append(ids, r.UniqueID)
		}
	}
	return ids
}
