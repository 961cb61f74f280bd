package duckdb_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// TestSizes: bytes are those of the blocks in the file, shared ones in parts; what lies in memory or waits for the file has none.
func TestSizes(t *testing.T) {
	c := session(t, open(t, map[string]any{"type": "duckdb", "path": filepath.Join(t.TempDir(), "sized.duckdb"), "threads": 1}))
	sizes := func() map[string]adapter.Size {
		t.Helper()
		list, err := duckdb.Driver().(adapter.Sizer).Sizes(func(sql string) (*adapter.Table, error) {
			_, table, err := c.Execute(t.Context(), sql, true, 0)
			return table, err
		})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]adapter.Size{}
		for _, s := range list {
			out[s.Schema+"/"+s.Name] = s
		}
		return out
	}
	run(t, c, `create schema "odd 'schema."`)
	run(t, c, `create table "odd 'schema."."a.b" as select range as i, hash(range) as h from range(200000)`)
	run(t, c, `create table "it""s" as select range as i, hash(range) as h from range(10)`)
	for k := range 3 {
		run(t, c, fmt.Sprintf("create table small%d as select range as i, hash(range) as h from range(100)", k))
	}
	run(t, c, "create table empty (i integer)")
	run(t, c, "create view v as select 1 as i")
	run(t, c, "checkpoint")
	run(t, c, "create table waiting as select range as i, hash(range) as h from range(10)")
	run(t, c, "attach ':memory:' as mem")
	run(t, c, "create table mem.main.inmemory as select range as i from range(100000)")

	got := sizes()
	if s := got["odd 'schema./a.b"]; s.Rows != 200000 || s.Bytes < 1_600_000 || s.Bytes > 4_000_000 {
		t.Errorf("a table of 200,000 rows: %+v", s)
	}
	block := value(t, c, "select block_size::bigint from pragma_database_size() where database_name = 'sized'").(int64)
	for k := range 3 {
		s := got[fmt.Sprintf("main/small%d", k)]
		if s.Rows != 100 || s.Bytes <= 0 || s.Bytes > block {
			t.Errorf("a small table: %+v", s)
		}
	}
	used := value(t, c, "select (used_blocks * block_size)::bigint from pragma_database_size() where database_name = 'sized'").(int64)
	total := int64(0)
	for _, s := range got {
		total += max(s.Bytes, 0)
	}
	if total > used {
		t.Errorf("%d bytes in a file of %d", total, used)
	}
	for _, name := range []string{"main/empty", "main/waiting", "main/inmemory", `main/it"s`} {
		if s, ok := got[name]; !ok || s.Bytes != -1 {
			t.Errorf("%s: %+v %v, want no bytes", name, s, ok)
		}
	}
	if _, ok := got["main/v"]; ok {
		t.Error("a view has a size")
	}
	if got["main/waiting"].Rows != 10 {
		t.Errorf("rows of a new table: %+v", got["main/waiting"])
	}
	// A query that fails leaves the rows.
	list, err := duckdb.Driver().(adapter.Sizer).Sizes(func(sql string) (*adapter.Table, error) {
		if strings.Contains(sql, "pragma_storage_info") {
			return nil, fmt.Errorf("no storage today")
		}
		_, table, err := c.Execute(t.Context(), sql, true, 0)
		return table, err
	})
	if err == nil || len(list) == 0 || list[0].Bytes != -1 {
		t.Errorf("without the storage: %v %v", list, err)
	}
}
