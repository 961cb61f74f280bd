//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// outliveWrites makes a closed pipe and a file that must not grow errors of the write instead of the end of the process.
// The signals are caught and not ignored, so that programs which are started from here have them as usual.
func outliveWrites() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE, syscall.SIGXFSZ)
}
