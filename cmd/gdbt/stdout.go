package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
)

// output is a stdout that outlives its reader: a run must not end half-way because nobody reads its lines any more. Once a
// write fails the rest is dropped, and the failure is told on stderr.
type output struct {
	w, stderr io.Writer

	mu  sync.Mutex
	err error
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return len(p), nil
	}
	if _, err := o.w.Write(p); err != nil {
		o.err = err
		if o.closed() {
			// Readers that take the first lines and leave, as head does, want no words about it.
			return len(p), nil
		}
		_, _ = fmt.Fprintf(o.stderr, "gdbt: standard output can't be written: %v; what is printed from here on is lost, the log file has it\n", reason(err))
	}
	return len(p), nil
}

func (o *output) closed() bool { return errors.Is(o.err, syscall.EPIPE) }

// exitCode is the code of a command whose output was lost: not that of success. A reader that left is no failure.
func (o *output) exitCode(code int) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil && !o.closed() && code == exitOK {
		return exitUsage
	}
	return code
}

// reason is an error of the system without the name of its file.
func reason(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}
