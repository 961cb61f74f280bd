package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func runCommand() command {
	return command{
		use: "run", short: "Run models",
		options: []func(*cobra.Command, *options){selectOptions, fullRefreshOption, emptyOption, threadsOption, resultsOption, loadOption, windowOptions},
		run: onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			return p.Run(ctx, s.selection())
		}),
	}
}
