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
			selectOptions, inlineOption, inlineDirectOption, textOutputOption, limitOption, introspectOption, fullRefreshOption, threadsOption,
		},
		run: func(ctx context.Context, s *session) (int, error) {
			if s.inlineDirect != "" {
				return showDirect(ctx, s)
			}
			return showNodes(ctx, s)
		},
	}
}

func showNodes(ctx context.Context, s *session) (int, error) {
	return onTexts(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
		in := engine.Inline{SQL: s.inline, Limit: s.limit}
		results, err := p.Show(ctx, s.selection(), in)
		if err == nil {
			p.PrintRows(s.selection(), in, results, s.output)
		}
		return results, err
	})(ctx, s)
}

// showDirect sends SQL as it is, past the project.
func showDirect(ctx context.Context, s *session) (int, error) {
	return withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
		return exitOK, p.ShowDirect(ctx, s.inlineDirect, s.limit, s.output)
	})(ctx, s)
}

func inlineDirectOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.hide(textValue{&o.inlineDirect, nil}, "inline-direct", "SQL to send as it is")
}

func limitOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.add(intValue{&o.limit}, "limit", "", "number of rows; -1 for all")
}
