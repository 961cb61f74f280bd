package jinja

import (
	"fmt"
	"math/big"
	"sort"
	"time"
)

// FromGo makes a Value of a Go value as [FromGoErr] does; for a type without a
// counterpart it gives None. Use FromGoErr where the type is not known.
func FromGo(v any) Value {
	x, err := FromGoErr(v)
	if err != nil {
		return None
	}
	return x
}

// FromGoErr makes a Value of nil, a bool, a number, a string, []byte, []any,
// []string, map[string]any (keys sorted), map[string]string, time.Time (a
// datetime), time.Duration (a timedelta) or a Value.
func FromGoErr(v any) (Value, error) {
	switch x := v.(type) {
	case nil:
		return None, nil
	case Value:
		return x, nil
	case bool:
		return Bool(x), nil
	case int:
		return Int(x), nil
	case int8:
		return Int(x), nil
	case int16:
		return Int(x), nil
	case int32:
		return Int(x), nil
	case int64:
		return Int(x), nil
	case uint:
		return NewBigInt(new(big.Int).SetUint64(uint64(x))), nil
	case uint8:
		return Int(x), nil
	case uint16:
		return Int(x), nil
	case uint32:
		return Int(x), nil
	case uint64:
		return NewBigInt(new(big.Int).SetUint64(x)), nil
	case *big.Int:
		return NewBigInt(new(big.Int).Set(x)), nil
	case float32:
		return Float(x), nil
	case float64:
		return Float(x), nil
	case string:
		return Str(x), nil
	case []byte:
		return Bytes(x), nil
	case []string:
		l := &List{Elems: make([]Value, len(x))}
		for i, s := range x {
			l.Elems[i] = Str(s)
		}
		return l, nil
	case []any:
		l := &List{Elems: make([]Value, len(x))}
		for i, e := range x {
			y, err := FromGoErr(e)
			if err != nil {
				return nil, err
			}
			l.Elems[i] = y
		}
		return l, nil
	case []Value:
		return NewList(x...), nil
	case map[string]any:
		d := NewDict()
		for _, k := range sortedNames(x) {
			y, err := FromGoErr(x[k])
			if err != nil {
				return nil, err
			}
			d.SetStr(k, y)
		}
		return d, nil
	case map[string]string:
		d := NewDict()
		for _, k := range sortedNames(x) {
			d.SetStr(k, Str(x[k]))
		}
		return d, nil
	case map[any]any:
		keys := make([]Value, 0, len(x))
		vals := map[any]Value{}
		for k, e := range x {
			kv, err := FromGoErr(k)
			if err != nil {
				return nil, err
			}
			ev, err := FromGoErr(e)
			if err != nil {
				return nil, err
			}
			h, err := hashKey(kv)
			if err != nil {
				return nil, err
			}
			keys = append(keys, kv)
			vals[h] = ev
		}
		sort.Slice(keys, func(i, j int) bool { return keys[i].Repr() < keys[j].Repr() })
		d := NewDict()
		for _, k := range keys {
			h, _ := hashKey(k)
			_ = d.Set(k, vals[h])
		}
		return d, nil
	case time.Time:
		return DateTime{t: x, aware: true}, nil
	case time.Duration:
		return TimeDelta(x / time.Microsecond), nil
	}
	return nil, fmt.Errorf("a Go value of type %T has no counterpart in templates", v)
}

// ToGo is the reverse: nil, bool, int64, *big.Int, float64, string, []byte,
// []any, map[string]any, time.Time, time.Duration. Keys that are no str become
// their Python text. Undefined and callable values are errors.
func ToGo(v Value) (any, error) { return toGo(v, 0) }

func toGo(v Value, depth int) (any, error) {
	if depth > maxReprDepth {
		return nil, errTooLarge()
	}
	switch x := v.(type) {
	case nil, NoneType:
		return nil, nil
	case Bool:
		return bool(x), nil
	case Int:
		return int64(x), nil
	case *BigInt:
		return x.Big(), nil
	case Float:
		return float64(x), nil
	case Str:
		return string(x), nil
	case Markup:
		return string(x), nil
	case *markedStr:
		return x.s, nil
	case Bytes:
		return []byte(x), nil
	case *List, Tuple, *namedTuple, *Set, *DictView, Range, *Generator:
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		out := make([]any, len(elems))
		for i, e := range elems {
			if out[i], err = toGo(e, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *Dict:
		out := make(map[string]any, x.Len())
		for k, e := range x.Items() {
			y, err := toGo(e, depth+1)
			if err != nil {
				return nil, err
			}
			out[k.String()] = y
		}
		return out, nil
	case DateTime:
		return x.t, nil
	case Date:
		return time.Date(x.Year, time.Month(x.Month), x.Day, 0, 0, 0, 0, time.UTC), nil
	case TimeDelta:
		return x.Duration(), nil
	case *Undefined:
		return nil, x.Err()
	}
	return nil, raise("TypeError", "a value of type "+v.Type()+" cannot be used outside of templates")
}
