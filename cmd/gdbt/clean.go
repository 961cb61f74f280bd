package main

import "github.com/spf13/cobra"

func cleanCommand() command {
	return command{
		use: "clean", short: "Remove the folders of clean-targets",
		options: []func(*cobra.Command, *options){cleanOptions},
	}
}

func cleanOptions(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.boolean("clean-project-files-only", "", "leave folders outside the project alone")
}
