package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func cleanCommand() command {
	return command{
		use: "clean", short: "Remove the folders of clean-targets",
		options: []func(*cobra.Command, *options){cleanOptions},
		run: withProject(func(_ context.Context, s *session, p *engine.Project) (int, error) {
			return exitOK, p.Clean(s.flags.CleanProjectFilesOnly)
		}),
	}
}

func cleanOptions(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.boolean("clean-project-files-only", "", "leave folders outside the project alone")
}
