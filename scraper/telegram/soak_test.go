package telegram

import (
	"encoding/json"
	"os"
	"path/filepath"
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

// likeUndisturbed compares the lake with the one that a run without faults leaves: the last record of every message and
// every image, byte for byte.
func (w *world) likeUndisturbed(config map[string]any) {
	w.t.Helper()
	files := func(lake string) map[string]string {
		found := map[string]string{}
		err := filepath.WalkDir(lake, func(name string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			// What begins so tells of the runs, not of the channels.
			if strings.HasPrefix(d.Name(), "_") {
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			}
			if d.IsDir() {
				return nil
			}
			text, err := os.ReadFile(name)
			rel, _ := filepath.Rel(lake, name)
			found[rel] = string(text)
			if filepath.Ext(name) == ".json" {
				lines := strings.Split(strings.Trim(found[rel], "[]\n"), ",\n")
				found[rel] = strings.Join(latest(lines, func(line string) int64 {
					var m lakewriter.Message
					if err := json.Unmarshal([]byte(line), &m); err != nil {
						w.t.Errorf("%s: %v", name, err)
					}
					return m.MessageID
				}), "\n")
			}
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		return found
	}
	lake, aside := filepath.Join(w.dir, "lake"), filepath.Join(w.dir, "disturbed")
	if err := os.Rename(lake, aside); err != nil {
		w.t.Fatal(err)
	}
	if res, err := w.extract(config); err != nil || res.Total().Status != source.OK {
		w.t.Fatal(res.Total().Err, err)
	}
	want, got := files(lake), files(aside)
	for name, text := range want {
		if got[name] != text {
			w.t.Errorf("%s: %d bytes, undisturbed %d", name, len(got[name]), len(text))
		}
		delete(got, name)
	}
	for name := range got {
		w.t.Errorf("%s is in the disturbed lake alone", name)
	}
	if len(want) == 0 {
		w.t.Error("nothing to compare")
	}
}

// latest leaves the last record of each message, where its first one stands: a message whose image came in a later run has
// two, for the lake is only added to.
func latest[T any](records []T, id func(T) int64) []T {
	var out []T
	at := map[int64]int{}
	for _, r := range records {
		if i, again := at[id(r)]; again {
			out[i] = r
			continue
		}
		at[id(r)] = len(out)
		out = append(out, r)
	}
	return out
}
