package telegram

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// Channels and messages as they are seldom: nothing in it, service messages alone, a supergroup, texts that are no
// texts, names of any length.
func TestOddChannels(t *testing.T) {
	t.Parallel()
	at := now.Add(-time.Hour)
	empty := faketg.NewChannel(901, "empty_shop", "Empty")
	services := faketg.NewChannel(902, "service_shop", strings.Repeat("ሱቅ ", 400))
	for range 3 {
		services.Add(faketg.Post{Date: at, Pinned: 1, Replies: -1})
	}
	group := faketg.NewChannel(903, "group_shop", "Group")
	group.Group = true
	group.Add(faketg.Post{Date: at, Text: "a question", Replies: -1})
	odd := faketg.NewChannel(904, "odd_shop", "Odd \x00 \xff shop")
	odd.Add(faketg.Post{Date: at, Text: "a\x00b \xff\xfe #tag", Author: "who\x00", Replies: -1})
	odd.Add(faketg.Post{Date: at, Text: strings.Repeat("ፓራሲታሞል 💊 ", 4_000), Replies: -1})
	odd.Add(faketg.Post{Date: at, Text: "\u200b\u202e\ufeff", Author: strings.Repeat("x", 10_000), Replies: -1})
	w := newWorld(t, empty, services, group, odd)
	all := config("empty_shop service_shop group_shop odd_shop")
	res := w.mustExtract(all)
	if n := []int{res.Channels[0].Messages, res.Channels[1].Messages, res.Channels[2].Messages, res.Channels[3].Messages}; n[0] != 0 || n[1] != 3 || n[2] != 1 || n[3] != 3 {
		t.Errorf("%v messages", n)
	}
	if got := w.records("empty_shop", now); got != nil {
		t.Errorf("a file of no records: %v", got)
	}
	for _, m := range w.records("service_shop", now) {
		if m.ServiceAction == nil || *m.ServiceAction != "pin_message" || *m.MessageText != "" || len(*m.ChannelTitle) != len(services.Title()) {
			t.Errorf("%+v", m)
		}
	}
	got := w.records("odd_shop", now)
	if *got[0].MessageText != "a�b �� #tag" || *got[0].ChannelTitle != "Odd � � shop" || *got[0].PostAuthor != "who�" {
		t.Errorf("%q %q %q", *got[0].MessageText, *got[0].ChannelTitle, *got[0].PostAuthor)
	}
	if *got[1].MessageText != odd.Posts()[1].Text || *got[2].MessageText != "\u200b\u202e\ufeff" || len(*got[2].PostAuthor) != 10_000 {
		t.Error("a text was changed")
	}
	w.verified()
	w.now = now.Add(time.Hour)
	again := config("empty_shop service_shop group_shop odd_shop", "refresh_days", 7)
	if total := w.mustExtract(again).Total(); total.Messages+total.Refreshed+total.Deleted != 0 {
		t.Errorf("%+v", total)
	}
	w.mustExtract(again, func(o *source.ExtractOptions) { o.Full = true })
	w.verified()
}

// A file that is not as its message says is no image of the lake; the next run tries again.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	at := now.Add(-time.Hour)
	nothing, short := faketg.Answer(&tg.UploadFile{Type: &tg.StorageFileJpeg{}}), faketg.Answer(&tg.UploadFile{Type: &tg.StorageFileJpeg{}, Bytes: []byte("abc")})
	for _, c := range []struct {
		name  string
		bytes int // that the message announces
		fault *faketg.Effect
		text  string
	}{
		{"shorter than announced", 9_000, &short, "the file has 3 bytes, its message says 9000"},
		{"longer than announced", 5, nil, "bytes, its message says 5"},
		{"nothing, nothing announced", 0, &nothing, "the file is empty"},
		{"nothing, though announced", 5_000, &nothing, "the file is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ch := faketg.NewChannel(905, "file_shop", "Files")
			good := faketg.NewPhoto(7, 2, 5000)
			bad := &faketg.Photo{ID: 8, DC: 2, Sizes: []faketg.Size{{Type: "y", W: 90, H: 90, Bytes: c.bytes}}}
			ch.Add(faketg.Post{Date: at, Photo: bad, Replies: -1})
			ch.Add(faketg.Post{Date: at, Photo: good, Replies: -1})
			w := newWorld(t, ch)
			if c.fault != nil {
				w.Inject(faketg.Fault{Method: "upload.getFile", Photo: bad.ID, Effect: *c.fault})
			}
			res, err := w.extract(config("file_shop", "image_threads", 1))
			if err != nil || res.Channels[0].Status != source.Partial || res.Channels[0].Errors != 1 || res.Channels[0].Images != 1 || !strings.Contains(res.Channels[0].Err.Error(), c.text) {
				t.Fatalf("%+v %v", res.Channels[0], err)
			}
			files, err := os.ReadDir(w.path("images", "file_shop"))
			if err != nil || len(files) != 1 {
				t.Errorf("%v %v", files, err)
			}
			got := w.records("file_shop", now)
			for _, m := range got {
				if has := m.ImagePath != nil; has == (m.ImageError != nil) {
					t.Errorf("%+v", m)
				}
			}
			r, err := lakewriter.Verify(t.Context(), filepath.Join(w.dir, "lake"), lakewriter.VerifyOptions{})
			if err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Text, "1 image could not be had; another extract tries again") {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}

// A clock that is set back, over midnight too, makes later records no older: what is newest in the lake stays so.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	ch := generate(22, 40, 0)
	w := newWorld(t, ch)
	w.now = time.Date(2026, 2, 2, 0, 5, 0, 0, time.UTC)
	midnight := w.now
	refresh := config(ch.Username(), "refresh_days", 365)
	w.mustExtract(refresh)
	id := ch.Posts()[5].ID
	ch.Edit(id, func(p *faketg.Post) { p.Text = "edited" })
	w.now = midnight.Add(-10 * time.Minute) // the day before
	if res := w.mustExtract(refresh); res.Total().Refreshed != 1 {
		t.Errorf("%+v", res.Total())
	}
	if !strings.Contains(w.log(), "the clock says 2026-02-01T23:55:00Z, before the last scrape (2026-02-02T00:05:00Z)") {
		t.Error(w.log())
	}
	if got := w.records(ch.Username(), w.now); got != nil {
		t.Errorf("%d records on the day before", len(got))
	}
	got := w.records(ch.Username(), midnight)
	if last := got[len(got)-1]; len(got) != 41 || last.MessageID != int64(id) || *last.MessageText != "edited" || last.ScrapedAt != "2026-02-02T00:05:00Z" {
		t.Errorf("%d records, the last %+v", len(got), last)
	}
	// It is told once.
	if res := w.mustExtract(refresh); res.Total().Refreshed != 0 {
		t.Errorf("%+v", res.Total())
	}
	w.verified()
}

// A run over midnight is of the day on which it began; the next day's begins with what is new then.
func TestMidnight(t *testing.T) {
	t.Parallel()
	ch := generate(23, 250, 3)
	w := newWorld(t, ch)
	began := time.Date(2026, 2, 1, 23, 59, 59, 0, time.UTC)
	w.now = began
	tomorrow := began.Add(time.Hour)
	w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 3, Effect: faketg.Do(func() { w.mu.Lock(); defer w.mu.Unlock(); w.now = tomorrow })})
	w.mustExtract(config(ch.Username()))
	w.sameAs(ch, ch.Posts(), w.records(ch.Username(), began))
	if got := w.records(ch.Username(), tomorrow); got != nil {
		t.Errorf("%d records on the next day", len(got))
	}
	ch.Add(faketg.Post{Date: tomorrow, Text: "good morning", Replies: -1})
	w.mustExtract(config(ch.Username()))
	if got := w.records(ch.Username(), tomorrow); len(got) != 1 || *got[0].MessageText != "good morning" {
		t.Errorf("%+v", got)
	}
	w.verified()
}

// Another process at the same lake, with a session of its own, is named; so is what a lake can't be.
func TestLakeInUse(t *testing.T) {
	t.Parallel()
	ch := generate(24, 20, 0)
	w := newWorld(t, ch)
	other, err := lakewriter.Open(filepath.Join(w.dir, "lake"), lakewriter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.extract(config(ch.Username()))
	wantDiag(t, err, "lake-locked", "another run fills the lake (process ")
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	w.mustExtract(config(ch.Username()))
	w.complete(ch)

	if err := os.RemoveAll(filepath.Join(w.dir, "lake")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "lake"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = w.extract(config(ch.Username()))
	wantDiag(t, err, "lake-write", "the lake can't be written: ")
}

// A file of the lake that something has cut off stops its channel alone, and says how to go on; nothing that was read is lost.
func TestDamagedLake(t *testing.T) {
	t.Parallel()
	good, bad := generate(25, 20, 0), faketg.NewChannel(906, "cut_shop", "Cut")
	for range 30 {
		bad.Add(faketg.Post{Date: now.Add(-time.Hour), Text: "text", Replies: -1})
	}
	w := newWorld(t, good, bad)
	both := config(good.Username() + " cut_shop")
	w.mustExtract(both)
	file := w.path("telegram_messages", lakewriter.Day(now), "cut_shop.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, ch := range []*faketg.Channel{good, bad} {
		ch.Add(faketg.Post{Date: now, Text: "new", Replies: -1})
	}
	for range 2 {
		res, err := w.extract(both)
		if err != nil || res.Channels[0].Status != source.OK {
			t.Fatalf("%+v %v", res.Channels[0], err)
		}
		wantDiag(t, res.Channels[1].Err, "lake-file", "the lake file is not whole JSON: unexpected EOF")
		if !strings.Contains(res.Channels[1].Err.Error(), "--full") {
			t.Error(res.Channels[1].Err)
		}
	}
	if err := os.Rename(file, file+".cut"); err != nil {
		t.Fatal(err)
	}
	w.now = now.Add(time.Minute)
	w.mustExtract(both, func(o *source.ExtractOptions) { o.Full = true })
	last := latest(w.records("cut_shop", now), func(m lakewriter.Message) int64 { return m.MessageID })
	if len(last) != 31 {
		t.Errorf("%d of 31 messages", len(last))
	}
	w.verified()

	// A checkpoint that is no sense stops the channel too; without it, the channel is read from its beginning.
	state := w.path("_state", "cut_shop.json")
	if err := os.WriteFile(state, []byte(`{"version":1,"channel":"cut_`), 0o644); err != nil {
		t.Fatal(err)
	}
	res, err := w.extract(both)
	if err != nil || res.Channels[0].Status != source.OK {
		t.Fatalf("%+v %v", res.Channels[0], err)
	}
	wantDiag(t, res.Channels[1].Err, "checkpoint", "the checkpoint of the channel cut_shop can't be used")
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	w.now = now.Add(time.Hour)
	if res := w.mustExtract(both); res.Channels[1].Messages != 31 {
		t.Errorf("%+v", res.Channels[1])
	}
	w.verified()
}
