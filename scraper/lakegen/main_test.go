package main

import (
	"bytes"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The lakes of testdata are this program's output: after a change run
// `go run ./scraper/lakegen -out testdata`.
func TestTestdataIsUpToDate(t *testing.T) {
	for name, files := range map[string]map[string][]byte{"lake": goodLake(), "lake_bad": badLake()} {
		dir := filepath.Join("..", "..", "testdata", name)
		for file, want := range files {
			got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
			if err != nil {
				t.Error(err)
				continue
			}
			if strings.HasSuffix(file, ".jpg") {
				// Another Go release may compress another way.
				if _, err := jpeg.Decode(bytes.NewReader(got)); err != nil {
					t.Errorf("%s: %v", file, err)
				}
				continue
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s/%s differs from what lakegen writes", name, file)
			}
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(dir, path)
			if _, ok := files[filepath.ToSlash(rel)]; !ok {
				t.Errorf("%s/%s is not from lakegen", name, rel)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
