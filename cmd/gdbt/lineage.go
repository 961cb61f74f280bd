package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/event"
)

func lineageCommand() command {
	return command{
		use: "lineage", short: "Show what columns come from and what they go into (gdbt's own)",
		long: "Traces columns through the compiled SQL of the models. A word of --select is model.column or\n" +
			"source:source.table.column; + before it asks for what it comes from, + behind it for what it goes into, a\n" +
			"number for how many steps. Any other selection takes all columns of its nodes. A column that can't be traced\n" +
			"says why. With another --output than text nothing else is printed.",
		example: "  gdbt lineage -s orders.amount\n  gdbt lineage -s +orders.amount --rows\n  gdbt lineage -s source:shop.payments.amount+ --output mermaid\n" +
			"  gdbt lineage -s tag:finance --output openlineage",
		options: []func(*cobra.Command, *options){selectOptions, lineageOptions, introspectOption, fullRefreshOption, threadsOption},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			l, err := p.ColumnLineage(ctx, s.selection(), engine.ColumnLineageOptions{
				LineageOptions: engine.LineageOptions{NoCatalog: s.emptyCatalog},
				Upstream:       s.lineage.upstream, Downstream: s.lineage.downstream, Depth: s.lineage.depth,
				// What reads the output picks for itself; a tree would be full of them.
				Rows: s.lineage.rows || s.output == "json",
			})
			if err != nil {
				return exitUsage, err
			}
			lines, err := lineageLines(l, s.output)
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

// lineageFlags are the options of lineage.
type lineageFlags struct {
	upstream, downstream, rows bool
	depth                      int
}

func lineageOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.switchOn(&o.lineage.upstream, "upstream", "show only what the columns come from")
	fs.switchOn(&o.lineage.downstream, "downstream", "show only what the columns go into")
	fs.add(intValue{&o.lineage.depth}, "depth", "", "how many steps to go (default: all)")
	fs.switchOn(&o.lineage.rows, "rows", "show the columns that decide which rows come out, too")
	fs.option(&o.output, "output", "what to print", "json", "mermaid", "openlineage", "text")
	fs.switchOn(&o.emptyCatalog, "empty-catalog", "do not ask the warehouse which columns there are")
}

// lineageLines prints the lineage in a format.
func lineageLines(l *engine.ColumnLineage, format string) ([]string, error) {
	switch format {
	case "json":
		raw, err := json.MarshalIndent(l.Traces, "", "  ")
		return []string{string(raw)}, err
	case "mermaid":
		return l.Mermaid(), nil
	case "openlineage":
		return l.OpenLineage()
	}
	return l.Text(), nil
}
