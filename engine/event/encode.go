package event

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"time"

	"github.com/gdbt-dev/gdbt/engine/pyjson"
)

// Data gives the fields of an event as dbt's JSON log names them. A node_info or group that is not there is left out;
// every other field is always present.
func Data(e Event) map[string]any {
	if d, ok := e.(interface{ data() map[string]any }); ok {
		return d.data()
	}
	m, _ := plain(reflect.ValueOf(e)).(map[string]any)
	return m
}

// plain turns structs with `log` tags into maps, down to strings, numbers and booleans. Floats become the 32 bits that
// dbt's log messages hold.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return timestamp(t)
		}
		m := map[string]any{}
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag.Get("log")
			if tag == "" {
				continue
			}
			f := v.Field(i)
			if (tag == "node_info" || tag == "group") && f.IsNil() {
				continue
			}
			m[tag] = plain(f)
			if tag == "meta" || tag == "adapter_response" {
				m[tag] = floats(m[tag])
			}
		}
		return m
	case reflect.Map:
		m := map[string]any{}
		for _, k := range v.MapKeys() {
			m[fmt.Sprint(k.Interface())] = plain(v.MapIndex(k))
		}
		return m
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	case reflect.Float64, reflect.Float32:
		return float32(v.Float())
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Invalid:
		return nil
	}
	return fmt.Sprint(v.Interface())
}

// floats turns whole numbers into floats: free-form fields are protobuf Structs in dbt, where every number is a double.
func floats(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case map[string]any:
		for k, x := range v {
			v[k] = floats(x)
		}
	case []any:
		for i, x := range v {
			v[i] = floats(x)
		}
	}
	return v
}

// mapStrings applies f to every string of a plain value, keys included.
func mapStrings(v any, f func(string) string) any {
	switch v := v.(type) {
	case string:
		return f(v)
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[f(k)] = mapStrings(x, f)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = mapStrings(x, f)
		}
		return list
	}
	return v
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// pyJSON writes a plain value as Python's json.dumps(…, sort_keys=True): ", " and ": " between, ASCII only.
func pyJSON(v any) string { return string(appendJSON(nil, v)) }

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return pyjson.AppendString(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float32:
		return pyjson.AppendFloat(b, float64(v), 32)
	case float64:
		return pyjson.AppendFloat(b, v, 64)
	case json.Number:
		return append(b, v...)
	case map[string]any:
		b = append(b, '{')
		for i, k := range sortedKeys(v) {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = pyjson.AppendString(b, k)
			b = append(b, ": "...)
			b = appendJSON(b, v[k])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendJSON(b, x)
		}
		return append(b, ']')
	}
	return appendJSON(b, plain(reflect.ValueOf(v)))
}
