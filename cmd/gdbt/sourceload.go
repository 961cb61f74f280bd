package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func sourceLoadCommand() command {
	return command{
		parent: "source", use: "load", short: "Load the files of the lake into the source tables (gdbt's own)",
		options: []func(*cobra.Command, *options){selectOptions, fullRefreshOption, threadsOption, resultsOption},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			results, err := p.SourceLoad(ctx, s.selection())
			code := s.loaded(results)
			if err == nil {
				err = s.printTables(code, loadTables(results))
			}
			return code, err
		}),
	}
}

// loadFirst does what --load asks for. ok is false when a table could not be loaded: the run would build on old data.
func (s *session) loadFirst(ctx context.Context, p *engine.Project) (ok bool, err error) {
	if !s.load {
		return true, nil
	}
	results, err := p.LoadFor(ctx, s.selection())
	return s.loaded(results) == exitOK, err
}

func (s *session) loaded(results []engine.LoadResult) int {
	if engine.LoadFailed(results) {
		return exitFailed
	}
	return exitOK
}
