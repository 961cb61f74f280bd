package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func docsServeCommand() command {
	return command{
		parent: "docs", use: "serve", short: "Serve the documentation site",
		long: "Serves the site of the project as its files are now, with the compiled SQL, catalog and results of the target\n" +
			"folder, and loads open pages anew when something changes. It asks no warehouse and writes nothing into the project.\n" +
			"With --state the site also answers selections by state:, result: and source_status:. Without code (--no-sql, or\n" +
			"a site that was made so) it does not serve manifest.json and catalog.json either.",
		options: []func(*cobra.Command, *options){serveOptions},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			err := p.ServeDocs(ctx, engine.ServeOptions{Host: s.serveHost, Port: s.servePort, NoSQL: s.noSQL, Version: version(), Started: func(url string, port int) {
				fmt.Fprintf(s.stdout, "Serving docs at %d\nTo access from your browser, navigate to: %s\n\n\nPress Ctrl+C to exit.\n", port, url)
				if !s.noBrowser {
					openBrowser(url)
				}
			}})
			if err != nil {
				return exitUsage, err
			}
			return exitOK, nil
		}),
	}
}

func serveOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.option(&o.serveHost, "host", "address to listen on")
	fs.add(intValue{&o.servePort}, "port", "", "port to listen on; 0 takes a free one")
	fs.toggle(&o.noBrowser, "no-browser", "browser", "do not open a browser")
	fs.switchOn(&o.noSQL, "no-sql", "leave all code out, manifest.json too (gdbt's own)")
}

// openBrowser opens the address in the reader's browser. Without one nothing happens: the address is printed anyway.
func openBrowser(url string) {
	name := map[string]string{"darwin": "open", "windows": "explorer"}[runtime.GOOS]
	if name == "" {
		name = "xdg-open"
	}
	cmd := exec.Command(name, url)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }()
	}
}
