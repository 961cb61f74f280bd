package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func cleanCommand() command {
	return command{
		use: "clean", short: "Remove the folders of clean-targets",
		long: "Removes the folders that clean-targets of dbt_project.yml names, never one that holds sources of the project. It needs\n" +
			"no profile.",
		options: []func(*cobra.Command, *options){cleanOptions},
		run: func(_ context.Context, s *session) (int, error) {
			err := engine.Clean(engine.Options{ProjectDir: s.projectDir, Vars: s.vars, Flags: s.flags, Env: s.env, Bus: s.bus, Now: s.now}, s.flags.CleanProjectFilesOnly)
			if err != nil {
				return exitUsage, err
			}
			return exitOK, nil
		},
	}
}

func cleanOptions(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.boolean("clean-project-files-only", "", "leave folders outside the project alone")
}
