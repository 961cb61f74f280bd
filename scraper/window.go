package scraper

import (
	"bytes"
	"io"
)

// window is a stream seen through a buffer that grows with what the caller
// still needs: indices count from the first byte that is not discarded.
type window struct {
	src  io.Reader
	buf  []byte // storage; data is its live part
	data []byte
	// Where data[0] is.
	offset, line, lineStart int64
	// err ends the stream: io.EOF or a read error.
	err error
}

const readSize = 64 << 10

func newWindow(src io.Reader) *window {
	return &window{src: src, line: 1}
}

// has makes data[i] available; false at the end of the stream.
func (w *window) has(i int) bool {
	for i >= len(w.data) {
		if w.err != nil {
			return false
		}
		w.fill()
	}
	return true
}

// fill reads once more. Indices stay what they are.
func (w *window) fill() {
	if cap(w.data)-len(w.data) < readSize {
		if cap(w.buf)-len(w.data) < 2*readSize {
			w.buf = make([]byte, 2*cap(w.buf)+2*readSize)
		}
		// With room enough, what is live moves to the front.
		n := copy(w.buf[:cap(w.buf)], w.data)
		w.data = w.buf[:n]
	}
	n, err := w.src.Read(w.data[len(w.data):cap(w.data)])
	w.data = w.data[:len(w.data)+n]
	if err != nil {
		w.err = err
	}
}

// discard forgets the first n bytes.
func (w *window) discard(n int) {
	gone := w.data[:n]
	if i := bytes.LastIndexByte(gone, '\n'); i >= 0 {
		w.line += int64(bytes.Count(gone, newline))
		w.lineStart = w.offset + int64(i) + 1
	}
	w.offset += int64(n)
	w.data = w.data[n:]
}

var newline = []byte{'\n'}

// at is the position of data[i].
func (w *window) at(i int) Position {
	i = min(i, len(w.data))
	p := Position{Offset: w.offset + int64(i), Line: w.line}
	start := w.lineStart
	if j := bytes.LastIndexByte(w.data[:i], '\n'); j >= 0 {
		p.Line += int64(bytes.Count(w.data[:i], newline))
		start = w.offset + int64(j) + 1
	}
	p.Column = p.Offset - start + 1
	return p
}

// failed is the read error, nil at a plain end.
func (w *window) failed() error {
	if w.err == io.EOF {
		return nil
	}
	return w.err
}
