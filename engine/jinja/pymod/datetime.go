package pymod

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// Datetime gives the members of dbt's modules.datetime: date, datetime, time,
// timedelta, tzinfo, timezone.
func Datetime() jinja.Value {
	m := newModule()
	m.set("date", dateClass())
	m.set("datetime", datetimeClass())
	m.set("time", timeClass())
	m.set("timedelta", deltaClass())
	m.set("tzinfo", newClass("datetime.tzinfo", func(*jinja.Thread, []jinja.Value, []jinja.Kwarg) (jinja.Value, error) {
		return nil, jinja.Raise("NotImplementedError", "a tzinfo subclass must implement utcoffset()")
	}))
	m.set("timezone", timezoneClass())
	return m.d
}

func dateClass() *class {
	c := newClass("datetime.date", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("date", args, kwargs, p("year", nil), p("month", nil), p("day", nil))
		if err != nil {
			return nil, err
		}
		n, err := integers(a)
		if err != nil {
			return nil, err
		}
		return dateValue(jinja.NewDate(n[0], n[1], n[2]))
	})
	c.def("today", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		if _, err := jinja.Bind("today", args, kwargs); err != nil {
			return nil, err
		}
		return dayOf(time.Now())
	})
	c.def("fromisoformat", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		s, err := isoText(args, kwargs)
		if err != nil {
			return nil, err
		}
		for _, layout := range []string{"2006-01-02", "20060102"} {
			if t, err := time.Parse(layout, s); err == nil {
				return dayOf(t)
			}
		}
		return nil, badISO(s)
	})
	c.def("fromtimestamp", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		t, err := stamp("fromtimestamp", args, kwargs)
		if err != nil {
			return nil, err
		}
		return dayOf(t.Local())
	})
	c.def("fromordinal", fromOrdinal(func(t time.Time) (jinja.Value, error) { return dayOf(t) }))
	c.members["min"] = jinja.Date{Year: 1, Month: 1, Day: 1}
	c.members["max"] = jinja.Date{Year: 9999, Month: 12, Day: 31}
	c.members["resolution"] = jinja.TimeDelta(86400 * 1_000_000)
	return c
}

func dateValue(d jinja.Date, err error) (jinja.Value, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

func dayOf(t time.Time) (jinja.Value, error) {
	return dateValue(jinja.NewDate(t.Year(), int(t.Month()), t.Day()))
}

func fromOrdinal(f func(time.Time) (jinja.Value, error)) fn {
	return func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("fromordinal", args, kwargs, p("ordinal", nil))
		if err != nil {
			return nil, err
		}
		n, err := integer(a[0])
		if err != nil {
			return nil, err
		}
		if n < 1 || n > 3652059 {
			return nil, jinja.Raise("ValueError", "ordinal must be >= 1")
		}
		return f(time.Date(1, 1, n, 0, 0, 0, 0, time.UTC))
	}
}

func isoText(args []jinja.Value, kwargs []jinja.Kwarg) (string, error) {
	a, err := jinja.Bind("fromisoformat", args, kwargs, p("date_string", nil))
	if err != nil {
		return "", err
	}
	return text("fromisoformat: argument", a[0])
}

func badISO(s string) error {
	return jinja.Raise("ValueError", "Invalid isoformat string: "+jinja.Str(s).Repr())
}

func stamp(name string, args []jinja.Value, kwargs []jinja.Kwarg) (time.Time, error) {
	a, err := jinja.Bind(name, args, kwargs, p("timestamp", nil))
	if err != nil {
		return time.Time{}, err
	}
	return stampOf(a[0])
}

func stampOf(v jinja.Value) (time.Time, error) {
	switch x := v.(type) {
	case jinja.Int:
		return time.Unix(int64(x), 0), nil
	case jinja.Float:
		if math.Abs(float64(x)) > 1e12 || math.IsNaN(float64(x)) {
			return time.Time{}, jinja.Raise("ValueError", "year is out of range")
		}
		sec, frac := math.Modf(float64(x))
		return time.Unix(int64(sec), int64(math.RoundToEven(frac*1e6))*1000), nil
	case *jinja.Undefined:
		return time.Time{}, x.Err()
	}
	return time.Time{}, jinja.Raise("TypeError", "'"+v.Type()+"' object cannot be interpreted as an integer")
}

func zoneArg(v jinja.Value) (*jinja.TZInfo, error) {
	if v == jinja.None {
		return nil, nil
	}
	z, ok := v.(*jinja.TZInfo)
	if !ok {
		return nil, jinja.Raise("TypeError", "tzinfo argument must be None or of a tzinfo subclass, not type '"+v.Type()+"'")
	}
	return z, nil
}

func in(t time.Time, z *jinja.TZInfo) jinja.Value {
	if z == nil {
		return jinja.NewDateTime(t.Local(), nil)
	}
	return jinja.NewDateTime(t.In(z.Loc), z)
}

func datetimeClass() *class {
	zero := jinja.Int(0)
	c := newClass("datetime.datetime", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("datetime", args, kwargs, p("year", nil), p("month", nil), p("day", nil), p("hour", zero),
			p("minute", zero), p("second", zero), p("microsecond", zero), p("tzinfo", jinja.None), p("fold", zero))
		if err != nil {
			return nil, err
		}
		n, err := integers(a[:7])
		if err != nil {
			return nil, err
		}
		return jinja.MakeDateTime(n, a[7])
	})
	now := func(name string, f func(z *jinja.TZInfo) jinja.Value) {
		c.def(name, func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind(name, args, kwargs, p("tz", jinja.None))
			if err != nil {
				return nil, err
			}
			z, err := zoneArg(a[0])
			if err != nil {
				return nil, err
			}
			return f(z), nil
		})
	}
	now("now", func(z *jinja.TZInfo) jinja.Value { return in(time.Now(), z) })
	now("today", func(*jinja.TZInfo) jinja.Value { return in(time.Now(), nil) })
	now("utcnow", func(*jinja.TZInfo) jinja.Value { return jinja.NewDateTime(time.Now().UTC(), nil) })
	c.def("fromtimestamp", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("fromtimestamp", args, kwargs, p("timestamp", nil), p("tz", jinja.None))
		if err != nil {
			return nil, err
		}
		t, err := stampOf(a[0])
		if err != nil {
			return nil, err
		}
		z, err := zoneArg(a[1])
		if err != nil {
			return nil, err
		}
		return in(t, z), nil
	})
	c.def("utcfromtimestamp", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		t, err := stamp("utcfromtimestamp", args, kwargs)
		if err != nil {
			return nil, err
		}
		return jinja.NewDateTime(t.UTC(), nil), nil
	})
	c.def("fromordinal", fromOrdinal(func(t time.Time) (jinja.Value, error) { return jinja.NewDateTime(t, nil), nil }))
	c.def("fromisoformat", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		s, err := isoText(args, kwargs)
		if err != nil {
			return nil, err
		}
		return parseISO(s)
	})
	c.def("strptime", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("strptime", args, kwargs, p("date_string", nil), p("format", nil))
		if err != nil {
			return nil, err
		}
		s, err := text("strptime() argument 1", a[0])
		if err != nil {
			return nil, err
		}
		f, err := text("strptime() argument 2", a[1])
		if err != nil {
			return nil, err
		}
		return strptime(s, f)
	})
	c.def("combine", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("combine", args, kwargs, p("date", nil), p("time", nil), p("tzinfo", jinja.None))
		if err != nil {
			return nil, err
		}
		var y, mo, d int
		switch x := a[0].(type) {
		case jinja.Date:
			y, mo, d = x.Year, x.Month, x.Day
		case jinja.DateTime:
			y, mo, d = x.Time().Year(), int(x.Time().Month()), x.Time().Day()
		default:
			return nil, jinja.Raise("TypeError", "combine() argument 1 must be datetime.date, not "+a[0].Type())
		}
		cl, ok := a[1].(jinja.Time)
		if !ok {
			return nil, jinja.Raise("TypeError", "combine() argument 2 must be datetime.time, not "+a[1].Type())
		}
		zone := a[2]
		if zone == jinja.None && cl.TZ != nil {
			zone = cl.TZ
		}
		return jinja.MakeDateTime([]int{y, mo, d, cl.Hour, cl.Minute, cl.Second, cl.Microsecond}, zone)
	})
	c.members["min"] = jinja.NewDateTime(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), nil)
	c.members["max"] = jinja.NewDateTime(time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), nil)
	c.members["resolution"] = jinja.TimeDelta(1)
	return c
}

func parseISO(s string) (jinja.Value, error) {
	day, clock := s, ""
	if len(s) > 10 {
		day, clock = s[:10], s[11:]
	}
	t, err := time.Parse("2006-01-02", day)
	if err != nil {
		return nil, badISO(s)
	}
	if clock == "" {
		if len(s) == 11 {
			return nil, badISO(s)
		}
		return jinja.NewDateTime(t, nil), nil
	}
	var z *jinja.TZInfo
	if i := strings.LastIndexAny(clock, "+-Z"); i >= 0 {
		off, err := parseOffset(clock[i:])
		if err != nil {
			return nil, badISO(s)
		}
		z, clock = fixedZone(off, ""), clock[:i]
	}
	clock = strings.Replace(clock, ",", ".", 1)
	for _, layout := range []string{"15:04:05", "15:04", "15", "150405", "1504"} {
		c, err := time.Parse(layout, clock)
		if err != nil {
			continue
		}
		loc := time.UTC
		if z != nil {
			loc = z.Loc
		}
		return jinja.NewDateTime(time.Date(t.Year(), t.Month(), t.Day(), c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), loc), z), nil
	}
	return nil, badISO(s)
}

// parseOffset reads Z, +hh:mm, +hhmm or +hh, in seconds.
func parseOffset(s string) (int, error) {
	if s == "Z" || s == "z" {
		return 0, nil
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return 0, strconv.ErrSyntax
	}
	d := strings.ReplaceAll(s[1:], ":", "")
	if len(d) == 2 {
		d += "00"
	}
	if len(d) == 4 {
		d += "00"
	}
	n, err := strconv.Atoi(d)
	if err != nil || len(d) != 6 {
		return 0, strconv.ErrSyntax
	}
	off := n/10000*3600 + n/100%100*60 + n%100
	if s[0] == '-' {
		off = -off
	}
	return off, nil
}

// fixedZone is datetime.timezone(timedelta(seconds=off), name).
func fixedZone(off int, name string) *jinja.TZInfo {
	delta := jinja.TimeDelta(off) * 1_000_000
	if off == 0 && name == "" {
		return &jinja.TZInfo{Loc: time.UTC, Name: "UTC", Text: "datetime.timezone.utc", Offset: &delta}
	}
	repr := "datetime.timezone(" + delta.Repr()
	shown := name
	if name != "" {
		repr += ", " + jinja.Str(name).Repr()
	} else {
		sign, a := "+", off
		if off < 0 {
			sign, a = "-", -off
		}
		shown = "UTC" + sign + two(a/3600) + ":" + two(a/60%60)
		if a%60 != 0 {
			shown += ":" + two(a%60)
		}
	}
	return &jinja.TZInfo{Loc: time.FixedZone(shown, off), Name: shown, Text: repr + ")", Offset: &delta}
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

func timezoneClass() *class {
	c := newClass("datetime.timezone", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("timezone", args, kwargs, p("offset", nil), p("name", jinja.Str("")))
		if err != nil {
			return nil, err
		}
		d, ok := a[0].(jinja.TimeDelta)
		if !ok {
			return nil, jinja.Raise("TypeError", "timezone() argument 1 must be datetime.timedelta, not "+a[0].Type())
		}
		sec := int64(d) / 1_000_000
		if sec <= -86400 || sec >= 86400 {
			return nil, jinja.Raise("ValueError", "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24)")
		}
		return fixedZone(int(sec), a[1].String()), nil
	})
	c.members["utc"] = fixedZone(0, "")
	return c
}

func timeClass() *class {
	zero := jinja.Int(0)
	c := newClass("datetime.time", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("time", args, kwargs, p("hour", zero), p("minute", zero), p("second", zero), p("microsecond", zero),
			p("tzinfo", jinja.None), p("fold", zero))
		if err != nil {
			return nil, err
		}
		n, err := integers(a[:4])
		if err != nil {
			return nil, err
		}
		if _, err := zoneArg(a[4]); err != nil {
			return nil, err
		}
		return jinja.MakeTime(n, a[4])
	})
	c.def("fromisoformat", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		s, err := isoText(args, kwargs)
		if err != nil {
			return nil, err
		}
		v, err := parseISO("1900-01-01T" + strings.TrimPrefix(s, "T"))
		if err != nil {
			return nil, badISO(s)
		}
		d := v.(jinja.DateTime)
		t := d.Time()
		return jinja.Time{Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(), Microsecond: t.Nanosecond() / 1000, TZ: d.Zone()}, nil
	})
	c.members["min"] = jinja.Time{}
	c.members["max"] = jinja.Time{Hour: 23, Minute: 59, Second: 59, Microsecond: 999999}
	return c
}

func deltaClass() *class {
	units := []struct {
		name string
		us   float64
	}{{"days", 86400e6}, {"seconds", 1e6}, {"microseconds", 1}, {"milliseconds", 1e3}, {"minutes", 60e6}, {"hours", 3600e6}, {"weeks", 7 * 86400e6}}
	params := make([]jinja.Param, len(units))
	for i, u := range units {
		params[i] = p(u.name, jinja.Int(0))
	}
	c := newClass("datetime.timedelta", func(_ *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("timedelta", args, kwargs, params...)
		if err != nil {
			return nil, err
		}
		var whole int64
		frac := 0.0
		for i, u := range units {
			switch x := a[i].(type) {
			case jinja.Int:
				if math.Abs(float64(x)*u.us) > 8.6e19 || math.Abs(float64(whole)+float64(x)*u.us) > 9e18 {
					return nil, jinja.Raise("OverflowError", "days is out of range")
				}
				whole += int64(x) * int64(u.us)
			case jinja.Bool:
				if x {
					whole += int64(u.us)
				}
			case jinja.Float:
				f := float64(x) * u.us
				if math.IsNaN(f) || math.Abs(f) > 9e18 {
					return nil, jinja.Raise("OverflowError", "days is out of range")
				}
				ip, fp := math.Modf(f)
				whole += int64(ip)
				frac += fp
			case *jinja.Undefined:
				return nil, x.Err()
			default:
				return nil, jinja.Raise("TypeError", "unsupported type for timedelta "+u.name+" component: "+a[i].Type())
			}
		}
		return jinja.TimeDelta(whole + int64(math.RoundToEven(frac))), nil
	})
	c.members["resolution"] = jinja.TimeDelta(1)
	return c
}
