package source

import (
	"fmt"
	"strings"
	"time"
)

// ParseTime reads a date, or a date and a time, of a config or an option: 2026-01-31,
// 2026-01-31 12:00, 2026-01-31T12:00:00Z. Without a zone it is UTC.
func ParseTime(text string) (time.Time, error) {
	for _, layout := range []string{
		time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02 15:04:05Z07:00",
	} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date such as 2026-01-31 or 2026-01-31T12:00:00Z", text)
}

// ParseDotEnv reads the text of a .env file: NAME=value lines, with `export` in front
// or not, comments behind #, values in single or double quotes or bare. The error
// names the first line that is none of these.
func ParseDotEnv(text string) (map[string]string, error) {
	vars := map[string]string{}
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		line = strings.TrimSpace(strings.TrimPrefix(line, "export "))
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t\"'") {
			// What stands there may be a secret: the line is not shown.
			return nil, fmt.Errorf("line %d is not NAME=value", i+1)
		}
		value = strings.TrimSpace(value)
		switch {
		case value != "" && (value[0] == '"' || value[0] == '\''):
			end := strings.IndexByte(value[1:], value[0])
			if end < 0 {
				return nil, fmt.Errorf("line %d: a quote is not closed", i+1)
			}
			double := value[0] == '"'
			value = value[1 : end+1]
			if double {
				value = strings.ReplaceAll(value, `\n`, "\n")
			}
		default:
			if at := strings.Index(value, " #"); at >= 0 {
				value = strings.TrimSpace(value[:at])
			}
		}
		vars[name] = value
	}
	return vars, nil
}
