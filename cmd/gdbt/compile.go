package main

import "github.com/spf13/cobra"

func compileCommand() command {
	return command{
		use: "compile", short: "Write the SQL of models, tests and analyses to the target folder",
		options: []func(*cobra.Command, *options){
			selectOptions, inlineOption, textOutputOption, introspectOption, fullRefreshOption, emptyOption, threadsOption,
		},
	}
}

func inlineOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.option(&o.inline, "inline", "SQL with Jinja to take instead of a node")
}

func textOutputOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.option(&o.output, "output", "format of the output", "json", "text")
}
