package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func docsGenerateCommand() command {
	return command{
		parent: "docs", use: "generate", short: "Write manifest.json and catalog.json, the data of the documentation site",
		options: []func(*cobra.Command, *options){selectOptions, docsOptions, threadsOption},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			catalog, err := p.Catalog(ctx, s.selection(), engine.CatalogOptions{NoCompile: s.noCompile, Empty: s.emptyCatalog})
			switch {
			case err != nil:
				return exitUsage, err
			case len(catalog.Errors) > 0:
				return exitFailed, nil
			}
			return exitOK, nil
		}),
	}
}

func docsOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.toggle(&o.noCompile, "no-compile", "compile", "leave the nodes as they are instead of compiling them first")
	fs.switchOn(&o.emptyCatalog, "empty-catalog", "write a catalog without asking the warehouse")
	fs.switchOn(&o.static, "static", "write the site as one file (not there yet)")
}
