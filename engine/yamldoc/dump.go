package yamldoc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// DumpOptions steer [Dump].
type DumpOptions struct {
	SortKeys bool
	// IndentLists indents a list below its key by two spaces.
	IndentLists bool
}

// Set is a Python set, which YAML has as a mapping to nothing with the tag !!set.
type Set []any

// mapping is the set as a mapping, its elements sorted: a set of Python has no order.
func (s Set) mapping() *Map {
	elems := slices.Clone(s)
	slices.SortStableFunc(elems, func(a, b any) int {
		x, okX := a.(int64)
		y, okY := b.(int64)
		if okX && okY {
			return cmp.Compare(x, y)
		}
		return strings.Compare(KeyString(a), KeyString(b))
	})
	m := MapWithCapacity(len(elems))
	for _, e := range elems {
		m.SetKey(e, nil)
	}
	return m
}

// Dump prints a value as PyYAML's safe_dump does by default: block style, lists
// not indented below their key, lines folded at 80 columns, ASCII only.
func Dump(v any, opts DumpOptions) string {
	d := &yamlDumper{opts: opts}
	switch x := v.(type) {
	case Set:
		if len(x) > 0 {
			d.write("!!set\n")
			d.mapping(x.mapping(), 0)
			return d.b.String()
		}
	case *Map:
		if x.Len() > 0 {
			d.mapping(x, 0)
			return d.b.String()
		}
	case []any:
		if len(x) > 0 {
			d.list(x, 0)
			return d.b.String()
		}
	}
	if plain := d.scalar(v, 2, false); plain {
		d.write("\n...")
	}
	d.write("\n")
	return d.b.String()
}

// yamlDumper writes and knows the column.
type yamlDumper struct {
	b      strings.Builder
	column int
	opts   DumpOptions
}

const yamlWidth = 80

func (d *yamlDumper) write(s string) {
	d.b.WriteString(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		d.column = len(s) - i - 1
		return
	}
	d.column += len([]rune(s))
}

func (d *yamlDumper) newLine(indent int) { d.write("\n" + strings.Repeat(" ", indent)) }

func (d *yamlDumper) mapping(m *Map, indent int) {
	entries := append([]Entry(nil), m.Entries()...)
	if d.opts.SortKeys {
		sort.SliceStable(entries, func(i, j int) bool {
			return KeyString(entries[i].Key) < KeyString(entries[j].Key)
		})
	}
	for i, e := range entries {
		if i > 0 {
			d.write(strings.Repeat(" ", indent))
		}
		// PyYAML's check_simple_key
		if s, ok := e.Key.(string); ok && (s == "" || len([]rune(s)) >= 128 || strings.Contains(s, "\n")) {
			d.write("? ")
			d.scalar(s, indent+2, false)
			d.newLine(indent)
		} else {
			d.scalar(e.Key, indent+2, true)
		}
		d.write(":")
		d.child(e.Value, indent, false)
	}
}

func (d *yamlDumper) list(l []any, indent int) {
	for i, e := range l {
		if i > 0 {
			d.write(strings.Repeat(" ", indent))
		}
		d.write("-")
		d.child(e, indent, true)
	}
}

// child prints the value after "key:" or "-" and ends the line.
func (d *yamlDumper) child(v any, indent int, inList bool) {
	switch v := v.(type) {
	case Set:
		if len(v) > 0 {
			d.write(" !!set")
			d.newLine(indent + 2)
			d.mapping(v.mapping(), indent+2)
			return
		}
	case *Map:
		if v.Len() > 0 {
			if inList {
				d.write(" ")
			} else {
				d.newLine(indent + 2)
			}
			d.mapping(v, indent+2)
			return
		}
	case []any:
		if len(v) > 0 {
			if inList {
				d.write(" ")
				d.list(v, indent+2)
				return
			}
			if d.opts.IndentLists {
				indent += 2
			}
			d.newLine(indent)
			d.list(v, indent)
			return
		}
	}
	d.write(" ")
	d.scalar(v, indent+2, false)
	d.write("\n")
}

// scalar prints a scalar and tells whether it is plain, without quotes. Further
// lines of it start at indent; a key has one line.
func (d *yamlDumper) scalar(v any, indent int, key bool) (plain bool) {
	switch v := v.(type) {
	case nil:
		d.write("null")
	case bool:
		d.write(map[bool]string{true: "true", false: "false"}[v])
	case string:
		return d.text(v, indent, key)
	case Set:
		d.write("!!set {}")
		return false
	case *Map:
		d.write("{}")
		return false
	case float64:
		d.write(yamlFloat(v))
	case []any:
		d.write("[]")
		return false
	case Time:
		d.write(strings.Replace(v.String(), "T", " ", 1))
	default:
		d.write(Text(v))
	}
	return true
}

// yamlFloat is PyYAML's text of a number: one with an exponent has a point too, or it would be read as text.
func yamlFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	text := Text(f)
	if mantissa, exponent, ok := strings.Cut(text, "e"); ok && !strings.Contains(mantissa, ".") {
		return mantissa + ".0e" + exponent
	}
	return text
}

// text chooses the style as PyYAML's analyze_scalar and choose_scalar_style.
func (d *yamlDumper) text(s string, indent int, key bool) (plain bool) {
	a := analyzeYAML(s)
	value, err := ResolvePlain(s)
	_, isText := value.(string)
	switch {
	case a.plain && isText && err == nil && s != "" && s != "=" && s != "<<":
		d.words(s, indent, !key)
		return true
	case a.single && !(key && a.lines):
		d.single(s, indent, !key)
	default:
		d.double(s, indent, !key)
	}
	return false
}

type yamlStyle struct{ plain, single, lines bool }

func analyzeYAML(s string) yamlStyle {
	rs := []rune(s)
	a := yamlStyle{plain: true, single: true}
	if strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") {
		a.plain = false
	}
	space := func(i int) bool { return i >= len(rs) || strings.ContainsRune(" \t\r\n\x00", rs[i]) }
	for i, r := range rs {
		follows := space(i + 1)
		switch {
		case i == 0 && strings.ContainsRune("#,[]{}&*!|>'\"%@`", r), i == 0 && strings.ContainsRune("?:-", r) && follows,
			i > 0 && r == ':' && follows, i > 0 && r == '#' && space(i-1):
			a.plain = false
		}
		switch {
		case r == '\n':
			a.lines, a.plain = true, false
			if i > 0 && rs[i-1] == ' ' {
				a.single = false
			}
		case r == ' ':
			if i == 0 || i == len(rs)-1 {
				a.plain = false
			}
			if i > 0 && rs[i-1] == '\n' {
				a.plain, a.single = false, false
			}
		case r < ' ' || r > '~':
			a.plain, a.single = false, false
		}
	}
	return a
}

// words prints a plain text; a single space past the width becomes a line break.
func (d *yamlDumper) words(s string, indent int, fold bool) {
	rs := []rune(s)
	for start, end, spaces := 0, 0, false; end <= len(rs); end++ {
		at := end < len(rs)
		switch {
		case spaces && (!at || rs[end] != ' '):
			if start+1 == end && d.column > yamlWidth && fold {
				d.newLine(indent)
			} else {
				d.write(string(rs[start:end]))
			}
			start = end
		case !spaces && (!at || rs[end] == ' '):
			d.write(string(rs[start:end]))
			start = end
		}
		spaces = at && rs[end] == ' '
	}
}

func (d *yamlDumper) single(s string, indent int, fold bool) {
	rs := []rune(s)
	d.write("'")
	start, spaces, breaks := 0, false, false
	for end := 0; end <= len(rs); end++ {
		at := end < len(rs)
		switch {
		case spaces:
			if !at || rs[end] != ' ' {
				if start+1 == end && d.column > yamlWidth && fold && start != 0 && at {
					d.newLine(indent)
				} else {
					d.write(string(rs[start:end]))
				}
				start = end
			}
		case breaks:
			if !at || rs[end] != '\n' {
				d.write(strings.Repeat("\n", end-start+1) + strings.Repeat(" ", indent))
				start = end
			}
		default:
			if !at || strings.ContainsRune(" \n'", rs[end]) {
				d.write(string(rs[start:end]))
				start = end
			}
		}
		if at && rs[end] == '\'' {
			d.write("''")
			start = end + 1
		}
		spaces, breaks = at && rs[end] == ' ', at && rs[end] == '\n'
	}
	d.write("'")
}

var yamlEscapes = map[rune]string{
	0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", '"': `"`, '\\': `\`,
	0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
}

func (d *yamlDumper) double(s string, indent int, fold bool) {
	rs := []rune(s)
	d.write(`"`)
	start := 0
	for end := 0; end <= len(rs); end++ {
		at := end < len(rs)
		if !at || rs[end] == '"' || rs[end] == '\\' || rs[end] < ' ' || rs[end] > '~' {
			if start < end {
				d.write(string(rs[start:end]))
				start = end
			}
			if at {
				r := rs[end]
				esc, named := yamlEscapes[r]
				switch {
				case named:
				case r <= 0xff:
					esc = fmt.Sprintf("x%02X", r)
				case r <= 0xffff:
					esc = fmt.Sprintf("u%04X", r)
				default:
					esc = fmt.Sprintf("U%08X", r)
				}
				d.write(`\` + esc)
				start = end + 1
			}
		}
		if end > 0 && end < len(rs)-1 && (rs[end] == ' ' || start >= end) && d.column+(end-start) > yamlWidth && fold {
			if start < end {
				d.write(string(rs[start:end]))
				start = end
			}
			d.write(`\`)
			d.newLine(indent)
			if rs[start] == ' ' {
				d.write(`\`)
			}
		}
	}
	d.write(`"`)
}
