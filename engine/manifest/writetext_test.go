package manifest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWriteText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "compiled", "shop", "a.sql")
	past := time.Unix(1_700_000_000, 0)
	for _, step := range []struct {
		name, text string
		kept       bool
	}{{"a new file in a new folder", "select 1", false}, {"the same text", "select 1", true}, {"another text", "select 2", false}} {
		if err := WriteText(path, step.text); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != step.text {
			t.Errorf("%s: %q, %v", step.name, got, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if kept := info.ModTime().Equal(past); kept != step.kept {
			t.Errorf("%s: kept %v, want %v", step.name, kept, step.kept)
		}
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
