package yamldoc

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ResolvePlain gives a plain (unquoted) scalar its value by the rules of PyYAML's
// SafeLoader, which are those of YAML 1.1: "yes" is true, "010" is 8, "1:30" is 90,
// "1e3" is a string. An error is a date that does not exist.
func ResolvePlain(s string) (any, error) {
	if s == "" {
		return nil, nil
	}
	switch c := s[0]; {
	case c == '~':
		if s == "~" {
			return nil, nil
		}
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		return resolveNumber(s)
	case strings.IndexByte("yYnNtTfFoO", c) >= 0:
		switch s {
		case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
			return true, nil
		case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
			return false, nil
		case "null", "Null", "NULL":
			return nil, nil
		}
	}
	return s, nil
}

func resolveNumber(s string) (any, error) {
	if f, ok := parseFloat(s); ok {
		return f, nil
	}
	if i, ok := parseInt(s); ok {
		return i, nil
	}
	if len(s) >= 8 && s[0] >= '0' && s[0] <= '9' && strings.Count(s, "-") >= 2 {
		return parseTimestamp(s)
	}
	return s, nil
}

func digits(s string, extra string) int {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || strings.IndexByte(extra, s[i]) >= 0) {
		i++
	}
	return i
}

// parseFloat follows PyYAML's pattern: a point is needed, and a sign in the exponent.
func parseFloat(s string) (float64, bool) {
	body := s
	sign := 1.0
	signed := false
	if body[0] == '-' || body[0] == '+' {
		signed = true
		if body[0] == '-' {
			sign = -1
		}
		body = body[1:]
	}
	switch body {
	case ".inf", ".Inf", ".INF":
		return math.Inf(int(sign)), true
	case ".nan", ".NaN", ".NAN":
		return math.NaN(), !signed
	}
	if body == "" || strings.IndexByte(body, '.') < 0 {
		return 0, false
	}
	if body[0] == '.' {
		// The pattern has no sign here.
		if signed || len(body) < 2 || body[1] < '0' || body[1] > '9' {
			return 0, false
		}
		n := 1 + digits(body[1:], "_")
		if !exponent(body[n:]) {
			return 0, false
		}
		return pyFloat(body)
	}
	if body[0] < '0' || body[0] > '9' {
		return 0, false
	}
	n := digits(body, "_")
	rest := body[n:]
	if strings.HasPrefix(rest, ":") {
		return sexagesimalFloat(body, sign)
	}
	if !strings.HasPrefix(rest, ".") {
		return 0, false
	}
	rest = rest[1:]
	if !exponent(rest[digits(rest, "_"):]) {
		return 0, false
	}
	f, ok := pyFloat(body)
	return sign * f, ok
}

func exponent(s string) bool {
	if s == "" {
		return true
	}
	return len(s) >= 3 && (s[0] == 'e' || s[0] == 'E') && (s[1] == '+' || s[1] == '-') && digits(s[2:], "") == len(s)-2
}

func pyFloat(s string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

var sexagesimalFloatPattern = regexp.MustCompile(`^[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$`)

func sexagesimalFloat(s string, sign float64) (float64, bool) {
	if !sexagesimalFloatPattern.MatchString(s) {
		return 0, false
	}
	value := 0.0
	for part := range strings.SplitSeq(strings.ReplaceAll(s, "_", ""), ":") {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, false
		}
		value = value*60 + f
	}
	return sign * value, true
}

// parseInt follows PyYAML's pattern: binary, octal (a leading 0), decimal,
// hexadecimal, base 60.
func parseInt(s string) (any, bool) {
	body := s
	neg := false
	if body[0] == '-' || body[0] == '+' {
		neg = body[0] == '-'
		body = body[1:]
	}
	if body == "" || body[0] < '0' || body[0] > '9' {
		return nil, false
	}
	base := 10
	text := body
	switch {
	case body == "0":
	case strings.HasPrefix(body, "0b"):
		base, text = 2, body[2:]
		if strings.Trim(text, "01_") != "" {
			return nil, false
		}
	case strings.HasPrefix(body, "0x"):
		base, text = 16, body[2:]
		if strings.Trim(text, "0123456789abcdefABCDEF_") != "" {
			return nil, false
		}
	case body[0] == '0':
		base, text = 8, body[1:]
		if strings.Trim(text, "01234567_") != "" {
			return nil, false
		}
		text = "0" + text
	default:
		n := digits(body, "_")
		if strings.HasPrefix(body[n:], ":") {
			return sexagesimalInt(body, neg)
		}
		if n != len(body) {
			return nil, false
		}
	}
	text = strings.ReplaceAll(text, "_", "")
	if neg {
		text = "-" + text
	}
	if i, err := strconv.ParseInt(text, base, 64); err == nil {
		return i, true
	}
	if len(text) > 10_000 {
		return nil, false
	}
	b, ok := new(big.Int).SetString(text, base)
	if !ok {
		return nil, false
	}
	return b, true
}

var sexagesimalIntPattern = regexp.MustCompile(`^[1-9][0-9_]*(?::[0-5]?[0-9])+$`)

func sexagesimalInt(s string, neg bool) (any, bool) {
	if !sexagesimalIntPattern.MatchString(s) {
		return nil, false
	}
	value := new(big.Int)
	sixty := big.NewInt(60)
	for part := range strings.SplitSeq(strings.ReplaceAll(s, "_", ""), ":") {
		p, ok := new(big.Int).SetString(part, 10)
		if !ok {
			return nil, false
		}
		value.Mul(value, sixty).Add(value, p)
	}
	if neg {
		value.Neg(value)
	}
	if value.IsInt64() {
		return value.Int64(), true
	}
	return value, true
}

var (
	datePattern      = regexp.MustCompile(`^([0-9]{4})-([0-9]{2})-([0-9]{2})$`)
	timestampPattern = regexp.MustCompile(`^([0-9]{4})-([0-9][0-9]?)-([0-9][0-9]?)(?:[Tt]|[ \t]+)([0-9][0-9]?):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?$`)
)

// parseTimestamp returns a Date, a Time or, when s has neither form, s.
func parseTimestamp(s string) (any, error) {
	if m := datePattern.FindStringSubmatch(s); m != nil {
		y, mo, d := atoi(m[1]), atoi(m[2]), atoi(m[3])
		if !validDate(y, mo, d) {
			return nil, fmt.Errorf("'%s' is not a valid date", s)
		}
		return Date{y, time.Month(mo), d}, nil
	}
	m := timestampPattern.FindStringSubmatch(s)
	if m == nil {
		return s, nil
	}
	y, mo, d := atoi(m[1]), atoi(m[2]), atoi(m[3])
	h, mi, sec := atoi(m[4]), atoi(m[5]), atoi(m[6])
	if !validDate(y, mo, d) || h > 23 || mi > 59 || sec > 59 {
		return nil, fmt.Errorf("'%s' is not a valid timestamp", s)
	}
	frac := m[7]
	if len(frac) > 6 {
		frac = frac[:6]
	}
	micro := 0
	if frac != "" {
		micro = atoi((frac + "000000")[:6])
	}
	loc, naive := time.UTC, m[8] == ""
	if tz := m[8]; tz != "" && tz != "Z" {
		hours, minutes, _ := strings.Cut(tz[1:], ":")
		off := atoi(hours)*3600 + atoi(minutes)*60
		if off >= 24*3600 {
			return nil, fmt.Errorf("'%s' has an impossible time zone", s)
		}
		if tz[0] == '-' {
			off = -off
		}
		loc = time.FixedZone("", off)
	}
	return Time{time.Date(y, time.Month(mo), d, h, mi, sec, micro*1000, loc), naive}, nil
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

func validDate(y, m, d int) bool {
	if y < 1 || m < 1 || m > 12 || d < 1 {
		return false
	}
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() == d
}
