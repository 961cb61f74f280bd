package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commandLine is what readArgs made of the arguments. The options are already set in the flag sets of the command.
type commandLine struct {
	cmd *cobra.Command
	// name is the command as typed: ls or list.
	name string
	// help asks for the help page of cmd, version for the version.
	help, version bool
	// oldModels tells that --models, --model or -m was written for --select.
	oldModels bool
	// words are the command's arguments.
	words []string
}

// readArgs reads a command line by dbt's rules, which cobra's own parser doesn't have: global options stand before or
// after the command but not both; an option of many values takes all words up to the next option (`--select a b c`); no
// option may be cut short; words that belong to nothing are errors.
func readArgs(root *cobra.Command, args []string) (commandLine, error) {
	line := commandLine{cmd: root}
	before := map[string]bool{}
	var extra []string
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			extra = append(extra, args...)
			args = nil
		case arg == "--help" || arg == "-h":
			line.help = true
		case isVersionFlag(arg):
			line.version = true
		case strings.HasPrefix(arg, "--"):
			rest, err := longOption(&line, arg, args, before)
			if err != nil {
				return line, err
			}
			args = rest
		case strings.HasPrefix(arg, "-") && len(arg) > 1:
			rest, err := shortOptions(&line, arg, args, before)
			if err != nil {
				return line, err
			}
			args = rest
		case line.cmd.HasSubCommands():
			sub := findCommand(line.cmd, arg)
			if sub == nil {
				return line, noSuchCommand(line.cmd, arg)
			}
			if sub.HasAlias(arg) {
				sub.Use = arg // usage lines and the log say what was typed
			}
			line.cmd, line.name = sub, arg
		default:
			extra = append(extra, arg)
		}
	}
	if n, _ := strconv.Atoi(line.cmd.Annotations[annotationWords]); n > 0 {
		line.words, extra = extra[:min(n, len(extra))], extra[min(n, len(extra)):]
	}
	if line.help || line.version || isPlanned(line.cmd) {
		return line, nil
	}
	if missing := requiredWords(line.cmd); len(line.words) < len(missing) {
		return line, usagef(line.cmd, "Missing argument '%s'.", missing[len(line.words)])
	}
	if len(extra) > 0 {
		plural := ""
		if len(extra) > 1 {
			plural = "s"
		}
		return line, usagef(line.cmd, "Got unexpected extra argument%s (%s)", plural, strings.Join(extra, " "))
	}
	return line, nil
}

// requiredWords reads from the usage line of a command which arguments it must have: what stands in [ ] may be left out.
func requiredWords(cmd *cobra.Command) []string {
	must, _, _ := strings.Cut(cmd.Use, "[")
	return strings.Fields(must)[1:]
}

func findCommand(parent *cobra.Command, name string) *cobra.Command {
	for _, c := range parent.Commands() {
		if c.Name() == name || c.HasAlias(name) {
			return c
		}
	}
	return nil
}

func longOption(line *commandLine, arg string, args []string, before map[string]bool) ([]string, error) {
	name, value, attached := strings.Cut(arg[2:], "=")
	f := lookup(line.cmd, name)
	if f == nil {
		if isPlanned(line.cmd) {
			return args, nil
		}
		return nil, noSuchOption(line.cmd, "--"+name, optionNames(line.cmd))
	}
	if isSwitch(f) {
		if attached {
			return nil, usagef(line.cmd, "Option '--%s' does not take a value.", name)
		}
		return args, setOption(line, f, "--"+name, f.NoOptDefVal, before)
	}
	return takeValue(line, f, "--"+name, value, attached, args, before)
}

// shortOptions reads -q, -qx and -sVALUE.
func shortOptions(line *commandLine, arg string, args []string, before map[string]bool) ([]string, error) {
	for letters := arg[1:]; letters != ""; {
		letter := letters[:1]
		letters = letters[1:]
		f := lookupShort(line.cmd, letter)
		if f == nil {
			if isPlanned(line.cmd) {
				return args, nil
			}
			return nil, noSuchOption(line.cmd, "-"+letter, nil)
		}
		if isSwitch(f) {
			if err := setOption(line, f, "-"+letter, f.NoOptDefVal, before); err != nil {
				return nil, err
			}
			continue
		}
		return takeValue(line, f, "-"+letter, letters, letters != "", args, before)
	}
	return args, nil
}

func takeValue(line *commandLine, f *pflag.Flag, shown, value string, attached bool, args []string, before map[string]bool) ([]string, error) {
	if !attached {
		if len(args) == 0 {
			return nil, usagef(nil, "Option '%s' requires an argument.", shown)
		}
		value, args = args[0], args[1:]
	}
	if !isMulti(f) {
		return args, setOption(line, f, shown, value, before)
	}
	for _, word := range strings.Split(value, " ") {
		if err := setOption(line, f, shown, word, before); err != nil {
			return nil, err
		}
	}
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		if err := setOption(line, f, shown, args[0], before); err != nil {
			return nil, err
		}
		args = args[1:]
	}
	return args, nil
}

// setOption sets the option and sees to it that it stands on one side of the command only.
func setOption(line *commandLine, f *pflag.Flag, shown, value string, before map[string]bool) error {
	name := f.Name
	if m, ok := f.Annotations[annotationMain]; ok {
		name = m[0]
	}
	if !line.cmd.HasParent() {
		before[name] = true
	} else if before[name] {
		return usagef(nil, "%s was provided both before and after the subcommand, it can only be set either before or after.",
			strings.ReplaceAll(name, "-", "_"))
	}
	if f.Name == "models" || f.Name == "model" || shown == "-m" {
		line.oldModels = true
	}
	if err := f.Value.Set(value); err != nil {
		return usagef(line.cmd, "Invalid value for %s: %s", shownNames(line.cmd, f, shown), err)
	}
	f.Changed = true
	if name != f.Name {
		if main := lookup(line.cmd, name); main != nil {
			main.Changed = true
		}
	}
	return nil
}

// shownNames are all the names of an option, as dbt's errors print them.
func shownNames(cmd *cobra.Command, f *pflag.Flag, shown string) string {
	names := f.Annotations[annotationNames]
	if len(names) == 0 {
		return "'" + shown + "'"
	}
	return "'" + strings.Join(names, "' / '") + "'"
}

func lookup(cmd *cobra.Command, name string) *pflag.Flag {
	for c := cmd; c != nil; c = c.Parent() {
		if f := c.Flags().Lookup(name); f != nil {
			return f
		}
		if f := c.PersistentFlags().Lookup(name); f != nil {
			return f
		}
	}
	return nil
}

func lookupShort(cmd *cobra.Command, letter string) *pflag.Flag {
	for c := cmd; c != nil; c = c.Parent() {
		if f := c.Flags().ShorthandLookup(letter); f != nil {
			return f
		}
		if f := c.PersistentFlags().ShorthandLookup(letter); f != nil {
			return f
		}
	}
	return nil
}

func optionNames(cmd *cobra.Command) []string {
	names := []string{"--help"}
	add := func(f *pflag.Flag) { names = append(names, "--"+f.Name) }
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	return names
}
