package telegram

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/gotd/td/tdp"
)

// rawJSON is a whole TL object as JSON: "_" is the constructor's name, the other
// keys are the schema's, flags that are not set are left out, bytes are base64.
// Numbers of 64 bits are numbers; readers that lose digits of large ones must take
// care.
func rawJSON(o tdp.Object) json.RawMessage {
	return appendTL(nil, reflect.ValueOf(o))
}

func appendTL(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return append(b, "null"...)
		}
		return appendTL(b, v.Elem())
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...)
		}
		if o, ok := v.Interface().(tdp.Object); ok {
			return appendObject(b, o, v.Elem())
		}
		return appendTL(b, v.Elem())
	case reflect.Struct:
		if !v.CanAddr() {
			c := reflect.New(v.Type())
			c.Elem().Set(v)
			return appendTL(b, c)
		}
		if o, ok := v.Addr().Interface().(tdp.Object); ok {
			return appendObject(b, o, v)
		}
		return append(b, "{}"...)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v.Bytes())
			return append(b, '"')
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendTL(b, v.Index(i))
		}
		return append(b, ']')
	case reflect.String:
		return appendText(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(b, v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return strconv.AppendFloat(b, f, 'g', -1, 64)
		}
		return append(b, "null"...)
	case reflect.Array: // 128 and 256 bits
		flat := make([]byte, v.Len())
		for i := range flat {
			flat[i] = byte(v.Index(i).Uint())
		}
		return appendText(b, base64.StdEncoding.EncodeToString(flat))
	}
	return append(b, "null"...)
}

func appendObject(b []byte, o tdp.Object, v reflect.Value) []byte {
	info := o.TypeInfo()
	b = append(b, `{"_":`...)
	b = appendText(b, info.Name)
	for _, f := range info.Fields {
		if f.Null || f.SchemaName == "flags" || f.SchemaName == "flags2" {
			continue
		}
		value := v.FieldByName(f.Name)
		if !value.IsValid() {
			continue
		}
		b = append(b, ',')
		b = appendText(b, f.SchemaName)
		b = append(b, ':')
		b = appendTL(b, value)
	}
	return append(b, '}')
}

func appendText(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		return append(b, `""`...)
	}
	return append(b, text...)
}
