package telegram

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/lakewriter"
)

// likeUndisturbed compares the lake with the one that a run without faults leaves, byte for byte: which files there are,
// every image, and every file of records. Two things may differ, and nothing else: a message whose image came in a later run
// has a first record without it (the lake is only added to), so its last record counts; and the files that begin with _
// tell of the runs themselves.
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
