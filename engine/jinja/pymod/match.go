package pymod

import (
	"strconv"
	"strings"

	"github.com/dlclark/regexp2"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// match is re.Match.
type match struct {
	pt    *pattern
	m     *regexp2.Match
	runes []rune
}

func (*match) Type() string     { return "re.Match" }
func (*match) Truth() bool      { return true }
func (m *match) String() string { return m.Repr() }
func (m *match) Repr() string {
	return "<re.Match object; span=(" + strconv.Itoa(m.m.Index) + ", " + strconv.Itoa(m.m.Index+m.m.Length) + "), match=" +
		m.group(0, jinja.None).Repr() + ">"
}

func (m *match) group(i int, def jinja.Value) jinja.Value {
	g := m.m.GroupByNumber(i)
	if g == nil || len(g.Captures) == 0 {
		return def
	}
	return jinja.Str(g.String())
}

func (m *match) groups(def jinja.Value) jinja.Tuple {
	out := jinja.Tuple{}
	for i := 1; i < len(m.pt.names); i++ {
		out = append(out, m.group(i, def))
	}
	return out
}

func (m *match) index(v jinja.Value) (int, error) {
	if s, ok := jinja.AsString(v); ok {
		for i, n := range m.pt.names {
			if n == s && n != "" {
				return i, nil
			}
		}
		return 0, jinja.Raise("IndexError", "no such group")
	}
	n, err := integer(v)
	if err == nil && (n < 0 || n >= len(m.pt.names)) {
		err = jinja.Raise("IndexError", "no such group")
	}
	return n, err
}

// Item is m[group].
func (m *match) Item(_ *jinja.Thread, key jinja.Value) (jinja.Value, error) {
	i, err := m.index(key)
	if err != nil {
		return nil, err
	}
	return m.group(i, jinja.None), nil
}

// Attr gives string, re, pos, lastindex and the methods.
func (m *match) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "string":
		return jinja.Str(string(m.runes)), nil
	case "re":
		return m.pt, nil
	case "pos":
		return jinja.Int(0), nil
	case "endpos":
		return jinja.Int(len(m.runes)), nil
	case "group", "groups", "groupdict", "start", "end", "span", "expand":
		return jinja.NewFunction(name, func(t *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
			v, _, err := m.CallMethod(t, name, args, kwargs)
			return v, err
		}), nil
	}
	return nil, nil
}

// CallMethod is the methods of a match.
func (m *match) CallMethod(_ *jinja.Thread, name string, args values, kwargs []jinja.Kwarg) (jinja.Value, bool, error) {
	switch name {
	case "group":
		if len(args) == 0 {
			return m.group(0, jinja.None), true, nil
		}
		out := jinja.Tuple{}
		for _, a := range args {
			i, err := m.index(a)
			if err != nil {
				return nil, true, err
			}
			out = append(out, m.group(i, jinja.None))
		}
		if len(out) == 1 {
			return out[0], true, nil
		}
		return out, true, nil
	case "groups", "groupdict":
		a, err := jinja.Bind(name, args, kwargs, p("default", jinja.None))
		if err != nil {
			return nil, true, err
		}
		if name == "groups" {
			return m.groups(a[0]), true, nil
		}
		d := jinja.NewDict()
		for i, n := range m.pt.names {
			if n != "" {
				d.SetStr(n, m.group(i, a[0]))
			}
		}
		return d, true, nil
	case "start", "end", "span":
		a, err := jinja.Bind(name, args, kwargs, p("group", jinja.Int(0)))
		if err != nil {
			return nil, true, err
		}
		i, err := m.index(a[0])
		if err != nil {
			return nil, true, err
		}
		from, to := -1, -1
		if g := m.m.GroupByNumber(i); g != nil && len(g.Captures) > 0 {
			from, to = g.Index, g.Index+g.Length
		}
		switch name {
		case "start":
			return jinja.Int(from), true, nil
		case "end":
			return jinja.Int(to), true, nil
		}
		return jinja.Tuple{jinja.Int(from), jinja.Int(to)}, true, nil
	case "expand":
		a, err := jinja.Bind(name, args, kwargs, p("template", nil))
		if err != nil {
			return nil, true, err
		}
		s, err := m.expand(a[0].String())
		return jinja.Str(s), true, err
	}
	return nil, false, nil
}

// expand fills \1, \g<name> and escapes of a replacement.
func (m *match) expand(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	put := func(v jinja.Value) error {
		i, err := m.index(v)
		if err != nil {
			return jinja.Raise("re.error", "invalid group reference "+v.String())
		}
		b.WriteString(m.group(i, jinja.Str("")).String())
		return nil
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == 'g' && i+1 < len(s) && s[i+1] == '<':
			end := strings.IndexByte(s[i:], '>')
			if end < 0 {
				return "", jinja.Raise("re.error", "missing >, unterminated name")
			}
			var key jinja.Value = jinja.Str(s[i+2 : i+end])
			if n, err := strconv.Atoi(s[i+2 : i+end]); err == nil {
				key = jinja.Int(n)
			}
			if err := put(key); err != nil {
				return "", err
			}
			i += end
		case c >= '1' && c <= '9':
			n := int(c - '0')
			if i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
				i++
				n = n*10 + int(s[i]-'0')
			}
			if err := put(jinja.Int(n)); err != nil {
				return "", err
			}
		case c == '0':
			b.WriteByte(0)
		case c == '\\':
			b.WriteByte('\\')
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			e, ok := map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'f': '\f', 'v': '\v', 'a': 7, 'b': 8}[c]
			if !ok {
				return "", jinja.Raise("re.error", "bad escape \\"+string(c))
			}
			b.WriteByte(e)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}
