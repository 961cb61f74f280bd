package dbtjinja

import (
	"sort"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// dumpYAML prints a value as PyYAML's safe_dump does by default: block style,
// lists not indented below their key.
func dumpYAML(v any, sortKeys bool) string {
	var b strings.Builder
	switch v := v.(type) {
	case *yamldoc.Map:
		if v.Len() > 0 {
			yamlMap(&b, v, 0, sortKeys)
			return b.String()
		}
	case []any:
		if len(v) > 0 {
			yamlList(&b, v, 0, sortKeys)
			return b.String()
		}
	}
	b.WriteString(yamlScalar(v) + "\n")
	if _, text := v.(string); text || v == nil {
		b.WriteString("...\n")
	}
	return b.String()
}

func yamlMap(b *strings.Builder, m *yamldoc.Map, indent int, sortKeys bool) {
	entries := append([]yamldoc.Entry(nil), m.Entries()...)
	if sortKeys {
		sort.SliceStable(entries, func(i, j int) bool {
			return yamldoc.KeyString(entries[i].Key) < yamldoc.KeyString(entries[j].Key)
		})
	}
	for i, e := range entries {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", indent))
		}
		b.WriteString(yamlScalar(e.Key) + ":")
		yamlChild(b, e.Value, indent, sortKeys, false)
	}
}

func yamlList(b *strings.Builder, l []any, indent int, sortKeys bool) {
	for i, e := range l {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", indent))
		}
		b.WriteString("-")
		yamlChild(b, e, indent, sortKeys, true)
	}
}

// yamlChild prints the value after "key:" or "-".
func yamlChild(b *strings.Builder, v any, indent int, sortKeys, inList bool) {
	switch v := v.(type) {
	case *yamldoc.Map:
		if v.Len() > 0 {
			if inList {
				b.WriteString(" ")
			} else {
				b.WriteString("\n" + strings.Repeat(" ", indent+2))
			}
			yamlMap(b, v, indent+2, sortKeys)
			return
		}
	case []any:
		if len(v) > 0 {
			if inList {
				b.WriteString(" ")
				yamlList(b, v, indent+2, sortKeys)
				return
			}
			b.WriteString("\n" + strings.Repeat(" ", indent))
			yamlList(b, v, indent, sortKeys)
			return
		}
	}
	b.WriteString(" " + yamlScalar(v) + "\n")
}

func yamlScalar(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case string:
		return yamlString(v)
	case *yamldoc.Map:
		return "{}"
	case []any:
		return "[]"
	}
	return yamldoc.Text(v)
}

// yamlString prints a string plain where it reads back as the same string.
func yamlString(s string) string {
	if strings.ContainsAny(s, "\n\t\r\x00\"") && strings.ContainsAny(s, "\n\t\r\x00") {
		var b strings.Builder
		b.WriteByte('"')
		for _, r := range s {
			switch r {
			case '\n':
				b.WriteString(`\n`)
			case '\t':
				b.WriteString(`\t`)
			case '\r':
				b.WriteString(`\r`)
			case 0:
				b.WriteString(`\0`)
			case '"', '\\':
				b.WriteRune('\\')
				b.WriteRune(r)
			default:
				b.WriteRune(r)
			}
		}
		return b.String() + `"`
	}
	plain, err := yamldoc.ResolvePlain(s)
	_, isText := plain.(string)
	if err == nil && isText && s != "" && !strings.ContainsAny(s[:1], "!&*-?:,[]{}#|>@`\"'%= ") && !strings.Contains(s, ": ") &&
		!strings.Contains(s, " #") && !strings.HasSuffix(s, ":") && !strings.HasSuffix(s, " ") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
