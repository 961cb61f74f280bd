package run

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Batches start where an hour, day, month or year does; the last ends where the time does, rounded up to a start.
func TestBatches(t *testing.T) {
	at := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		m, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, c := range []struct {
		name, size, begin, start, end, until string
		lookback                             int
		incremental                          bool
		want                                 string
	}{
		{name: "from begin to now", size: "day", begin: "2024-01-01 10:00", until: "2024-01-03 12:00", lookback: 1, want: "2024-01-01 2024-01-02 2024-01-03 | 01-04 00:00"},
		{name: "now is where a batch starts", size: "day", begin: "2024-01-01 00:00", until: "2024-01-03 00:00", lookback: 1, want: "2024-01-01 2024-01-02 | 01-03 00:00"},
		{name: "one batch back", size: "day", begin: "2024-01-01 00:00", until: "2024-01-03 12:00", lookback: 1, incremental: true, want: "2024-01-02 2024-01-03 | 01-04 00:00"},
		{name: "none back", size: "day", begin: "2024-01-01 00:00", until: "2024-01-03 12:00", incremental: true, want: "2024-01-03 | 01-04 00:00"},
		{name: "hours over midnight", size: "hour", begin: "2024-01-01 00:00", until: "2024-01-03 00:30", lookback: 2, incremental: true, want: "2024-01-02T22 2024-01-02T23 2024-01-03T00 | 01-03 01:00"},
		{name: "months over a year", size: "month", begin: "2023-11-30 00:00", until: "2024-01-15 00:00", lookback: 1, want: "2023-11 2023-12 2024-01 | 02-01 00:00"},
		{name: "months back from a long one", size: "month", begin: "2020-01-01 00:00", until: "2024-03-31 00:00", lookback: 1, incremental: true, want: "2024-02 2024-03 | 04-01 00:00"},
		{name: "years", size: "year", begin: "2022-06-01 00:00", until: "2024-01-15 00:00", lookback: 1, want: "2022 2023 2024 | 01-01 00:00"},
		{name: "as the command line says", size: "day", begin: "2020-01-01 00:00", start: "2024-01-01 06:00", end: "2024-01-02 06:00", until: "2024-06-01 00:00", lookback: 1, incremental: true, want: "2024-01-01 2024-01-02 | 01-03 00:00"},
	} {
		b := Batches{Start: at(c.start), End: at(c.end), Until: at(c.until)}
		var got []string
		list := b.spans(c.size, at(c.begin), c.lookback, c.incremental)
		for i, x := range list {
			got = append(got, x.Name())
			if i > 0 && !x.Start.Equal(list[i-1].End) {
				t.Errorf("%s: batch %s does not start where %s ends", c.name, x.Name(), list[i-1].Name())
			}
		}
		if d := cmp.Diff(c.want, strings.Join(got, " ")+" | "+list[len(list)-1].End.Format("01-02 15:04")); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}
