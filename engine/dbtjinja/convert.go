package dbtjinja

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/gdbt-dev/gdbt/engine/config"
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

// FromJinja turns a Jinja value into plain Go values; host values become their text.
func FromJinja(v jinja.Value) (any, error) { return config.PlainValue(v, otherValue) }

func otherValue(v jinja.Value) (any, error) {
	switch v := v.(type) {
	case *jinja.Set:
		return config.PlainValues(v.Elems(), otherValue)
	case *jinja.Undefined:
		return nil, fmt.Errorf("an undefined value can't be used here")
	}
	return v.String(), nil
}

// yamlValue is a value beside the plain ones that YAML has: the error names the type of any other.
func yamlValue(v jinja.Value) (any, error) {
	switch v := v.(type) {
	case *jinja.Set:
		elems, err := config.PlainValues(v.Elems(), yamlValue)
		return yamldoc.Set(elems), err
	case jinja.Date:
		return yamldoc.Date{Year: v.Year, Month: time.Month(v.Month), Day: v.Day}, nil
	case jinja.DateTime:
		return yamldoc.Time{Time: v.Time(), Naive: v.Zone() == nil}, nil
	}
	return nil, fmt.Errorf("YAML has no %s", v.Type())
}
