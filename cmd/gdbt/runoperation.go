package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func runOperationCommand() command {
	return command{
		use: "run-operation MACRO", words: 1, short: "Run a macro of the project or of a package",
		options: []func(*cobra.Command, *options){macroArgsOption, threadsOption},
		run: onNodes(func(ctx context.Context, s *session, p *engine.Project) (*engine.Results, error) {
			args, err := s.macroKeywords()
			if err != nil {
				return nil, err
			}
			return p.RunOperation(ctx, engine.Operation{Macro: s.words[0], Args: args})
		}),
	}
}

// macroKeywords are the values of --args.
func (s *session) macroKeywords() (*yamldoc.Map, error) {
	if s.macroArgs == "" {
		return nil, nil
	}
	return mapping(s.macroArgs)
}

func macroArgsOption(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.add(varsValue{&o.macroArgs}, "args", "", "arguments of the macro: '{name: value}'")
}
