package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
)

func listCommand() command {
	return command{
		use: "list", aliases: []string{"ls"}, short: "List the nodes of the project",
		options: []func(*cobra.Command, *options){listSelectOptions, resourceTypeOptions, listOutputOptions},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			selection, err := s.listSelection()
			if err != nil {
				return exitUsage, err
			}
			if s.tree && s.output == "json" {
				return exitUsage, diag.New(diag.RuntimeError, "--tree draws text: it does not go with --output json")
			}
			lines, err := p.List(ctx, selection, engine.ListOptions{Output: s.output, Keys: s.outputKeys, Tree: s.tree})
			if err != nil {
				return exitUsage, err
			}
			for _, line := range lines {
				s.bus.Emit(event.PrintEvent{Msg: line})
			}
			return exitOK, nil
		}),
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
	fs.switchOn(&o.tree, "tree", "draw the nodes under what they depend on")
	fs.option(&o.output, "output", "what to print of each node", "json", "name", "path", "selector")
	fs.multi(wordsValue{&o.outputKeys}, []string{"output-keys"}, []string{""}, "fields of --output json")
}

// listSelection turns --models into a selection of models.
func (s *session) listSelection() (engine.Selection, error) {
	selection := s.selection()
	if len(s.models) == 0 {
		return selection, nil
	}
	switch {
	case len(s.selects) > 0:
		return selection, diag.New(diag.RuntimeError, `"models" and "select" are mutually exclusive arguments`)
	case len(selection.ResourceTypes) > 0:
		return selection, diag.New(diag.RuntimeError, `"models" and "resource_type" are mutually exclusive arguments`)
	}
	selection.Select, selection.ResourceTypes = s.models, []string{"model"}
	return selection, nil
}
