package scraper

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// tree makes files (and folders, which end in "/") in a new folder.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("[]"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpenLake(t *testing.T) {
	files := []string{
		"telegram_messages/2025-03-07/b.json", "telegram_messages/2025-03-03/z.JSON", "telegram_messages/date=2025-03-05/b.json",
		"telegram_messages/2025-03-03/a.json", "telegram_messages/2025-03-03/_manifest.json", "telegram_messages/.state/x.json",
		"telegram_messages/2025-03-03/notes.txt", "telegram_messages/2025-13-01/a.json", "telegram_messages/2025-03-03/sub/a.json",
		"telegram_messages/README.md", "images/a/1.jpg",
		"telegram_messages/date=2025-03-05/channel=a/messages.json", "telegram_messages/date=2025-03-05/channel=a/_x.json",
		"telegram_messages/2025-03-07/c.ndjson",
	}
	want := []string{
		"telegram_messages/2025-03-03/a.json", "telegram_messages/2025-03-03/z.JSON",
		"telegram_messages/date=2025-03-05/b.json", "telegram_messages/date=2025-03-05/channel=a/messages.json",
		"telegram_messages/2025-03-07/b.json", "telegram_messages/2025-03-07/c.ndjson",
	}
	ignored := []string{
		"telegram_messages/2025-03-03/notes.txt", "telegram_messages/2025-03-03/sub",
		"telegram_messages/2025-13-01", "telegram_messages/README.md",
	}
	for _, c := range []struct{ name, prefix, open string }{
		{"lake", "raw/", ""},
		{"raw folder", "", ""},
		{"messages folder", "raw/", "raw/telegram_messages"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var names []string
			for _, f := range files {
				names = append(names, c.prefix+f)
			}
			lake, err := OpenLake(filepath.Join(tree(t, names...), c.open))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range lake.Files {
				got = append(got, f.Name)
				if f.Size != 2 || f.Path != filepath.Join(lake.Dir, filepath.FromSlash(f.Name)) || !strings.Contains(f.Name, f.ScrapeDate.Format("2006-01-02")) {
					t.Errorf("%+v", f)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(ignored, lake.Ignored); diff != "" {
				t.Error("ignored:", diff)
			}
		})
	}
}

func TestOpenLakeErrors(t *testing.T) {
	dir := tree(t, "empty/", "file.json")
	for name, want := range map[string]string{
		"nowhere":   "does not exist",
		"empty":     "is no lake",
		"file.json": "is a file, not a folder",
	} {
		_, err := OpenLake(filepath.Join(dir, name))
		d, ok := diag.As(err)
		if !ok || !strings.Contains(d.Message, want) || d.Hint == "" || d.File == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestImagePath(t *testing.T) {
	for sent, want := range map[string]string{
		`data\raw\images\shop\12.jpg`:        "images/shop/12.jpg",
		"data/raw/images/shop/12.jpg":        "images/shop/12.jpg",
		"images/shop/12.jpg":                 "images/shop/12.jpg",
		`C:\Users\me\data\images\shop\1.jpg`: "images/shop/1.jpg",
		`C:\photos\1.jpg`:                    "C:/photos/1.jpg",
		"myimages/1.jpg":                     "myimages/1.jpg",
	} {
		if got := imagePath(sent); got != want {
			t.Errorf("%s: %s, want %s", sent, got, want)
		}
	}
}
