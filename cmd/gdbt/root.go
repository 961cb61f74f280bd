package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// command is one command of gdbt. Each stands in a file of its own.
type command struct {
	use, short string
	// long and example are what the help page says beside short.
	long, example string
	aliases       []string
	// parent is the command group, "" for none.
	parent string
	// options declare what the command takes beside the global options.
	options []func(*cobra.Command, *options)
	// run does the work in a session: with flags of the environment and the project, and a log.
	run func(context.Context, *session) (int, error)
	// plain does the work of a command that needs neither; words are its arguments.
	plain func(ctx context.Context, p *process, o *options, words []string) (int, error)
	// words is how many arguments the command takes; others are errors.
	words int
	// hidden commands are for programs.
	hidden bool
}

// commands are those that are there, in the order of the help page.
func commands() []command {
	return []command{
		buildCommand(),
		runCommand(),
		testCommand(),
		seedCommand(),
		snapshotCommand(),
		compileCommand(),
		showCommand(),
		listCommand(),
		lineageCommand(),
		cloneCommand(),
		parseCommand(),
		runOperationCommand(),
		retryCommand(),
		docsGenerateCommand(),
		docsServeCommand(),
		freshnessCommand(),
		sourceExtractCommand(),
		sourceLoadCommand(),
		sourceVerifyCommand(),
		sourceLoginCommand(),
		debugCommand(),
		cleanCommand(),
		depsCommand(),
		initCommand(),
		demoCommand(),
		linkCommand(),
		completionCommand(),
		manCommand(),
		helpCommand(),
	}
}

// newRoot makes the tree of commands. The one that is run leaves its exit code in *code.
func newRoot(p *process, o *options, code *int) *cobra.Command {
	root := &cobra.Command{
		Use:   p.program(),
		Short: "Build, test and document the tables of a data project",
		Long: "gdbt reads a dbt project, compiles its models, runs them against DuckDB or PostgreSQL in the order of\n" +
			"their references, and tests them. It takes dbt's commands and options. Every option --x that is a switch\n" +
			"has a twin --no-x, and most have an environment variable DBT_X.",
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help"})
	root.AddGroup(&cobra.Group{ID: groupNow, Title: "Commands:"}, &cobra.Group{ID: groupPlanned, Title: "Planned, not there yet:"})
	globalOptions(root, o)
	root.PersistentFlags().BoolP("help", "h", false, "show this page")
	root.PersistentFlags().BoolP("version", "v", false, "show the version")
	flagSet{root.Flags(), o}.option(&o.output, "output", "format of what --version shows", "json", "text")
	for _, c := range commands() {
		parent := root
		if c.parent != "" {
			if parent = findCommand(root, c.parent); parent == nil {
				parent = &cobra.Command{Use: c.parent, Short: "Work with the project's " + strings.TrimSuffix(c.parent, "s") + "s", GroupID: groupNow}
				root.AddCommand(parent)
			}
		}
		cc := &cobra.Command{Use: c.use, Short: c.short, Long: c.long, Example: c.example, Aliases: c.aliases, Hidden: c.hidden}
		if c.words > 0 {
			cc.Annotations = map[string]string{annotationWords: strconv.Itoa(c.words)}
		}
		if parent == root {
			cc.GroupID = groupNow
		}
		for _, declare := range c.options {
			declare(cc, o)
		}
		cc.RunE = func(cmd *cobra.Command, words []string) error {
			var err error
			if c.plain != nil {
				*code, err = c.plain(cmd.Context(), p, o, words)
				return err
			}
			s := &session{process: p, options: o, cmd: cmd, words: words}
			*code, err = s.run(cmd.Context(), c.run)
			return err
		}
		parent.AddCommand(cc)
	}
	addPlanned(root)
	return root
}

// run reads the arguments, runs the command and gives the exit code.
func (p *process) run(ctx context.Context, args []string) int {
	if len(args) > 0 && args[0] == completeCommand {
		return p.complete(ctx, args[1:])
	}
	code := exitOK
	o := newOptions()
	root := newRoot(p, o, &code)
	line, err := readArgs(root, args)
	switch {
	case line.version && err == nil:
		return p.printVersion(o.output)
	case line.help && !line.version:
		return p.fail(writeHelp(p.stdout, line.cmd))
	case err != nil:
		return p.fail(err)
	case root.Flags().Changed("output"):
		return p.fail(usagef(root, "--output stands behind the command; before it, it goes with --version only"))
	case line.cmd.HasSubCommands():
		// A group without a command: its help page, on stderr as dbt prints it.
		if err := writeHelp(p.stderr, line.cmd); err != nil {
			return p.fail(err)
		}
		return exitUsage
	}
	line.cmd.SetContext(ctx)
	o.typed, o.oldModels = line.name, line.oldModels
	if err := line.cmd.RunE(line.cmd, line.words); err != nil {
		return p.fail(err)
	}
	return code
}

// fail prints an error that has no other place to go, and gives its exit code.
func (p *process) fail(err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		usage.print(p.stderr)
	default:
		_, _ = io.WriteString(p.stderr, fmt.Sprintln(err))
	}
	return exitUsage
}
