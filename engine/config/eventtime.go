package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// Window is a span of time, its end not included.
type Window struct{ Start, End time.Time }

// ParseSample reads the value of --sample: a count of hours, days, months or years up to now ("3 days"), or a mapping of
// start and end. Times are UTC, whatever offset they name (dbt/event_time/sample_window.py, dbt/cli/option_types.py).
func ParseSample(text string, now time.Time) (Window, error) {
	if strings.HasPrefix(strings.TrimLeft(text, " \t\n"), "{") {
		m, err := ParseYAMLOption(text, "sample")
		if err != nil {
			return Window{}, sampleErrorf("String '%s' is not valid YAML", text)
		}
		var w Window
		for _, f := range []struct {
			key string
			to  *time.Time
		}{{"start", &w.Start}, {"end", &w.End}} {
			v, ok := m.Get(f.key)
			if !ok {
				return Window{}, sampleErrorf("Field \"%s\" of type datetime is missing in SampleWindow instance", f.key)
			}
			if *f.to, ok = moment(v); !ok {
				return Window{}, sampleErrorf("Field \"%s\" of type datetime in SampleWindow has invalid value %s", f.key, yamldoc.Repr(v))
			}
		}
		return w, nil
	}
	count, grain, ok := strings.Cut(text, " ")
	if !ok || strings.Contains(grain, " ") {
		return Window{}, sampleError("Runtime Error\n  Cannot load SAMPLE_WINDOW from '" + text + "'. Must be of form 'DAYS_INT GRAIN_SIZE'.")
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		return Window{}, sampleError("Runtime Error\n  Unable to convert '" + count + "' to an integer.")
	}
	end := now.UTC()
	start, err := offset(end, strings.TrimRight(strings.ToLower(grain), "s"), -n)
	if err != nil {
		return Window{}, sampleError("Runtime Error\n  Invalid grain size '" + grain + "'. Must be one of ['hour', 'day', 'month', 'year', 'hours', 'days', 'months', 'years'].")
	}
	return Window{start, end}, nil
}

// moment is a time of a mapping; its offset is dropped.
func moment(v any) (time.Time, bool) {
	text := ""
	switch v := v.(type) {
	case yamldoc.Time:
		text = yamldoc.Text(v)
	case string:
		text = v
	default:
		return time.Time{}, false
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), true
		}
	}
	return time.Time{}, false
}

// sampleError is what is wrong with a window, in dbt's words.
type sampleError string

func (e sampleError) Error() string { return string(e) }

func sampleErrorf(format string, args ...any) error { return sampleError(fmt.Sprintf(format, args...)) }

var errGrain = errors.New("unknown grain")

// offset moves a time by n hours, days, months or years; the last day of a month stays one.
func offset(t time.Time, grain string, n int) (time.Time, error) {
	switch grain {
	case "hour":
		return t.Add(time.Duration(n) * time.Hour), nil
	case "day":
		return t.AddDate(0, 0, n), nil
	case "year":
		n *= 12
	case "month":
	default:
		return t, errGrain
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location()), nil
}

// PythonTime prints a UTC time as Python's str does: "2024-01-01 10:00:00.123456+00:00".
func PythonTime(t time.Time) string {
	t = t.UTC().Truncate(time.Microsecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02 15:04:05+00:00")
	}
	return t.Format("2006-01-02 15:04:05.000000+00:00")
}

// CheckEventTimes checks --event-time-start and --event-time-end: the text says what is wrong with which of them (option is
// empty when it is both), "" when nothing is.
func CheckEventTimes(start, end string) (option, problem string) {
	times := map[string]time.Time{}
	for _, f := range [][2]string{{"event-time-start", start}, {"event-time-end", end}} {
		if f[1] == "" {
			continue
		}
		t, ok := eventTime(f[1])
		if !ok {
			return f[0], fmt.Sprintf("'%s' does not match the formats '%%Y-%%m-%%d', '%%Y-%%m-%%dT%%H:%%M:%%S', '%%Y-%%m-%%d %%H:%%M:%%S'.", f[1])
		}
		times[f[0]] = t
	}
	missing := func(there, not string) (string, string) {
		return "", fmt.Sprintf("The flag `--%s` was specified, but `--%s` was not. When specifying `--%s`, `--%s` must also be present.", there, not, there, not)
	}
	switch {
	case start == "" && end == "":
		return "", ""
	case start == "":
		return missing("event-time-end", "event-time-start")
	case end == "":
		return missing("event-time-start", "event-time-end")
	case !times["event-time-start"].Before(times["event-time-end"]):
		return "", "Value for `--event-time-start` must be less than `--event-time-end`"
	}
	return "", ""
}

// EventTimes reads --event-time-start and --event-time-end, which [CheckEventTimes] must have passed; nil where there are
// none.
func EventTimes(start, end string) *Window {
	var w Window
	var ok [2]bool
	w.Start, ok[0] = eventTime(start)
	w.End, ok[1] = eventTime(end)
	if !ok[0] || !ok[1] {
		return nil
	}
	return &w
}

func eventTime(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
