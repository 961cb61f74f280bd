package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func buildCommand() command {
	return command{
		use: "build", short: "Load seeds, run models and run tests, in the order of the references",
		options: []func(*cobra.Command, *options){
			selectOptions, resourceTypeOptions, fullRefreshOption, emptyOption, storeFailuresOption, threadsOption, resultsOption, showOption, loadOption, savedQueryOptions, windowOptions,
		},
		run: onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			return p.Build(ctx, s.selection())
		}),
	}
}
