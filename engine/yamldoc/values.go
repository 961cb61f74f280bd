package yamldoc

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/pyjson"
)

// Date is a YAML date ("2024-01-31"), a Python datetime.date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// String is the ISO form.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Time is a YAML timestamp, a Python datetime.datetime. Naive tells that it has
// no time zone; its location is UTC then.
type Time struct {
	time.Time
	Naive bool
}

// String is Python's isoformat().
func (t Time) String() string {
	layout := "2006-01-02T15:04:05"
	if t.Nanosecond()/1000 != 0 {
		layout += ".000000"
	}
	if !t.Naive {
		layout += "-07:00"
	}
	return t.Format(layout)
}

// number gives a number's exact value; booleans count as in Python.
func number(v any) (*big.Float, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return big.NewFloat(1), true
		}
		return big.NewFloat(0), true
	case int:
		return new(big.Float).SetInt64(int64(v)), true
	case int64:
		return new(big.Float).SetInt64(v), true
	case *big.Int:
		return new(big.Float).SetInt(v), true
	case float64:
		if math.IsNaN(v) {
			return nil, false
		}
		return new(big.Float).SetFloat64(v), true
	}
	return nil, false
}

// TypeName is Python's name of the value's type: "str", "int", "dict" …
func TypeName(v any) string {
	switch v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int, int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []byte:
		return "bytes"
	case Date:
		return "date"
	case Time:
		return "datetime"
	case []any:
		return "list"
	case *Map:
		return "dict"
	}
	return fmt.Sprintf("%T", v)
}

// KeyString is a key as Python's json module writes it.
func KeyString(k any) string {
	switch k := k.(type) {
	case string:
		return k
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(k)
	}
	return Text(k)
}

// Texts is a value that may be one text or a list: its elements as texts, nil for any other value.
func Texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, 0, len(v))
		for _, e := range v {
			out = append(out, Text(e))
		}
		return out
	}
	return nil
}

// Text is Python's str() of a value.
func Text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return Repr(v)
}

// Repr is Python's repr() of a value, as dbt prints values in its errors; dates
// print in their ISO form.
func Repr(v any) string {
	var b strings.Builder
	repr(&b, v)
	return b.String()
}

func repr(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		if v {
			b.WriteString("True")
		} else {
			b.WriteString("False")
		}
	case int:
		b.WriteString(strconv.Itoa(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case *big.Int:
		b.WriteString(v.String())
	case float64:
		b.WriteString(floatText(v))
	case string:
		b.WriteString(quote(v))
	case []byte:
		b.WriteString("b" + quote(string(v)))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			repr(b, e)
		}
		b.WriteByte(']')
	case *Map:
		b.WriteByte('{')
		for i, e := range v.Entries() {
			if i > 0 {
				b.WriteString(", ")
			}
			repr(b, e.Key)
			b.WriteString(": ")
			repr(b, e.Value)
		}
		b.WriteByte('}')
	default:
		fmt.Fprint(b, v)
	}
}

// floatText prints a float as Python does: shortest digits, exponent from 1e16.
func floatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.ContainsRune(s, '.') {
		s += ".0"
	}
	return s
}

func quote(s string) string {
	q := byte('\'')
	if strings.ContainsRune(s, '\'') && !strings.ContainsRune(s, '"') {
		q = '"'
	}
	var b strings.Builder
	b.WriteByte(q)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == rune(q) || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa1) || r == 0xad:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	b.WriteByte(q)
	return b.String()
}

// AppendJSON appends the JSON form of a value, keys in their order, without
// HTML escaping; not-a-number and infinity as Python writes them.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case *big.Int:
		return v.Append(dst, 10), nil
	case float64:
		switch {
		case math.IsInf(v, 1):
			return append(dst, "Infinity"...), nil
		case math.IsInf(v, -1):
			return append(dst, "-Infinity"...), nil
		case math.IsNaN(v):
			return append(dst, "NaN"...), nil
		}
		return append(dst, floatText(v)...), nil
	case string:
		return pyjson.AppendText(dst, v), nil
	case []byte:
		return pyjson.AppendText(dst, base64.StdEncoding.EncodeToString(v)), nil
	case Date:
		return pyjson.AppendText(dst, v.String()), nil
	case Time:
		return pyjson.AppendText(dst, v.String()), nil
	case []any:
		dst = append(dst, '[')
		var err error
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = AppendJSON(dst, e); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case *Map:
		if v == nil {
			return append(dst, "null"...), nil
		}
		dst = append(dst, '{')
		var err error
		for i, e := range v.entries {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(pyjson.AppendText(dst, KeyString(e.Key)), ':')
			if dst, err = AppendJSON(dst, e.Value); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
	raw, err := json.Marshal(v)
	return append(dst, raw...), err
}

// MarshalJSON writes the keys in their order.
func (m *Map) MarshalJSON() ([]byte, error) { return AppendJSON(nil, m) }
