// Command lakegen writes the synthetic lakes of testdata: `lake`, which loads
// and passes every test of the project, and `lake_bad`, whose files have one
// kind of fault each. Channels, messages and numbers are invented. The output
// depends on nothing but this program.
//
//	go run ./scraper/lakegen -out testdata
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	out := flag.String("out", "testdata", "folder that gets lake/ and lake_bad/")
	flag.Parse()
	for _, lake := range []struct {
		name  string
		files map[string][]byte
	}{{"lake", goodLake()}, {"lake_bad", badLake()}} {
		if err := write(filepath.Join(*out, lake.name), lake.files); err != nil {
			fmt.Fprintln(os.Stderr, "lakegen:", err)
			os.Exit(1)
		}
		fmt.Printf("%s: %d files\n", lake.name, len(lake.files))
	}
}

func write(dir string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}
