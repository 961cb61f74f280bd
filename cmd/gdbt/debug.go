package main

import "github.com/spf13/cobra"

func debugCommand() command {
	return command{
		use: "debug", short: "Check the project, the profile and the connection",
		options: []func(*cobra.Command, *options){debugOptions},
	}
}

func debugOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.switchOn(&o.connection, "connection", "check the connection only")
	fs.switchOn(&o.configDir, "config-dir", "show the command that opens the folder of profiles.yml")
}
