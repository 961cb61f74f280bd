package main

import "github.com/spf13/cobra"

func buildCommand() command {
	return command{
		use: "build", short: "Load seeds, run models and run tests, in the order of the references",
		options: []func(*cobra.Command, *options){
			selectOptions, resourceTypeOptions, fullRefreshOption, emptyOption, storeFailuresOption, threadsOption, showOption, loadOption,
		},
	}
}
