package jinja

import (
	"math"
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// filterDef is a filter with named parameters. fn must not keep a.
type filterDef struct {
	params []Param
	fn     func(t *Thread, v Value, a []Value) (Value, error)
}

func (d filterDef) filter(name string) FilterFunc {
	n := len(d.params)
	return func(t *Thread, v Value, args []Value, kwargs []Kwarg) (Value, error) {
		if len(args) == n && len(kwargs) == 0 {
			return d.fn(t, v, args)
		}
		if len(args) < n && len(kwargs) == 0 && d.params[len(args)].Default != nil {
			base := len(t.args)
			t.args = append(t.args, args...)
			for _, p := range d.params[len(args):] {
				t.args = append(t.args, p.Default)
			}
			v, err := d.fn(t, v, t.args[base:len(t.args):len(t.args)])
			t.dropArgs(base)
			return v, err
		}
		a, err := Bind("do_"+name, args, kwargs, d.params...)
		if err != nil {
			return nil, err
		}
		return d.fn(t, v, a)
	}
}

func addFilters(m map[string]FilterFunc) {
	def := func(names string, fn func(t *Thread, v Value, a []Value) (Value, error), params ...Param) {
		for _, name := range strings.Fields(names) {
			m[name] = filterDef{params, fn}.filter(name)
		}
	}
	addTextFilters(def)
	addSeqFilters(def)
	addMapFilters(m)
	def("abs", func(_ *Thread, v Value, _ []Value) (Value, error) {
		if f, ok := v.(Float); ok {
			return Float(math.Abs(float64(f))), nil
		}
		if n, ok := toBig(v); ok {
			if n.Sign() < 0 {
				return unary(tSub, v)
			}
			return unary(tAdd, v)
		}
		if d, ok := v.(TimeDelta); ok {
			return max(d, -d), nil
		}
		if n, ok := v.(Number); ok {
			return n.Abs()
		}
		return nil, raise("TypeError", "bad operand type for abs(): '"+v.Type()+"'")
	})
	def("attr", func(t *Thread, v Value, a []Value) (Value, error) {
		name := a[0].String()
		if u, ok := v.(*Undefined); ok {
			return u.attr(t, name)
		}
		if strings.HasPrefix(name, "_") && isDunder(name) {
			return unsafeAttr(t, v, name), nil
		}
		x, err := attrOf(t, v, name)
		if x != nil || err != nil {
			return x, err
		}
		return &Undefined{Name: name, obj: v, policy: t.Undefined}, nil
	}, Param{"name", nil})
	def("default d", func(_ *Thread, v Value, a []Value) (Value, error) {
		if _, ok := v.(*Undefined); ok || a[1].Truth() && !v.Truth() {
			return a[0], nil
		}
		return v, nil
	}, Param{"default_value", Str("")}, Param{"boolean", False})
	def("int", toIntFilter, Param{"default", Int(0)}, Param{"base", Int(10)})
	def("float", func(_ *Thread, v Value, a []Value) (Value, error) {
		if f, ok := toFloat(v); ok {
			return Float(f), nil
		}
		if u, ok := v.(*Undefined); ok {
			return nil, u.Err()
		}
		if s, ok := AsString(v); ok {
			if f, ok := parseFloat(s); ok {
				return Float(f), nil
			}
		}
		if n, ok := v.(Number); ok {
			if f, err := n.ToFloat(); err == nil {
				return Float(f), nil
			}
		}
		return a[0], nil
	}, Param{"default", Float(0)})
	def("round", func(_ *Thread, v Value, a []Value) (Value, error) {
		prec, err := intArg(a[0])
		if err != nil {
			return nil, err
		}
		method := a[1].String()
		if method != "common" && method != "ceil" && method != "floor" {
			return nil, raise("FilterArgumentError", "method must be common, ceil or floor")
		}
		f, ok := toFloat(v)
		if n, isHost := v.(Number); isHost && !ok {
			if method == "common" {
				return n.Round(int(prec))
			}
			if f, err = n.ToFloat(); err != nil {
				return nil, err
			}
			ok = true
		}
		if !ok {
			return nil, raise("TypeError", "type "+v.Type()+" doesn't define __round__ method")
		}
		if method == "common" {
			if _, isF := v.(Float); !isF {
				if prec >= 0 {
					return unary(tAdd, v)
				}
				n, _ := toBig(v)
				return roundInt(n, -prec), nil
			}
			return Float(roundFloat(f, prec)), nil
		}
		p := math.Pow(10, float64(prec))
		if method == "ceil" {
			return Float(math.Ceil(f*p) / p), nil
		}
		return Float(math.Floor(f*p) / p), nil
	}, Param{"precision", Int(0)}, Param{"method", Str("common")})
	def("filesizeformat", fileSize, Param{"binary", False})
	def("is_list", func(_ *Thread, v Value, _ []Value) (Value, error) {
		_, ok := v.(*List)
		return Bool(ok), nil
	})
	def("tojson", func(_ *Thread, v Value, a []Value) (Value, error) {
		indent := -1
		pad := ""
		if s, ok := AsString(a[0]); ok {
			indent, pad = 0, s
		} else if n, ok := toInt(a[0]); ok {
			indent, pad = int(n), strings.Repeat(" ", int(max(0, min(n, 100))))
		}
		out, err := JSON(v, JSONOptions{Indent: indent >= 0, Pad: pad, SortKeys: true})
		if err != nil {
			return nil, err
		}
		out = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`).Replace(out)
		return Markup(out), nil
	}, Param{"indent", None})
	def("pprint", func(_ *Thread, v Value, _ []Value) (Value, error) { return Str(pprint(v, 80)), nil })
	def("random", func(t *Thread, v Value, _ []Value) (Value, error) {
		if s, ok := AsString(v); ok {
			r := []rune(s)
			if len(r) > 0 {
				return Str(string(r[rand.IntN(len(r))])), nil
			}
		}
		elems, err := listOf(v)
		if err != nil {
			return nil, err
		}
		if len(elems) == 0 {
			return &Undefined{Hint: "No random item, sequence was empty.", policy: t.Undefined}, nil
		}
		return elems[rand.IntN(len(elems))], nil
	})
}

// toIntFilter is the filter int: the default for what is no number.
func toIntFilter(_ *Thread, v Value, a []Value) (Value, error) {
	switch x := v.(type) {
	case Int, *BigInt:
		return v, nil
	case Bool:
		return unary(tAdd, x)
	case Float:
		n, err := floatToInt(float64(x))
		if err != nil {
			if math.IsInf(float64(x), 0) {
				return a[0], nil // Python catches the overflow as well
			}
			return a[0], nil
		}
		return n, nil
	case *Undefined:
		return nil, x.Err()
	case Number:
		if n, err := x.ToInt(); err == nil {
			return n, nil
		}
		return a[0], nil
	}
	s, ok := AsString(v)
	if !ok {
		return a[0], nil
	}
	base, err := intArg(a[1])
	if err != nil {
		return nil, err
	}
	if n, ok := parseIntBase(s, base); ok {
		return n, nil
	}
	if f, ok := parseFloat(s); ok {
		if n, err := floatToInt(f); err == nil {
			return n, nil
		}
	}
	return a[0], nil
}

func soft(v Value) (string, bool) {
	return v.String(), isMarkup(v)
}

func keep(s string, markup bool) Value {
	if markup {
		return Markup(s)
	}
	return Str(s)
}

func addTextFilters(def func(names string, fn func(t *Thread, v Value, a []Value) (Value, error), params ...Param)) {
	text := func(names string, fn func(string) string) {
		def(names, func(_ *Thread, v Value, _ []Value) (Value, error) {
			if err := checkUse(v); err != nil {
				return nil, err
			}
			s, m := soft(v)
			return keep(fn(s), m), nil
		})
	}
	text("upper", pyUpper)
	text("lower", strings.ToLower)
	text("capitalize", capitalize)
	text("title", wordTitle)
	text("string", func(s string) string { return s })
	def("trim", func(_ *Thread, v Value, a []Value) (Value, error) {
		if err := checkUse(v); err != nil {
			return nil, err
		}
		s, m := soft(v)
		if a[0] == None {
			return keep(strings.TrimFunc(s, isSpace), m), nil
		}
		chars, err := strArg("strip", a[0])
		return keep(strings.Trim(s, chars), m), err
	}, Param{"chars", None})
	def("escape e", func(_ *Thread, v Value, _ []Value) (Value, error) { return escapeValue(v), checkUse(v) })
	def("forceescape", func(_ *Thread, v Value, _ []Value) (Value, error) { return escapeValue(Str(v.String())), checkUse(v) })
	def("safe", func(_ *Thread, v Value, _ []Value) (Value, error) { return Markup(v.String()), checkUse(v) })
	def("striptags", func(_ *Thread, v Value, _ []Value) (Value, error) { return Str(stripTags(v.String())), checkUse(v) })
	def("center", func(_ *Thread, v Value, a []Value) (Value, error) {
		width, err := intArg(a[0])
		if err != nil {
			return nil, err
		}
		if width > maxWidth {
			return nil, errTooLarge()
		}
		s, m := soft(v)
		n := width - utf8.RuneCountInString(s)
		if n <= 0 {
			return keep(s, m), nil
		}
		l := n/2 + n&width&1
		return keep(strings.Repeat(" ", l)+s+strings.Repeat(" ", n-l), m), nil
	}, Param{"width", Int(80)})
	def("replace", func(t *Thread, v Value, a []Value) (Value, error) {
		if err := checkUse(v); err != nil {
			return nil, err
		}
		n := -1
		if a[2] != None {
			var err error
			if n, err = intArg(a[2]); err != nil {
				return nil, err
			}
		}
		if t.autoescape {
			if isMarkup(a[0]) || isMarkup(a[1]) && !isMarkup(v) {
				v = escapeValue(v)
			}
			if m, ok := v.(Markup); ok {
				s, err := replaceStr(string(m), a[0].String(), escapeValue(a[1]).String(), n)
				if err != nil {
					return nil, err
				}
				return Markup(s.String()), nil
			}
		}
		return replaceStr(v.String(), a[0].String(), a[1].String(), n)
	}, Param{"old", nil}, Param{"new", nil}, Param{"count", None})
	def("indent", func(_ *Thread, v Value, a []Value) (Value, error) {
		pad := ""
		if s, ok := AsString(a[0]); ok {
			pad = s
		} else {
			n, err := intArg(a[0])
			if err != nil {
				return nil, err
			}
			pad = strings.Repeat(" ", max(0, min(n, maxWidth)))
		}
		s, m := soft(v)
		s += "\n" // as Jinja2 does, so that a last line end is kept
		lines := splitLines(s, false)
		var b strings.Builder
		blank, first := a[2].Truth(), a[1].Truth()
		if len(lines)*len(pad) > maxString {
			return nil, errTooLarge()
		}
		if first {
			b.WriteString(pad)
		}
		for i, line := range lines {
			if i > 0 {
				b.WriteString("\n")
				if line != "" || blank {
					b.WriteString(pad)
				}
			}
			b.WriteString(line)
		}
		return keep(b.String(), m), nil
	}, Param{"width", Int(4)}, Param{"first", False}, Param{"blank", False})
	def("truncate", func(_ *Thread, v Value, a []Value) (Value, error) {
		n, err := ints([]Value{a[0]})
		if err != nil {
			return nil, err
		}
		end := a[2].String()
		leeway := 5
		if a[3] != None {
			if leeway, err = intArg(a[3]); err != nil {
				return nil, err
			}
		}
		endLen := utf8.RuneCountInString(end)
		if n[0] < endLen {
			return nil, raise("AssertionError", "expected length >= "+Int(endLen).String()+", got "+Int(n[0]).String())
		}
		if leeway < 0 {
			return nil, raise("AssertionError", "expected leeway >= 0, got "+Int(leeway).String())
		}
		s, m := soft(v)
		if utf8.RuneCountInString(s) <= n[0]+leeway {
			return keep(s, m), nil
		}
		cut := truncRunes(s, n[0]-endLen)
		if a[1].Truth() {
			return keep(cut+end, m), nil
		}
		if i := strings.LastIndexByte(cut, ' '); i >= 0 {
			cut = cut[:i]
		}
		return keep(cut+end, m), nil
	}, Param{"length", Int(255)}, Param{"killwords", False}, Param{"end", Str("...")}, Param{"leeway", None})
	def("wordwrap", func(_ *Thread, v Value, a []Value) (Value, error) {
		width, err := intArg(a[0])
		if err != nil {
			return nil, err
		}
		if width <= 0 {
			return nil, raise("ValueError", "invalid width "+Int(width).String()+" (must be > 0)")
		}
		sep := "\n"
		if a[2] != None {
			sep = a[2].String()
		}
		return Str(wordWrap(v.String(), width, a[1].Truth(), sep, a[3].Truth())), nil
	}, Param{"width", Int(79)}, Param{"break_long_words", True}, Param{"wrapstring", None}, Param{"break_on_hyphens", True})
	def("wordcount", func(_ *Thread, v Value, _ []Value) (Value, error) {
		if err := checkUse(v); err != nil {
			return nil, err
		}
		return Int(len(strings.FieldsFunc(v.String(), func(r rune) bool {
			return !(r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r))
		}))), nil
	})
	def("urlize", urlizeFilter, Param{"trim_url_limit", None}, Param{"nofollow", False}, Param{"target", None},
		Param{"rel", None}, Param{"extra_schemes", None})
	def("urlencode", func(_ *Thread, v Value, _ []Value) (Value, error) { return urlEncode(v) })
	def("xmlattr", func(t *Thread, v Value, a []Value) (Value, error) {
		d, err := toDict(t, v)
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		for k, e := range d.Items() {
			if _, und := e.(*Undefined); und || e == None {
				continue
			}
			name := k.String()
			if i := strings.IndexFunc(name, func(r rune) bool { return isSpace(r) || r == '/' || r == '>' || r == '=' }); i >= 0 {
				return nil, raise("ValueError", "Invalid character in attribute name: "+reprString(name))
			}
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(escapeValue(k).String() + `="` + escapeValue(e).String() + `"`)
		}
		s := b.String()
		if s != "" && a[0].Truth() {
			s = " " + s
		}
		if t.autoescape {
			return Markup(s), nil
		}
		return Str(s), nil
	}, Param{"autospace", True})
	// format takes any arguments
}

// wordTitle is the filter title, which starts words after - ( { [ < and space.
func wordTitle(s string) string {
	var b strings.Builder
	start := true
	for _, r := range s {
		if start {
			b.WriteRune(unicode.ToTitle(r))
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
		start = isSpace(r) || strings.ContainsRune("-({[<", r)
	}
	return b.String()
}

func checkUse(v Value) error {
	if u, ok := v.(*Undefined); ok {
		return u.checkUse()
	}
	return nil
}

func fileSize(_ *Thread, v Value, a []Value) (Value, error) {
	n, ok := toFloat(v)
	if s, isS := AsString(v); isS {
		n, ok = parseFloat(s)
	}
	if u, isU := v.(*Undefined); isU {
		return nil, u.Err()
	}
	if !ok {
		return nil, raise("TypeError", "float() argument must be a string or a real number, not '"+v.Type()+"'")
	}
	base := 1000.0
	units := []string{"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"}
	if a[0].Truth() {
		base = 1024
		units = []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
	}
	if n == 1 {
		return Str("1 Byte"), nil
	}
	if n < base {
		return Str(Int(int64(n)).String() + " Bytes"), nil
	}
	unit := base
	for i, u := range units {
		unit = math.Pow(base, float64(i+2))
		if n < unit || i == len(units)-1 {
			s := spec{fill: " ", prec: 1, typ: 'f'}
			return Str(s.float(base*n/unit) + " " + u), nil
		}
	}
	return Str(""), nil
}

// sortKey is the key of sort, unique, min, max and groupby: the attribute,
// in lower case if case does not matter.
func sortKey(t *Thread, attr Value, caseSensitive bool) func(Value) (Value, error) {
	get := attrGetter(t, attr, nil)
	return func(v Value) (Value, error) {
		v, err := get(v)
		if err != nil || caseSensitive {
			return v, err
		}
		if s, ok := AsString(v); ok {
			return Str(strings.ToLower(s)), nil
		}
		return v, nil
	}
}

// attrGetter gets the item attr, "a.b" or 0, of values; def stands in for
// undefined ones if it is not nil.
func attrGetter(t *Thread, attr, def Value) func(Value) (Value, error) {
	if attr == None {
		return func(v Value) (Value, error) { return v, nil }
	}
	var keys []Value
	if s, ok := AsString(attr); ok {
		for _, k := range strings.Split(s, ".") {
			if n, ok := parseIntBase(k, 10); ok && isDigits(k) {
				keys = append(keys, n)
			} else {
				keys = append(keys, Str(k))
			}
		}
	} else {
		keys = []Value{attr}
	}
	return func(v Value) (Value, error) {
		for _, k := range keys {
			var err error
			if v, err = GetItem(t, v, k); err != nil {
				return nil, err
			}
			if _, ok := v.(*Undefined); ok && def != nil {
				v = def
			}
		}
		return v, nil
	}
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func sortedEntries(t *Thread, d *Dict, byValue, caseSensitive, reverse bool) ([]Value, error) {
	items := (&DictView{d, viewItems}).elems()
	pos := 0
	if byValue {
		pos = 1
	}
	return sortValues(t, items, func(v Value) (Value, error) {
		k := v.(Tuple)[pos]
		if s, ok := AsString(k); ok && !caseSensitive {
			return Str(strings.ToLower(s)), nil
		}
		return k, nil
	}, reverse)
}

func urlEncode(v Value) (Value, error) {
	if s, ok := AsString(v); ok {
		return Str(quoteURL(s, "/", false)), nil
	}
	var pairs [][2]Value
	if d, ok := v.(*Dict); ok {
		for k, e := range d.Items() {
			pairs = append(pairs, [2]Value{k, e})
		}
	} else {
		if u, ok := v.(*Undefined); ok && !u.chains() {
			return Str(""), u.checkUse()
		}
		elems, err := listOf(v)
		if err != nil {
			return Str(quoteURL(v.String(), "/", false)), nil
		}
		for _, e := range elems {
			p, err := listOf(e)
			if err != nil {
				return nil, err
			}
			if len(p) != 2 {
				return nil, raise("ValueError", "not enough values to unpack (expected 2, got "+Int(len(p)).String()+")")
			}
			pairs = append(pairs, [2]Value{p[0], p[1]})
		}
	}
	var parts []string
	for _, p := range pairs {
		parts = append(parts, quoteURL(p[0].String(), "", true)+"="+quoteURL(p[1].String(), "", true))
	}
	return Str(strings.Join(parts, "&")), nil
}

// quoteURL is urllib's quote; plus writes spaces as +.
func quoteURL(s, safe string, plus bool) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c < utf8.RuneSelf && (isWordByte(c) || c == '.' || c == '-' || c == '~' || strings.IndexByte(safe, c) >= 0):
			b.WriteByte(c)
		case c == ' ' && plus:
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		}
	}
	return b.String()
}
