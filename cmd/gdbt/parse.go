package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func parseCommand() command {
	return command{
		use: "parse", short: "Read the project and write its manifest",
		options: []func(*cobra.Command, *options){threadsOption},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			if _, err := p.Parse(ctx); err != nil {
				return exitUsage, err
			}
			if err := p.WritePerfInfo(); err != nil {
				return exitUsage, err
			}
			return exitOK, p.WriteManifest()
		}),
	}
}
