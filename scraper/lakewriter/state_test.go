package lakewriter

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

func TestCover(t *testing.T) {
	for _, c := range []struct {
		name  string
		cover []Range
		want  []Range
		holes []Range
	}{
		{"nothing", nil, nil, nil},
		{"from the first", []Range{{1, 5}}, []Range{{1, 5}}, nil},
		{"grows", []Range{{1, 5}, {6, 9}}, []Range{{1, 9}}, nil},
		{"the last ones", []Range{{50, 60}}, []Range{{50, 60}}, []Range{{1, 49}}},
		{"two holes", []Range{{50, 60}, {70, 80}}, []Range{{50, 60}, {70, 80}}, []Range{{61, 69}, {1, 49}}},
		{"a hole is filled", []Range{{50, 60}, {70, 80}, {61, 69}}, []Range{{50, 80}}, []Range{{1, 49}}},
		{"one covers all", []Range{{50, 60}, {70, 80}, {1, 100}}, []Range{{1, 100}}, nil},
		{"none", []Range{{3, 2}}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s State
			for _, r := range c.cover {
				s.Cover(r.First, r.Last)
			}
			if diff := cmp.Diff(c.want, s.Ranges); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.holes, s.Holes()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadCheckpoint(t *testing.T) {
	for name, text := range map[string]string{
		"empty":         "",
		"torn":          `{"version": 1, "chan`,
		"other version": `{"version": 9, "channel": "shop"}`,
		"other channel": `{"version": 1, "channel": "else"}`,
		"disorder":      `{"version": 1, "channel": "shop", "ranges": [{"first": 5, "last": 9}, {"first": 7, "last": 12}]}`,
		"journal":       `{"version": 1, "channel": "shop", "journal": {"day": "../x", "bytes": 1}}`,
		"unknown":       `{"version": 1, "channel": "shop", "x": 1}`,
		"two":           `{"version": 1, "channel": "shop"} {}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := openLake(t, dir, Options{})
			file := filepath.Join(dir, "raw", "_state", "shop.json")
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := l.Channel("shop", monday)
			d, ok := diag.As(err)
			if !ok || d.Code != "checkpoint" || d.File != file || !strings.HasPrefix(d.Message, "the checkpoint of the channel shop can't be used: ") {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("journal gone", func(t *testing.T) {
		dir := t.TempDir()
		l := openLake(t, dir, Options{})
		c := openChannel(t, l, "shop", monday)
		if err := c.Commit([]Message{note(1, "x")}, nil); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if err := os.Remove(filepath.Join(dir, "raw", "_state", "shop.journal")); err != nil {
			t.Fatal(err)
		}
		_, err := l.Channel("shop", monday)
		if d, ok := diag.As(err); !ok || d.Code != "checkpoint" {
			t.Errorf("%v", err)
		}
	})
}

// What a checkpoint's reader takes, the writer writes back the same.
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"version": 1, "channel": "shop", "channel_id": 3, "ranges": [{"first": 1, "last": 9}]}`))
	f.Add([]byte(`{"version": 1, "channel": "shop", "scan": {"next": 1}, "journal": {"day": "2026-01-19", "format": "json", "layout": "plain", "bytes": 9, "records": 1}, "missing_images": [1]}`))
	f.Add([]byte(`{"version": 1`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseState(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseState(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if diff := cmp.Diff(s.Holes(), back.Holes()); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"version": 1, "day": "2026-01-19", "files": [{"file": "telegram_messages/2026-01-19/shop.json", "gaps": [{"first": 1, "last": 2}]}]}`))
	f.Add([]byte(`{"version": 1, "day": "2026-01-19", "files": [{"file": "../x"}]}`))
	f.Add([]byte(`{"scraped": 12}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err != nil {
			return
		}
		for _, e := range m.Files {
			if strings.Contains(e.File, "..") && !strings.HasPrefix(e.File, messagesDir+"/") {
				t.Errorf("%q leads out of the lake", e.File)
			}
		}
	})
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte(`[{"message_id": 1}, {"message_id": 2}]`))
	f.Add([]byte("{\"message_id\": 1}\n{\"message_id\": 2}\n"))
	f.Add([]byte("\xef\xbb\xbf[\n]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		n := 0
		err := eachRecordAt(file, func(line []byte, at span) error {
			n++
			if !json.Valid(line) || strings.Contains(string(line), "\n") {
				t.Errorf("record %q", line)
			}
			there := text[at.offset : at.offset+at.length]
			if bytes.Contains(there, []byte("\n")) {
				var b bytes.Buffer
				if err := json.Compact(&b, there); err != nil {
					t.Errorf("at %+v stands %q", at, there)
				}
				there = b.Bytes()
			}
			if !bytes.Equal(there, line) {
				t.Errorf("at %+v stands %q, not %q", at, there, line)
			}
			return nil
		})
		if _, ok := diag.As(err); err != nil && !ok {
			t.Errorf("%v is no error for people", err)
		}
	})
}
