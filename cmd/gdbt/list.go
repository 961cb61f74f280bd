package main

import "github.com/spf13/cobra"

func listCommand() command {
	return command{
		use: "list", aliases: []string{"ls"}, short: "List the nodes of the project",
		options: []func(*cobra.Command, *options){listSelectOptions, resourceTypeOptions, listOutputOptions},
	}
}

// listSelectOptions differ from those of other commands: --models takes models only.
func listSelectOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.multi(wordsValue{&o.selects}, []string{"select"}, []string{"s"}, "nodes to take")
	fs.multi(wordsValue{&o.models}, []string{"models", "model"}, []string{"m", ""}, "models to take")
	excludeOptions(fs)
}

func listOutputOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.option(&o.output, "output", "what to print of each node", "json", "name", "path", "selector")
	fs.multi(wordsValue{&o.outputKeys}, []string{"output-keys"}, []string{""}, "fields of --output json")
}
