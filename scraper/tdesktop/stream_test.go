package tdesktop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/source"
)

// A mistake in an export is told with its line, and nothing of the file is taken.
func TestBrokenExports(t *testing.T) {
	const good = `{"id":1,"type":"message","date_unixtime":"1767254400","text":"x"}`
	for _, c := range []struct{ name, text, want string }{
		{"cut off", `{"name":"A","id":1,"messages":[` + "\n" + good + ",\n{\"id\":", "line 3: the file ends in the midst of the export"},
		{"cut off between messages", `{"name":"A","id":1,"messages":[` + "\n" + good + ",\n", "line 2: the file ends in the midst of the export"},
		{"empty", "", "line 1: the file ends in the midst of the export"},
		{"syntax in a message", `{"name":"A","id":1,"messages":[` + "\n" + good + ",\n{\"id\":2,\n \"text\":'y'}]}", "line 4: invalid character '\\''"},
		{"syntax between messages", `{"name":"A","id":1,"messages":[` + "\n" + good + "\n" + good + "]}", "line 3: expected comma after array element"},
		{"syntax elsewhere", `{"name":"A","id":1,` + "\n\n" + `"other":[1 2],"messages":[]}`, "line 3: invalid character '2'"},
		{"a wrong type", `{"name":"A","id":1,"messages":[` + "\n" + good + ",\n\n{\"type\":\"message\",\n\"id\":\"one\"}]}", "line 5: json: cannot unmarshal string into Go struct field message.id of type int64"},
		{"a wrong name", "{\n\"name\":5}", "line 2: json: cannot unmarshal number"},
		{"no list", "{\"name\":\"A\",\n\"messages\":{}}", "line 2: a list was expected, not {"},
		{"no object", "[]", "line 1: an object was expected, not ["},
		{"nothing", "null", "line 1: an object was expected, not null"},
		{"more", `{"name":"A","id":1,"messages":[]}` + "\n{}", "line 2: there is more behind the end of the export"},
		{"no messages", `{"name":"A","id":1,"messages":null}`, "it is no export of a chat"},
		{"nameless", `{"messages":[]}`, "it is no export of a chat"},
		{"no channel", `{"chats":{"list":[{"name":"F","type":"personal_chat","messages":[]}]}}`, "it is the export of an account without a channel"},
		{"a message without a date", `{"name":"A","id":1,"messages":[` + good + `,{"id":2}]}`, "message 2: it has no date in seconds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			req := exportOf(t, dir, c.text)
			res, err := Plugin().(source.Extractor).Extract(t.Context(), req)
			if err != nil || len(res.Channels) != 1 || res.Channels[0].Status != source.Failed {
				t.Fatalf("%+v %v", res, err)
			}
			if err := res.Channels[0].Err; !strings.Contains(err.Error(), "result.json: "+c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if files, err := filepath.Glob(filepath.Join(dir, "lake/raw/telegram_messages/*/*")); err != nil || len(files) != 0 {
				t.Error(files, err)
			}
		})
	}
}

// exportOf writes an export and gives the request that brings it into a lake.
func exportOf(t *testing.T, dir, text string) source.ExtractRequest {
	t.Helper()
	name := filepath.Join(dir, "exports/result.json")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return source.ExtractRequest{Request: source.Request{
		Config:     source.Config{Plugin: "tdesktop", Lake: "lake", Options: map[string]any{"folder": "exports"}},
		ProjectDir: dir, Now: func() time.Time { return time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC) },
	}, Options: source.DefaultExtractOptions()}
}

// long is an export whose name comes behind its messages, of n messages.
func long(n int) string {
	var b strings.Builder
	b.WriteString(`{"messages":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"id":%d,"type":"message","date_unixtime":"1767254400","text":"%s"}`, i+1, strings.Repeat("ዋጋ ", 40))
	}
	b.WriteString(`],"name":"Long","type":"public_channel","id":7}`)
	return b.String()
}

// A chat of any length takes the memory of a page of it, the first time and again.
func TestMemoryOfALongChat(t *testing.T) {
	const n = 20_000
	text := long(n)
	size := uint64(len(text))
	dir := t.TempDir()
	req := exportOf(t, dir, text)
	text = ""
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, edited := range []bool{false, true} {
		if edited { // so that every message is written again
			name := filepath.Join(dir, "exports/result.json")
			old, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(old), `ዋጋ "`, `ዋጋ."`)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		before, most, pages := heap(), uint64(0), 0
		req.Progress = func(p source.ExtractProgress) {
			if pages++; pages%8 == 0 {
				most = max(most, heap())
			}
		}
		res, err := Plugin().(source.Extractor).Extract(t.Context(), req)
		if err != nil || res.Channels[0].Messages+res.Channels[0].Refreshed != n || pages < n/page {
			t.Fatalf("%+v %v, %d pages", res.Channels, err, pages)
		}
		if most > before+size/2 {
			t.Errorf("%d kB were in use, for an export of %d kB", (most-before)>>10, size>>10)
		}
	}
}

// A run that is cut short in a chat has brought whole pages of it; the next one brings the rest, and nothing twice.
func TestLongChatThatIsCutShort(t *testing.T) {
	const n = 3*page + 10
	dir := t.TempDir()
	req := exportOf(t, dir, long(n))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req.Progress = func(p source.ExtractProgress) {
		if p.Messages >= 2*page {
			cancel()
		}
	}
	res, err := Plugin().(source.Extractor).Extract(ctx, req)
	if !errors.Is(err, context.Canceled) || res.Channels[0].Status != source.Failed || res.Channels[0].Messages != 2*page {
		t.Fatalf("%+v %v", res.Channels, err)
	}
	req.Progress = nil
	res, err = Plugin().(source.Extractor).Extract(t.Context(), req)
	if err != nil || res.Channels[0].Messages != n-2*page {
		t.Fatalf("%+v %v", res.Channels, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "lake/raw/telegram_messages/2026-02-01/Long.json"))
	if err != nil || strings.Count(string(text), `"message_id"`) != n {
		t.Error(strings.Count(string(text), `"message_id"`), err)
	}
	check, err := Plugin().(source.Verifier).Verify(t.Context(), source.VerifyRequest{Request: req.Request})
	if err != nil || len(check.Problems) != 0 || check.Messages != n || check.Gaps != 0 {
		t.Errorf("%+v %v", check, err)
	}
}

// Of an account's export each chat is read by itself, from where its messages begin, whatever stands around it.
func TestChatsOfAnAccount(t *testing.T) {
	const given = `{"id":%d,"type":"message","date_unixtime":"1767254400","text":"[\"x\"]","text_entities":[{"type":"plain","text":"x"}]}`
	file := filepath.Join(t.TempDir(), "result.json")
	text := `{"about":"[ messages","chats":{"list":[
		{"messages":[` + fmt.Sprintf(given, 1) + "," + fmt.Sprintf(given, 2) + `],"name":"A","type":"public_channel","id":1},
		{"name":"Friend","type":"personal_chat","id":2,"messages":[` + fmt.Sprintf(given, 9) + `]},
		{"name":"Empty","type":"public_channel","id":3,"messages":[]},
		{"name":"None","type":"public_channel","id":4},
		{"name":"B","type":"private_supergroup","id":5,"other":[[1],[2]],"messages": [` + fmt.Sprintf(given, 3) + `]}]}}`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	chats, err := survey(file)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]int64{}
	for _, c := range chats {
		got[c.Name] = nil
		if err := c.each(file, func(m *message) error { got[c.Name] = append(got[c.Name], m.ID); return nil }); err != nil {
			t.Error(err)
		}
	}
	if want := "map[A:[1 2] B:[3] Empty:[] None:[]]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}
