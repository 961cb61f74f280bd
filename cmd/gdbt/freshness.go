package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func freshnessCommand() command {
	return command{
		parent: "source", use: "freshness", aliases: []string{"snapshot-freshness"}, short: "Check how old the sources' data is",
		options: []func(*cobra.Command, *options){selectOptions, freshnessOutputOption, threadsOption},
		run: onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			return p.Freshness(ctx, s.selection(), s.output)
		}),
	}
}

func freshnessOutputOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.add(textValue{&o.output, nil}, "output", "o", "file to write instead of sources.json")
}
