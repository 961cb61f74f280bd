package jinja

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// dateOp is arithmetic on dates and timedeltas; (nil, nil) for other types.
func dateOp(op tokenKind, a, b Value) (Value, error) {
	switch x := a.(type) {
	case TimeDelta:
		switch y := b.(type) {
		case TimeDelta:
			switch op {
			case tAdd:
				return x + y, nil
			case tSub:
				return x - y, nil
			}
			if y == 0 {
				if op == tDiv || op == tFloorDiv || op == tMod {
					return nil, raise("ZeroDivisionError", "division by zero")
				}
				return nil, nil
			}
			switch op {
			case tDiv:
				return Float(float64(x) / float64(y)), nil
			case tFloorDiv, tMod:
				v, err := intOp(nil, op, int64(x), int64(y))
				if n, ok := v.(Int); ok && op == tMod {
					return TimeDelta(n), err
				}
				return v, err
			}
		case Date, DateTime:
			if op == tAdd {
				return dateOp(op, b, a)
			}
		case Int, Bool, Float:
			f, _ := toFloat(y)
			switch op {
			case tMul:
				if n, ok := toInt(y); ok {
					return x * TimeDelta(n), nil
				}
				return TimeDelta(math.RoundToEven(float64(x) * f)), nil
			case tDiv, tFloorDiv:
				if f == 0 {
					return nil, raise("ZeroDivisionError", "division by zero")
				}
				if op == tFloorDiv {
					return TimeDelta(math.Floor(float64(x) / f)), nil
				}
				return TimeDelta(math.RoundToEven(float64(x) / f)), nil
			}
		}
	case Date:
		switch y := b.(type) {
		case TimeDelta:
			days, _, _ := y.Split()
			if op == tSub {
				days, _, _ = (-y).Split()
			} else if op != tAdd {
				return nil, nil
			}
			return checkYear(x.time().AddDate(0, 0, int(days)), func(t time.Time) Value { return dateOf(t) })
		case Date:
			if op == tSub {
				return TimeDelta(x.time().Sub(y.time()).Hours()/24) * usDay, nil
			}
		}
	case DateTime:
		switch y := b.(type) {
		case TimeDelta:
			if op == tSub {
				y = -y
			} else if op != tAdd {
				return nil, nil
			}
			days, sec, us := y.Split()
			t := x.t
			if x.aware && x.tz != nil && !x.tz.Fixed() {
				// Python adds to the wall clock and keeps the offset
				_, off := t.Zone()
				t = t.In(time.FixedZone(zoneName(t), off))
			}
			t = t.AddDate(0, 0, int(days)).Add(time.Duration(sec)*time.Second + time.Duration(us)*time.Microsecond)
			return checkYear(t, func(t time.Time) Value { return DateTime{t, x.aware, x.tz} })
		case DateTime:
			if op == tSub {
				if x.aware != y.aware {
					return nil, raise("TypeError", "can't subtract offset-naive and offset-aware datetimes")
				}
				return TimeDelta((x.t.Unix()-y.t.Unix())*usSecond + int64(x.t.Nanosecond()-y.t.Nanosecond())/1000), nil
			}
		}
	case Int, Float, Bool:
		if y, ok := b.(TimeDelta); ok && op == tMul {
			return dateOp(op, y, a)
		}
	}
	return nil, nil
}

func zoneName(t time.Time) string { n, _ := t.Zone(); return n }

func checkYear(t time.Time, f func(time.Time) Value) (Value, error) {
	if y := t.Year(); y < 1 || y > 9999 {
		return nil, raise("OverflowError", "date value out of range")
	}
	return f(t), nil
}

type method0 = func(self Value) (Value, error)

func noArgs(m map[string]methodFunc, name string, fn method0) {
	m[name] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		if err := argCount(name, args, kwargs, 0, 0); err != nil {
			return nil, err
		}
		return fn(self)
	}
}

// dayMethods are what date and datetime have in common.
func dayMethods(day func(Value) time.Time) map[string]methodFunc {
	m := map[string]methodFunc{}
	noArgs(m, "weekday", func(v Value) (Value, error) { return Int((day(v).Weekday() + 6) % 7), nil })
	noArgs(m, "isoweekday", func(v Value) (Value, error) { return Int((day(v).Weekday()+6)%7 + 1), nil })
	noArgs(m, "toordinal", func(v Value) (Value, error) { return Int(ordinal(day(v))), nil })
	noArgs(m, "isocalendar", func(v Value) (Value, error) {
		y, w := day(v).ISOWeek()
		return &namedTuple{[]string{"year", "week", "weekday"}, Tuple{Int(y), Int(w), Int((day(v).Weekday()+6)%7 + 1)}}, nil
	})
	noArgs(m, "ctime", func(v Value) (Value, error) { return Str(day(v).Format("Mon Jan _2 15:04:05 2006")), nil })
	return m
}

func ordinal(t time.Time) int {
	return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Sub(
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)).Hours()/24) + 719163
}

func strftimeMethod(clock func(Value) (time.Time, bool)) methodFunc {
	return func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("strftime", args, kwargs, Param{"format", nil})
		if err != nil {
			return nil, err
		}
		f, err := strArg("strftime", a[0])
		if err != nil {
			return nil, err
		}
		t, aware := clock(self)
		return Str(Strftime(t, aware, f)), nil
	}
}

func dateMethods() map[string]methodFunc {
	m := dayMethods(func(v Value) time.Time { return v.(Date).time() })
	m["strftime"] = strftimeMethod(func(v Value) (time.Time, bool) { return v.(Date).time(), false })
	noArgs(m, "isoformat", func(v Value) (Value, error) { return Str(v.String()), nil })
	noArgs(m, "timetuple", func(v Value) (Value, error) { return timeTuple(v.(Date).time()), nil })
	m["replace"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		d := self.(Date)
		a, err := Bind("replace", args, kwargs, Param{"year", Int(d.Year)}, Param{"month", Int(d.Month)}, Param{"day", Int(d.Day)})
		if err != nil {
			return nil, err
		}
		n, err := ints(a)
		if err != nil {
			return nil, err
		}
		return NewDate(n[0], n[1], n[2])
	}
	return m
}

func timeTuple(t time.Time) Value {
	return Tuple{Int(t.Year()), Int(t.Month()), Int(t.Day()), Int(t.Hour()), Int(t.Minute()), Int(t.Second()),
		Int((t.Weekday() + 6) % 7), Int(t.YearDay()), Int(-1)}
}

func ints(vals []Value) ([]int, error) {
	out := make([]int, len(vals))
	for i, v := range vals {
		n, err := intArg(v)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

func datetimeMethods() map[string]methodFunc {
	dt := func(v Value) DateTime { return v.(DateTime) }
	m := dayMethods(func(v Value) time.Time { return dt(v).t })
	m["strftime"] = strftimeMethod(func(v Value) (time.Time, bool) { return dt(v).t, dt(v).aware })
	noArgs(m, "date", func(v Value) (Value, error) { return dateOf(dt(v).t), nil })
	noArgs(m, "time", func(v Value) (Value, error) { return clockOf(dt(v).t, nil), nil })
	noArgs(m, "timetz", func(v Value) (Value, error) { return clockOf(dt(v).t, dt(v).Zone()), nil })
	noArgs(m, "timetuple", func(v Value) (Value, error) { return timeTuple(dt(v).t), nil })
	noArgs(m, "utctimetuple", func(v Value) (Value, error) { return timeTuple(dt(v).t.UTC()), nil })
	noArgs(m, "timestamp", func(v Value) (Value, error) {
		d := dt(v)
		t := d.t
		if !d.aware {
			t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.Local)
		}
		return Float(float64(t.Unix()) + float64(t.Nanosecond()/1000)/1e6), nil
	})
	noArgs(m, "utcoffset", func(v Value) (Value, error) {
		if !dt(v).aware {
			return None, nil
		}
		_, off := dt(v).t.Zone()
		return TimeDelta(off) * usSecond, nil
	})
	noArgs(m, "tzname", func(v Value) (Value, error) {
		if !dt(v).aware {
			return None, nil
		}
		return Str(zoneText(dt(v).t)), nil
	})
	m["isoformat"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("isoformat", args, kwargs, Param{"sep", Str("T")}, Param{"timespec", Str("auto")})
		if err != nil {
			return nil, err
		}
		return Str(dt(self).iso(a[0].String(), a[1].String())), nil
	}
	m["astimezone"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("astimezone", args, kwargs, Param{"tz", None})
		if err != nil {
			return nil, err
		}
		d := dt(self)
		t := d.t
		if !d.aware {
			t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.Local)
		}
		z, ok := a[0].(*TZInfo)
		if !ok {
			if a[0] != None {
				return nil, raise("TypeError", "tz argument must be an instance of tzinfo")
			}
			z = &TZInfo{Loc: time.Local}
		}
		return DateTime{t.In(z.Loc), true, z}, nil
	}
	m["replace"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		d := dt(self)
		t := d.t
		var zone Value = None
		if z := d.Zone(); z != nil {
			zone = z
		}
		a, err := Bind("replace", args, kwargs, Param{"year", Int(t.Year())}, Param{"month", Int(t.Month())}, Param{"day", Int(t.Day())},
			Param{"hour", Int(t.Hour())}, Param{"minute", Int(t.Minute())}, Param{"second", Int(t.Second())},
			Param{"microsecond", Int(t.Nanosecond() / 1000)}, Param{"tzinfo", zone}, Param{"fold", Int(0)})
		if err != nil {
			return nil, err
		}
		n, err := ints(a[:7])
		if err != nil {
			return nil, err
		}
		return MakeDateTime(n, a[7])
	}
	return m
}

// MakeDateTime makes a datetime of year, month, day, hour, minute, second and
// microsecond; zone is None or a *TZInfo.
func MakeDateTime(n []int, zone Value) (Value, error) {
	if _, err := NewDate(n[0], n[1], n[2]); err != nil {
		return nil, err
	}
	if _, err := MakeTime(n[3:], None); err != nil {
		return nil, err
	}
	loc := time.UTC
	z, ok := zone.(*TZInfo)
	if ok {
		loc = z.Loc
	} else if zone != None {
		return nil, raise("TypeError", "tzinfo argument must be None or of a tzinfo subclass, not type '"+zone.Type()+"'")
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6]*1000, loc)
	return DateTime{t, ok, z}, nil
}

// MakeTime makes a time of hour, minute, second and microsecond.
func MakeTime(n []int, zone Value) (Value, error) {
	for i, p := range []struct {
		name string
		max  int
	}{{"hour", 23}, {"minute", 59}, {"second", 59}, {"microsecond", 999999}} {
		if n[i] < 0 || n[i] > p.max {
			return nil, raise("ValueError", fmt.Sprintf("%s must be in 0..%d", p.name, p.max))
		}
	}
	z, _ := zone.(*TZInfo)
	return Time{n[0], n[1], n[2], n[3], z}, nil
}

func clockOf(t time.Time, z *TZInfo) Time {
	return Time{t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1000, z}
}

func timeMethods() map[string]methodFunc {
	m := map[string]methodFunc{}
	m["strftime"] = strftimeMethod(func(v Value) (time.Time, bool) { return v.(Time).time(), false })
	m["isoformat"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("isoformat", args, kwargs, Param{"timespec", Str("auto")})
		if err != nil {
			return nil, err
		}
		c := self.(Time)
		return Str(clockISO(c.time(), a[0].String()) + c.offset()), nil
	}
	m["replace"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		c := self.(Time)
		var zone Value = None
		if c.TZ != nil {
			zone = c.TZ
		}
		a, err := Bind("replace", args, kwargs, Param{"hour", Int(c.Hour)}, Param{"minute", Int(c.Minute)},
			Param{"second", Int(c.Second)}, Param{"microsecond", Int(c.Microsecond)}, Param{"tzinfo", zone})
		if err != nil {
			return nil, err
		}
		n, err := ints(a[:4])
		if err != nil {
			return nil, err
		}
		return MakeTime(n, a[4])
	}
	return m
}

func deltaMethods() map[string]methodFunc {
	m := map[string]methodFunc{}
	noArgs(m, "total_seconds", func(v Value) (Value, error) { return Float(float64(v.(TimeDelta)) / usSecond), nil })
	return m
}

func tzMethods() map[string]methodFunc {
	m := map[string]methodFunc{}
	at := func(name string, fn func(z *TZInfo, t time.Time) Value) {
		m[name] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
			if len(args) != 1 {
				return nil, argCount(name, args, nil, 1, 1)
			}
			z := self.(*TZInfo)
			d, ok := args[0].(DateTime)
			if !ok {
				if args[0] != None {
					return nil, raise("TypeError", name+"() needs a datetime or None, not "+args[0].Type())
				}
				if !z.Fixed() {
					return None, nil
				}
				return fn(z, time.Unix(0, 0).In(z.Loc)), nil
			}
			return fn(z, wall(d.t, z.Loc)), nil
		}
	}
	at("utcoffset", func(_ *TZInfo, t time.Time) Value {
		_, off := t.Zone()
		return TimeDelta(off) * usSecond
	})
	at("tzname", func(_ *TZInfo, t time.Time) Value { return Str(zoneText(t)) })
	at("dst", func(z *TZInfo, t time.Time) Value {
		if !t.IsDST() {
			return TimeDelta(0)
		}
		return TimeDelta(3600) * usSecond
	})
	m["localize"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("localize", args, kwargs, Param{"dt", nil}, Param{"is_dst", False})
		if err != nil {
			return nil, err
		}
		d, ok := a[0].(DateTime)
		if !ok {
			return nil, raise("TypeError", "localize() needs a datetime, not "+a[0].Type())
		}
		if d.aware {
			return nil, raise("ValueError", "Not naive datetime (tzinfo is already set)")
		}
		z := self.(*TZInfo)
		return DateTime{wall(d.t, z.Loc), true, z}, nil
	}
	m["normalize"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("normalize", args, kwargs, Param{"dt", nil}, Param{"is_dst", False})
		if err != nil {
			return nil, err
		}
		d, ok := a[0].(DateTime)
		if !ok || !d.aware {
			return nil, raise("ValueError", "Naive time - no tzinfo set")
		}
		z := self.(*TZInfo)
		return DateTime{d.t.In(z.Loc), true, z}, nil
	}
	return m
}

// wall is the same clock face in another place.
func wall(t time.Time, loc *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
}

func zoneText(t time.Time) string {
	name, off := t.Zone()
	if name == "" {
		return "UTC" + isoOffset(off, ":")
	}
	return name
}

// Strftime formats t as Python's strftime does in the C locale.
func Strftime(t time.Time, aware bool, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c != '%' || i+1 >= len(format) {
			b.WriteByte(c)
			continue
		}
		i++
		pad := true
		if format[i] == '-' && i+1 < len(format) {
			pad = false
			i++
		}
		num := func(n, width int) {
			if !pad {
				width = 1
			}
			fmt.Fprintf(&b, "%0*d", width, n)
		}
		h12 := (t.Hour()+11)%12 + 1
		switch format[i] {
		case 'Y':
			fmt.Fprintf(&b, "%d", t.Year())
		case 'y':
			num(t.Year()%100, 2)
		case 'C':
			num(t.Year()/100, 2)
		case 'm':
			num(int(t.Month()), 2)
		case 'd':
			num(t.Day(), 2)
		case 'e':
			fmt.Fprintf(&b, "%2d", t.Day())
		case 'H':
			num(t.Hour(), 2)
		case 'I':
			num(h12, 2)
		case 'M':
			num(t.Minute(), 2)
		case 'S':
			num(t.Second(), 2)
		case 'f':
			fmt.Fprintf(&b, "%06d", t.Nanosecond()/1000)
		case 'j':
			num(t.YearDay(), 3)
		case 'p':
			b.WriteString(t.Format("PM"))
		case 'A':
			b.WriteString(t.Weekday().String())
		case 'a':
			b.WriteString(t.Weekday().String()[:3])
		case 'B':
			b.WriteString(t.Month().String())
		case 'b', 'h':
			b.WriteString(t.Month().String()[:3])
		case 'w':
			num(int(t.Weekday()), 1)
		case 'u':
			num(int(t.Weekday()+6)%7+1, 1)
		case 'U':
			num((t.YearDay()+6-int(t.Weekday()))/7, 2)
		case 'W':
			num((t.YearDay()+6-(int(t.Weekday())+6)%7)/7, 2)
		case 'V':
			_, w := t.ISOWeek()
			num(w, 2)
		case 'G':
			y, _ := t.ISOWeek()
			num(y, 4)
		case 'z':
			if aware {
				_, off := t.Zone()
				b.WriteString(isoOffset(off, ""))
			}
		case 'Z':
			if aware {
				b.WriteString(zoneText(t))
			}
		case 'c':
			b.WriteString(t.Format("Mon Jan _2 15:04:05 2006"))
		case 'x', 'D':
			b.WriteString(t.Format("01/02/06"))
		case 'X', 'T':
			b.WriteString(t.Format("15:04:05"))
		case 'F':
			b.WriteString(t.Format("2006-01-02"))
		case 'R':
			b.WriteString(t.Format("15:04"))
		case 's':
			fmt.Fprintf(&b, "%d", t.Unix())
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '%':
			b.WriteByte('%')
		default:
			b.WriteByte('%')
			b.WriteByte(format[i])
		}
	}
	return b.String()
}
