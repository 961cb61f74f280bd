package seedcsv

import (
	"strings"
	"time"
)

// parseISO reads an ISO 8601 date and time with a T between them, in the forms
// that isodate.parse_datetime knows; zone tells that the text names one.
func parseISO(s string) (t time.Time, zone, ok bool) {
	ds, ts, found := strings.Cut(s, "T")
	if !found || strings.Contains(ts, "T") {
		return t, false, false
	}
	day, ok := isoDate(ds)
	if !ok {
		return t, false, false
	}
	clock, loc, ok := isoTime(ts)
	if !ok {
		return t, false, false
	}
	if loc == nil {
		return day.Add(clock), false, true
	}
	// Add in UTC and shift: the clock of the zone shows what was written.
	_, offset := day.In(loc).Zone()
	return day.Add(clock - time.Duration(offset)*time.Second).In(loc), true, true
}

// isoDate reads complete, week, ordinal, month, year and century dates, in basic
// and extended form; incomplete ones are their first day.
func isoDate(s string) (time.Time, bool) {
	c := scanner{s, true}
	if len(s) == 2 {
		cent := c.number(2, 2)
		return mustDate(cent*100+1, 1, 1, c.ok)
	}
	y := c.number(4, 4)
	if !c.ok {
		return time.Time{}, false
	}
	ext := strings.HasPrefix(c.s, "-")
	if ext {
		c.s = c.s[1:]
	}
	if strings.HasPrefix(c.s, "W") {
		c.s = c.s[1:]
		w := c.number(2, 2)
		d := 1
		if c.s != "" {
			if ext {
				c.lit('-')
			}
			d = c.number(1, 1)
		}
		first, ok := mustDate(y, 1, 1, c.ok && c.s == "")
		if !ok {
			return first, false
		}
		_, week := first.ISOWeek()
		wd := int(first.Weekday()+6)%7 + 1
		if week == 1 {
			w--
		}
		return first.AddDate(0, 0, 7*w-wd+d), true
	}
	switch {
	case c.s == "":
		return mustDate(y, 1, 1, !ext)
	case len(c.s) == 3:
		n := c.number(3, 3)
		first, ok := mustDate(y, 1, 1, c.ok)
		return first.AddDate(0, 0, n-1), ok
	case len(c.s) == 2:
		m := c.number(2, 2)
		return mustDate(y, max(m, 1), 1, c.ok)
	}
	m := c.number(2, 2)
	if ext {
		c.lit('-')
	}
	d := c.number(2, 2)
	return mustDate(y, max(m, 1), d, c.ok && c.s == "")
}

func mustDate(y, m, d int, ok bool) (time.Time, bool) {
	t, valid := date(y, m, d)
	return t, ok && valid
}

// isoTime reads hh[:mm[:ss]] with a fraction on the last part and a zone.
func isoTime(s string) (time.Duration, *time.Location, bool) {
	c := scanner{s, true}
	var parts [3]int
	n := 0
	ext := false
	for n < 3 {
		if n > 0 {
			if n == 1 {
				ext = strings.HasPrefix(c.s, ":")
			}
			if ext {
				if !strings.HasPrefix(c.s, ":") {
					break
				}
				c.s = c.s[1:]
			} else if c.s == "" || c.s[0] < '0' || c.s[0] > '9' {
				break
			}
		}
		parts[n] = c.number(2, 2)
		n++
	}
	frac := time.Duration(0)
	if c.ok && c.s != "" && (c.s[0] == '.' || c.s[0] == ',') {
		unit := [...]time.Duration{time.Hour, time.Minute, time.Second}[n-1]
		digits := 0
		for c.s = c.s[1:]; c.s != "" && '0' <= c.s[0] && c.s[0] <= '9'; c.s = c.s[1:] {
			digits++
			if digits <= 12 {
				unit /= 10
				frac += time.Duration(c.s[0]-'0') * unit
			}
		}
		c.ok = digits > 0
	}
	loc, ok := isoZone(c.s)
	if !c.ok || !ok || parts[0] > 23 || parts[1] > 59 || parts[2] > 59 {
		return 0, nil, false
	}
	d := time.Duration(parts[0])*time.Hour + time.Duration(parts[1])*time.Minute + time.Duration(parts[2])*time.Second
	return d + frac.Truncate(time.Microsecond), loc, true
}

// isoZone reads "", Z and ±hh[[:]mm]; "" gives nil.
func isoZone(s string) (*time.Location, bool) {
	switch {
	case s == "":
		return nil, true
	case s == "Z":
		return time.UTC, true
	case s[0] != '+' && s[0] != '-':
		return nil, false
	}
	c := scanner{s[1:], true}
	h := c.number(2, 2)
	m := 0
	if c.s != "" {
		c.s = strings.TrimPrefix(c.s, ":")
		m = c.number(2, 2)
	}
	sec := h*3600 + m*60
	if s[0] == '-' {
		sec = -sec
	}
	return time.FixedZone("", sec), c.ok && c.s == "" && h < 24
}
