package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completeCommand is the word by which the completion scripts call: what follows is the form and the line.
const completeCommand = "__complete"

// candidate is a word that may stand at the cursor.
type candidate struct{ value, help string }

// completion is the answer to a shell.
type completion struct {
	candidates []candidate
	// paths asks the shell for its own completion of paths: files or dirs.
	paths string
}

// complete prints the candidates for a line, one a line: with help for shells that show it. In the form bash the arguments
// are the characters that part words in bash, and the line; in the form words they are the words. Errors are silence: a
// completion must not disturb the line.
func (p *process) complete(ctx context.Context, args []string) int {
	if len(args) == 0 {
		return exitUsage
	}
	form, args := args[0], args[1:]
	var words []string
	breaks := ""
	switch {
	case form == "bash" && len(args) == 2:
		breaks, words = args[0], splitLine(args[1])
	case form == "words" && len(args) > 0:
		words = args
	default:
		return exitUsage
	}
	if len(words) < 2 {
		return exitOK
	}
	c := p.completeWords(ctx, words[1:])
	if c.paths != "" {
		fmt.Fprintln(p.stdout, ":"+c.paths)
		return exitOK
	}
	if len(c.candidates) == 1 && strings.HasSuffix(strings.TrimRight(c.candidates[0].value, " "), ":") {
		fmt.Fprintln(p.stdout, ":nospace")
	}
	// bash replaces what stands behind the last of its breaks.
	skip := 0
	if breaks != "" {
		skip = strings.LastIndexAny(words[len(words)-1], breaks) + 1
	}
	for _, x := range c.candidates {
		switch {
		case form == "bash":
			fmt.Fprintln(p.stdout, x.value[min(skip, len(x.value)):])
		case x.help != "":
			fmt.Fprintf(p.stdout, "%s\t%s\n", x.value, x.help)
		default:
			fmt.Fprintln(p.stdout, x.value)
		}
	}
	return exitOK
}

// splitLine parts a command line into words as a shell does: white space parts, quotes and backslashes keep together. The
// last word is the one at the cursor and may be empty.
func splitLine(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	escaped := false
	started := false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, started = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, started = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if started {
				words = append(words, word.String())
				word.Reset()
				started = false
			}
		default:
			word.WriteRune(r)
			started = true
		}
	}
	return append(words, word.String())
}

// completeWords finds what may stand in the place of the last word.
func (p *process) completeWords(ctx context.Context, words []string) completion {
	o := newOptions()
	root := newRoot(p, o, new(int))
	cur := words[len(words)-1]
	at := readSoFar(root, words[:len(words)-1])
	known := &projectNames{process: p, given: at.given, command: at.cmd.Name()}
	value := func(f *pflag.Flag, prefix, cur string) completion {
		c := known.valueOf(ctx, f, cur)
		for i := range c.candidates {
			c.candidates[i].value = prefix + c.candidates[i].value
		}
		return c
	}
	if at.wants != nil && (!isMulti(at.wants) || !strings.HasPrefix(cur, "-")) {
		return value(at.wants, "", cur)
	}
	if strings.HasPrefix(cur, "--") {
		if name, v, ok := strings.Cut(cur[2:], "="); ok {
			if f := lookup(at.cmd, name); f != nil && !isSwitch(f) {
				return value(f, "--"+name+"=", v)
			}
			return completion{}
		}
	}
	if strings.HasPrefix(cur, "-") {
		return completion{candidates: startingWith(optionCandidates(at.cmd, cur), cur)}
	}
	if at.cmd.HasSubCommands() {
		var list []candidate
		for _, c := range at.cmd.Commands() {
			if !c.Hidden && !isPlanned(c) {
				list = append(list, candidate{c.Name(), c.Short})
			}
		}
		return completion{candidates: startingWith(list, cur)}
	}
	return known.argument(ctx, at.cmd, cur)
}

// soFar is what stands before the cursor.
type soFar struct {
	cmd *cobra.Command
	// wants is the option whose value the cursor is at, nil for none.
	wants *pflag.Flag
	// given are the values of options of one word, by their main names.
	given map[string]string
}

// readSoFar reads the words before the cursor and passes over what makes no sense.
func readSoFar(root *cobra.Command, words []string) soFar {
	s := soFar{cmd: root, given: map[string]string{}}
	take := func(f *pflag.Flag, value string, attached bool) {
		switch {
		case f == nil || isSwitch(f):
		case !attached:
			s.wants = f
		default:
			s.given[f.Name] = value
			if isMulti(f) {
				s.wants = f
			}
		}
	}
	for _, w := range words {
		switch wants := s.wants; {
		case wants != nil && isMulti(wants) && !strings.HasPrefix(w, "-"):
		case wants != nil && !isMulti(wants):
			s.given[wants.Name] = w
			s.wants = nil
		case strings.HasPrefix(w, "--"):
			s.wants = nil
			name, value, attached := strings.Cut(w[2:], "=")
			take(lookup(s.cmd, name), value, attached)
		case strings.HasPrefix(w, "-") && len(w) > 1:
			s.wants = nil
			for letters := w[1:]; letters != ""; {
				f := lookupShort(s.cmd, letters[:1])
				letters = letters[1:]
				if f != nil && !isSwitch(f) {
					take(f, letters, letters != "")
					break
				}
			}
		default:
			if sub := findCommand(s.cmd, w); sub != nil {
				s.cmd = sub
			}
		}
	}
	return s
}

// optionCandidates are the options of a command; those with --no- come when they are asked for.
func optionCandidates(cmd *cobra.Command, cur string) []candidate {
	list := []candidate{{"--help", "show this page"}}
	add := func(f *pflag.Flag) {
		twin := strings.HasPrefix(f.Name, "no-") && strings.HasPrefix(cur, "--no")
		if f.Hidden && !twin || strings.HasPrefix(f.Name, "deprecated-") || f.Name == "help" {
			return
		}
		list = append(list, candidate{"--" + f.Name, f.Usage})
	}
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	return list
}

// startingWith keeps the candidates that begin with what is typed, ordered and once each.
func startingWith(list []candidate, cur string) []candidate {
	list = slices.DeleteFunc(list, func(c candidate) bool { return !strings.HasPrefix(c.value, cur) })
	slices.SortStableFunc(list, func(a, b candidate) int { return strings.Compare(a.value, b.value) })
	return slices.CompactFunc(list, func(a, b candidate) bool { return a.value == b.value })
}

func plainCandidates(values []string) []candidate {
	list := make([]candidate, len(values))
	for i, v := range values {
		list[i].value = v
	}
	return list
}
