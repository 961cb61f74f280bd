package pymod

import (
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// strptime reads s by a format of Python's strptime, in the C locale.
func strptime(s, format string) (jinja.Value, error) {
	bad := func() (jinja.Value, error) {
		return nil, jinja.Raise("ValueError", "time data "+jinja.Str(s).Repr()+" does not match format "+jinja.Str(format).Repr())
	}
	n := map[byte]int{'Y': 1900, 'm': 1, 'd': 1}
	rest := s
	pm, hasPM, hour12, yday := false, false, false, 0
	var z *jinja.TZInfo
	number := func(lo, hi int) (int, bool) {
		i := 0
		for i < len(rest) && i < hi && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i < lo {
			return 0, false
		}
		v, err := strconv.Atoi(rest[:i])
		rest = rest[i:]
		return v, err == nil
	}
	name := func(full func(int) string, count int) (int, bool) {
		// full names first: May is both
		for _, short := range []bool{false, true} {
			for i := range count {
				w := full(i)
				if short {
					w = w[:3]
				}
				if len(rest) >= len(w) && strings.EqualFold(rest[:len(w)], w) {
					rest = rest[len(w):]
					return i, true
				}
			}
		}
		return 0, false
	}
	month := func(i int) string { return time.Month(i + 1).String() }
	weekday := func(i int) string { return time.Weekday(i).String() }
	format2 := strings.NewReplacer("%F", "%Y-%m-%d", "%T", "%H:%M:%S", "%D", "%m/%d/%y", "%R", "%H:%M", "%x", "%m/%d/%y",
		"%X", "%H:%M:%S", "%c", "%a %b %d %H:%M:%S %Y").Replace(format)
	for i := 0; i < len(format2); i++ {
		c := format2[i]
		if c == ' ' || c == '\t' || c == '\n' {
			trimmed := strings.TrimLeft(rest, " \t\n\r")
			if len(trimmed) == len(rest) {
				return bad()
			}
			rest = trimmed
			continue
		}
		if c != '%' || i+1 >= len(format2) {
			if rest == "" || rest[0] != c {
				return bad()
			}
			rest = rest[1:]
			continue
		}
		i++
		ok := true
		switch d := format2[i]; d {
		case 'Y':
			n['Y'], ok = number(4, 4)
		case 'y':
			var y int
			if y, ok = number(2, 2); y < 69 {
				y += 100
			}
			n['Y'] = 1900 + y
		case 'm', 'd', 'H', 'M', 'S':
			n[d], ok = number(1, 2)
		case 'I':
			n['H'], ok = number(1, 2)
			hour12 = true
			ok = ok && n['H'] >= 1 && n['H'] <= 12
		case 'j':
			yday, ok = number(1, 3)
		case 'f':
			before := len(rest)
			n['f'], ok = number(1, 6)
			for k := before - len(rest); k < 6; k++ {
				n['f'] *= 10
			}
		case 'b', 'B', 'h':
			n['m'], ok = name(month, 12)
			n['m']++
		case 'a', 'A':
			_, ok = name(weekday, 7)
		case 'w', 'u':
			_, ok = number(1, 1)
		case 'p':
			ok = len(rest) >= 2 && (strings.EqualFold(rest[:2], "am") || strings.EqualFold(rest[:2], "pm"))
			if ok {
				pm, hasPM = strings.EqualFold(rest[:2], "pm"), true
				rest = rest[2:]
			}
		case 'z':
			k := 0
			for k < len(rest) && strings.IndexByte("+-:0123456789Zz", rest[k]) >= 0 {
				k++
			}
			off, err := parseOffset(rest[:k])
			ok = err == nil
			z, rest = fixedZone(off, ""), rest[k:]
		case 'Z':
			ok = false
			for _, w := range []string{"UTC", "GMT"} {
				if strings.HasPrefix(rest, w) {
					rest, ok = rest[3:], true
					break
				}
			}
		case '%':
			ok = strings.HasPrefix(rest, "%")
			if ok {
				rest = rest[1:]
			}
		default:
			return nil, jinja.Raise("ValueError", "'"+string(d)+"' is a bad directive in format "+jinja.Str(format).Repr())
		}
		if !ok {
			return bad()
		}
	}
	if rest != "" {
		return nil, jinja.Raise("ValueError", "unconverted data remains: "+rest)
	}
	if hour12 && hasPM {
		n['H'] %= 12
		if pm {
			n['H'] += 12
		}
	}
	if yday > 0 {
		t := time.Date(n['Y'], 1, yday, 0, 0, 0, 0, time.UTC)
		n['m'], n['d'] = int(t.Month()), t.Day()
	}
	if n['H'] > 23 || n['M'] > 59 || n['S'] > 61 || n['m'] > 12 || n['m'] < 1 || n['d'] < 1 || n['d'] > 31 {
		return bad()
	}
	var zone jinja.Value = jinja.None
	if z != nil {
		zone = z
	}
	return jinja.MakeDateTime([]int{n['Y'], n['m'], n['d'], n['H'], n['M'], min(n['S'], 59), n['f']}, zone)
}
