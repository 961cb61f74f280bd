package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gdbt-dev/gdbt/engine/config"
)

// topicTexts are the pages of help that belong to no command.
//
//go:embed topics
var topicTexts embed.FS

// topics are the pages in the order of the list; environment is made from the options.
var topics = [...]struct{ name, short string }{
	{"selection", "How --select and --exclude name nodes"},
	{"profiles", "Where tables are built: profiles.yml"},
	{"environment", "Variables that set options"},
	{"warnings", "Which warnings are errors"},
	{"exit-codes", "What the exit codes mean"},
	{"telegram", "How the lake is filled from Telegram"},
}

func helpCommand() command {
	return command{
		use: "help [COMMAND|TOPIC]", short: "Show the page of a command or of a topic", words: 2,
		example: "  gdbt help build\n  gdbt help selection",
		plain: func(_ context.Context, p *process, _ *options, words []string) (int, error) {
			root := newRoot(p, newOptions(), new(int))
			if len(words) == 1 {
				for _, t := range topics {
					if t.name == words[0] {
						text, err := topicText(root, t.name)
						if err != nil {
							return exitUsage, err
						}
						_, err = fmt.Fprintf(p.stdout, "%s\n\n%s", t.short, strings.ReplaceAll(text, "gdbt ", p.program()+" "))
						return exitOK, err
					}
				}
			}
			at := root
			for _, word := range words {
				sub := findCommand(at, word)
				if sub == nil {
					known := []string{}
					for _, c := range at.Commands() {
						known = append(known, c.Name())
					}
					if at == root {
						for _, t := range topics {
							known = append(known, t.name)
						}
					}
					return exitUsage, usagef(findCommand(root, "help"), "No help for '%s'.%s", word, didYouMean(word, known))
				}
				at = sub
			}
			return exitOK, writeHelp(p.stdout, at)
		},
	}
}

func topicText(root *cobra.Command, name string) (string, error) {
	if name == "environment" {
		return environmentTopic(root), nil
	}
	text, err := topicTexts.ReadFile("topics/" + name + ".txt")
	return string(text), err
}

// environmentTopic lists the variables of the options with what these say of themselves.
func environmentTopic(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("An option of the command line counts most, then its variable, then `flags:` in dbt_project.yml, then the default. Each\n" +
		"variable has two names: DBT_ENGINE_X counts more than DBT_X. Switches take true or false, 1 or 0, yes or no.\n\n")
	help := map[string]string{}
	var collect func(*cobra.Command)
	collect = func(cmd *cobra.Command) {
		add := func(f *pflag.Flag) {
			if help[f.Name] == "" {
				help[f.Name] = f.Usage
			}
		}
		cmd.Flags().VisitAll(add)
		cmd.PersistentFlags().VisitAll(add)
		for _, c := range cmd.Commands() {
			collect(c)
		}
	}
	collect(root)
	var rows [][2]string
	for _, name := range config.FlagVariables() {
		if text := help[strings.ReplaceAll(strings.ToLower(name), "_", "-")]; text != "" {
			rows = append(rows, [2]string{"DBT_" + name, text})
		}
	}
	writeRows(&b, rows)
	b.WriteString("\nOthers:\n\n")
	writeRows(&b, [][2]string{
		{"DBT_ENV_SECRET_*", "secrets for profiles.yml and packages.yml: `env_var` gives them there only, and they are never printed"},
		{"DBT_ENV_CUSTOM_ENV_*", "go into the metadata of artifacts, into the JSON log and into Jinja's dbt_metadata_envs"},
		{"DBT_PACKAGE_HUB_URL", "where packages of the hub come from"},
		{"NO_COLOR", "no colours, when set"},
		{"GDBT_EMULATE", "the dbt that tools see: 1 for dbt 1.11 (the default), 2 for dbt 2"},
		{"GDBT_NOW", "the time of the run, like 2026-01-31T12:00:00Z, for runs that can be repeated"},
	})
	return b.String()
}

const helpWidth = 110

// writeHelp prints the page of a command: what it does, examples, its options, and those of every command.
func writeHelp(w io.Writer, cmd *cobra.Command) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n\n", usageLine(cmd))
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	b.WriteString(text + "\n")
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", strings.ReplaceAll(cmd.Example, "gdbt ", cmd.Root().Name()+" "))
	}
	if cmd.HasSubCommands() {
		for _, group := range []struct {
			title   string
			planned bool
		}{{"Commands", false}, {"Planned, not there yet", true}} {
			var rows [][2]string
			for _, c := range cmd.Commands() {
				if !c.Hidden && isPlanned(c) == group.planned {
					rows = append(rows, [2]string{c.Name(), c.Short})
				}
			}
			if rows != nil {
				fmt.Fprintf(&b, "\n%s:\n", group.title)
				writeRows(&b, rows)
			}
		}
	}
	if !cmd.HasParent() {
		var rows [][2]string
		for _, t := range topics {
			rows = append(rows, [2]string{cmd.Name() + " help " + t.name, t.short})
		}
		b.WriteString("\nTopics:\n")
		writeRows(&b, rows)
	}
	own, global := cmd.LocalNonPersistentFlags(), cmd.Root().PersistentFlags()
	if rows := optionRows(own); rows != nil {
		b.WriteString("\nOptions:\n")
		writeRows(&b, rows)
		b.WriteString("\nOptions of every command:\n")
	} else {
		b.WriteString("\nOptions:\n")
	}
	writeRows(&b, optionRows(global))
	_, err := io.WriteString(w, b.String())
	return err
}

// optionRows are the options of a set with all their names, and what they do.
func optionRows(set *pflag.FlagSet) [][2]string {
	var rows [][2]string
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		names := "--" + f.Name
		if f.Shorthand != "" {
			names = "-" + f.Shorthand + ", " + names
		} else {
			names = "    " + names
		}
		if twin := set.Lookup("no-" + f.Name); twin != nil {
			names = strings.Replace(names, "--", "--[no-]", 1)
		}
		text := f.Usage
		if !isSwitch(f) {
			kind := f.Value.Type()
			if choices, ok := strings.CutPrefix(kind, "["); ok {
				kind = "NAME"
				text += ": " + strings.ReplaceAll(strings.TrimSuffix(choices, "]"), "|", ", ")
			}
			names += " " + kind
		}
		if shown := f.Annotations[annotationNames]; len(shown) > 1 {
			text += " (also " + strings.Join(slices.DeleteFunc(slices.Clone(shown), func(n string) bool { return n == "--"+f.Name }), ", ") + ")"
		}
		rows = append(rows, [2]string{names, text})
	})
	return rows
}

// writeRows prints two columns; what is too long for the first has a line of its own, and the second is broken into lines.
func writeRows(b *strings.Builder, rows [][2]string) {
	width := 0
	for _, r := range rows {
		if n := len(r[0]); n <= 36 {
			width = max(width, n)
		}
	}
	for _, r := range rows {
		fmt.Fprintf(b, "  %-*s", width, r[0])
		if len(r[0]) > width {
			fmt.Fprintf(b, "\n  %*s", width, "")
		}
		column := width + 4
		at := column
		b.WriteString("  ")
		for i, word := range strings.Fields(r[1]) {
			if i > 0 && at+1+len(word) > helpWidth {
				fmt.Fprintf(b, "\n%*s", column, "")
				at = column
			} else if i > 0 {
				b.WriteByte(' ')
				at++
			}
			b.WriteString(word)
			at += len(word)
		}
		b.WriteByte('\n')
	}
}
