package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func docsGenerateCommand() command {
	return command{
		parent: "docs", use: "generate", short: "Write the documentation site, and manifest.json and catalog.json",
		long: "Writes index.html and its data to the target folder, beside manifest.json and catalog.json. The site opens from\n" +
			"disk, from any web server, or with `docs serve`, and asks no other machine for anything. With --state the site\n" +
			"also answers selections by state:, result: and source_status:. --no-sql leaves code out of the site, which stays so\n" +
			"in `docs serve`; manifest.json, which other tools read, has it, so it is not to be published beside the site.",
		options: []func(*cobra.Command, *options){selectOptions, docsOptions, threadsOption},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			catalog, err := p.Docs(ctx, s.selection(), engine.DocsOptions{
				CatalogOptions: engine.CatalogOptions{NoCompile: s.noCompile, Empty: s.emptyCatalog}, Static: s.static, NoSQL: s.noSQL, Version: version(),
			})
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
	fs.switchOn(&o.static, "static", "write static_index.html too, the site in one file")
	fs.switchOn(&o.noSQL, "no-sql", "leave all code out of the site; manifest.json has it (gdbt's own)")
}
