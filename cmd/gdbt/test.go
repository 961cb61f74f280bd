package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func testCommand() command {
	return command{
		use: "test", short: "Run tests",
		options: []func(*cobra.Command, *options){selectOptions, resourceTypeOptions, storeFailuresOption, threadsOption, resultsOption, showOption},
		run: onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			return p.Test(ctx, s.selection())
		}),
	}
}
