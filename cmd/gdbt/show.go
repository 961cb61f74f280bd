package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func showCommand() command {
	return command{
		use: "show", short: "Show the first rows of a model or of inline SQL",
		options: []func(*cobra.Command, *options){
			selectOptions, inlineOption, textOutputOption, limitOption, introspectOption, fullRefreshOption, threadsOption,
		},
		run: onTexts(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			in := engine.Inline{SQL: s.inline, Limit: s.limit}
			results, err := p.Show(ctx, s.selection(), in)
			if err == nil {
				p.PrintRows(s.selection(), in, results, s.output)
			}
			return results, err
		}),
	}
}

func limitOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.add(intValue{&o.limit}, "limit", "", "number of rows; -1 for all")
}
