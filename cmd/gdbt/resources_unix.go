//go:build unix

package main

import (
	"runtime"
	"syscall"
	"time"

	"github.com/gdbt-dev/gdbt/engine/event"
)

// resources is what this process used so far.
func resources() (event.ResourceReport, bool) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return event.ResourceReport{}, false
	}
	seconds := func(t syscall.Timeval) float64 { return time.Duration(t.Nano()).Seconds() }
	rss := int64(r.Maxrss) // kilobytes, but bytes on Apple's systems
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		rss /= 1024
	}
	return event.ResourceReport{
		UserTime: seconds(r.Utime), KernelTime: seconds(r.Stime), MaxRSS: rss, InBlocks: int64(r.Inblock), OutBlocks: int64(r.Oublock),
	}, true
}
