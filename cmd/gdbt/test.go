package main

import "github.com/spf13/cobra"

func testCommand() command {
	return command{
		use: "test", short: "Run tests",
		options: []func(*cobra.Command, *options){selectOptions, resourceTypeOptions, storeFailuresOption, threadsOption},
	}
}
