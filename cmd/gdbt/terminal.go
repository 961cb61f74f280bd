package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/term"

	"github.com/gdbt-dev/gdbt/engine/event"
)

// terminalOf gives a function that measures the terminal behind a file, or nil when there is none.
func terminalOf(f *os.File) func() (cols, rows int) {
	if !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return func() (int, int) {
		cols, rows, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 80, 24
		}
		return cols, rows
	}
}

// style is how the console's lines look. Colours are for terminals, unless the flag or the variable says otherwise;
// NO_COLOR (no-color.org) turns them off where nobody asked for them.
func (s *session) style() event.Style {
	colors := s.flags.UseColors
	if !s.flags.IsSet("use_colors") {
		no, _ := s.lookupEnv("NO_COLOR")
		colors = colors && s.terminal != nil && no == ""
	}
	style := event.Style{Width: s.flags.PrinterWidth, Color: colors}
	if s.terminal != nil {
		style.Columns, _ = s.terminal()
	}
	return style
}

// interactive tells whether a person sits at both ends.
func interactive() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

// readSecret reads a line of the terminal without showing it. When the context ends first, the terminal shows again what is
// typed before it returns: the read itself can't be ended.
func readSecret(ctx context.Context) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	type answer struct {
		text []byte
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		got <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	case a := <-got:
		return string(a.text), a.err
	}
}
