package postgres

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// Type OIDs of bound values (pg_type.dat).
const (
	oidBool        = 16
	oidBytea       = 17
	oidInt8        = 20
	oidInt4        = 23
	oidText        = 25
	oidFloat8      = 701
	oidDate        = 1082
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidInterval    = 1186
	oidNumeric     = 1700
)

// valueText prints a value as the server reads it, and names its type; 0
// leaves the type to the server.
func valueText(v any) (string, uint32, error) {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v), oidBool, nil
	case int:
		return valueText(int64(v))
	case int64:
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			return strconv.FormatInt(v, 10), oidInt4, nil
		}
		return strconv.FormatInt(v, 10), oidInt8, nil
	case *big.Int:
		return v.String(), oidNumeric, nil
	case float64:
		switch {
		case math.IsInf(v, 1):
			return "Infinity", oidFloat8, nil
		case math.IsInf(v, -1):
			return "-Infinity", oidFloat8, nil
		}
		return strconv.FormatFloat(v, 'g', -1, 64), oidFloat8, nil
	case adapter.Decimal:
		return string(v), oidNumeric, nil
	case string:
		if strings.IndexByte(v, 0) >= 0 {
			return "", 0, fmt.Errorf("a text value holds a NUL character, which PostgreSQL can't store")
		}
		if !utf8.ValidString(v) {
			return "", 0, fmt.Errorf("a text value is not valid UTF-8: %q", clip(v))
		}
		return v, 0, nil
	case adapter.Date:
		return string(v), oidDate, nil
	case adapter.Timestamp:
		return timestampText(v.Time), oidTimestamp, nil
	case time.Time:
		return timestampText(v.UTC()) + "+00", oidTimestamptz, nil
	case time.Duration:
		return strconv.FormatInt(v.Microseconds(), 10) + " microseconds", oidInterval, nil
	case []byte:
		return `\x` + hex.EncodeToString(v), oidBytea, nil
	case []any, adapter.Object, map[string]any:
		return adapter.JSONText(v), 0, nil
	default:
		return "", 0, fmt.Errorf("a value of type %T can't be sent", v)
	}
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}

// timestampText prints a moment with the server's notation for years BC.
func timestampText(t time.Time) string {
	if y := t.Year(); y <= 0 {
		return fmt.Sprintf("%04d-%s BC", 1-y, t.Format("01-02 15:04:05.999999"))
	}
	return t.Format("2006-01-02 15:04:05.999999")
}

// parameter encodes a bound value for the extended protocol, as text.
func parameter(v any) ([]byte, uint32, error) {
	if v == nil {
		return nil, 0, nil
	}
	s, oid, err := valueText(v)
	return []byte(s), oid, err
}

// numbered tells whether sql has $1 placeholders; otherwise they are %s.
func numbered(sql string) bool { return strings.Contains(sql, "$1") }

// interpolate puts values in the place of %s, as psycopg2 does on the client:
// an insert of 10,000 rows has more values than the protocol can bind. Every
// value becomes a literal that can't end early; %% stands for %.
func interpolate(sql string, args []any) (string, error) {
	var b strings.Builder
	next := 0
	for {
		i := strings.IndexByte(sql, '%')
		if i < 0 {
			break
		}
		b.WriteString(sql[:i])
		rest := sql[i+1:]
		switch {
		case strings.HasPrefix(rest, "%"):
			b.WriteByte('%')
		case strings.HasPrefix(rest, "s"):
			if next == len(args) {
				return "", fmt.Errorf("postgres: the statement has more placeholders than its %d values", len(args))
			}
			lit, err := literal(args[next])
			if err != nil {
				return "", fmt.Errorf("postgres: bound value %d: %w", next+1, err)
			}
			b.WriteString(lit)
			next++
		default:
			return "", fmt.Errorf("postgres: unsupported placeholder at %q: write %%s for a value and %%%% for a percent sign", clip(sql[i:]))
		}
		sql = rest[1:]
	}
	if next < len(args) {
		return "", fmt.Errorf("postgres: the statement has %d placeholders for %d values", next, len(args))
	}
	b.WriteString(sql)
	return b.String(), nil
}

// literal prints a value as psycopg2 adapts it.
func literal(v any) (string, error) {
	if v == nil {
		return "NULL", nil
	}
	s, oid, err := valueText(v)
	if err != nil {
		return "", err
	}
	switch oid {
	case oidInt4, oidInt8:
		if s[0] == '-' {
			return " " + s, nil // never a comment after a minus
		}
		return s, nil
	case oidBool:
		return s, nil
	case oidNumeric, oidFloat8:
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			if s[0] == '-' {
				return " " + s, nil
			}
			return s, nil
		}
		return quote(s) + map[uint32]string{oidNumeric: "::numeric", oidFloat8: "::float8"}[oid], nil
	case oidBytea:
		return quote(s) + "::bytea", nil
	case oidDate:
		return quote(s) + "::date", nil
	case oidTimestamp:
		return quote(s) + "::timestamp", nil
	case oidTimestamptz:
		return quote(s) + "::timestamptz", nil
	case oidInterval:
		return quote(s) + "::interval", nil
	default:
		return quote(s), nil
	}
}

// quote makes a string literal that is right whatever
// standard_conforming_strings says.
func quote(s string) string {
	s = strings.ReplaceAll(s, "'", "''")
	if strings.Contains(s, `\`) {
		return " E'" + strings.ReplaceAll(s, `\`, `\\`) + "'"
	}
	return "'" + s + "'"
}
