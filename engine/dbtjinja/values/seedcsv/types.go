package seedcsv

import (
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values/decimal"
)

// colType is an agate data type; the order is that of preference.
type colType uint8

const (
	typeInteger colType = iota // only of a column without any cell
	typeNumber
	typeDate
	typeDateTime
	typeISO
	typeBool
	typeText
	typeCount
)

func (t colType) kind() adapter.Kind {
	switch t {
	case typeInteger:
		return adapter.KindInteger
	case typeNumber:
		return adapter.KindNumber
	case typeDate:
		return adapter.KindDate
	case typeDateTime, typeISO:
		return adapter.KindTimestamp
	case typeBool:
		return adapter.KindBool
	}
	return adapter.KindText
}

// isNull tells whether the cell is null in a column of any type.
func isNull(s string) bool {
	if len(s) > 0 && s[0] > ' ' && s[0] < 0x80 && s[0]|0x20 != 'n' {
		return false
	}
	s = strings.TrimSpace(s)
	return s == "" || len(s) == 4 && strings.EqualFold(s, "null")
}

// infer finds the first type that fits every cell.
func infer(col []cell) colType {
	alive := [typeCount]bool{}
	for i := range alive {
		alive[i] = true
	}
	first := typeInteger
	for _, c := range col {
		if c.missing {
			continue
		}
		alive[typeInteger] = false
		if !isNull(c.text) {
			for t := typeNumber; t < typeText; t++ {
				if alive[t] && !t.fits(c.text) {
					alive[t] = false
				}
			}
		}
		for !alive[first] {
			first++
		}
		if first == typeText {
			break
		}
	}
	return first
}

func (t colType) fits(s string) bool {
	switch t {
	case typeNumber:
		if _, _, ok := plainNumber(s); ok {
			return true
		}
		_, ok := parseNumber(s)
		return ok
	case typeDate:
		_, ok := parseDate(strings.TrimSpace(s))
		return ok
	case typeDateTime:
		_, ok := parseDateTime(strings.TrimSpace(s))
		return ok
	case typeISO:
		_, _, ok := parseISO(strings.TrimSpace(s))
		return ok
	case typeBool:
		_, ok := parseBool(s)
		return ok
	}
	return t == typeText
}

// cast turns the cells of a column that the type fits into values.
func (t colType) cast(col []cell) []any {
	out := make([]any, len(col))
	if t == typeNumber {
		castNumbers(col, out)
		return out
	}
	for i, c := range col {
		if c.missing || isNull(c.text) {
			continue
		}
		switch t {
		case typeDate:
			d, _ := parseDate(strings.TrimSpace(c.text))
			out[i] = adapter.Date(d.Format("2006-01-02"))
		case typeDateTime:
			d, _ := parseDateTime(strings.TrimSpace(c.text))
			out[i] = adapter.Timestamp{Time: d}
		case typeISO:
			d, zone, _ := parseISO(strings.TrimSpace(c.text))
			if zone {
				out[i] = d
			} else {
				out[i] = adapter.Timestamp{Time: d}
			}
		case typeBool:
			out[i], _ = parseBool(c.text)
		default:
			out[i] = c.text
		}
	}
	return out
}

// castNumbers fills out with decimals; a column of whole numbers gets plain
// digits only.
func castNumbers(col []cell, out []any) {
	whole := true
	nums := make([]decimal.Decimal, 0)
	for i, c := range col {
		if c.missing || isNull(c.text) {
			continue
		}
		if text, frac, ok := plainNumber(c.text); ok {
			out[i] = adapter.Decimal(text)
			whole = whole && strings.Trim(frac, "0") == ""
			continue
		}
		if len(nums) == 0 {
			nums = make([]decimal.Decimal, len(col))
		}
		d, _ := parseNumber(c.text)
		nums[i] = d
		out[i] = adapter.Decimal(d.String())
		whole = whole && d.IsInt()
	}
	if !whole {
		return
	}
	for i, v := range out {
		text, ok := v.(adapter.Decimal)
		switch {
		case !ok:
		case len(nums) > 0 && strings.ContainsAny(string(text), "Ee"):
			out[i] = adapter.Decimal(nums[i].Quantize(0).Plain())
		default:
			if dot := strings.IndexByte(string(text), '.'); dot >= 0 {
				out[i] = text[:dot]
			}
		}
	}
}

// plainNumber reads the common numbers, -12.50, without arithmetic: at most 18
// digits, of which six behind the point. It gives the number as Python prints
// it and the digits behind the point.
func plainNumber(s string) (text, frac string, ok bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 19 {
		return "", "", false
	}
	dot := -1
	zero := true
	for i := range len(digits) {
		switch c := digits[i]; {
		case '0' <= c && c <= '9':
			zero = zero && c == '0'
		case c == '.' && dot < 0:
			dot = i
		default:
			return "", "", false
		}
	}
	head := digits
	if dot >= 0 {
		head, frac = digits[:dot], digits[dot+1:]
		if head == "" || frac == "" || len(frac) > 6 {
			return "", "", false
		}
	}
	if zero && len(digits) < len(s) {
		return "", "", false // -0
	}
	lead := 0
	for lead < len(head)-1 && head[lead] == '0' {
		lead++
	}
	if lead == 0 {
		return s, frac, true
	}
	return s[:len(s)-len(digits)] + digits[lead:], frac, true
}

// currency holds the symbols that agate strips from numbers.
var currency = strings.Fields("؋ $ ƒ ៛ ¥ ₡ ₱ £ € ¢ ﷼ ₪ ₩ ₭ ₮ ₦ ฿ ₤ ₫")

// parseNumber is agate's Number.cast in the locale en_US: percent signs,
// currency symbols and thousands separators are ignored.
func parseNumber(s string) (decimal.Decimal, bool) {
	s = strings.TrimSpace(s)
	if !maybeNumber(s) {
		return decimal.Decimal{}, false
	}
	s = strings.Trim(s, "%")
	neg := strings.HasPrefix(s, "-")
	if neg {
		s = s[1:]
	}
	for _, c := range currency {
		for strings.HasPrefix(s, c) {
			s = s[len(c):]
		}
		for strings.HasSuffix(s, c) {
			s = s[:len(s)-len(c)]
		}
	}
	if strings.IndexByte(s, ',') >= 0 {
		s = strings.ReplaceAll(s, ",", "")
	}
	d, err := decimal.Parse(s)
	if err != nil {
		return decimal.Decimal{}, false
	}
	sign := decimal.FromInt(1)
	if neg {
		sign = decimal.FromInt(-1)
	}
	d, err = decimal.Mul(d, sign)
	return d, err == nil
}

// maybeNumber refuses most texts by their first byte.
func maybeNumber(s string) bool {
	if s == "" {
		return false
	}
	c := s[0]
	switch {
	case '0' <= c && c <= '9', c >= 0x80:
		return true
	}
	return strings.IndexByte("+-.$%, _", c) >= 0 || strings.IndexByte("ins", c|0x20) >= 0
}

func parseBool(s string) (value, ok bool) {
	s = strings.TrimSpace(strings.ReplaceAll(s, ",", ""))
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, isNull(s)
}

// scanner reads numbers of bounded width.
type scanner struct {
	s  string
	ok bool
}

// number reads lo to hi ASCII digits.
func (c *scanner) number(lo, hi int) int {
	n, i := 0, 0
	for i < len(c.s) && i < hi && '0' <= c.s[i] && c.s[i] <= '9' {
		n = 10*n + int(c.s[i]-'0')
		i++
	}
	if i < lo {
		c.ok = false
	}
	c.s = c.s[i:]
	return n
}

func (c *scanner) lit(b byte) {
	if c.s == "" || c.s[0] != b {
		c.ok = false
		return
	}
	c.s = c.s[1:]
}

func date(y, m, d int) (time.Time, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && t.Day() == d && t.Month() == time.Month(m)
}

// ymd reads strptime's %Y-%m-%d: month and day may have one digit.
func (c *scanner) ymd() time.Time {
	y := c.number(4, 4)
	c.lit('-')
	m := c.number(1, 2)
	c.lit('-')
	if strings.HasPrefix(c.s, " ") {
		c.s = c.s[1:]
		d := c.number(1, 1)
		t, ok := date(y, m, d)
		c.ok = c.ok && ok
		return t
	}
	d := c.number(1, 2)
	t, ok := date(y, m, d)
	c.ok = c.ok && ok
	return t
}

func parseDate(s string) (time.Time, bool) {
	c := scanner{s, true}
	t := c.ymd()
	return t, c.ok && c.s == ""
}

// parseDateTime reads strptime's %Y-%m-%d %H:%M:%S.
func parseDateTime(s string) (time.Time, bool) {
	c := scanner{s, true}
	t := c.ymd()
	rest := strings.TrimLeft(c.s, " \t\n\r\f\v")
	if !c.ok || len(rest) == len(c.s) {
		return t, false
	}
	c.s = rest
	h := c.number(1, 2)
	c.lit(':')
	m := c.number(1, 2)
	c.lit(':')
	sec := c.number(1, 2)
	if !c.ok || c.s != "" || h > 23 || m > 59 || sec > 59 {
		return t, false
	}
	return t.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second), true
}
