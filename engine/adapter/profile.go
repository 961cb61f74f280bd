package adapter

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Output reads one profile output field by field and remembers the first thing
// that is wrong, so that a driver lists its fields once, in order, and asks
// [Output.Err] at the end. Every error is a [*CredentialsError] and none holds
// a value of the profile: it might be a secret.
type Output struct {
	values map[string]any
	known  map[string]bool
	err    error
}

// NewOutput starts reading the output of one target. aliases maps further
// spellings to field names (dbt's Credentials._ALIASES); giving both is an error.
func NewOutput(output map[string]any, aliases map[string]string) *Output {
	o := &Output{
		values: make(map[string]any, len(output)),
		known:  map[string]bool{"type": true, "threads": true},
	}
	for _, name := range slices.Sorted(maps.Keys(output)) {
		field := name
		if canonical, ok := aliases[name]; ok {
			field = canonical
		}
		if _, dup := o.values[field]; dup {
			o.Fail(field, "the profile gives %q twice, also under its alias", field)
		}
		o.values[field] = output[name]
	}
	for alias, field := range aliases {
		o.known[alias], o.known[field] = true, true
	}
	return o
}

// Fail records an error about a field unless there is an earlier one.
func (o *Output) Fail(field, format string, args ...any) {
	if o.err == nil {
		o.err = &CredentialsError{Field: field, Message: fmt.Sprintf(format, args...)}
	}
}

// FailHint is Fail with a hint.
func (o *Output) FailHint(field, hint, format string, args ...any) {
	if o.err == nil {
		o.err = &CredentialsError{Field: field, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
}

// Unsupported names a field that dbt's adapter has and this driver can't serve.
func (o *Output) Unsupported(field, why string) {
	if o.Has(field) {
		o.Fail(field, "profile field %q is not supported: %s", field, why)
	}
}

// Has tells whether a field is given with a value.
func (o *Output) Has(field string) bool {
	o.known[field] = true
	return o.values[field] != nil
}

// Value returns a field as it stands, nil when absent.
func (o *Output) Value(field string) any {
	o.known[field] = true
	return o.values[field]
}

// Required fails when a field is absent or null.
func (o *Output) Required(fields ...string) {
	var missing []string
	for _, f := range fields {
		if !o.Has(f) {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		o.Fail(missing[0], "the profile is missing %s", quoteList(missing))
	}
}

// String reads a text field; numbers are taken as text.
func (o *Output) String(field, def string) string {
	switch v := o.Value(field).(type) {
	case nil:
		return def
	case string:
		return v
	case int, int64, float64:
		return fmt.Sprint(v)
	default:
		o.wrongType(field, "text", v)
		return def
	}
}

// OptionalString is String that tells an absent field (nil) from an empty one.
func (o *Output) OptionalString(field string) *string {
	if !o.Has(field) {
		return nil
	}
	s := o.String(field, "")
	return &s
}

// Int reads a whole number between low and high; text that holds one will do,
// since that is what an environment variable gives.
func (o *Output) Int(field string, def, low, high int) int {
	n, ok := 0, true
	switch v := o.Value(field).(type) {
	case nil:
		return def
	case int:
		n = v
	case int64:
		n = int(v)
	case float64:
		n, ok = int(v), v == math.Trunc(v)
	case string:
		i, err := strconv.Atoi(strings.TrimSpace(v))
		n, ok = i, err == nil
	default:
		ok = false
	}
	if !ok {
		o.wrongType(field, "a whole number", o.values[field])
		return def
	}
	if n < low || n > high {
		o.Fail(field, "profile field %q must be between %d and %d, not %d", field, low, high, n)
		return def
	}
	return n
}

// Bool reads a boolean; the texts true and false will do.
func (o *Output) Bool(field string, def bool) bool {
	switch v := o.Value(field).(type) {
	case nil:
		return def
	case bool:
		return v
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true":
			return true
		case "false":
			return false
		}
	}
	o.wrongType(field, "true or false", o.values[field])
	return def
}

// Map reads a mapping, nil when absent.
func (o *Output) Map(field string) map[string]any {
	switch v := o.Value(field).(type) {
	case nil:
		return nil
	case map[string]any:
		return v
	default:
		o.wrongType(field, "a mapping", v)
		return nil
	}
}

// List reads a list, nil when absent.
func (o *Output) List(field string) []any {
	switch v := o.Value(field).(type) {
	case nil:
		return nil
	case []any:
		return v
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	default:
		o.wrongType(field, "a list", v)
		return nil
	}
}

// Err returns the first error, or one that names a field nobody asked for.
func (o *Output) Err() error {
	if o.err != nil {
		return o.err
	}
	for _, name := range slices.Sorted(maps.Keys(o.values)) {
		if o.known[name] {
			continue
		}
		names := slices.Sorted(maps.Keys(o.known))
		return &CredentialsError{
			Field:   name,
			Message: fmt.Sprintf("unknown profile field %q", name),
			Hint:    diag.DidYouMean(name, names),
		}
	}
	return nil
}

func (o *Output) wrongType(field, want string, got any) {
	o.Fail(field, "profile field %q must be %s, not %s", field, want, typeWord(got))
}

// typeWord names a value's type as a user of YAML knows it.
func typeWord(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "a boolean"
	case int, int64, float64:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	default:
		return fmt.Sprintf("%T", v)
	}
}

func quoteList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	return strings.Join(quoted, ", ")
}
