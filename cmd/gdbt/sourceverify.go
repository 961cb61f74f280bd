package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine"
)

func sourceVerifyCommand() command {
	return command{
		parent: "source", use: "verify", short: "Check the lake against what was written down when it was filled (gdbt's own)",
		long: "Reads every file of the lake and compares its records, its checksum and the images that it names with the manifest of\n" +
			"its day. Changes nothing. The exit code is 1 when something is wrong.",
		options: []func(*cobra.Command, *options){selectOptions, verifyOptions, resultsOption},
		run: withProject(func(ctx context.Context, s *session, p *engine.Project) (int, error) {
			results, err := p.SourceVerify(ctx, s.selection(), engine.VerifyOptions{Channels: s.extract.Channels, SkipImages: s.skipImages})
			if err != nil {
				return s.ended(ctx, err)
			}
			code := exitOK
			for _, r := range results {
				if len(r.Problems) > 0 {
					code = exitFailed
				}
			}
			return code, s.printTables(code, verifyTables(results))
		}),
	}
}

func verifyOptions(cmd *cobra.Command, o *options) {
	fs := flagSet{cmd.Flags(), o}
	fs.multi(wordsValue{&o.extract.Channels}, []string{"channels", "channel"}, []string{"", ""}, "channels to check instead of all")
	fs.switchOn(&o.skipImages, "skip-images", "look at the sizes of images only, not at their contents")
}
