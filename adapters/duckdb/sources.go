package duckdb

import (
	"fmt"
	"regexp"
	"strings"
)

// SourceLocation implements [adapter.SourceLocator]: a source with an external_location, in its config or meta, is the
// file or the table function that this says. The text may hold the names and settings of the source: {name}, with
// `formatter: oldstyle` %(name)s, with `formatter: template` ${name} (dbt/adapters/duckdb/relation.py).
func (driver) SourceLocation(values map[string]any) (string, error) {
	if plugin, ok := values["plugin"].(string); ok {
		return "", fmt.Errorf("the plugin '%s' can't load it: plugins of dbt-duckdb are Python, which gdbt doesn't run", plugin)
	}
	text, ok := values["external_location"].(string)
	if !ok {
		return "", nil
	}
	formatter, ok := values["formatter"].(string)
	if !ok {
		formatter = "newstyle"
	}
	pattern := formatters[formatter]
	if pattern == nil {
		return "", fmt.Errorf("formatter %s of an external_location not recognized: it must be one of 'newstyle', 'oldstyle', or 'template'", formatter)
	}
	var missing error
	out := pattern.ReplaceAllStringFunc(text, func(m string) string {
		if len(m) == 2 && m[0] == m[1] { // a doubled sign stands for itself
			return m[:1]
		}
		name := strings.Trim(strings.TrimSuffix(m, ")s"), "${}%()")
		v, ok := values[name]
		if !ok {
			missing = fmt.Errorf("external_location '%s': the source has no '%s'", text, name)
		}
		return fmt.Sprint(v)
	})
	if missing != nil {
		return "", missing
	}
	if !strings.Contains(out, "(") && !strings.HasPrefix(out, "'") {
		out = quoteText(out)
	}
	return out, nil
}

var formatters = map[string]*regexp.Regexp{
	"newstyle": regexp.MustCompile(`\{\{|\}\}|\{\w+\}`),
	"oldstyle": regexp.MustCompile(`%%|%\(\w+\)s`),
	"template": regexp.MustCompile(`\$\$|\$\{\w+\}|\$\w+`),
}
