package main

import (
	"runtime"
	"runtime/debug"
)

// settleHeap makes the heap fit for a process of a second. What it gives back must be kept to the end.
//
// The collector lets the heap double before it works, from 4 MB on: a dozen rounds over little. The reserve is never
// touched, so it takes no memory, but counts as heap: the first round comes at 96 MB.
//
// A heap that grows page by page costs the kernel a fault each, a sixth of a run's CPU. The arena is given back at once,
// so that what is allocated next lies in it, on large pages where the system has them.
func settleHeap() (reserve []byte) {
	percent := debug.SetGCPercent(-1) // one round, not one for each of these
	reserve = make([]byte, 48<<20)
	largePages(make([]byte, 64<<20))
	runtime.GC()
	debug.SetGCPercent(percent)
	return reserve
}
