package adaptertest

import (
	"fmt"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Bench measures what a run's speed hangs on: the round trip of a statement,
// the fetch of 100,000 rows and a bulk insert.
func Bench(b *testing.B, open func(b *testing.B) (adapter.Driver, adapter.Credentials)) {
	driver, creds := open(b)
	w, err := driver.Open(b.Context(), creds)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	c, err := w.Conn(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	defer c.Release()
	must := func(b *testing.B, sql string, fetch bool) {
		if _, _, err := c.Execute(b.Context(), sql, fetch, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("RoundTrip", func(b *testing.B) {
		for b.Loop() {
			must(b, "select 1", true)
		}
	})
	b.Run("Fetch100k", func(b *testing.B) {
		must(b, `create table big as select i, 'row number ' || cast(i as varchar) as label, cast(i as numeric(12,2)) as amount,
			cast(i as double precision) / 7 as ratio, timestamp '2024-01-01' + i * interval '1 second' as at
			from generate_series(1, 100000) as s(i)`, false)
		b.ReportAllocs()
		b.ResetTimer()
		for b.Loop() {
			must(b, "select * from big", true)
		}
	})
	b.Run("BulkInsert100k", func(b *testing.B) {
		bulk, ok := c.(adapter.BulkInserter)
		if !ok {
			b.Skip("the adapter has no bulk insert")
		}
		must(b, "create table loaded (i integer, label varchar, ratio double precision)", false)
		rel := adapter.NewRelation(driver.Dialect(), creds.Database(), creds.Schema(), "loaded", adapter.TypeTable)
		b.ReportAllocs()
		b.ResetTimer()
		for b.Loop() {
			_, err := bulk.BulkInsert(b.Context(), rel, []string{"i", "label", "ratio"}, func(yield func([]any, error) bool) {
				for i := range 100_000 {
					if !yield([]any{int64(i), fmt.Sprint("row ", i), float64(i) / 7}, nil) {
						return
					}
				}
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
