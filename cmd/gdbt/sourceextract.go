package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func sourceExtractCommand() command {
	return command{
		parent: "source", use: "extract", short: "Fetch what is new outside into the lake (gdbt's own)",
		long: "Fetches messages and images of the channels that config.meta.gdbt of the selected source tables names, into the lake.\n" +
			"Only what is newer than the last run is fetched, and what changed in the last days; a run that was ended in any way\n" +
			"goes on where it was. Options of the command count more than the table's config.",
		example: "  gdbt source extract\n  gdbt source extract --select source:raw --since 2026-01-01\n  gdbt source extract --channel CheMed123 --backfill --max-wait 2h\n  gdbt source extract --load",
		options: []func(*cobra.Command, *options){selectOptions, extractOptions, threadsOption, resultsOption},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			results, err := p.SourceExtract(ctx, s.selection(), s.extract)
			if err != nil {
				return s.ended(ctx, err)
			}
			code := exitOK
			for _, r := range results {
				if r.Failed() {
					code = exitFailed
				}
			}
			tables := extractTables(results)
			if s.load {
				loads, err := p.SourceLoad(ctx, s.selection())
				if code = max(code, s.loaded(loads)); err != nil {
					return code, err
				}
				tables = append(tables, loadTables(loads)...)
			}
			return code, s.printTables(code, tables)
		}),
	}
}

// ended is how `source extract` and `source verify` end with an error of the whole: an interrupt is the command's, all
// else is a failure.
func (s *session) ended(ctx context.Context, err error) (int, error) {
	if ctx.Err() != nil {
		return exitUsage, err
	}
	s.report(ctx, err)
	return exitFailed, nil
}

func extractOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	x := &o.extract
	fs.multi(wordsValue{&x.Channels}, []string{"channels", "channel"}, []string{"", ""}, "channels to read instead of the config's")
	fs.add(dateValue{&x.Since}, "since", "", "read messages from this date or time on (UTC)")
	fs.add(dateValue{&x.Until}, "until", "", "read messages before this date or time (UTC)")
	fs.add(countValue{&x.FromID}, "from-id", "", "read messages from this id on")
	fs.add(countValue{&x.ToID}, "to-id", "", "read messages up to this id")
	fs.add(countValue{&x.Limit}, "limit", "", "read that many messages of a channel, the newest; 0 for all")
	fs.switchOn(&x.Full, "full", "read the whole history again")
	fs.switchOn(&x.Backfill, "backfill", "read what is older than what was read, too")
	fs.add(countValue{&x.RefreshDays}, "refresh-days", "", "look again at messages of the last days for views, edits and deletions")
	fs.switchOn(&x.Raw, "raw", "keep the whole message as it was sent beside its fields")
	fs.switchOn(&x.NoImages, "no-images", "leave images out")
	fs.switchOn(&x.Takeout, "takeout", "ask for a takeout session, which has higher limits")
	fs.add(durationValue{&x.MaxWait}, "max-wait", "", "how long to wait in all where the other side asks for it")
	fs.option(&x.Format, "format", "format of the lake's files", "json", "ndjson")
	fs.option(&x.Layout, "layout", "names of the lake's files: 2026-01-18/name.json or date=2026-01-18/channel=name/messages.json", "plain", "hive")
	fs.switchOn(&o.load, "load", "load the lake into the source tables afterwards")
}
