package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func snapshotCommand() command {
	return command{
		use: "snapshot", short: "Keep the history of tables that change",
		options: []func(*cobra.Command, *options){selectOptions, emptyOption, threadsOption, resultsOption},
		run: onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			return p.Snapshot(ctx, s.selection())
		}),
	}
}
