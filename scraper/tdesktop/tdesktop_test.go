package tdesktop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
