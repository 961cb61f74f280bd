package tdesktop

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
)

const result = `{"name":"Fake Shop","type":"public_channel","id":77,"messages":[
 {"id":1,"type":"service","date":"2026-01-01T10:00:00","date_unixtime":"1767250800","action":"create_channel","text":""},
 {"id":2,"type":"message","date_unixtime":"1767254400","edited_unixtime":"1767258000","text":["ዋጋ ",{"type":"bold","text":"120"}," ብር"],
  "photo":"photos/a.jpg","reactions":[{"type":"emoji","count":3,"emoji":"👍"}],"forwarded_from":"Somebody"},
 {"id":3,"type":"message","date_unixtime":"1767258000","text":"gone","photo":"(File not included.)","reply_to_message_id":2}]}`

func TestExtract(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("exports/one/result.json", result)
	write("exports/one/photos/a.jpg", "jpeg")
	write("exports/two/result.json", `{"messages":`)
	req := source.ExtractRequest{Request: source.Request{
		Config:     source.Config{Plugin: "tdesktop", Lake: "lake", Options: map[string]any{"folder": "exports"}},
		ProjectDir: dir, Now: func() time.Time { return time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC) },
	}, Options: source.DefaultExtractOptions()}
	x := Plugin().(source.Extractor)
	res, err := x.Extract(t.Context(), req)
	if err != nil || len(res.Channels) != 2 {
		t.Fatal(res, err)
	}
	if c := res.Channels[0]; c.Status != source.OK || c.Channel != "Fake_Shop" || c.Messages != 3 || c.Images != 1 || c.Bytes != 4 {
		t.Errorf("%+v", c)
	}
	if c := res.Channels[1]; c.Status != source.Failed || c.Err == nil || !strings.Contains(c.Err.Error(), "result.json") {
		t.Errorf("a broken export: %+v", c)
	}
	if img, err := os.ReadFile(filepath.Join(dir, "lake/raw/images/Fake_Shop/2.jpg")); err != nil || string(img) != "jpeg" {
		t.Error(string(img), err)
	}

	lake, err := scraper.OpenLake(filepath.Join(dir, "lake"))
	if err != nil || len(lake.Files) != 1 {
		t.Fatal(lake, err)
	}
	text, err := os.ReadFile(lake.Files[0].Path)
	if err != nil || !strings.Contains(string(text), "ዋጋ 120 ብር") || !strings.Contains(string(text), "no file of it") {
		t.Error(string(text), err)
	}

	// Again: nothing is written twice; an edit is.
	write("exports/one/result.json", strings.Replace(result, `"gone"`, `"edited"`, 1))
	res, err = x.Extract(t.Context(), req)
	if c := res.Channels[0]; err != nil || c.Messages != 0 || c.Refreshed != 1 || c.Images != 0 {
		t.Errorf("%+v %v", c, err)
	}
	req.Options.Limit = 3
	if _, err := x.Extract(t.Context(), req); err == nil {
		t.Error("an option that is not heeded was taken")
	}
}

// An export of a whole account gives its channels and supergroups alone; one of tdl is named by its file or folder and
// finds the photos that tdl downloaded.
func TestOtherExports(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("exports/result.json", `{"about":"…","chats":{"list":[
		{"name":"A Friend","type":"personal_chat","id":1,"messages":[{"id":1,"type":"message","date_unixtime":"1767254400","text":"private"}]},
		{"name":"Pills","type":"public_channel","id":2,"messages":[{"id":5,"type":"message","date_unixtime":"1767254400","text":[{"type":"plain","text":"𝄞 see "},{"type":"text_link","text":"here","href":"https://example.org"}],
		  "poll":{"question":[{"type":"plain","text":"Which?"}],"closed":true,"total_voters":3,"answers":[{"text":"a","voters":3}]}}]},
		{"type":"saved_messages","id":3,"messages":[]}]}}`)
	write("exports/bottles/tdl-export.json", `{"id":44,"messages":[
		{"id":8,"type":"message","file":"123.jpg","date":1767254400,"text":"a bottle"},
		{"id":9,"type":"message","file":"","raw":{"ID":9,"Date":1767254500,"Message":"seen","Views":12,"Forwards":0,"PostAuthor":"shop"}}]}`)
	write("exports/bottles/downloads/44_8_123.jpg", "jpeg")
	write("exports/tdl-nodate.json", `{"id":45,"messages":[{"id":1,"type":"message","file":"1.jpg"}]}`)
	req := source.ExtractRequest{Request: source.Request{
		Config:     source.Config{Plugin: "tdesktop", Lake: "lake", Options: map[string]any{"folder": "exports"}},
		ProjectDir: dir, Now: func() time.Time { return time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC) },
	}, Options: source.DefaultExtractOptions()}
	res, err := Plugin().(source.Extractor).Extract(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range res.Channels {
		got[c.Channel] = fmt.Sprintf("%s %d %d", c.Status, c.Messages, c.Images)
		if c.Err != nil && !strings.Contains(c.Err.Error(), "--with-content") {
			t.Error(c.Err)
		}
	}
	want := map[string]string{"Pills": "success 1 0", "bottles": "success 2 1", "nodate": "error 0 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	read := func(channel string) string {
		text, err := os.ReadFile(filepath.Join(dir, "lake/raw/telegram_messages/2026-02-01", channel+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for channel, parts := range map[string][]string{
		"Pills":   {`"type":"text_url","offset":7,"length":4,"text":"here","url":"https://example.org"`, `"question":"Which?"`, `"votes":3`},
		"bottles": {`"message_date":"2026-01-01T08:00:00Z"`, `"media_type":"photo"`, `"image_path":"images/bottles/8.jpg"`, `"views":12`, `"forwards":null`, `"post_author":"shop"`},
	} {
		for _, p := range parts {
			if text := read(channel); !strings.Contains(text, p) {
				t.Errorf("%s has no %s:\n%s", channel, p, text)
			}
		}
	}
}

func FuzzExport(f *testing.F) {
	f.Add([]byte(result))
	f.Add([]byte(`{"about":{"x":[1,null]},"chats":{"list":[{"messages":[{"id":1,"date":1}],"type":"public_channel","name":"A"}]},"name":"b"}`))
	f.Add([]byte(`{"id":44,"messages":[{"id":8,"file":"123.jpg","date":1767254400,"text":["a",{"type":"bold","text":"b"}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "result.json")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		chats, err := survey(file)
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Error("what is no JSON was taken")
		}
		for _, e := range chats {
			err := e.each(file, func(m *message) error {
				_, err := m.record(e, time.Unix(0, 0))
				return err
			})
			if (err == nil) != (e.broken == nil) {
				t.Errorf("%v, before %v", err, e.broken)
			}
		}
	})
}
