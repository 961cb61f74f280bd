package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand writes the pages of help in the form of man.
func manCommand() command {
	return command{
		use: "man", short: "Write man pages (gdbt's own)",
		long:    "Writes a man page for each command, gdbt-build.1 and so on, and for each topic of help, into the folder of --dir.",
		example: "  gdbt man --dir ~/.local/share/man/man1 && man gdbt-build",
		options: []func(*cobra.Command, *options){manOptions},
		plain: func(_ context.Context, p *process, o *options, _ []string) (int, error) {
			if o.dir == "" {
				return exitUsage, usagef(nil, "Missing option '--dir', the folder of the pages.")
			}
			pages, err := manPages(newRoot(&process{}, newOptions(), new(int)))
			if err != nil {
				return exitUsage, err
			}
			if err := os.MkdirAll(o.dir, 0o755); err != nil {
				return exitUsage, fmt.Errorf("man: %w", err)
			}
			for _, page := range pages {
				if err := replaceFile(filepath.Join(o.dir, page.name), []byte(page.text), 0o644); err != nil {
					return exitUsage, err
				}
			}
			fmt.Fprintf(p.stdout, "Wrote %d pages to %s\n", len(pages), o.dir)
			return exitOK, nil
		},
	}
}

func manOptions(cmd *cobra.Command, o *options) {
	flagSet{cmd.Flags(), o}.option(&o.dir, "dir", "folder of the pages; it is made")
}

type manPage struct{ name, text string }

// manPages makes the pages of a command and all below it, and of the topics.
func manPages(root *cobra.Command) ([]manPage, error) {
	var pages []manPage
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Hidden || isPlanned(cmd) {
			return
		}
		pages = append(pages, commandPage(cmd))
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(root)
	for _, t := range topics {
		text, err := topicText(root, t.name)
		if err != nil {
			return nil, err
		}
		name := "gdbt-" + t.name
		var b strings.Builder
		manHead(&b, name, t.short)
		b.WriteString(".SH DESCRIPTION\n.nf\n" + roff(text) + ".fi\n.SH SEE ALSO\n.BR gdbt (1)\n")
		pages = append(pages, manPage{name + ".1", b.String()})
	}
	return pages, nil
}

func manHead(b *strings.Builder, name, short string) {
	fmt.Fprintf(b, ".TH %s 1 \"\" gdbt \"gdbt\"\n.SH NAME\n%s \\- %s\n", strings.ToUpper(roff(name)), roff(name), roff(short))
}

func commandPage(cmd *cobra.Command) manPage {
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	var b strings.Builder
	manHead(&b, name, cmd.Short)
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.nf\n%s\n.fi\n.SH DESCRIPTION\n%s\n", roff(usageLine(cmd)), roff(text))
	if cmd.HasSubCommands() {
		b.WriteString(".SH COMMANDS\n")
		for _, c := range cmd.Commands() {
			if !c.Hidden && !isPlanned(c) {
				fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff(name+"-"+c.Name()), roff(c.Short))
			}
		}
	}
	section := func(title string, set *pflag.FlagSet) {
		rows := optionRows(set)
		if rows == nil {
			return
		}
		b.WriteString(".SH " + title + "\n")
		for _, r := range rows {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(r[0])), roff(r[1]))
		}
	}
	section("OPTIONS", cmd.LocalNonPersistentFlags())
	if !cmd.HasParent() {
		section("OPTIONS OF EVERY COMMAND", cmd.PersistentFlags())
	}
	if cmd.Example != "" {
		b.WriteString(".SH EXAMPLES\n.nf\n" + roff(cmd.Example) + "\n.fi\n")
	}
	b.WriteString(".SH SEE ALSO\n.BR gdbt (1)")
	for _, t := range topics {
		fmt.Fprintf(&b, ",\n.BR gdbt\\-%s (1)", roff(t.name))
	}
	b.WriteString("\n")
	return manPage{name + ".1", b.String()}
}

// roff writes text so that man shows it as it is.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
