package tdesktop

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper"
	"github.com/gdbt-dev/gdbt/scraper/denied/deniedtest"
)

// Whatever folder or file of a lake or of the exports a user has no access to, the error names it and what to do, a check
// tells of it, and with the access back the next run loses and repeats nothing.
func TestFoldersWithoutAccess(t *testing.T) {
	if !deniedtest.AsUser(t) {
		return
	}
	const messages, day = "lake/raw/telegram_messages", "lake/raw/telegram_messages/2026-02-01"
	for _, c := range []struct {
		name string
		mode fs.FileMode
		// What each of them does not get over.
		extract, open, verify bool
	}{
		{"lake", 0, true, true, true},
		{"lake/raw", 0, true, true, true},
		{messages, 0o400, true, true, true},
		{messages, 0, true, true, true},
		{day, 0o500, true, false, false},
		{day, 0, true, true, true},
		{day + "/Fake_Shop.json", 0, true, false, true},
		{"lake/raw/_state", 0o500, true, false, false},
		{"lake/raw/_state", 0, true, false, true},
		{"lake/raw/images/Fake_Shop", 0o500, true, false, false},
		{"lake/raw/images/Fake_Shop", 0, true, false, true},
		{"exports", 0, true, false, false},
		{"exports/one", 0, true, false, false},
		{"exports/one/result.json", 0, true, false, false},
	} {
		t.Run(c.name+" "+c.mode.String(), func(t *testing.T) {
			dir := t.TempDir()
			path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
			write := func(name, text string) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(path(name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path(name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			req := source.ExtractRequest{Request: source.Request{
				Config:     source.Config{Plugin: "tdesktop", Lake: "lake", Options: map[string]any{"folder": "exports"}},
				ProjectDir: dir, Now: func() time.Time { return time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC) },
			}, Options: source.DefaultExtractOptions()}
			extract := func() error {
				res, err := Plugin().(source.Extractor).Extract(t.Context(), req)
				for _, channel := range res.Channels {
					err = errors.Join(err, channel.Err)
				}
				return err
			}
			told := func(what string, err error) {
				t.Helper()
				d, ok := diag.As(err)
				kind := "folder"
				if filepath.Ext(c.name) != "" {
					kind = "file"
				}
				if !ok || !strings.Contains(d.Message, "permission denied") || !strings.HasPrefix(d.Hint, "the "+kind+" "+path(c.name)+" has the mode ") {
					t.Errorf("%s: %v", what, err)
				}
			}
			write("exports/one/result.json", result)
			write("exports/one/photos/a.jpg", "jpeg")
			if err := extract(); err != nil {
				t.Fatal(err)
			}
			// One more message, with a photo.
			write("exports/one/photos/b.jpg", "another")
			write("exports/one/result.json", strings.TrimSuffix(result, "]}")+`,{"id":4,"type":"message","date_unixtime":"1767258000","text":"new","photo":"photos/b.jpg"}]}`)
			info, err := os.Stat(path(c.name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path(c.name), c.mode); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Chmod(path(c.name), info.Mode()) }()

			if err := extract(); c.extract {
				told("extract", err)
			}
			if _, err := scraper.OpenLake(path("lake")); c.open {
				told("open", err)
			} else if err != nil {
				t.Error(err)
			}
			verify := source.VerifyRequest{Request: req.Request}
			res, err := Plugin().(source.Verifier).Verify(t.Context(), verify)
			var problems []string
			for _, p := range res.Problems {
				problems = append(problems, p.Text)
			}
			if denied := strings.Contains(strings.Join(problems, "\n"), "permission denied"); err != nil {
				told("verify", err)
			} else if denied != c.verify {
				t.Errorf("verify: %q", problems)
			}

			if err := os.Chmod(path(c.name), info.Mode()); err != nil {
				t.Fatal(err)
			}
			if err := extract(); err != nil {
				t.Fatal(err)
			}
			res, err = Plugin().(source.Verifier).Verify(t.Context(), verify)
			if err != nil || len(res.Problems) != 0 || res.Messages != 4 || res.Images != 2 {
				t.Errorf("at last: %+v %v", res, err)
			}
			text, err := os.ReadFile(path(day + "/Fake_Shop.json"))
			if err != nil || strings.Count(string(text), `"message_id"`) != 4 {
				t.Errorf("%s %v", text, err)
			}
		})
	}
}
