//go:build cgo

package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/gdbt-dev/gdbt/engine"
	"github.com/gdbt-dev/gdbt/engine/config"
)

// Two projects are built at once in DuckDB files of their own; after Close nothing runs, and each file opens again.
func TestTwoProjectsInDuckDB(t *testing.T) {
	before := runtime.NumGoroutine()
	dirs := map[string]string{}
	for _, name := range []string{"one", "two"} {
		dir := t.TempDir()
		files := map[string]string{"dbt_project.yml": "name: " + name + "\nversion: '1.0'\n", "seeds/s.csv": "id,name\n1," + name + "\n"}
		for i := range 8 {
			files[fmt.Sprintf("models/m%d.sql", i)] = "{{ config(materialized='table') }} select * from {{ ref('s') }}"
		}
		for file, text := range files {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		dirs[name] = dir
	}
	use := func(name string) error {
		p, err := engine.Open(t.Context(), engine.Options{ProjectDir: dirs[name], Adapters: drivers(), Env: config.MapEnviron(nil)})
		if err != nil {
			return err
		}
		defer p.Close()
		res, err := p.Build(t.Context(), engine.Selection{})
		if err != nil || engine.ExitOf(res, err) != engine.ExitOK || len(res.Results) != 9 {
			return fmt.Errorf("%v %v", res, err)
		}
		rows, err := p.Show(t.Context(), engine.Selection{}, engine.Inline{SQL: "select name from {{ ref('m3') }}", Limit: 5})
		if err != nil {
			return err
		}
		if got := rows.Results[0].Table.Values[0][0]; got != name {
			return fmt.Errorf("read %v", got)
		}
		return p.Close()
	}
	for range 2 {
		var wg sync.WaitGroup
		for name := range dirs {
			wg.Go(func() {
				if err := use(name); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		settled(t, before)
	}
}
