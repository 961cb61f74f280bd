package main

import "github.com/spf13/cobra"

func seedCommand() command {
	return command{
		use: "seed", short: "Load the project's CSV files",
		options: []func(*cobra.Command, *options){selectOptions, fullRefreshOption, threadsOption, showOption},
	}
}
