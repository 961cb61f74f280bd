package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// usageError is a command line that makes no sense. It is written to stderr in the layout of dbt's, exit code 2.
type usageError struct {
	// cmd is the command that was read so far; nil prints the message alone.
	cmd *cobra.Command
	msg string
}

func (e *usageError) Error() string { return e.msg }

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd, fmt.Sprintf(format, args...)}
}

func (e *usageError) print(w io.Writer) {
	if e.cmd != nil {
		fmt.Fprintf(w, "Usage: %s\nTry '%s --help' for help.\n\n", usageLine(e.cmd), e.cmd.CommandPath())
	}
	fmt.Fprintf(w, "Error: %s\n", e.msg)
}

func usageLine(cmd *cobra.Command) string {
	line := cmd.CommandPath() + " [OPTIONS]"
	if cmd.HasSubCommands() {
		line += " COMMAND [ARGS]..."
	} else if _, args, ok := strings.Cut(cmd.Use, " "); ok {
		line += " " + args
	}
	return line
}

// noSuchOption names the options that look like the unknown one.
func noSuchOption(cmd *cobra.Command, name string, known []string) error {
	return usagef(cmd, "No such option '%s'.%s", name, didYouMean(name, known))
}

func noSuchCommand(parent *cobra.Command, name string) error {
	var known []string
	for _, c := range parent.Commands() {
		known = append(known, c.Name())
		known = append(known, c.Aliases...)
	}
	return usagef(parent, "No such command '%s'.%s", name, didYouMean(name, known))
}

func didYouMean(name string, known []string) string {
	near := diag.Nearest(name, known, 3)
	for i, n := range near {
		near[i] = "'" + n + "'"
	}
	switch len(near) {
	case 0:
		return ""
	case 1:
		return " Did you mean " + near[0] + "?"
	}
	return " (Did you mean one of: " + strings.Join(near, ", ") + "?)"
}
