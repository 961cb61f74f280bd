package main

import "github.com/spf13/cobra"

func sourceLoadCommand() command {
	return command{
		parent: "source", use: "load", short: "Load the files of the lake into the source tables (gdbt's own)",
		options: []func(*cobra.Command, *options){selectOptions, fullRefreshOption, threadsOption},
	}
}
