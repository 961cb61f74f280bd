package lakewriter

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The index finds the last record of each message wherever it stands: in files of several days, in one that another
// program has laid out, behind a mark of byte order, in the journal.
func TestIndex(t *testing.T) {
	dir := t.TempDir()
	l := openLake(t, dir, Options{})
	write := func(day time.Time, flush bool, messages ...Message) *Channel {
		t.Helper()
		c := openChannel(t, l, "shop", day)
		if err := c.Commit(messages, nil); err != nil {
			t.Fatal(err)
		}
		if flush {
			if err := c.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	at := func(m Message, day time.Time, deleted bool) Message {
		m.ScrapedAt, m.Deleted = Time(day), deleted
		return m
	}
	other := filepath.Join(dir, "raw", "telegram_messages", "2026-01-18", "shop.json")
	if err := os.MkdirAll(filepath.Dir(other), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, []byte("\ufeff \n[ {\"message_id\": 1,\n \"message_text\": \"oldest\"} ,\n\n  {\"message_id\":8,\"message_text\":\"another's ሰላም\"}, {\"no\": 1} ]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	write(monday, true, at(note(1, "old"), monday, false), at(note(2, "two"), monday, false), at(note(3, "three"), monday, false), at(note(5, "five"), monday, false)).Close()
	tuesday := monday.Add(24 * time.Hour)
	c := write(tuesday, false, at(note(1, "new ሰላም"), tuesday, false), at(note(3, "three"), tuesday, true), at(note(1, "of before"), monday, false))
	x, err := c.Index()
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[int64]string{1: "new ሰላም", 3: "three", 8: "another's ሰላም", 4: "", 99: ""} {
		m, ok, err := x.Last(id)
		if err != nil || ok != (want != "") || ok && (m.MessageID != id || *m.MessageText != want) {
			t.Errorf("%d: %+v %v %v", id, m, ok, err)
		}
	}
	for _, want := range []struct {
		from, to int64
		there    []int64
		gone     string
	}{
		{0, 9, nil, "1 new ሰላም, 2 two, 5 five, 8 another's ሰላም, "}, // 3 was gone already
		{0, 9, []int64{1, 8}, "2 two, 5 five, "},
		{1, 5, nil, "2 two, 5 five, "},
		{2, 4, nil, ""},
		{9, 100, nil, ""},
	} {
		there := map[int64]bool{}
		for _, id := range want.there {
			there[id] = true
		}
		gone, err := x.Gone(want.from, want.to, there)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, m := range gone {
			got += fmt.Sprintf("%d %s, ", m.MessageID, *m.MessageText)
		}
		if got != want.gone {
			t.Errorf("over %d up to %d: %q, want %q", want.from, want.to, got, want.gone)
		}
	}
}
