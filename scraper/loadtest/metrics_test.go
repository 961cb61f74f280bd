package loadtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
)

// write puts a file into a lake; name is relative to telegram_messages/.
func write(t testing.TB, lake, name, text string) {
	t.Helper()
	file := filepath.Join(lake, "telegram_messages", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A message as three scrapes saw it, in three layouts of the lake.
const (
	firstScrape = `{"message_id":1,"channel_name":"shop","channel_id":77,"message_date":"2025-03-01T10:00:00Z","message_text":"ዋጋ 100",` +
		`"views":10,"forwards":1,"reactions":[{"emoji":"👍","count":2}],"deleted":false,"scraped_at":"2025-03-03T12:00:00.1234567+03:00"}`
	secondScrape = `{"message_id":1,"channel_name":"shop","channel_id":77,"message_date":"2025-03-01T10:00:00Z","message_text":"ዋጋ 120",` +
		`"views":25,"forwards":1,"replies":3,"edit_date":"2025-03-03T13:00:00Z","scraped_at":"2025-03-03T18:00:00Z"}`
	thirdScrape = `{"message_id":1,"channel_name":"shop","channel_id":77,"message_date":"2025-03-01T10:00:00Z","message_text":"ዋጋ 120",` +
		`"views":25,"forwards":1,"replies":3,"edit_date":"2025-03-03T13:00:00Z","deleted":true,"scraped_at":"2025-03-05T09:00:00Z"}`
	noScrapeTime = `{"message_id":2,"channel_name":"shop","message_date":"2025-03-01T11:00:00Z","views":7}`
)

const metrics = `select message_id, observed_at, views, forwards, replies, reactions, edit_date, text_md5 is not null, deleted, lake_file
	from raw.message_metrics order by message_id, observed_at`

// The raw table holds what the lake holds; the history beside it keeps what every scrape saw, once.
func TestMetrics(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db, lake := w.target(t), t.TempDir()
		write(t, lake, "2025-03-03/shop.json", "["+firstScrape+"]")
		load(t, request(w, db, lake))
		first := `1 2025-03-03 09:00:00.123456 +0000 UTC 10 1 <nil> [{"emoji":"👍","count":2}] <nil> true false telegram_messages/2025-03-03/shop.json`
		if diff := cmp.Diff([]string{first}, query(t, db, metrics)); diff != "" {
			t.Error(diff)
		}

		// The day's file grows, and the next day's is of another layout and format.
		write(t, lake, "2025-03-03/shop.json", "["+firstScrape+","+secondScrape+"]")
		write(t, lake, "date=2025-03-05/channel=shop/messages.ndjson", thirdScrape+"\n"+noScrapeTime+"\n")
		write(t, lake, "2025-03-03/_manifest.json", `{"version":1}`)
		if res := load(t, request(w, db, lake)); res.FilesLoaded != 2 || res.Rows != 4 || len(res.Ignored) != 0 {
			t.Errorf("%+v", res)
		}
		want := []string{
			first,
			`1 2025-03-03 18:00:00 +0000 UTC 25 1 3 <nil> 2025-03-03T13:00:00Z true false telegram_messages/2025-03-03/shop.json`,
			`1 2025-03-05 09:00:00 +0000 UTC 25 1 3 <nil> 2025-03-03T13:00:00Z true true telegram_messages/date=2025-03-05/channel=shop/messages.ndjson`,
			`2 2025-03-05 00:00:00 +0000 UTC 7 <nil> <nil> <nil> <nil> false false telegram_messages/date=2025-03-05/channel=shop/messages.ndjson`,
		}
		if diff := cmp.Diff(want, query(t, db, metrics)); diff != "" {
			t.Error(diff)
		}

		// Nothing takes it back: not another load, not a full one, not a file that is gone.
		if err := os.RemoveAll(filepath.Join(lake, "telegram_messages/date=2025-03-05")); err != nil {
			t.Fatal(err)
		}
		req := request(w, db, lake)
		req.FullRefresh = true
		load(t, req)
		if diff := cmp.Diff(want, query(t, db, metrics)); diff != "" {
			t.Error("after a full refresh:", diff)
		}
		if got := one(t, db, `select count(*) from raw.telegram_messages`); got != "2" {
			t.Error(got)
		}

		// A warehouse from before the history gets it from the rows that it has.
		if _, err := db.Execute(t.Context(), `drop table raw.message_metrics`); err != nil {
			t.Fatal(err)
		}
		load(t, request(w, db, lake))
		if diff := cmp.Diff(want[:2], query(t, db, metrics)); diff != "" {
			t.Error("anew:", diff)
		}
	})
}

// Two source tables of one schema share the history and don't meet in it.
func TestMetricsOfTwoTables(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db, lake := w.target(t), t.TempDir()
		write(t, lake, "2025-03-03/shop.json", "["+firstScrape+"]")
		load(t, request(w, db, lake))
		req := request(w, db, lake)
		req.Source.Identifier = "exports"
		load(t, req)
		got := query(t, db, `select source_table, count(*) from raw.message_metrics group by source_table order by 1`)
		if diff := cmp.Diff([]string{"exports 1", "telegram_messages 1"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPhonesAreHidden(t *testing.T) {
	const record = `{"message_id":1,"channel_name":"shop","message_date":"2025-03-01T10:00:00Z","message_text":"☎️ 0900 000 001",` +
		`"entities":[{"type":"phone","offset":3,"length":12,"text":"0900 000 001"}],"raw":{"id":251900000001,"message":"0900 000 001"},"note":"+251900000001"}`
	onEach(t, func(t *testing.T, w *warehouse) {
		lake := t.TempDir()
		write(t, lake, "2025-03-03/shop.json", "["+record+`,{"message_id":"0900000001"}]`)
		for _, c := range []struct{ how, text, entities, raw, extra, reject string }{
			{"keep", "☎️ 0900 000 001", `[{"type":"phone","offset":3,"length":12,"text":"0900 000 001"}]`,
				`{"id":251900000001,"message":"0900 000 001"}`, `{"note":"+251900000001"}`, `{"message_id":"0900000001"}`},
			{"mask", "☎️ **** *** ***", `[{"type":"phone","offset":3,"length":12,"text":"**** *** ***"}]`,
				`{"id":251900000001,"message":"**** *** ***"}`, `{"note":"+************"}`, `{"message_id":"**********"}`},
			{"hash", "☎️ tel_6408119f41c7a726", `[{"type":"phone","offset":3,"length":12,"text":"tel_6408119f41c7a726"}]`,
				`{"id":251900000001,"message":"tel_6408119f41c7a726"}`, `{"note":"tel_6408119f41c7a726"}`, `{"message_id":"tel_6408119f41c7a726"}`},
		} {
			db := w.target(t)
			req := request(w, db, lake)
			req.FullRefresh = true
			req.Config.Options = map[string]any{"phones": c.how}
			req.LookupEnv = func(name string) (string, bool) { return "a long key", name == scraper.PhoneKeyVar }
			load(t, req)
			got := query(t, db, `select message_text, entities, raw, extra, (select raw_text from raw.telegram_messages_rejects) from raw.telegram_messages`)
			want := c.text + " " + c.entities + " " + c.raw + " " + c.extra + " " + c.reject
			if diff := cmp.Diff([]string{want}, got); diff != "" {
				t.Errorf("%s: %s", c.how, diff)
			}
		}
	})
}

// A plugin that shares the load names its own options; others are refused.
func TestLoaderOfAnotherPlugin(t *testing.T) {
	w := openDuckDB(t)
	p := scraper.Loader("notes", "folder")
	lake := t.TempDir()
	write(t, lake, "2025-03-03/shop.json", "["+firstScrape+"]")
	req := request(w, w.target(t), lake)
	req.Config = source.Config{Plugin: "notes", Options: map[string]any{"folder": "x", "phones": "keep"}}
	if res, err := p.Load(t.Context(), req); err != nil || res.Rows != 1 || p.Name() != "notes" {
		t.Error(res, err)
	}
	req.Config.Options = map[string]any{"folders": "x"}
	if _, err := p.Load(t.Context(), req); err == nil {
		t.Error("an unknown option was taken")
	}
}
