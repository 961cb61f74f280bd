package adapter

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/pyjson"
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
func JSONText(v any) string { return string(appendJSON(nil, v)) }

func appendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case *big.Int:
		return v.Append(dst, 10)
	case float64:
		return pyjson.AppendFloat(dst, v, 64)
	case Decimal:
		// dbt's encoder turns Decimal into float.
		if f, err := strconv.ParseFloat(string(v), 64); err == nil {
			return pyjson.AppendFloat(dst, f, 64)
		}
		return pyjson.AppendString(dst, string(v))
	case string:
		return pyjson.AppendString(dst, v)
	case Date:
		return pyjson.AppendString(dst, string(v))
	case Timestamp:
		return pyjson.AppendString(dst, isoTime(v.Time, false))
	case time.Time:
		return pyjson.AppendString(dst, isoTime(v, true))
	case time.Duration:
		return pyjson.AppendString(dst, v.String())
	case []byte:
		return pyjson.AppendString(dst, `\x`+hex.EncodeToString(v))
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendJSON(dst, e)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, f := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendJSON(append(pyjson.AppendString(dst, f.Name), ": "...), f.Value)
		}
		return append(dst, '}')
	case map[string]any:
		return appendJSON(dst, sortedObject(v))
	}
	return pyjson.AppendString(dst, fmt.Sprint(v))
}

func sortedObject(m map[string]any) Object {
	o := make(Object, 0, len(m))
	for k, v := range m {
		o = append(o, Field{k, v})
	}
	slices.SortFunc(o, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
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
