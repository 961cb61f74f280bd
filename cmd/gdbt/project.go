package main

import (
	"context"
	"errors"

	"github.com/gdbt-dev/gdbt/engine"
)

// withProject opens the project, works with it and closes it.
func withProject(work func(context.Context, *session, *engine.Project) (int, error)) func(context.Context, *session) (int, error) {
	return func(ctx context.Context, s *session) (code int, err error) {
		warehouses, err := adapters()
		if err != nil {
			return exitUsage, err
		}
		list := plugins
		if s.process.plugins != nil {
			list = s.process.plugins
		}
		plugins, err := sources(list())
		if err != nil {
			return exitUsage, err
		}
		readers := parsers()
		defer func() {
			for _, r := range readers {
				if e := r.Close(); e != nil && err == nil {
					err = e
				}
			}
		}()
		p, err := engine.Open(ctx, engine.Options{
			ProjectDir: s.projectDir, Vars: s.vars, Flags: s.flags, Env: s.env, Bus: s.bus, Adapters: warehouses, Sources: plugins, Parsers: readers,
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
