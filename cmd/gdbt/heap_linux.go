package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// largePages asks the kernel to back memory with large pages. Where it has none, nothing changes.
func largePages(b []byte) {
	const size = 2 << 20
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (size - 1)
	_ = unix.Madvise(b[skip:], unix.MADV_HUGEPAGE)
}
