package lakewriter

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// BenchmarkWrite brings 10,000 messages to a file of the day in pages of 100: journal,
// checkpoint and fold, with all syncs. It reports messages a second.
func BenchmarkWrite(b *testing.B) {
	const pages, size = 100, 100
	var page []Message
	for i := range int64(size) {
		page = append(page, note(i+1, "💊 Paracetamol 500mg ፓራሲታሞል ዋጋ 120 ብር ☎️ 0900 000 000"))
	}
	for b.Loop() {
		l, err := Open(b.TempDir(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		c, err := l.Channel("shop", monday)
		if err != nil {
			b.Fatal(err)
		}
		for p := range int64(pages) {
			for i := range page {
				page[i].MessageID = p*size + int64(i) + 1
			}
			if err := c.Commit(page, func(s *State) { s.Cover(p*size+1, (p+1)*size) }); err != nil {
				b.Fatal(err)
			}
		}
		if err := c.Flush(); err != nil {
			b.Fatal(err)
		}
		c.Close()
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(pages*size*b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkEncode is one record as a line.
func BenchmarkEncode(b *testing.B) {
	m := note(1, "💊 Paracetamol 500mg ፓራሲታሞል ዋጋ 120 ብር ☎️ 0900 000 000")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := encode(&m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify checks a file of 10,000 records.
func BenchmarkVerify(b *testing.B) {
	dir := b.TempDir()
	l, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	c, err := l.Channel("shop", monday)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	var all []Message
	for i := range int64(10_000) {
		all = append(all, note(i+1, "💊 Paracetamol 500mg ፓራሲታሞል ዋጋ 120 ብር ☎️ 0900 000 000"))
	}
	if err := c.Commit(all, nil); err != nil {
		b.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "raw", filepath.FromSlash(c.Files()[0])))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		if r, err := Verify(b.Context(), dir, VerifyOptions{}); err != nil || len(r.Problems) > 0 {
			b.Fatal(r.Problems, err)
		}
	}
}

// BenchmarkIndex is what a reading of the whole history keeps in memory of a channel of 200,000 messages: the last record of
// each as it once was (records), and where it stands (index). It reports the megabytes that stay.
func BenchmarkIndex(b *testing.B) {
	const messages = 200_000
	l, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	c, err := l.Channel("shop", monday)
	if err != nil {
		b.Fatal(err)
	}
	var page []Message
	for id := int64(1); id <= messages; id++ {
		if page = append(page, note(id, "💊 Paracetamol 500mg ፓራሲታሞል ዋጋ 120 ብር ☎️ 0900 000 000")); len(page) == 1000 {
			if err := c.Commit(page, nil); err != nil {
				b.Fatal(err)
			}
			page = page[:0]
		}
	}
	if err := c.Flush(); err != nil {
		b.Fatal(err)
	}
	for _, way := range []struct {
		name string
		keep func() (any, error)
	}{
		{"records", func() (any, error) { return c.Known(monday, nil) }},
		{"index", func() (any, error) { return c.Index() }},
	} {
		b.Run(way.name, func(b *testing.B) {
			held := 0.0
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				kept, err := way.keep()
				if err != nil {
					b.Fatal(err)
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				held += float64(after.HeapAlloc) - float64(before.HeapAlloc)
				runtime.KeepAlive(kept)
			}
			b.ReportMetric(held/float64(b.N)/1e6, "MB-held")
		})
	}
}
