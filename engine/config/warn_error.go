package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/event"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// WarnErrorOptions says which warnings are errors and which are not shown.
type WarnErrorOptions struct {
	// Error is ["all"], ["*"] or names of warnings.
	Error, Warn, Silence []string
	// Include and Exclude tell that the older names of Error and Warn were used.
	Include, Exclude bool
}

// All tells that every warning is an error unless it is named elsewhere.
func (o WarnErrorOptions) All() bool {
	return len(o.Error) == 1 && (o.Error[0] == "all" || o.Error[0] == "*")
}

// ParseWarnErrorOptions reads {error, warn, silence}; include and exclude are older names of the first two. The names must
// be those of events. The text says what is wrong, "" when nothing is (dbt_common/helper_types.py, WarnErrorOptionsV2).
func ParseWarnErrorOptions(m *yamldoc.Map) (WarnErrorOptions, string) {
	var o WarnErrorOptions
	keys := []string{"error", "warn", "silence", "include", "exclude"}
	for k := range m.All() {
		if !slices.Contains(keys, k) {
			return o, hinted("unknown key '"+k+"'", diag.DidYouMean(k, keys))
		}
	}
	for _, f := range []struct {
		key, old string
		to       *[]string
		usedOld  *bool
	}{{"error", "include", &o.Error, &o.Include}, {"warn", "exclude", &o.Warn, &o.Exclude}, {"silence", "", &o.Silence, new(bool)}} {
		v := m.Value(f.key)
		*f.usedOld = f.old != "" && m.Has(f.old)
		if *f.usedOld {
			if set(v) && set(m.Value(f.old)) {
				return o, fmt.Sprintf("Only `%s` or `%s` can be specified in `warn_error_options`, not both", f.old, f.key)
			}
			v = m.Value(f.old)
		}
		switch v := v.(type) {
		case nil:
		case []any:
			*f.to = texts(v)
			for _, name := range *f.to {
				if !event.IsName(name) {
					return o, hinted(name+" is not a valid dbt error name.", diag.DidYouMean(name, event.Names()))
				}
			}
		case string:
			if f.key != "error" {
				return o, f.key + " must be a list of strings"
			}
			if *f.to = []string{v}; !o.All() {
				return o, "error must be one of ('all', '*') or a list of strings"
			}
		default:
			return o, f.key + " must be a list of strings"
		}
	}
	if len(o.Warn) > 0 && !o.All() && !slices.Contains(o.Error, event.Deprecations) && !slices.Contains(o.Silence, event.Deprecations) {
		return o, "`warn` can only be specified if `error` is one of ('all', '*') or Deprecations is in `error` or silence."
	}
	return o, ""
}

// set tells whether a list or a text says anything.
func set(v any) bool {
	list, _ := v.([]any)
	text, _ := v.(string)
	return len(list) > 0 || text != ""
}

func hinted(problem, hint string) string {
	if hint == "" {
		return problem
	}
	return problem + " (" + hint + ")"
}

// deprecated warns of the older names.
func (o WarnErrorOptions) deprecated() []*diag.Diagnostic {
	var found []string
	advice := ""
	if o.Include {
		found, advice = append(found, "`include`"), " Please use `error` instead of `include`."
	}
	if o.Exclude {
		found, advice = append(found, "`exclude`"), advice+" Please use `warn` instead of `exclude`."
	}
	if found == nil {
		return nil
	}
	w := diag.Warn("WEOIncludeExcludeDeprecation", "Found %s in `warn_error_options` specification.%s", strings.Join(found, " and "), advice)
	w.Fields = map[string]any{"found_include": o.Include, "found_exclude": o.Exclude}
	return []*diag.Diagnostic{w}
}
