package source

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Config is a source table's `config.meta.gdbt`.
type Config struct {
	// Plugin names the plugin.
	Plugin string
	// Lake is the folder of the lake, relative to the project; "" to use the
	// project's `lake` var.
	Lake string
	// Options are all other keys, for the plugin.
	Options map[string]any
}

// ConfigOf reads the `gdbt` entry of a source table's meta. ok is false for a
// table that has none: gdbt does not load it. The error is a diagnostic
// without a place; the caller knows the file.
func ConfigOf(meta map[string]any) (c Config, ok bool, err error) {
	entry, ok := meta["gdbt"]
	if !ok || entry == nil {
		return Config{}, false, nil
	}
	m, isMap := entry.(map[string]any)
	if !isMap {
		return Config{}, true, c.Bad("", "meta.gdbt must be a mapping with the key plugin, not %s", kind(entry))
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		value := m[key]
		switch key {
		case "plugin", "lake":
			text, isText := value.(string)
			if !isText {
				return Config{}, true, c.Bad(key, "meta.gdbt.%s must be text, not %s", key, kind(value))
			}
			if key == "plugin" {
				c.Plugin = text
			} else {
				c.Lake = text
			}
		default:
			if c.Options == nil {
				c.Options = map[string]any{}
			}
			c.Options[key] = value
		}
	}
	if c.Plugin == "" {
		return Config{}, true, c.Bad("", "meta.gdbt names no plugin").WithHint("add `plugin: telegram`")
	}
	return c, true, nil
}

// Known is a diagnostic for the first option that is none of names.
func (c Config) Known(names ...string) error {
	for _, key := range slices.Sorted(maps.Keys(c.Options)) {
		if slices.Contains(names, key) {
			continue
		}
		all := append([]string{"plugin", "lake"}, names...)
		slices.Sort(all)
		d := c.Bad(key, "the plugin %s has no option %q", c.Plugin, key)
		if did := diag.DidYouMean(key, all); did != "" {
			return d.WithHint("%s", did)
		}
		return d.WithHint("its options are %s", strings.Join(all, ", "))
	}
	return nil
}

// Bad is an error about an option, or about the whole entry for "". gdbt shows it at the
// place of the option in the YAML file, with the line that stands there.
func (c Config) Bad(option, format string, args ...any) *diag.Diagnostic {
	d := bad(format, args...)
	d.Err = &OptionError{option}
	return d
}

// OptionError is within the errors about an option of `config.meta.gdbt`; whoever has the YAML
// file finds the place by it.
type OptionError struct {
	// Option is its key, "" for the whole entry.
	Option string
}

func (e *OptionError) Error() string {
	if e.Option == "" {
		return "meta.gdbt is not valid"
	}
	return "meta.gdbt." + e.Option + " is not valid"
}

func bad(format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.ValidationError, format, args...).WithCode("source-config")
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	}
	return fmt.Sprintf("%v", v)
}
