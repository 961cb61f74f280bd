package main

import "github.com/spf13/cobra"

func runCommand() command {
	return command{
		use: "run", short: "Run models",
		options: []func(*cobra.Command, *options){selectOptions, fullRefreshOption, emptyOption, threadsOption, loadOption},
	}
}
