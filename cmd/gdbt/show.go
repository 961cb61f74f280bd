package main

import "github.com/spf13/cobra"

func showCommand() command {
	return command{
		use: "show", short: "Show the first rows of a model or of inline SQL",
		options: []func(*cobra.Command, *options){
			selectOptions, inlineOption, textOutputOption, limitOption, introspectOption, fullRefreshOption, threadsOption,
		},
	}
}

func limitOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.add(intValue{&o.limit}, "limit", "", "number of rows; -1 for all")
}
