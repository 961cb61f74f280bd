package main

import "github.com/spf13/cobra"

func parseCommand() command {
	return command{
		use: "parse", short: "Read the project and write its manifest",
		options: []func(*cobra.Command, *options){threadsOption},
	}
}
