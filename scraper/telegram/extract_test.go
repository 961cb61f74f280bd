package telegram

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// Two channels, 250 and 120 messages, photos in two data centres; then nothing new;
// then what came since, and only that.
func TestExtract(t *testing.T) {
	t.Parallel()
	channels := faketg.Generate(faketg.Spec{Seed: 1, Channels: 2, Messages: 250, Photos: 30, PhotoBytes: 6 << 10})
	w := newWorld(t, channels...)
	names := channels[0].Username() + " https://t.me/" + channels[1].Username()
	res := w.mustExtract(config(names))
	w.complete(channels...)
	photos := 0
	for _, p := range channels[0].Posts() {
		if p.Photo != nil {
			photos++
		}
	}
	c := res.Channels[0]
	if c.Messages != len(channels[0].Posts()) || c.Images+c.ImagesKept < photos || c.Title != channels[0].Title() || c.ID != channels[0].ID || c.LastID != int64(channels[0].LastID()) {
		t.Errorf("%+v", c)
	}
	if p := w.last[c.Channel]; p.State != source.Finished || p.Messages != c.Messages || p.OfMessages != c.Messages || p.Images != p.OfImages || p.Images < photos {
		t.Errorf("%+v", p)
	}
	for _, call := range w.Log() { // no photo was asked for where it is not
		if call.Failed != "" {
			t.Errorf("%+v", call)
		}
	}

	before, pages, files := tree(t, w.path()), w.Calls("messages.getHistory"), w.Calls("upload.getFile")
	res = w.mustExtract(config(names))
	if diff := cmp.Diff(before, tree(t, w.path())); diff != "" {
		t.Error("a run without anything new changes the lake:", diff)
	}
	if n := w.Calls("messages.getHistory") - pages; n != 2 || w.Calls("upload.getFile") != files || res.Total().Messages != 0 {
		t.Errorf("%d calls for nothing new", n)
	}

	channels[0].Add(faketg.Post{Date: now, Text: "new", Views: 1, Replies: -1, Photo: faketg.NewPhoto(77, 4, 5000)})
	w.now = now.Add(24 * time.Hour)
	res = w.mustExtract(config(names))
	news := channels[0].Posts()[len(channels[0].Posts())-1:]
	w.sameAs(channels[0], news, w.records(channels[0].Username(), w.now))
	if res.Total().Messages != 1 || res.Total().Images != 1 {
		t.Errorf("%+v", res.Total())
	}
	w.verified()
}

// tree gives all files of a folder with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		out[strings.TrimPrefix(name, dir)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// since, until and limit leave messages out; what lies between what was read is known,
// and backfill reads it.
func TestBoundsAndBackfill(t *testing.T) {
	t.Parallel()
	ch := generate(2, 230, 0)
	posts := ch.Posts()
	w := newWorld(t, ch)
	ids := func() (got []int) {
		for _, m := range w.records(ch.Username(), now) {
			got = append(got, int(m.MessageID))
		}
		return got
	}
	want := func(from, to int) (all []int) {
		for _, p := range posts[from:to] {
			all = append(all, p.ID)
		}
		return all
	}
	// 40 from the middle.
	w.mustExtract(config(ch.Username()), func(o *source.ExtractOptions) {
		o.Since, o.Until, o.Limit = posts[50].Date, posts[150].Date, 40
	})
	if diff := cmp.Diff(want(110, 150), ids()); diff != "" {
		t.Fatal(diff)
	}
	// The last 20, which leaves a hole.
	w.mustExtract(config(ch.Username()), func(o *source.ExtractOptions) { o.Limit = 20 })
	if diff := cmp.Diff(append(want(110, 150), want(len(posts)-20, len(posts))...), ids()); diff != "" {
		t.Fatal(diff)
	}
	if !strings.Contains(w.log(), "are left out; --backfill reads them") {
		t.Error(w.log())
	}
	// Backfill down to a day, then all.
	w.mustExtract(config(ch.Username()), func(o *source.ExtractOptions) { o.Backfill, o.Since = true, posts[100].Date })
	if n := len(ids()); n != len(posts)-100 {
		t.Fatalf("%d messages, want %d", n, len(posts)-100)
	}
	w.mustExtract(config(ch.Username()), func(o *source.ExtractOptions) { o.Backfill = true })
	got := map[int]int{}
	for _, id := range ids() {
		got[id]++
	}
	for _, p := range posts {
		if got[p.ID] != 1 {
			t.Errorf("message %d is there %d times", p.ID, got[p.ID])
		}
	}
	calls := w.Calls("messages.getHistory")
	w.mustExtract(config(ch.Username()), func(o *source.ExtractOptions) { o.Backfill = true })
	if n := w.Calls("messages.getHistory") - calls; n != 1 {
		t.Errorf("%d calls with nothing left to fill", n)
	}
	w.verified()
}

// Bounds by ids: of the first read, of a backfill, of a whole history read again.
func TestIDBounds(t *testing.T) {
	t.Parallel()
	ch := generate(21, 230, 0)
	posts := ch.Posts()
	w := newWorld(t, ch)
	check := func(from, to int, change func(*source.ExtractOptions)) {
		t.Helper()
		w.mustExtract(config(ch.Username()), change)
		got := map[int]int{}
		for _, m := range w.records(ch.Username(), now) {
			got[int(m.MessageID)]++
		}
		for i, p := range posts {
			if want := map[bool]int{true: 1}[i >= from && i <= to]; got[p.ID] != want {
				t.Fatalf("message %d is there %d times, want %d", p.ID, got[p.ID], want)
			}
		}
	}
	check(60, 90, func(o *source.ExtractOptions) { o.FromID, o.ToID = posts[60].ID, posts[90].ID })
	check(60, 200, func(o *source.ExtractOptions) { o.ToID = posts[200].ID })
	check(20, 200, func(o *source.ExtractOptions) { o.FromID, o.ToID, o.Backfill = posts[20].ID, posts[200].ID, true })
	calls := w.Calls("messages.getHistory")
	check(20, 200, func(o *source.ExtractOptions) { o.FromID, o.ToID, o.Full = posts[100].ID, posts[110].ID, true })
	if n := w.Calls("messages.getHistory") - calls; n > 4 {
		t.Errorf("%d calls for ten messages", n)
	}
	check(0, len(posts)-1, func(o *source.ExtractOptions) { o.Backfill = true })
	w.verified()
	_, err := w.extract(config(ch.Username()), func(o *source.ExtractOptions) { o.FromID, o.ToID = 9, 3 })
	wantDiag(t, err, "source-config", "from-id (9) must not be over to-id (3)")
	_, err = w.extract(config(ch.Username()), func(o *source.ExtractOptions) { o.Limit, o.ToID = 9, 3 })
	wantDiag(t, err, "source-config", "limit counts from the newest message")
}

// The refresh window records what changed, and once; what is older stays as it is.
func TestRefresh(t *testing.T) {
	t.Parallel()
	ch := generate(3, 60, 10)
	w := newWorld(t, ch)
	c := config(ch.Username(), "refresh_days", 30)
	w.mustExtract(c)
	w.complete(ch)

	var edited, deleted, old faketg.Post
	for _, p := range ch.Posts() {
		switch {
		case p.Pinned != 0:
		case now.Sub(p.Date) > 32*24*time.Hour:
			old = p
		case now.Sub(p.Date) > 28*24*time.Hour:
		case edited.ID == 0 && p.Photo != nil:
			edited = p
		case deleted.ID == 0:
			deleted = p
		}
	}
	ch.Edit(edited.ID, func(p *faketg.Post) { p.Text += " edited"; p.EditDate = now; p.Views += 5 })
	ch.Edit(old.ID, func(p *faketg.Post) { p.Text += " edited" })
	ch.Delete(deleted.ID)
	w.now = now.Add(time.Hour)
	files := w.Calls("upload.getFile")
	res := w.mustExtract(c)
	if r := res.Channels[0]; r.Refreshed != 1 || r.Deleted != 1 || r.Messages != 0 {
		t.Errorf("%+v", r)
	}
	all := w.records(ch.Username(), now)
	last := all[len(all)-2:]
	for _, m := range last {
		switch {
		case m.MessageID == int64(edited.ID) && !m.Deleted && *m.MessageText == edited.Text+" edited" && *m.Views == int64(edited.Views+5) && m.EditDate != nil && m.ImagePath != nil:
		case m.MessageID == int64(deleted.ID) && m.Deleted && *m.MessageText == deleted.Text && m.ScrapedAt == lakewriter.Time(w.now):
		default:
			t.Errorf("%+v", m)
		}
	}
	if w.Calls("upload.getFile") != files {
		t.Error("a photo was fetched again")
	}
	w.now = w.now.Add(time.Hour)
	if res := w.mustExtract(c); res.Total().Refreshed+res.Total().Deleted != 0 {
		t.Errorf("%+v", res.Total())
	}
	w.verified()
}

// --full reads everything again and finds what is gone; cut short, it goes on where it was.
func TestFull(t *testing.T) {
	t.Parallel()
	ch := generate(4, 250, 5)
	w := newWorld(t, ch)
	c := config(ch.Username())
	w.mustExtract(c)
	gone := ch.Posts()[120].ID
	ch.Delete(gone)
	w.now = now.Add(24 * time.Hour)
	full := func(o *source.ExtractOptions) { o.Full = true }
	w.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 3, Times: -1, Effect: faketg.Error(400, "CHANNEL_PRIVATE")})
	res, err := w.extract(c, full)
	if err != nil || res.Channels[0].Status != source.Partial {
		t.Fatalf("%+v %v", res, err)
	}
	w.Heal()
	pages := w.Calls("messages.getHistory")
	w.mustExtract(c, full)
	if n := w.Calls("messages.getHistory") - pages; n > 4 {
		t.Errorf("%d calls to go on", n)
	}
	seen := map[int64]int{}
	for _, m := range w.records(ch.Username(), w.now) {
		seen[m.MessageID]++
		if m.Deleted != (m.MessageID == int64(gone)) {
			t.Errorf("message %d deleted: %v", m.MessageID, m.Deleted)
		}
	}
	if len(seen) != 1+len(ch.Posts()) {
		t.Errorf("%d messages of %d", len(seen), len(ch.Posts()))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("message %d is there %d times", id, n)
		}
	}
	w.verified()
}

// Every field of the issue comes through, and the whole object with --raw.
func TestFields(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 20, 10, 30, 0, 0, time.UTC)
	origin := faketg.NewChannel(500, "origin_shop", "Origin")
	origin.Add(faketg.Post{Date: at, Text: "first", Replies: -1})
	ch := faketg.NewChannel(600, "field_shop", "Fields & more")
	ch.Add(faketg.Post{ID: 10, Date: at, EditDate: at.Add(time.Hour), Text: "💊 ፓራሲታሞል #sale https://example.org @origin_shop", Views: 7, Forwards: 2, Replies: 3,
		Reactions: []faketg.Reaction{{Emoji: "👍", Count: 4}}, Author: "Editor", Photo: faketg.NewPhoto(90, 2, 4000), Album: 55})
	ch.Add(faketg.Post{ID: 12, Date: at, Text: "again", ReplyTo: 10, Replies: -1, Forward: &faketg.Forward{Channel: 500, Post: 1, Date: at.Add(-time.Hour)}})
	ch.Add(faketg.Post{ID: 13, Date: at, Text: "", Replies: -1, Poll: &faketg.Poll{ID: 3, Question: "Which?", Answers: []string{"A", "B"}, Votes: []int{5, 6}}})
	ch.Add(faketg.Post{ID: 14, Date: at, Pinned: 10})
	w := newWorld(t, origin, ch)
	w.mustExtract(config("field_shop", "raw", true))
	got := w.records("field_shop", now)
	for i := range got {
		if !strings.HasPrefix(string(got[i].Raw), `{"_":"message`) {
			t.Errorf("raw: %s", got[i].Raw)
		}
		got[i].Raw = nil
		got[i].ImageSHA256 = nil
	}
	base := func(id int64) lakewriter.Message {
		return lakewriter.Message{MessageID: id, ChannelName: "field_shop", ChannelID: lakewriter.Ptr(int64(600)), ChannelTitle: lakewriter.Ptr("Fields & more"),
			MessageDate: "2026-01-20T10:30:00Z", MessageText: lakewriter.Ptr(""), ScrapedAt: "2026-02-01T09:00:00Z"}
	}
	n := func(v int64) *int64 { return &v }
	s := func(v string) *string { return &v }
	first, second, third, fourth := base(10), base(12), base(13), base(14)
	first.EditDate, first.MessageText = s("2026-01-20T11:30:00Z"), s("💊 ፓራሲታሞል #sale https://example.org @origin_shop")
	first.HasMedia, first.MediaType, first.MediaID, first.ImagePath, first.ImageBytes = true, s("photo"), n(90), s("images/field_shop/10.jpg"), n(int64(len(faketg.NewPhoto(90, 2, 4000).Data())))
	first.Views, first.Forwards, first.Replies, first.PostAuthor, first.GroupedID = n(7), n(2), n(3), s("Editor"), n(55)
	first.Reactions = []lakewriter.Reaction{{Emoji: "👍", Count: 4}}
	first.Entities = []lakewriter.Entity{
		{Type: "hashtag", Offset: 10, Length: 5, Text: "#sale"},
		{Type: "url", Offset: 16, Length: 19, Text: "https://example.org", URL: "https://example.org"},
		{Type: "mention", Offset: 36, Length: 12, Text: "@origin_shop"},
	}
	second.MessageText, second.Views, second.Forwards, second.IsReply, second.ReplyToMsgID = s("again"), n(0), n(0), true, n(10)
	second.ForwardFrom = &lakewriter.Forward{Type: "channel", ID: 500, Username: "origin_shop", Name: "Origin", MessageID: 1, Date: "2026-01-20T09:30:00Z"}
	third.HasMedia, third.MediaType, third.Views, third.Forwards = true, s("poll"), n(0), n(0)
	third.Poll = &lakewriter.Poll{ID: 3, Question: "Which?", Voters: n(11), Answers: []lakewriter.PollAnswer{{Text: "A", Votes: n(5)}, {Text: "B", Votes: n(6)}}}
	fourth.ServiceAction, fourth.IsReply, fourth.ReplyToMsgID = s("pin_message"), true, n(10)
	if diff := cmp.Diff([]lakewriter.Message{first, second, third, fourth}, got); diff != "" {
		t.Error(diff)
	}
}

func TestImageFilter(t *testing.T) {
	t.Parallel()
	at := now.Add(-time.Hour)
	ch := faketg.NewChannel(700, "filter_shop", "Filter")
	small := faketg.NewPhoto(1, 2, 3000)
	ch.Add(faketg.Post{Date: at, Replies: -1, Photo: small})
	ch.Add(faketg.Post{Date: at, Replies: -1, Photo: faketg.NewPhoto(2, 2, 60_000)})
	ch.Add(faketg.Post{Date: at, Replies: -1, Photo: small}) // the same picture again
	w := newWorld(t, ch)
	res := w.mustExtract(config("filter_shop", "max_image_mb", 0.03))
	var got []string
	for _, m := range w.records("filter_shop", now) {
		if m.ImagePath != nil {
			got = append(got, *m.ImagePath)
		}
	}
	if diff := cmp.Diff([]string{"images/filter_shop/1.jpg", "images/filter_shop/3.jpg"}, got); diff != "" {
		t.Error(diff)
	}
	a, err := os.Stat(w.path("images/filter_shop/1.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.Stat(w.path("images/filter_shop/3.jpg"))
	if err != nil || !os.SameFile(a, b) {
		t.Error("the same picture takes room twice", err)
	}
	if res.Channels[0].Images+res.Channels[0].ImagesKept != 2 {
		t.Errorf("%+v", res.Channels[0])
	}
	w2 := newWorld(t, ch)
	w2.mustExtract(config("filter_shop"), func(o *source.ExtractOptions) { o.NoImages = true })
	if w2.Calls("upload.getFile") != 0 || !w2.records("filter_shop", now)[0].HasMedia {
		t.Error("--no-images")
	}
}
