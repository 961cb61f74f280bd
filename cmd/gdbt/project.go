package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// withProject opens the project, works with it and closes it.
func withProject(work func(context.Context, *session, *engine.Project) (int, error)) func(context.Context, *session) (int, error) {
	return func(ctx context.Context, s *session) (code int, err error) {
		warehouses, err := adapters()
		if err != nil {
			return exitUsage, err
		}
		plugins, err := sources()
		if err != nil {
			return exitUsage, err
		}
		p, err := engine.Open(ctx, engine.Options{
			ProjectDir: s.projectDir, Vars: s.vars, Flags: s.flags, Env: s.env, Bus: s.bus, Adapters: warehouses, Sources: plugins,
			Now: s.now, Args: s.commandArgs(), DbtVersion: s.dbt.version, ShowRows: s.showRows(), Command: s.commandLine(),
		})
		if err != nil {
			return exitUsage, err
		}
		defer func() {
			if e := p.Close(); e != nil && err == nil {
				err = e
			}
		}()
		return work(ctx, s, p)
	}
}

// onNodes is a command that works on nodes; its exit code is that of its results.
func onNodes(work func(context.Context, *session, *engine.Project) (*engine.Results, error)) func(context.Context, *session) (int, error) {
	return onTexts(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
		results, err := timed(ctx, s, p, work)
		if err == nil && s.output == "json" {
			err = s.printResults(results)
		}
		return results, err
	})
}

// timed tells the live view how long the nodes took last time, and keeps how long they take now.
func timed(ctx context.Context, s *session, p *engine.Project, work func(context.Context, *session, *engine.Project) (*engine.Results, error)) (*engine.Results, error) {
	if s.live == nil {
		return work(ctx, s, p)
	}
	t := readTimings(p.TargetDir())
	s.live.Expect(t.expected(s.cmd.Name()))
	results, err := work(ctx, s, p)
	if err == nil {
		t.add(s.cmd.Name(), results)
		t.write(p.TargetDir())
	}
	return results, err
}

// onTexts is a command that renders nodes only, which keeps no times and prints for itself. A node that fails is an error
// of it (exit code 2).
func onTexts(work func(context.Context, *session, *engine.Project) (*engine.Results, error)) func(context.Context, *session) (int, error) {
	return withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
		if ok, err := s.loadFirst(ctx, p); err != nil || !ok {
			return exitFailed, err
		}
		results, err := work(ctx, s, p)
		code := engine.ExitCode(results, err)
		if errors.Is(err, engine.ErrFailed) {
			err = nil // told already
		}
		return code, err
	})
}

// selection is what --select and its siblings say.
func (s *session) selection() engine.Selection {
	return engine.Selection{
		Select: s.selects, Exclude: s.exclude, Selector: s.selector,
		ResourceTypes: s.flags.ResourceTypes, ExcludeTypes: s.flags.ExcludeResourceTypes,
	}
}

// commandArgs are the command's own options under dbt's names, for artifacts and Jinja.
func (s *session) commandArgs() *yamldoc.Map {
	if s.formerArgs != nil {
		return s.formerArgs
	}
	args := yamldoc.NewMap()
	has := func(name string) bool { return s.cmd.Flags().Lookup(name) != nil }
	list := func(name string, words []string) {
		if has(name) {
			args.Set(name, anyWords(words))
		}
	}
	text := func(name, value string) {
		if has(name) && value != "" {
			args.Set(name, value)
		}
	}
	list("select", s.selects)
	list("exclude", s.exclude)
	text("selector", s.selector)
	text("inline", s.inline)
	if has("limit") {
		args.Set("limit", s.limit)
	}
	if has("output") {
		standard := "text"
		if has("output-keys") {
			standard = "selector"
		}
		args.Set("output", cmp.Or(s.output, standard))
	}
	if has("args") && len(s.words) > 0 {
		args.Set("macro", s.words[0])
		if m, err := s.macroKeywords(); err == nil && m.Len() > 0 {
			args.Set("args", m)
		}
	}
	if has("inject-ephemeral-ctes") {
		args.Set("inject_ephemeral_ctes", !s.noInject)
	}
	if has("show") {
		args.Set("show", s.show)
	}
	return args
}

func anyWords(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}
