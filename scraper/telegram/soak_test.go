package telegram

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// Many channels under random faults end as a complete lake, byte for byte. With
// GDBT_SOAK set it is 50 channels of 2,000 messages with 500 images in all.
func TestSoak(t *testing.T) {
	spec, faults := faketg.Spec{Seed: 5, Channels: 5, Messages: 250, Photos: 5, PhotoBytes: 30_000}, 12
	if os.Getenv("GDBT_SOAK") != "" {
		spec.Channels, spec.Messages, spec.Photos, faults = 50, 2000, 10, 150
	}
	channels := faketg.Generate(spec)
	w := newWorld(t, channels...)
	w.InjectRandomly(9, 0.1, faults, faketg.Drop(), faketg.Delay(30*time.Millisecond), faketg.Error(500, "RPC_CALL_FAIL"),
		faketg.Do(w.ExpireFileReferences), faketg.Error(400, "FILE_REFERENCE_EXPIRED"), faketg.FloodWait(1))
	var names []string
	for _, ch := range channels {
		names = append(names, ch.Username())
	}
	began, runs := time.Now(), 0
	for done := false; !done; runs++ {
		if runs == 20 {
			t.Fatal("20 runs did not bring it all")
		}
		res, err := w.extract(config(strings.Join(names, ",")))
		done = err == nil && res.Total().Status == source.OK
		if !done {
			t.Logf("run %d: %v %v", runs, err, res.Total().Err)
		}
	}
	took := time.Since(began)
	w.Heal()
	for _, ch := range channels {
		records := w.records(ch.Username(), w.now)
		last := latest(records, func(m lakewriter.Message) int64 { return m.MessageID })
		w.sameAs(ch, ch.Posts(), last)
		given := map[int64]bool{}
		for _, m := range records {
			if again := given[m.MessageID]; again && m.ImagePath == nil {
				t.Errorf("%s: message %d is there twice, and not for its image", ch.Username(), m.MessageID)
			}
			given[m.MessageID] = true
		}
	}
	w.verified()
	w.likeUndisturbed(config(strings.Join(names, ",")))
	t.Logf("%d messages in %d runs and %s: %.0f a second", spec.Channels*spec.Messages, runs, took.Round(time.Millisecond), float64(spec.Channels*spec.Messages)/took.Seconds())
}
