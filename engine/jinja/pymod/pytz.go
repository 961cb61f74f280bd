package pymod

import (
	_ "embed"
	"strings"
	"time"
	_ "time/tzdata" // zones also where the system has none

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// zones holds the names of the time zone database, a line each; " -" marks those
// that pytz leaves out of common_timezones.
//
//go:embed zones.txt
var zones string

// Pytz gives the members of dbt's modules.pytz that projects use: timezone,
// utc, UTC, FixedOffset, all_timezones, common_timezones.
func Pytz() jinja.Value {
	m := newModule()
	utc := &jinja.TZInfo{Loc: time.UTC, Name: "UTC", Text: "<UTC>"}
	m.def("timezone", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("timezone", args, kwargs, p("zone", nil))
		if err != nil {
			return nil, err
		}
		name, err := text("timezone() argument", a[0])
		if err != nil {
			return nil, err
		}
		if name == "UTC" || name == "utc" {
			return utc, nil
		}
		loc, err := time.LoadLocation(name)
		if err != nil || name == "" || name == "Local" {
			return nil, jinja.Raise("UnknownTimeZoneError", jinja.Str(name).Repr())
		}
		return &jinja.TZInfo{Loc: loc, Name: name}, nil
	})
	m.set("utc", utc)
	m.set("UTC", utc)
	var all, common jinja.Tuple // no lists: all nodes share them
	for line := range strings.Lines(zones) {
		name, rare, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		all = append(all, jinja.Str(name))
		if rare == "" {
			common = append(common, jinja.Str(name))
		}
	}
	m.set("all_timezones", all)
	m.set("common_timezones", common)
	m.def("FixedOffset", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("FixedOffset", args, kwargs, p("offset", nil))
		if err != nil {
			return nil, err
		}
		n, err := integer(a[0])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return utc, nil
		}
		if n <= -1440 || n >= 1440 {
			return nil, jinja.Raise("ValueError", "absolute offset is too large")
		}
		d := jinja.TimeDelta(n) * 60_000_000
		name := "pytz.FixedOffset(" + a[0].String() + ")"
		return &jinja.TZInfo{Loc: time.FixedZone("", n*60), Name: name, Text: name, Offset: &d}, nil
	})
	return m.d
}
