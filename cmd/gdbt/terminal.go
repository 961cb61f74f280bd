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
