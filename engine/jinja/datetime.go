package jinja

import (
	"fmt"
	"strings"
	"time"
)

// Date is Python's datetime.date.
type Date struct {
	Year, Month, Day int
}

// NewDate makes a date. The error is Python's for one that does not exist.
func NewDate(year, month, day int) (Date, error) {
	switch {
	case year < 1 || year > 9999:
		return Date{}, raise("ValueError", "year "+Int(year).String()+" is out of range")
	case month < 1 || month > 12:
		return Date{}, raise("ValueError", "month must be in 1..12")
	case day < 1 || day > daysIn(year, month):
		return Date{}, raise("ValueError", "day is out of range for month")
	}
	return Date{year, month, day}, nil
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (d Date) time() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}

func dateOf(t time.Time) Date { return Date{t.Year(), int(t.Month()), t.Day()} }

func (Date) Type() string     { return "datetime.date" }
func (Date) Truth() bool      { return true }
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }
func (d Date) Repr() string {
	return fmt.Sprintf("datetime.date(%d, %d, %d)", d.Year, d.Month, d.Day)
}

// Attr gives year, month and day.
func (d Date) Attr(_ *Thread, name string) (Value, error) {
	switch name {
	case "year":
		return Int(d.Year), nil
	case "month":
		return Int(d.Month), nil
	case "day":
		return Int(d.Day), nil
	}
	return nil, nil
}

// Compare orders dates.
func (d Date) Compare(other Value) (int, error) {
	o, ok := other.(Date)
	if !ok {
		return 0, raise("TypeError", "can't compare datetime.date to "+other.Type())
	}
	return d.time().Compare(o.time()), nil
}

// EqualTo compares with another date.
func (d Date) EqualTo(other Value) bool { o, ok := other.(Date); return ok && d == o }

// DateTime is Python's datetime.datetime, to the microsecond.
type DateTime struct {
	t     time.Time
	aware bool // has a time zone
	tz    *TZInfo
}

// NewDateTime makes a datetime of the wall clock of t. With tz nil it is naive.
func NewDateTime(t time.Time, tz *TZInfo) DateTime {
	t = t.Truncate(time.Microsecond)
	if tz == nil {
		return DateTime{t: time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)}
	}
	return DateTime{t: t, aware: true, tz: tz}
}

// Time gives the instant; that of a naive datetime is taken as UTC.
func (d DateTime) Time() time.Time { return d.t }

// Zone gives the time zone, nil if the datetime is naive.
func (d DateTime) Zone() *TZInfo {
	if d.aware && d.tz == nil {
		return &TZInfo{Loc: d.t.Location()}
	}
	return d.tz
}

func (DateTime) Type() string     { return "datetime.datetime" }
func (DateTime) Truth() bool      { return true }
func (d DateTime) String() string { return d.iso(" ", "auto") }
func (d DateTime) iso(sep, spec string) string {
	return d.t.Format("2006-01-02") + sep + clockISO(d.t, spec) + d.offset()
}

func (d DateTime) offset() string {
	if !d.aware {
		return ""
	}
	_, off := d.t.Zone()
	return isoOffset(off, ":")
}

func isoOffset(off int, sep string) string {
	sign := "+"
	if off < 0 {
		sign, off = "-", -off
	}
	s := fmt.Sprintf("%s%02d%s%02d", sign, off/3600, sep, off/60%60)
	if off%60 != 0 {
		s += fmt.Sprintf("%s%02d", sep, off%60)
	}
	return s
}

func clockISO(t time.Time, spec string) string {
	us := t.Nanosecond() / 1000
	switch spec {
	case "hours":
		return t.Format("15")
	case "minutes":
		return t.Format("15:04")
	case "seconds":
		return t.Format("15:04:05")
	case "milliseconds":
		return t.Format("15:04:05") + fmt.Sprintf(".%03d", us/1000)
	case "microseconds":
		return t.Format("15:04:05") + fmt.Sprintf(".%06d", us)
	}
	if us == 0 {
		return t.Format("15:04:05")
	}
	return t.Format("15:04:05") + fmt.Sprintf(".%06d", us)
}

// Repr is Python's repr, with the seconds only if there are any.
func (d DateTime) Repr() string {
	return "datetime.datetime(" + fmt.Sprintf("%d, %d, %d, %d, %d", d.t.Year(), d.t.Month(), d.t.Day(), d.t.Hour(), d.t.Minute()) +
		reprSeconds(d.t) + d.reprZone() + ")"
}

func reprSeconds(t time.Time) string {
	us := t.Nanosecond() / 1000
	switch {
	case us != 0:
		return fmt.Sprintf(", %d, %d", t.Second(), us)
	case t.Second() != 0:
		return fmt.Sprintf(", %d", t.Second())
	}
	return ""
}

func (d DateTime) reprZone() string {
	if z := d.Zone(); z != nil {
		return ", tzinfo=" + z.Repr()
	}
	return ""
}

// Attr gives year, month, … tzinfo.
func (d DateTime) Attr(_ *Thread, name string) (Value, error) {
	if name == "tzinfo" {
		if z := d.Zone(); z != nil {
			return z, nil
		}
		return None, nil
	}
	if v, err := dateOf(d.t).Attr(nil, name); v != nil {
		return v, err
	}
	return clockAttr(d.t, name), nil
}

func clockAttr(t time.Time, name string) Value {
	switch name {
	case "hour":
		return Int(t.Hour())
	case "minute":
		return Int(t.Minute())
	case "second":
		return Int(t.Second())
	case "microsecond":
		return Int(t.Nanosecond() / 1000)
	case "fold":
		return Int(0)
	}
	return nil
}

// Compare orders datetimes; naive and aware ones do not compare.
func (d DateTime) Compare(other Value) (int, error) {
	o, ok := other.(DateTime)
	if !ok {
		return 0, raise("TypeError", "can't compare datetime.datetime to "+other.Type())
	}
	if d.aware != o.aware {
		return 0, raise("TypeError", "can't compare offset-naive and offset-aware datetimes")
	}
	return d.t.Compare(o.t), nil
}

// EqualTo compares with another datetime.
func (d DateTime) EqualTo(other Value) bool {
	o, ok := other.(DateTime)
	return ok && d.aware == o.aware && d.t.Equal(o.t)
}

// HashKey makes equal datetimes one dict key.
func (d DateTime) HashKey() (any, error) { return [2]int64{d.t.Unix(), int64(d.t.Nanosecond())}, nil }

// Time is Python's datetime.time: a time of day.
type Time struct {
	Hour, Minute, Second, Microsecond int
	TZ                                *TZInfo
}

func (c Time) time() time.Time {
	return time.Date(1900, 1, 1, c.Hour, c.Minute, c.Second, c.Microsecond*1000, time.UTC)
}

func (Time) Type() string     { return "datetime.time" }
func (Time) Truth() bool      { return true }
func (c Time) String() string { return clockISO(c.time(), "auto") + c.offset() }
func (c Time) offset() string {
	if c.TZ == nil || !c.TZ.Fixed() {
		return ""
	}
	_, off := c.time().In(c.TZ.Loc).Zone()
	return isoOffset(off, ":")
}
func (c Time) Repr() string {
	s := "datetime.time(" + fmt.Sprintf("%d, %d", c.Hour, c.Minute) + reprSeconds(c.time())
	if c.TZ != nil {
		s += ", tzinfo=" + c.TZ.Repr()
	}
	return s + ")"
}

// Attr gives hour, minute, second, microsecond and tzinfo.
func (c Time) Attr(_ *Thread, name string) (Value, error) {
	if name == "tzinfo" {
		if c.TZ == nil {
			return None, nil
		}
		return c.TZ, nil
	}
	return clockAttr(c.time(), name), nil
}

// Compare orders times of day.
func (c Time) Compare(other Value) (int, error) {
	o, ok := other.(Time)
	if !ok {
		return 0, raise("TypeError", "can't compare datetime.time to "+other.Type())
	}
	return c.time().Compare(o.time()), nil
}

// EqualTo compares with another time.
func (c Time) EqualTo(other Value) bool { o, ok := other.(Time); return ok && c.time().Equal(o.time()) }

// TimeDelta is Python's datetime.timedelta, in microseconds.
type TimeDelta int64

const (
	usSecond = 1_000_000
	usDay    = 86400 * usSecond
)

// Duration gives it as a Go duration, which ends at 292 years.
func (d TimeDelta) Duration() time.Duration { return time.Duration(d) * time.Microsecond }

// Split gives days, seconds and microseconds as Python keeps them.
func (d TimeDelta) Split() (days, seconds, us int64) {
	days = int64(d) / usDay
	rest := int64(d) % usDay
	if rest < 0 {
		days--
		rest += usDay
	}
	return days, rest / usSecond, rest % usSecond
}

func (TimeDelta) Type() string  { return "datetime.timedelta" }
func (d TimeDelta) Truth() bool { return d != 0 }
func (d TimeDelta) String() string {
	days, sec, us := d.Split()
	s := fmt.Sprintf("%d:%02d:%02d", sec/3600, sec/60%60, sec%60)
	if us != 0 {
		s += fmt.Sprintf(".%06d", us)
	}
	if days != 0 {
		p := "s"
		if days == 1 || days == -1 {
			p = ""
		}
		s = fmt.Sprintf("%d day%s, ", days, p) + s
	}
	return s
}
func (d TimeDelta) Repr() string {
	days, sec, us := d.Split()
	var parts []string
	for _, p := range []struct {
		name string
		n    int64
	}{{"days", days}, {"seconds", sec}, {"microseconds", us}} {
		if p.n != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", p.name, p.n))
		}
	}
	if parts == nil {
		parts = []string{"0"}
	}
	return "datetime.timedelta(" + strings.Join(parts, ", ") + ")"
}

// Attr gives days, seconds and microseconds.
func (d TimeDelta) Attr(_ *Thread, name string) (Value, error) {
	days, sec, us := d.Split()
	switch name {
	case "days":
		return Int(days), nil
	case "seconds":
		return Int(sec), nil
	case "microseconds":
		return Int(us), nil
	}
	return nil, nil
}

// Compare orders timedeltas.
func (d TimeDelta) Compare(other Value) (int, error) {
	o, ok := other.(TimeDelta)
	if !ok {
		return 0, raise("TypeError", "'<' not supported between instances of 'datetime.timedelta' and '"+other.Type()+"'")
	}
	switch {
	case d < o:
		return -1, nil
	case d > o:
		return 1, nil
	}
	return 0, nil
}

// EqualTo compares with another timedelta.
func (d TimeDelta) EqualTo(other Value) bool { o, ok := other.(TimeDelta); return ok && d == o }

// TZInfo is a time zone: a fixed offset or one of the tz database.
type TZInfo struct {
	Loc *time.Location
	// Name and Text are str() and repr(); empty takes the location's name.
	Name, Text string
	// Offset is set for a fixed offset.
	Offset *TimeDelta
}

// Fixed tells whether the offset is always the same.
func (z *TZInfo) Fixed() bool { return z.Offset != nil || z.Loc == time.UTC }

func (*TZInfo) Type() string { return "tzinfo" }
func (*TZInfo) Truth() bool  { return true }
func (z *TZInfo) String() string {
	if z.Name != "" {
		return z.Name
	}
	return z.Loc.String()
}
func (z *TZInfo) Repr() string {
	if z.Text != "" {
		return z.Text
	}
	if z.Loc == time.UTC {
		return "<UTC>"
	}
	return "<DstTzInfo " + reprString(z.Loc.String()) + ">"
}

// Attr gives zone, as pytz has it.
func (z *TZInfo) Attr(_ *Thread, name string) (Value, error) {
	if name == "zone" && z.Offset == nil {
		return Str(z.String()), nil
	}
	return nil, nil
}
