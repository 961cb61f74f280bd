package adapter

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Object is a struct or map value of the warehouse with its fields in order.
type Object []Field

// Get finds a field.
func (o Object) Get(name string) (any, bool) {
	for _, f := range o {
		if f.Name == name {
			return f.Value, true
		}
	}
	return nil, false
}

// JSONText prints a nested value ([]any, Object, map[string]any) as Python's
// json.dumps does: that text is what dbt's agate tables hold for lists, structs
// and maps. Non-ASCII characters are escaped, pairs keep their order.
func JSONText(v any) string {
	var b strings.Builder
	writeJSON(&b, v)
	return b.String()
}

func writeJSON(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case int:
		b.WriteString(strconv.Itoa(v))
	case *big.Int:
		b.WriteString(v.String())
	case float64:
		b.WriteString(pythonFloat(v))
	case Decimal:
		// dbt's encoder turns Decimal into float.
		if f, err := strconv.ParseFloat(string(v), 64); err == nil {
			b.WriteString(pythonFloat(f))
		} else {
			writeJSONString(b, string(v))
		}
	case string:
		writeJSONString(b, v)
	case Date:
		writeJSONString(b, string(v))
	case Timestamp:
		writeJSONString(b, isoTime(v.Time, false))
	case time.Time:
		writeJSONString(b, isoTime(v, true))
	case time.Duration:
		writeJSONString(b, v.String())
	case []byte:
		writeJSONString(b, `\x`+hex.EncodeToString(v))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writeJSON(b, e)
		}
		b.WriteByte(']')
	case Object:
		b.WriteByte('{')
		for i, f := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writeJSONString(b, f.Name)
			b.WriteString(": ")
			writeJSON(b, f.Value)
		}
		b.WriteByte('}')
	case map[string]any:
		writeJSON(b, sortedObject(v))
	default:
		writeJSONString(b, fmt.Sprint(v))
	}
}

func sortedObject(m map[string]any) Object {
	o := make(Object, 0, len(m))
	for k, v := range m {
		o = append(o, Field{k, v})
	}
	for i := 1; i < len(o); i++ {
		for j := i; j > 0 && o[j].Name < o[j-1].Name; j-- {
			o[j], o[j-1] = o[j-1], o[j]
		}
	}
	return o
}

// isoTime is Python's datetime.isoformat().
func isoTime(t time.Time, zone bool) string {
	layout := "2006-01-02T15:04:05"
	if t.Nanosecond() != 0 {
		layout += ".000000"
	}
	if zone {
		layout += "-07:00"
	}
	return t.Format(layout)
}

// pythonFloat prints a float as Python's repr.
func pythonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func writeJSONString(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r >= 0x20 && r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
}
