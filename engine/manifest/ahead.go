package manifest

import (
	"io"
	"sync"
)

// Ahead is a manifest whose lasting entries are encoded while other work goes on: a run changes the nodes that it
// chooses, and most of a manifest is macros and tests.
type Ahead struct {
	m     *Manifest
	known map[string][]byte
	done  sync.WaitGroup
}

// The encoded entries are kept in pages, and no more of them than the limit says, in bytes: big projects have long runs,
// where it doesn't count.
const (
	aheadPage  = 256 << 10
	aheadLimit = 16 << 20
)

// EncodeAhead starts to encode the macros and the nodes that are lasting: nobody may change them from now on.
func (m *Manifest) EncodeAhead(lasting func(*Node) bool) *Ahead {
	a := &Ahead{m: m, known: make(map[string][]byte, len(m.Macros)+len(m.Nodes))}
	a.done.Go(func() {
		var page []byte
		size := 0
		add := func(id string, item any) {
			if size >= aheadLimit {
				return
			}
			if cap(page)-len(page) < aheadPage/4 {
				page = make([]byte, 0, aheadPage)
			}
			text, err := appendEntry(page, id, item)
			if err != nil {
				return // Write meets it again, and tells
			}
			text, page = text[len(page):len(text):len(text)], text
			a.known[id] = text
			size += len(text)
		}
		for _, id := range m.MacroOrder {
			if item, ok := m.Macros[id]; ok {
				add(id, item)
			}
		}
		for _, id := range m.NodeOrder {
			if n := m.Nodes[id]; n != nil && lasting(n) {
				add(id, n)
			}
		}
	})
	return a
}

// Write is [Manifest.Write], which has less to do now.
func (a *Ahead) Write(w io.Writer) error {
	a.done.Wait()
	return a.m.write(w, a.known)
}
