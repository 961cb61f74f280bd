package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func cloneCommand() command {
	return command{
		use: "clone", short: "Clone nodes from the environment of --state",
		options: []func(*cobra.Command, *options){selectOptions, resourceTypeOptions, fullRefreshOption, threadsOption, resultsOption},
		run: onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			return p.Clone(ctx, s.selection())
		}),
	}
}
