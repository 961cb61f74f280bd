package pymod

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// reTimeout ends patterns that backtrack without end.
const reTimeout = 2 * time.Second

const (
	flagI = 2
	flagM = 8
	flagS = 16
	flagU = 32
	flagX = 64
	flagA = 256
)

// reCache keeps compiled patterns for one modules value.
type reCache struct {
	mu sync.Mutex
	m  map[string]*pattern
}

// Re gives the members of dbt's modules.re.
func Re() jinja.Value {
	m := newModule()
	c := &reCache{m: map[string]*pattern{}}
	for name, flag := range map[string]int{"I": flagI, "IGNORECASE": flagI, "M": flagM, "MULTILINE": flagM, "S": flagS, "DOTALL": flagS,
		"X": flagX, "VERBOSE": flagX, "A": flagA, "ASCII": flagA, "U": flagU, "UNICODE": flagU, "NOFLAG": 0} {
		m.set(name, jinja.Int(flag))
	}
	m.def("compile", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("compile", args, kwargs, p("pattern", nil), p("flags", jinja.Int(0)))
		if err != nil {
			return nil, err
		}
		return patternValue(c.get(a[0], a[1]))
	})
	m.def("escape", func(_ *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind("escape", args, kwargs, p("pattern", nil))
		if err != nil {
			return nil, err
		}
		s, err := text("escape() argument", a[0])
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		for _, r := range s {
			if strings.ContainsRune("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
		return jinja.Str(b.String()), nil
	})
	m.def("purge", func(*jinja.Thread, values, []jinja.Kwarg) (jinja.Value, error) { return jinja.None, nil })
	str, flags := p("string", nil), p("flags", jinja.Int(0))
	top := func(name string, params ...jinja.Param) {
		params = append([]jinja.Param{p("pattern", nil)}, params...)
		m.def(name, func(t *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
			a, err := jinja.Bind(name, args, kwargs, params...)
			if err != nil {
				return nil, err
			}
			pt, err := c.get(a[0], a[len(a)-1])
			if err != nil {
				return nil, err
			}
			return pt.method(t, name, a[1:len(a)-1])
		})
	}
	top("match", str, flags)
	top("fullmatch", str, flags)
	top("search", str, flags)
	top("findall", str, flags)
	top("finditer", str, flags)
	top("split", str, p("maxsplit", jinja.Int(0)), flags)
	top("sub", p("repl", nil), str, p("count", jinja.Int(0)), flags)
	top("subn", p("repl", nil), str, p("count", jinja.Int(0)), flags)
	return m.d
}

func patternValue(pt *pattern, err error) (jinja.Value, error) {
	if err != nil {
		return nil, err
	}
	return pt, nil
}

// pattern is re.Pattern.
type pattern struct {
	src   string
	flags int
	re    *regexp2.Regexp // anchors nowhere
	full  *regexp2.Regexp // \G(?:…)\z, made at need
	start *regexp2.Regexp // \G(?:…)
	names []string        // of groups, by number
	mu    sync.Mutex
}

func (c *reCache) get(v, flagsV jinja.Value) (*pattern, error) {
	if pt, ok := v.(*pattern); ok {
		return pt, nil
	}
	src, err := text("first argument", v)
	if err != nil {
		return nil, err
	}
	flags, err := integer(flagsV)
	if err != nil {
		return nil, err
	}
	key := strconv.Itoa(flags) + ":" + src
	c.mu.Lock()
	defer c.mu.Unlock()
	if pt, ok := c.m[key]; ok {
		return pt, nil
	}
	pt, err := compile(src, flags)
	if err != nil {
		return nil, err
	}
	if len(c.m) > 500 {
		c.m = map[string]*pattern{}
	}
	c.m[key] = pt
	return pt, nil
}

func compile(src string, flags int) (*pattern, error) {
	pt := &pattern{src: src, flags: flags}
	re, err := pt.build(translate(src))
	if err != nil {
		return nil, jinja.Raise("re.error", "invalid pattern "+jinja.Str(src).Repr()+": "+err.Error())
	}
	pt.re = re
	n := 0
	for _, g := range re.GetGroupNumbers() {
		n = max(n, g)
	}
	pt.names = make([]string, n+1)
	for i := range pt.names {
		if s := re.GroupNameFromNumber(i); s != strconv.Itoa(i) {
			pt.names[i] = s
		}
	}
	return pt, nil
}

func (pt *pattern) build(src string) (*regexp2.Regexp, error) {
	var o regexp2.RegexOptions
	if pt.flags&flagI != 0 {
		o |= regexp2.IgnoreCase
	}
	if pt.flags&flagM != 0 {
		o |= regexp2.Multiline
	}
	if pt.flags&flagS != 0 {
		o |= regexp2.Singleline
	}
	if pt.flags&flagX != 0 {
		o |= regexp2.IgnorePatternWhitespace
	}
	if pt.flags&flagA != 0 {
		o |= regexp2.ECMAScript
	}
	re, err := regexp2.Compile(src, o)
	if err == nil {
		re.MatchTimeout = reTimeout
	}
	return re, err
}

// translate turns Python's syntax into that of regexp2, which is .NET's: named
// groups get numbers in the order of all groups, \Z is the very end.
func translate(src string) string {
	var b strings.Builder
	class := false
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch {
		case c == '\\' && i+1 < len(src):
			i++
			if src[i] == 'Z' && !class {
				b.WriteString(`\z`)
				continue
			}
			b.WriteByte(c)
			b.WriteByte(src[i])
		case class:
			if c == '[' {
				b.WriteString(`\[`) // .NET reads a class within the class
				continue
			}
			b.WriteByte(c)
			if c == ']' {
				class = false
			}
		case c == '[':
			class = true
			b.WriteByte(c)
			if strings.HasPrefix(src[i+1:], "^") {
				b.WriteByte('^')
				i++
			}
			if strings.HasPrefix(src[i+1:], "]") {
				b.WriteString(`\]`)
				i++
			}
		case strings.HasPrefix(src[i:], "(?P<"):
			b.WriteString("(?<")
			i += 3
		case strings.HasPrefix(src[i:], "(?P="):
			end := strings.IndexByte(src[i:], ')')
			if end < 0 {
				b.WriteByte(c)
				continue
			}
			b.WriteString(`\k<` + src[i+4:i+end] + ">")
			i += end
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (*pattern) Type() string      { return "re.Pattern" }
func (*pattern) Truth() bool       { return true }
func (pt *pattern) String() string { return pt.Repr() }
func (pt *pattern) Repr() string   { return "re.compile(" + jinja.Str(pt.src).Repr() + ")" }

// Attr gives pattern, flags, groups, groupindex and the methods.
func (pt *pattern) Attr(_ *jinja.Thread, name string) (jinja.Value, error) {
	switch name {
	case "pattern":
		return jinja.Str(pt.src), nil
	case "flags":
		return jinja.Int(pt.flags | flagU), nil
	case "groups":
		return jinja.Int(len(pt.names) - 1), nil
	case "groupindex":
		d := jinja.NewDict()
		for i, n := range pt.names {
			if n != "" {
				d.SetStr(n, jinja.Int(i))
			}
		}
		return d, nil
	}
	var params []jinja.Param
	switch name {
	case "match", "fullmatch", "search", "findall", "finditer":
		params = []jinja.Param{p("string", nil), p("pos", jinja.Int(0)), p("endpos", jinja.None)}
	case "split":
		params = []jinja.Param{p("string", nil), p("maxsplit", jinja.Int(0))}
	case "sub", "subn":
		params = []jinja.Param{p("repl", nil), p("string", nil), p("count", jinja.Int(0))}
	default:
		return nil, nil
	}
	return jinja.NewFunction(name, func(t *jinja.Thread, args values, kwargs []jinja.Kwarg) (jinja.Value, error) {
		a, err := jinja.Bind(name, args, kwargs, params...)
		if err != nil {
			return nil, err
		}
		return pt.method(t, name, a)
	}), nil
}

func (pt *pattern) anchored(full bool) (*regexp2.Regexp, error) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	at, src := &pt.start, `\G(?:`+translate(pt.src)+`)`
	if full {
		at, src = &pt.full, `\G(?:`+translate(pt.src)+`)\z`
	}
	if *at == nil {
		re, err := pt.build(src)
		if err != nil {
			return nil, jinja.Raise("re.error", err.Error())
		}
		*at = re
	}
	return *at, nil
}

func reErr(err error) error {
	if err == nil {
		return nil
	}
	return jinja.Raise("re.error", "the pattern took too long: "+err.Error())
}

func (pt *pattern) method(t *jinja.Thread, name string, a values) (jinja.Value, error) {
	if name == "sub" || name == "subn" {
		return pt.sub(t, name, a)
	}
	s, err := text("expected string", a[0])
	if err != nil {
		return nil, err
	}
	runes := []rune(s)
	pos := 0
	if name != "split" && len(a) > 1 {
		if pos, err = integer(a[1]); err != nil {
			return nil, err
		}
		if len(a) > 2 && a[2] != jinja.None {
			end, err := integer(a[2])
			if err != nil {
				return nil, err
			}
			runes = runes[:max(0, min(end, len(runes)))]
		}
		pos = max(0, min(pos, len(runes)))
	}
	switch name {
	case "match", "fullmatch", "search":
		re := pt.re
		if name != "search" {
			if re, err = pt.anchored(name == "fullmatch"); err != nil {
				return nil, err
			}
		}
		m, err := re.FindRunesMatchStartingAt(runes, pos)
		if err != nil {
			return nil, reErr(err)
		}
		if m == nil {
			return jinja.None, nil
		}
		return &match{pt, m, runes}, nil
	case "findall", "finditer":
		out := jinja.NewList()
		err := pt.each(t, runes, pos, func(m *regexp2.Match) (bool, error) {
			mv := &match{pt, m, runes}
			switch {
			case name == "finditer":
				out.Append(mv)
			case len(pt.names) == 1:
				out.Append(mv.group(0, jinja.Str("")))
			case len(pt.names) == 2:
				out.Append(mv.group(1, jinja.Str("")))
			default:
				out.Append(mv.groups(jinja.Str("")))
			}
			return true, nil
		})
		if name == "finditer" && err == nil {
			i := 0
			return jinja.NewGenerator("callable_iterator", func() (jinja.Value, bool, error) {
				if i >= len(out.Elems) {
					return nil, false, nil
				}
				i++
				return out.Elems[i-1], true, nil
			}), nil
		}
		return out, err
	}
	limit, err := integer(a[1])
	if err != nil {
		return nil, err
	}
	out := jinja.NewList()
	last := 0
	err = pt.each(t, runes, 0, func(m *regexp2.Match) (bool, error) {
		out.Append(jinja.Str(string(runes[last:m.Index])))
		mv := &match{pt, m, runes}
		for i := 1; i < len(pt.names); i++ {
			out.Append(mv.group(i, jinja.None))
		}
		last = m.Index + m.Length
		limit--
		return limit != 0, nil
	})
	out.Append(jinja.Str(string(runes[last:])))
	return out, err
}

// each goes through the matches; f gives false to stop.
func (pt *pattern) each(t *jinja.Thread, runes []rune, pos int, f func(*regexp2.Match) (bool, error)) error {
	m, err := pt.re.FindRunesMatchStartingAt(runes, pos)
	for ; m != nil && err == nil; m, err = pt.re.FindNextMatch(m) {
		if err := t.Step(); err != nil {
			return err
		}
		ok, err := f(m)
		if err != nil || !ok {
			return err
		}
	}
	return reErr(err)
}

func (pt *pattern) sub(t *jinja.Thread, name string, a values) (jinja.Value, error) {
	s, err := text("expected string", a[1])
	if err != nil {
		return nil, err
	}
	limit, err := integer(a[2])
	if err != nil {
		return nil, err
	}
	runes := []rune(s)
	repl, isText := jinja.AsString(a[0])
	if !isText && !jinja.IsCallable(a[0]) {
		return nil, jinja.Raise("TypeError", "expected str instance, "+a[0].Type()+" found")
	}
	var b strings.Builder
	last, n := 0, 0
	err = pt.each(t, runes, 0, func(m *regexp2.Match) (bool, error) {
		b.WriteString(string(runes[last:m.Index]))
		mv := &match{pt, m, runes}
		if isText {
			out, err := mv.expand(repl)
			if err != nil {
				return false, err
			}
			b.WriteString(out)
		} else {
			v, err := jinja.CallValue(t, a[0], values{mv}, nil)
			if err != nil {
				return false, err
			}
			b.WriteString(v.String())
		}
		last = m.Index + m.Length
		n++
		return n != limit, nil
	})
	if err != nil {
		return nil, err
	}
	b.WriteString(string(runes[last:]))
	out := jinja.Str(b.String())
	if name == "subn" {
		return jinja.Tuple{out, jinja.Int(n)}, nil
	}
	return out, nil
}
