package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func compileCommand() command {
	return command{
		use: "compile", short: "Write the SQL of models, tests and analyses to the target folder",
		options: []func(*cobra.Command, *options){
			selectOptions, inlineOption, textOutputOption, introspectOption, fullRefreshOption, emptyOption, threadsOption, injectOption,
		},
		run: onTexts(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			in := engine.Inline{SQL: s.inline, NoInject: s.noInject}
			results, err := p.Compile(ctx, s.selection(), in)
			if err == nil {
				p.PrintCompiled(s.selection(), in, results, s.output)
			}
			return results, err
		}),
	}
}

func injectOption(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.add(switchValue{&o.noInject, false}, "inject-ephemeral-ctes", "", "put the CTEs of ephemeral models into the SQL").NoOptDefVal = "true"
	twin := fs.add(switchValue{&o.noInject, true}, "no-inject-ephemeral-ctes", "", "the opposite")
	twin.NoOptDefVal = "true"
	fs.Lookup("inject-ephemeral-ctes").Hidden, twin.Hidden = true, true
}

func inlineOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.option(&o.inline, "inline", "SQL with Jinja to take instead of a node")
}

func textOutputOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.option(&o.output, "output", "format of the output", "json", "text")
}
