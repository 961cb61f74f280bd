package loadtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// A message whose image came in a later run of the same day has two records. Both are rows; the newest is the one with the
// image; the history has what each scrape saw, and a second look within the same second adds nothing to it.
func TestImageOfALaterRun(t *testing.T) {
	onEach(t, func(t *testing.T, w *warehouse) {
		db, dir := w.target(t), t.TempDir()
		morning := time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC)
		run := func(at time.Time, id int64, picture bool) {
			t.Helper()
			lake, err := lakewriter.Open(dir, lakewriter.Options{})
			if err != nil {
				t.Fatal(err)
			}
			channel, err := lake.Channel("shop", at)
			if err != nil {
				t.Fatal(err)
			}
			m := lakewriter.Message{MessageID: id, ChannelName: "shop", MessageDate: "2026-01-31T08:00:00Z", MessageText: lakewriter.Ptr("x"), HasMedia: true,
				MediaType: lakewriter.Ptr("photo"), Views: lakewriter.Ptr[int64](7), ScrapedAt: lakewriter.Time(at)}
			if picture {
				part, err := lake.PartImage(lakewriter.Wanted{Channel: "shop", MessageID: id, Key: 5, Ext: ".jpg"}, 4096)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := part.Write([]byte("a picture")); err != nil {
					t.Fatal(err)
				}
				img, err := part.Commit()
				if err != nil {
					t.Fatal(err)
				}
				m.ImagePath, m.ImageSHA256, m.ImageBytes = &img.Path, &img.SHA256, &img.Bytes
			} else {
				m.ImageError = lakewriter.Ptr("it is not there")
			}
			if err := channel.Commit([]lakewriter.Message{m}, nil); err != nil {
				t.Fatal(err)
			}
			if err := channel.Flush(); err != nil {
				t.Fatal(err)
			}
			channel.Close()
			if err := lake.Close(); err != nil {
				t.Fatal(err)
			}
		}
		run(morning, 1, false)
		load(t, request(w, db, dir))
		run(morning.Add(time.Hour), 1, true)
		run(morning.Add(time.Hour), 2, false)
		run(morning.Add(time.Hour), 2, true) // in the same second
		if res := load(t, request(w, db, dir)); res.FilesLoaded != 1 || res.Rows != 4 || res.Rejects != 0 {
			t.Errorf("%+v", res)
		}
		newest := `select message_id, image_path from (select message_id, image_path, row_number() over
			(partition by message_id order by scrape_date desc, scraped_at desc, lake_row desc) as n from raw.telegram_messages) as r where n = 1 order by 1`
		if diff := cmp.Diff([]string{"1 images/shop/1.jpg", "2 images/shop/2.jpg"}, query(t, db, newest)); diff != "" {
			t.Error(diff)
		}
		seen := query(t, db, `select message_id, observed_at, views from raw.message_metrics order by 1, 2`)
		want := []string{"1 2026-02-01 09:00:00 +0000 UTC 7", "1 2026-02-01 10:00:00 +0000 UTC 7", "2 2026-02-01 10:00:00 +0000 UTC 7"}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Error(diff)
		}
		r, err := lakewriter.Verify(t.Context(), dir, lakewriter.VerifyOptions{})
		if err != nil || len(r.Problems) != 0 || r.Messages != 2 || r.Images != 2 {
			t.Errorf("%+v %v", r, err)
		}
	})
}
