package main

import (
	"os"

	"golang.org/x/term"
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

// interactive tells whether a person sits at both ends.
func interactive() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

// readSecret reads a line of the terminal without showing it.
func readSecret() (string, error) {
	text, err := term.ReadPassword(int(os.Stdin.Fd()))
	return string(text), err
}
