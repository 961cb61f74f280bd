package postgres

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// The decoders read the server's text form of a value.

func decodeText(s string) (any, error) { return s, nil }

func decodeBool(s string) (any, error) { return s == "t", nil }

func decodeInt(s string) (any, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("not a whole number: %q", strings.Clone(s))
	}
	return n, nil
}

func decodeNumeric(s string) (any, error) { return adapter.Decimal(s), nil }

func decodeFloat(s string) (any, error) {
	f, err := strconv.ParseFloat(s, 64) // knows NaN and Infinity
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return nil, fmt.Errorf("not a number: %q", strings.Clone(s))
	}
	return f, nil
}

func decodeBytea(s string) (any, error) {
	if hexed, ok := strings.CutPrefix(s, `\x`); ok {
		return hex.DecodeString(hexed)
	}
	// bytea_output = escape
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		if strings.HasPrefix(s[i+1:], `\`) {
			out = append(out, '\\')
			i++
			continue
		}
		if i+4 > len(s) {
			return nil, errors.New("a bytea value ends within an escape")
		}
		n, err := strconv.ParseUint(s[i+1:i+4], 8, 8)
		if err != nil {
			return nil, fmt.Errorf("a bytea value has a wrong escape: %w", err)
		}
		out = append(out, byte(n))
		i += 3
	}
	return out, nil
}

// Infinite dates become the ends of Python's range, as in psycopg2.

func decodeDate(s string) (any, error) {
	switch s {
	case "infinity":
		return adapter.Date("9999-12-31"), nil
	case "-infinity":
		return adapter.Date("0001-01-01"), nil
	}
	return adapter.Date(s), nil
}

func maxTimestamp() time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC) }
func minTimestamp() time.Time { return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC) }

func decodeTimestamp(s string) (any, error) {
	switch s {
	case "infinity":
		return adapter.Timestamp{Time: maxTimestamp()}, nil
	case "-infinity":
		return adapter.Timestamp{Time: minTimestamp()}, nil
	}
	t, err := parseTimestamp(s, false)
	return adapter.Timestamp{Time: t}, err
}

func decodeTimestamptz(s string) (any, error) {
	switch s {
	case "infinity":
		return maxTimestamp(), nil
	case "-infinity":
		return minTimestamp(), nil
	}
	return wrap(parseTimestamp(s, true))
}

func wrap(t time.Time, err error) (any, error) { return t, err }

// parseTimestamp reads `YYYY-MM-DD HH:MM:SS[.ffffff][±HH[:MM[:SS]]][ BC]`.
func parseTimestamp(s string, zone bool) (time.Time, error) {
	bad := func() (time.Time, error) {
		return time.Time{}, fmt.Errorf("not a timestamp in ISO style: %q", strings.Clone(s))
	}
	rest, bc := strings.CutSuffix(s, " BC")
	day, clock, ok := strings.Cut(rest, " ")
	if !ok || len(day) < 10 || len(clock) < 8 {
		return bad()
	}
	year, ok1 := digits(day[:len(day)-6])
	month, ok2 := digits(day[len(day)-5 : len(day)-3])
	date, ok3 := digits(day[len(day)-2:])
	if !ok1 || !ok2 || !ok3 {
		return bad()
	}
	if bc {
		year = 1 - year
	}
	loc := time.UTC
	if i := strings.LastIndexAny(clock, "+-"); zone && i > 0 {
		offset, ok := parseOffset(clock[i:])
		if !ok {
			return bad()
		}
		if offset != 0 {
			loc = time.FixedZone("", offset)
		}
		clock = clock[:i]
	}
	h, m, sec, ns, ok := parseClock(clock)
	if !ok {
		return bad()
	}
	return time.Date(year, time.Month(month), date, h, m, sec, ns, loc), nil
}

func parseOffset(s string) (seconds int, ok bool) {
	sign := 1
	if s[0] == '-' {
		sign = -1
	}
	for i, part := range strings.Split(s[1:], ":") {
		n, err := strconv.Atoi(part)
		if err != nil || i > 2 {
			return 0, false
		}
		seconds += n * [3]int{3600, 60, 1}[i]
	}
	return sign * seconds, true
}

// parseClock reads HH:MM:SS[.ffffff].
func parseClock(s string) (h, m, sec, ns int, ok bool) {
	hours, rest, ok1 := strings.Cut(s, ":")
	minutes, rest, ok2 := strings.Cut(rest, ":")
	whole, fraction, _ := strings.Cut(rest, ".")
	h, ok3 := digits(hours)
	m, ok4 := digits(minutes)
	sec, ok5 := digits(whole)
	if !(ok1 && ok2 && ok3 && ok4 && ok5) {
		return 0, 0, 0, 0, false
	}
	if fraction == "" {
		return h, m, sec, 0, true
	}
	fraction = fraction[:min(9, len(fraction))]
	ns, ok = digits(fraction)
	for range 9 - len(fraction) {
		ns *= 10
	}
	return h, m, sec, ns, ok
}

// digits reads a short number without a sign.
func digits(s string) (n int, ok bool) {
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// decodeTimetz writes the offset out, as Python prints it.
func decodeTimetz(s string) (any, error) {
	i := strings.LastIndexAny(s, "+-")
	if i < 0 {
		return s, nil
	}
	if strings.Count(s[i:], ":") == 0 {
		return s + ":00", nil
	}
	return s, nil
}

// decodeRange writes a range as Python prints psycopg2's: `[1, 3)`, with None for a side without an end. value writes a bound.
func decodeRange(value func(string) string) func(string) (any, error) {
	return func(s string) (any, error) {
		if s == "empty" {
			return s, nil
		}
		if len(s) < 3 {
			return nil, fmt.Errorf("not a range: %q", strings.Clone(s))
		}
		lower, rest := rangeBound(s[1 : len(s)-1])
		upper, ok := strings.CutPrefix(rest, ",")
		if !ok {
			return nil, fmt.Errorf("not a range: %q", strings.Clone(s))
		}
		upper, _ = rangeBound(upper)
		for _, bound := range []*string{&lower, &upper} {
			if *bound == "" {
				*bound = "None"
			} else {
				*bound = value(*bound)
			}
		}
		return s[:1] + lower + ", " + upper + s[len(s)-1:], nil
	}
}

// rangeBound reads one bound, which stands in quotes where it holds a space, and gives what comes after it.
func rangeBound(s string) (bound, rest string) {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		bound, rest, _ = strings.Cut(quoted, `"`)
		return bound, rest
	}
	i := strings.IndexByte(s, ',')
	if i < 0 {
		i = len(s)
	}
	return s[:i], s[i:]
}

// rangePlain is for numbers and dates, which Python writes as the server does.
func rangePlain(s string) string {
	switch s {
	case "infinity":
		return "9999-12-31"
	case "-infinity":
		return "0001-01-01"
	}
	return s
}

// rangeTime writes a moment as Python does: six digits of a second where it has a fraction, and minutes of the zone.
func rangeTime(s string) string {
	switch s {
	case "infinity":
		return "9999-12-31 23:59:59.999999"
	case "-infinity":
		return "0001-01-01 00:00:00"
	}
	zone := ""
	if i := strings.LastIndexAny(s, "+-"); i > len("2006-01-02") {
		s, zone = s[:i], s[i:]
		if !strings.Contains(zone, ":") {
			zone += ":00"
		}
	}
	if whole, fraction, ok := strings.Cut(s, "."); ok {
		s = whole + "." + fraction + strings.Repeat("0", max(0, 6-len(fraction)))
	}
	return s + zone
}

// decodeInterval reads the server's default style, `1 year 2 mons -3 days
// +04:05:06.789`, with psycopg2's 365 days a year and 30 a month. Anything
// else (another IntervalStyle, more than 292 years) stays text.
func decodeInterval(s string) (any, error) {
	fields := strings.Fields(s)
	var days, clock int64 // clock in nanoseconds
	for i := 0; i < len(fields); i++ {
		if strings.Contains(fields[i], ":") {
			sign, text := int64(1), fields[i]
			switch text[0] {
			case '-':
				sign, text = -1, text[1:]
			case '+':
				text = text[1:]
			}
			h, m, sec, ns, ok := parseClock(text)
			if !ok || h > 1<<21 {
				return s, nil
			}
			clock = sign * (((int64(h)*60+int64(m))*60+int64(sec))*1e9 + int64(ns))
			continue
		}
		n, err := strconv.ParseInt(fields[i], 10, 32)
		if err != nil || i+1 == len(fields) {
			return s, nil
		}
		i++
		switch strings.TrimSuffix(fields[i], "s") {
		case "year":
			days += n * 365
		case "mon":
			days += n * 30
		case "day":
			days += n
		default:
			return s, nil
		}
	}
	const day = int64(24 * time.Hour)
	if limit := math.MaxInt64/day - 1; days > limit || days < -limit {
		return s, nil
	}
	total := days * day
	if clock > 0 && total > math.MaxInt64-clock || clock < 0 && total < math.MinInt64-clock {
		return s, nil
	}
	return time.Duration(total + clock), nil
}

// decodeJSON reads a document with the order of its keys. As in Python a
// repeated key keeps its first place and its last value.
func decodeJSON(s string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	v, err := jsonValue(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("a JSON value goes on after its end")
	}
	return v, nil
}

func jsonValue(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			list := []any{}
			for dec.More() {
				v, err := jsonValue(dec)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
			}
			_, err := dec.Token()
			return list, err
		}
		object := adapter.Object{}
		place := map[string]int{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := jsonValue(dec)
			if err != nil {
				return nil, err
			}
			name := key.(string)
			if i, dup := place[name]; dup {
				object[i].Value = v
				continue
			}
			place[name] = len(object)
			object = append(object, adapter.Field{Name: name, Value: v})
		}
		_, err := dec.Token()
		return object, err
	case json.Number:
		if strings.ContainsAny(string(t), ".eE") {
			return decodeFloat(string(t))
		}
		if n, err := t.Int64(); err == nil {
			return n, nil
		}
		n, ok := new(big.Int).SetString(string(t), 10)
		if !ok {
			return nil, fmt.Errorf("not a number: %q", t)
		}
		return n, nil
	default: // string, bool, nil
		return t, nil
	}
}

// decodeArray reads `{1,NULL,"a,b",{…}}`, also with bounds in front.
func decodeArray(elem func(string) (any, error)) func(string) (any, error) {
	return func(s string) (any, error) {
		if strings.HasPrefix(s, "[") {
			_, body, ok := strings.Cut(s, "=")
			if !ok {
				return nil, fmt.Errorf("not an array: %q", s)
			}
			s = body
		}
		p := arrayParser{text: s, elem: elem}
		v, err := p.list()
		if err == nil && p.at != len(s) {
			err = errors.New("text after its end")
		}
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", s, err)
		}
		return v, nil
	}
}

type arrayParser struct {
	text string
	at   int
	elem func(string) (any, error)
}

var errArrayEnd = errors.New("it ends too early")

func (p *arrayParser) list() ([]any, error) {
	if p.at >= len(p.text) || p.text[p.at] != '{' {
		return nil, errors.New("it doesn't begin with {")
	}
	p.at++
	list := []any{}
	if p.at < len(p.text) && p.text[p.at] == '}' {
		p.at++
		return list, nil
	}
	for p.at < len(p.text) {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if p.at >= len(p.text) {
			break
		}
		switch p.text[p.at] {
		case ',':
			p.at++
		case '}':
			p.at++
			return list, nil
		default:
			return nil, fmt.Errorf("unexpected %q", p.text[p.at])
		}
	}
	return nil, errArrayEnd
}

func (p *arrayParser) value() (any, error) {
	switch p.text[p.at] {
	case '{':
		return p.list()
	case '"':
		var b bytes.Buffer
		for p.at++; p.at < len(p.text); p.at++ {
			switch ch := p.text[p.at]; ch {
			case '"':
				p.at++
				return p.elem(b.String())
			case '\\':
				p.at++
				if p.at == len(p.text) {
					return nil, errArrayEnd
				}
				b.WriteByte(p.text[p.at])
			default:
				b.WriteByte(ch)
			}
		}
		return nil, errArrayEnd
	default:
		end := strings.IndexAny(p.text[p.at:], ",}")
		if end < 0 {
			return nil, errArrayEnd
		}
		word := p.text[p.at : p.at+end]
		p.at += end
		if word == "NULL" {
			return nil, nil
		}
		return p.elem(word)
	}
}
