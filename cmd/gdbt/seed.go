package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func seedCommand() command {
	return command{
		use: "seed", short: "Load the project's CSV files",
		options: []func(*cobra.Command, *options){selectOptions, fullRefreshOption, threadsOption, resultsOption, showOption},
		run: onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			return p.Seed(ctx, s.selection())
		}),
	}
}
