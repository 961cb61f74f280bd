package dbtjinja

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// ToJinja turns plain Go values, as package yamldoc makes them, into Jinja's.
func ToJinja(v any) jinja.Value { return toJinja(v) }

func toJinja(v any) jinja.Value {
	switch v := v.(type) {
	case nil:
		return jinja.None
	case jinja.Value:
		return v
	case string:
		return jinja.Str(v)
	case bool:
		return jinja.Bool(v)
	case int:
		return jinja.Int(v)
	case int64:
		return jinja.Int(v)
	case float64:
		return jinja.Float(v)
	case *string:
		if v == nil {
			return jinja.None
		}
		return jinja.Str(*v)
	case *bool:
		if v == nil {
			return jinja.None
		}
		return jinja.Bool(*v)
	case []string:
		l := jinja.NewList(make([]jinja.Value, 0, len(v))...)
		for _, e := range v {
			l.Append(jinja.Str(e))
		}
		return l
	case [][]string:
		l := jinja.NewList()
		for _, e := range v {
			l.Append(toJinja(e))
		}
		return l
	case []any:
		l := jinja.NewList(make([]jinja.Value, 0, len(v))...)
		for _, e := range v {
			l.Append(toJinja(e))
		}
		return l
	case *yamldoc.Map:
		d := jinja.NewDict()
		for _, e := range v.Entries() {
			if k, ok := e.Key.(string); ok {
				d.SetStr(k, toJinja(e.Value))
			} else {
				_ = d.Set(toJinja(e.Key), toJinja(e.Value)) // plain keys are hashable
			}
		}
		return d
	case map[string]string:
		return toJinja(stringMap(v))
	case yamldoc.Date:
		d, err := jinja.NewDate(v.Year, int(v.Month), v.Day)
		if err != nil {
			return jinja.Str(v.String())
		}
		return d
	case yamldoc.Time:
		if v.Naive {
			return jinja.NewDateTime(v.Time, nil)
		}
		return jinja.FromGo(v.Time)
	case time.Time, *big.Int:
		return jinja.FromGo(v)
	}
	return jinja.FromGo(v)
}

// FromJinja turns a Jinja value into plain Go values; host values give an error.
func FromJinja(v jinja.Value) (any, error) {
	switch v := v.(type) {
	case nil, jinja.NoneType:
		return nil, nil
	case jinja.Str:
		return string(v), nil
	case jinja.Markup:
		return string(v), nil
	case jinja.Bool:
		return bool(v), nil
	case jinja.Int:
		return int64(v), nil
	case *jinja.BigInt:
		return v.Big(), nil
	case jinja.Float:
		return float64(v), nil
	case *jinja.List:
		return fromList(v.Elems)
	case jinja.Tuple:
		return fromList(v)
	case *jinja.Set:
		return fromList(v.Elems())
	case *jinja.Dict:
		m := yamldoc.MapWithCapacity(v.Len())
		for k, e := range v.Items() {
			key, err := FromJinja(k)
			if err != nil {
				return nil, err
			}
			val, err := FromJinja(e)
			if err != nil {
				return nil, err
			}
			m.SetKey(key, val)
		}
		return m, nil
	case *jinja.Undefined:
		return nil, fmt.Errorf("an undefined value can't be used here")
	}
	return v.String(), nil
}

func fromList(elems []jinja.Value) (any, error) {
	out := make([]any, 0, len(elems))
	for _, e := range elems {
		p, err := FromJinja(e)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
