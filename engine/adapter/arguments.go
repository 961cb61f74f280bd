package adapter

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Argument finds a required argument of a Method by place or name.
func Argument(method string, args []any, kwargs map[string]any, place int, name string) (any, error) {
	if place < len(args) {
		return args[place], nil
	}
	if v, ok := kwargs[name]; ok {
		return v, nil
	}
	return nil, fmt.Errorf("adapter.%s: missing argument %q", method, name)
}

// OptionalArgument is Argument with a default.
func OptionalArgument(args []any, kwargs map[string]any, place int, name string, def any) any {
	if place < len(args) {
		return args[place]
	}
	if v, ok := kwargs[name]; ok {
		return v
	}
	return def
}

// ParseIndex validates an entry of the `indexes` config as the adapters'
// parse_index does: columns (required), unique and, withType, type. None gives
// nil. Render is left to the driver.
func ParseIndex(raw any, withType bool) (*IndexConfig, error) {
	if raw == nil {
		return nil, nil
	}
	m, ok := raw.(map[string]any)
	if o, isObject := raw.(Object); isObject {
		m, ok = make(map[string]any, len(o)), true
		for _, f := range o {
			m[f.Name] = f.Value
		}
	}
	if !ok {
		d := diag.New(diag.CompilationError, "Invalid index config:\n  Got: %v\n  Expected a dictionary with at minimum a \"columns\" key", raw)
		d.Config = "indexes"
		return nil, d
	}
	invalid := func(format string, a ...any) *diag.Diagnostic {
		d := diag.New(diag.CompilationError, "Could not parse index config: "+format, a...)
		d.Config = "indexes"
		return d
	}
	wrong := func(key, format string, v any) error {
		text := fmt.Sprint(v)
		if s, ok := v.(string); ok {
			text = "'" + s + "'"
		}
		return invalid("at path ['%s']: "+format, key, text)
	}
	config := &IndexConfig{}
	fields := []string{"columns", "unique"}
	if withType {
		fields = append(fields, "type")
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		v := m[key]
		switch {
		case key == "columns":
			list, ok := v.([]any)
			if !ok {
				return nil, wrong(key, "%s is not of type 'array'", v)
			}
			for _, e := range list {
				name, ok := e.(string)
				if !ok {
					return nil, wrong(key, "%s is not of type 'string'", e)
				}
				config.Columns = append(config.Columns, name)
			}
		case key == "unique":
			if config.Unique, ok = v.(bool); !ok {
				return nil, wrong(key, "%s is not of type 'boolean'", v)
			}
		case key == "type" && withType:
			if v == nil {
				continue
			}
			if config.Type, ok = v.(string); !ok {
				return nil, wrong(key, "%s is not of type 'string'", v)
			}
		default:
			return nil, invalid("unexpected property %q", key).WithHint("%s", diag.DidYouMean(key, fields))
		}
	}
	if m["columns"] == nil {
		return nil, invalid("'columns' is a required property")
	}
	return config, nil
}
