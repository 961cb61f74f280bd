package config

import (
	"testing"
	"time"
)

func TestParseSample(t *testing.T) {
	now := time.Date(2024, 3, 31, 16, 6, 0, 5000, time.UTC)
	const end = " 2024-03-31 16:06:00.000005+00:00"
	for text, want := range map[string]string{
		"3 days":   "2024-03-28 16:06:00.000005+00:00" + end,
		"1 Months": "2024-02-29 16:06:00.000005+00:00" + end,
		"13 month": "2023-02-28 16:06:00.000005+00:00" + end,
		"4 years":  "2020-03-31 16:06:00.000005+00:00" + end,
		"2 hour":   "2024-03-31 14:06:00.000005+00:00" + end,
		"{start: 2024-01-01 00:00:00, end: 2024-02-01T10:00:00}": "2024-01-01 00:00:00+00:00 2024-02-01 10:00:00+00:00",
		"{start: '2024-01-01', end: 2024-02-01 10:00:00+02:00}":  "2024-01-01 00:00:00+00:00 2024-02-01 10:00:00+00:00",
		"{start: 2024-01-01, end: 2024-02-01 00:00:00}":          `error Field "start" of type datetime in SampleWindow has invalid value 2024-01-01`,
		"{start: 2024-01-01 00:00:00}":                           `error Field "end" of type datetime is missing in SampleWindow instance`,
		"3":                                                      "error Runtime Error\n  Cannot load SAMPLE_WINDOW from '3'. Must be of form 'DAYS_INT GRAIN_SIZE'.",
		"x days":                                                 "error Runtime Error\n  Unable to convert 'x' to an integer.",
		"3 weeks":                                                "error Runtime Error\n  Invalid grain size 'weeks'. Must be one of ['hour', 'day', 'month', 'year', 'hours', 'days', 'months', 'years'].",
		"{":                                                      "error String '{' is not valid YAML",
	} {
		w, err := ParseSample(text, now)
		got := PythonTime(w.Start) + " " + PythonTime(w.End)
		if err != nil {
			got = "error " + err.Error()
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

func FuzzParseSample(f *testing.F) {
	f.Add("3 days")
	f.Add("{start: 2024-01-01 00:00:00, end: 2024-02-01T10:00:00}")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = ParseSample(text, time.Unix(0, 0))
	})
}
