package main

import (
	"context"
	"embed"
	"fmt"
	"strings"
)

// completions are the scripts that tie a shell to completeLine.
//
//go:embed completion
var completions embed.FS

var shells = []string{"bash", "fish", "zsh"}

func completionCommand() command {
	return command{
		use: "completion SHELL", short: "Print the completion script of bash, zsh or fish", words: 1,
		long: "Prints a script that makes the shell complete commands, options, selectors, names of nodes, targets and profiles.\n" +
			"Names come from the manifest.json of the last run, or from the project's files when there is none.",
		example: "  source <(gdbt completion bash)                                  # in ~/.bashrc\n" +
			"  source <(gdbt completion zsh)                                   # in ~/.zshrc, behind compinit\n" +
			"  gdbt completion fish > ~/.config/fish/completions/gdbt.fish",
		plain: func(_ context.Context, p *process, _ *options, words []string) (int, error) {
			script, err := completions.ReadFile("completion/" + words[0])
			if err != nil {
				return exitUsage, usagef(nil, "Invalid value for 'SHELL': '%s' is not one of '%s'.", words[0], strings.Join(shells, "', '"))
			}
			fmt.Fprint(p.stdout, strings.ReplaceAll(string(script), "PROGRAM", p.program()))
			return exitOK, nil
		},
	}
}
