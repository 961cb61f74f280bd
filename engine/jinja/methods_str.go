package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func strMethods() map[string]methodFunc {
	m := map[string]methodFunc{}
	def := func(name string, lo, hi int, fn func(s string, args []Value) (Value, error)) {
		m[name] = func(t *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
			if err := argCount(name, args, kwargs, lo, hi); err != nil {
				return nil, err
			}
			s, _ := AsString(self)
			return fn(s, args)
		}
	}
	plain := func(name string, fn func(string) string) {
		def(name, 0, 0, func(s string, _ []Value) (Value, error) { return Str(fn(s)), nil })
	}
	is := func(name string, fn func(string) bool) {
		def(name, 0, 0, func(s string, _ []Value) (Value, error) { return Bool(fn(s)), nil })
	}
	plain("upper", pyUpper)
	plain("lower", strings.ToLower)
	plain("casefold", func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ß", "ss") })
	plain("capitalize", capitalize)
	plain("title", title)
	plain("swapcase", func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsUpper(r) {
				return unicode.ToLower(r)
			}
			return unicode.ToUpper(r)
		}, s)
	})
	all := func(ok func(rune) bool) func(string) bool {
		return func(s string) bool {
			for _, r := range s {
				if !ok(r) {
					return false
				}
			}
			return s != ""
		}
	}
	is("isdigit", all(unicode.IsDigit))
	is("isdecimal", all(func(r rune) bool { return unicode.Is(unicode.Nd, r) }))
	is("isnumeric", all(unicode.IsNumber))
	is("isalpha", all(unicode.IsLetter))
	is("isalnum", all(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }))
	is("isspace", all(isSpace))
	is("isascii", isASCII)
	is("isprintable", func(s string) bool { return s == "" || all(unicode.IsPrint)(s) })
	is("isupper", isUpper)
	is("islower", isLower)
	is("istitle", func(s string) bool { return s == title(s) && strings.IndexFunc(s, unicode.IsUpper) >= 0 })
	is("isidentifier", func(s string) bool {
		for i, r := range s {
			if !(r == '_' || unicode.IsLetter(r) || i > 0 && unicode.IsDigit(r)) {
				return false
			}
		}
		return s != ""
	})
	strip := func(name string, left, right bool) {
		def(name, 0, 1, func(s string, args []Value) (Value, error) {
			cut := isSpace
			if len(args) > 0 && args[0] != None {
				set, err := strArg(name, args[0])
				if err != nil {
					return nil, err
				}
				cut = func(r rune) bool { return strings.ContainsRune(set, r) }
			}
			if left {
				s = strings.TrimLeftFunc(s, cut)
			}
			if right {
				s = strings.TrimRightFunc(s, cut)
			}
			return Str(s), nil
		})
	}
	strip("strip", true, true)
	strip("lstrip", true, false)
	strip("rstrip", false, true)
	fix := func(name string, test func(s, p string) bool) {
		def(name, 1, 3, func(s string, args []Value) (Value, error) {
			s, _, ok, err := window(s, args[1:])
			if err != nil {
				return nil, err
			}
			list := []Value{args[0]}
			if t, ok := args[0].(Tuple); ok {
				list = t
			}
			for _, p := range list {
				ps, isStr := AsString(p)
				if !isStr {
					return nil, raise("TypeError", name+" first arg must be str or a tuple of str, not "+p.Type())
				}
				if ok && test(s, ps) {
					return True, nil
				}
			}
			return False, nil
		})
	}
	fix("startswith", strings.HasPrefix)
	fix("endswith", strings.HasSuffix)
	find := func(name string, index func(s, sub string) int, must bool) {
		def(name, 1, 3, func(s string, args []Value) (Value, error) {
			sub, err := strArg(name, args[0])
			if err != nil {
				return nil, err
			}
			w, at, ok, err := window(s, args[1:])
			if err != nil {
				return nil, err
			}
			i := -1
			if ok {
				i = index(w, sub)
			}
			if i < 0 {
				if must {
					return nil, raise("ValueError", "substring not found")
				}
				return Int(-1), nil
			}
			return Int(at + utf8.RuneCountInString(w[:i])), nil
		})
	}
	find("find", strings.Index, false)
	find("rfind", strings.LastIndex, false)
	find("index", strings.Index, true)
	find("rindex", strings.LastIndex, true)
	def("count", 1, 3, func(s string, args []Value) (Value, error) {
		sub, err := strArg("count", args[0])
		if err != nil {
			return nil, err
		}
		w, _, ok, err := window(s, args[1:])
		if err != nil || !ok {
			return Int(0), err
		}
		return Int(strings.Count(w, sub)), nil
	})
	def("removeprefix", 1, 1, func(s string, args []Value) (Value, error) {
		p, err := strArg("removeprefix", args[0])
		return Str(strings.TrimPrefix(s, p)), err
	})
	def("removesuffix", 1, 1, func(s string, args []Value) (Value, error) {
		p, err := strArg("removesuffix", args[0])
		return Str(strings.TrimSuffix(s, p)), err
	})
	part := func(name string, index func(s, sub string) int, right bool) {
		def(name, 1, 1, func(s string, args []Value) (Value, error) {
			sep, err := strArg(name, args[0])
			if err != nil {
				return nil, err
			}
			if sep == "" {
				return nil, raise("ValueError", "empty separator")
			}
			if i := index(s, sep); i >= 0 {
				return Tuple{Str(s[:i]), Str(sep), Str(s[i+len(sep):])}, nil
			}
			if right {
				return Tuple{Str(""), Str(""), Str(s)}, nil
			}
			return Tuple{Str(s), Str(""), Str("")}, nil
		})
	}
	part("partition", strings.Index, false)
	part("rpartition", strings.LastIndex, true)
	just := func(name string, left, right int) {
		def(name, 1, 2, func(s string, args []Value) (Value, error) {
			width, err := intArg(args[0])
			if err != nil {
				return nil, err
			}
			fill := " "
			if len(args) > 1 {
				if fill, err = strArg(name, args[1]); err != nil {
					return nil, err
				}
				if utf8.RuneCountInString(fill) != 1 {
					return nil, raise("TypeError", "The fill character must be exactly one character long")
				}
			}
			n := width - utf8.RuneCountInString(s)
			if n <= 0 {
				return Str(s), nil
			}
			if n > maxString/4 {
				return nil, errTooLarge()
			}
			l, r := left*n, right*n
			if left == right {
				l = n/2 + n&width&1
				r = n - l
			}
			return Str(strings.Repeat(fill, l) + s + strings.Repeat(fill, r)), nil
		})
	}
	just("ljust", 0, 1)
	just("rjust", 1, 0)
	just("center", 1, 1)
	def("zfill", 1, 1, func(s string, args []Value) (Value, error) {
		width, err := intArg(args[0])
		n := width - utf8.RuneCountInString(s)
		if err != nil || n <= 0 {
			return Str(s), err
		}
		if n > maxString {
			return nil, errTooLarge()
		}
		sign := ""
		if s != "" && (s[0] == '+' || s[0] == '-') {
			sign, s = s[:1], s[1:]
		}
		return Str(sign + strings.Repeat("0", n) + s), nil
	})
	def("join", 1, 1, func(s string, args []Value) (Value, error) {
		if u, ok := args[0].(*Undefined); ok {
			if err := u.checkUse(); err != nil {
				return nil, err
			}
		}
		elems, err := listOf(args[0])
		if err != nil {
			if isRaised(err, "TypeError") {
				return nil, raise("TypeError", "can only join an iterable")
			}
			return nil, err
		}
		var b strings.Builder
		for i, e := range elems {
			es, ok := AsString(e)
			if !ok {
				return nil, raise("TypeError", "sequence item "+Int(i).String()+": expected str instance, "+e.Type()+" found")
			}
			if i > 0 {
				b.WriteString(s)
			}
			b.WriteString(es)
			if b.Len() > maxString {
				return nil, errTooLarge()
			}
		}
		return Str(b.String()), nil
	})
	m["replace"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("replace", args, kwargs, Param{"old", nil}, Param{"new", nil}, Param{"count", Int(-1)})
		if err != nil {
			return nil, err
		}
		s, _ := AsString(self)
		from, err := strArg("replace", a[0])
		if err != nil {
			return nil, err
		}
		to, err := strArg("replace", a[1])
		if err != nil {
			return nil, err
		}
		n, err := intArg(a[2])
		if err != nil {
			return nil, err
		}
		return replaceStr(s, from, to, n)
	}
	m["split"] = splitMethod(false)
	m["rsplit"] = splitMethod(true)
	m["splitlines"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("splitlines", args, kwargs, Param{"keepends", False})
		if err != nil {
			return nil, err
		}
		s, _ := AsString(self)
		l := &List{}
		for _, line := range splitLines(s, a[0].Truth()) {
			l.Append(Str(line))
		}
		return l, nil
	}
	m["expandtabs"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("expandtabs", args, kwargs, Param{"tabsize", Int(8)})
		if err != nil {
			return nil, err
		}
		n, err := intArg(a[0])
		if err != nil {
			return nil, err
		}
		s, _ := AsString(self)
		return Str(expandTabs(s, n)), nil
	}
	m["encode"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		a, err := Bind("encode", args, kwargs, Param{"encoding", Str("utf-8")}, Param{"errors", Str("strict")})
		if err != nil {
			return nil, err
		}
		s, _ := AsString(self)
		switch enc := strings.ReplaceAll(strings.ToLower(a[0].String()), "_", "-"); enc {
		case "utf-8", "utf8":
			return Bytes(s), nil
		case "ascii", "us-ascii":
			if !isASCII(s) {
				return nil, raise("UnicodeEncodeError", "'ascii' codec can't encode character: ordinal not in range(128)")
			}
			return Bytes(s), nil
		default:
			return nil, raise("LookupError", "unknown encoding: "+enc)
		}
	}
	m["translate"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		if err := argCount("translate", args, kwargs, 1, 1); err != nil {
			return nil, err
		}
		d, ok := args[0].(*Dict)
		if !ok {
			return nil, raise("TypeError", "'"+args[0].Type()+"' object is not a translation table")
		}
		s, _ := AsString(self)
		var b strings.Builder
		for _, r := range s {
			v, ok, _ := d.Get(Int(r))
			switch {
			case !ok:
				b.WriteRune(r)
			case v == None:
			default:
				if n, ok := toInt(v); ok {
					b.WriteRune(rune(n))
				} else {
					b.WriteString(v.String())
				}
			}
		}
		return Str(b.String()), nil
	}
	m["format"] = func(t *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		s, _ := AsString(self)
		out, err := strFormat(t, s, args, func(name string) (Value, bool) {
			for _, k := range kwargs {
				if k.Name == name {
					return k.Value, true
				}
			}
			return nil, false
		})
		return Str(out), err
	}
	m["format_map"] = func(t *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		if err := argCount("format_map", args, kwargs, 1, 1); err != nil {
			return nil, err
		}
		d, err := toDict(t, args[0])
		if err != nil {
			return nil, err
		}
		s, _ := AsString(self)
		out, err := strFormat(t, s, nil, d.GetStr)
		return Str(out), err
	}
	return m
}

// replaceStr is str.replace; an empty old text is found between all characters.
func replaceStr(s, from, to string, n int) (Value, error) {
	if grow := len(to) - len(from); grow > 0 {
		if c := strings.Count(s, from); c > 0 && grow > maxString/c {
			return nil, errTooLarge()
		}
	}
	return Str(strings.Replace(s, from, to, n)), nil
}

func pyUpper(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	return strings.ToUpper(strings.ReplaceAll(s, "ß", "SS"))
}

func capitalize(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToTitle(r)) + strings.ToLower(s[n:])
}

func title(s string) string {
	prev := false
	return strings.Map(func(r rune) rune {
		cased := unicode.IsLetter(r)
		defer func() { prev = cased }()
		if prev {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

func isUpper(s string) bool { return s == strings.ToUpper(s) && s != strings.ToLower(s) }
func isLower(s string) bool { return s == strings.ToLower(s) && s != strings.ToUpper(s) }

// window cuts s to the optional start and end; at is the index, in
// characters, at which it starts. ok is false if start lies behind the end.
func window(s string, args []Value) (w string, at int, ok bool, err error) {
	sl := Slice{None, None, None}
	if len(args) > 0 {
		sl.Start = args[0]
	}
	if len(args) > 1 {
		sl.Stop = args[1]
	}
	if len(args) == 0 {
		return s, 0, true, nil
	}
	n := utf8.RuneCountInString(s)
	start, stop, _, err := sl.indices(n)
	if err != nil {
		return "", 0, false, err
	}
	if i, isInt := toInt(sl.Start); isInt && i > int64(n) || start > stop {
		return "", 0, false, nil
	}
	w, err = sliceString(s, &sl)
	return w, start, true, err
}

func splitMethod(right bool) methodFunc {
	return func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		var sepV Value = None
		max := -1
		if len(kwargs) == 0 && len(args) <= 2 {
			if len(args) > 0 {
				sepV = args[0]
			}
			if len(args) > 1 {
				n, err := intArg(args[1])
				if err != nil {
					return nil, err
				}
				max = n
			}
		} else {
			a, err := Bind("split", args, kwargs, Param{"sep", None}, Param{"maxsplit", Int(-1)})
			if err != nil {
				return nil, err
			}
			sepV = a[0]
			if max, err = intArg(a[1]); err != nil {
				return nil, err
			}
		}
		s, _ := AsString(self)
		var parts []string
		if sepV == None {
			parts = splitSpace(s, max, right)
		} else {
			sep, ok := AsString(sepV)
			if !ok {
				return nil, raise("TypeError", "must be str or None, not "+sepV.Type())
			}
			if sep == "" {
				return nil, raise("ValueError", "empty separator")
			}
			switch {
			case max < 0:
				parts = strings.Split(s, sep)
			case right:
				for i := strings.LastIndex(s, sep); i >= 0 && max > 0; i = strings.LastIndex(s, sep) {
					parts = append(parts, s[i+len(sep):])
					s = s[:i]
					max--
				}
				parts = append(parts, s)
				reverseStrings(parts)
			default:
				parts = strings.SplitN(s, sep, max+1)
			}
		}
		l := &List{Elems: make([]Value, len(parts))}
		for i, p := range parts {
			l.Elems[i] = Str(p)
		}
		return l, nil
	}
}

func reverseStrings(s []string) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

func splitSpace(s string, max int, right bool) []string {
	if max < 0 {
		return strings.FieldsFunc(s, isSpace)
	}
	var parts []string
	if right {
		s = trimRightSpace(s)
		for s != "" && max > 0 {
			i := strings.LastIndexFunc(s, isSpace)
			if i < 0 {
				break
			}
			_, n := utf8.DecodeRuneInString(s[i:])
			parts = append(parts, s[i+n:])
			s = trimRightSpace(s[:i])
			max--
		}
		if s != "" {
			parts = append(parts, s)
		}
		reverseStrings(parts)
		return parts
	}
	s = trimLeftSpace(s)
	for s != "" && max > 0 {
		i := strings.IndexFunc(s, isSpace)
		if i < 0 {
			break
		}
		parts = append(parts, s[:i])
		s = trimLeftSpace(s[i:])
		max--
	}
	if s != "" {
		parts = append(parts, s)
	}
	return parts
}

func splitLines(s string, keep bool) []string {
	var out []string
	for s != "" {
		i := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if i < 0 {
			return append(out, s)
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
			n = 2
		}
		if keep {
			out = append(out, s[:i+n])
		} else {
			out = append(out, s[:i])
		}
		s = s[i+n:]
	}
	return out
}

func expandTabs(s string, size int) string {
	var b strings.Builder
	col := 0
	for _, r := range s {
		switch r {
		case '\t':
			if size > 0 && size < 1<<16 {
				n := size - col%size
				b.WriteString(strings.Repeat(" ", n))
				col += n
			}
			continue
		case '\n', '\r':
			col = -1
		}
		b.WriteRune(r)
		col++
	}
	return b.String()
}

func bytesMethods() map[string]methodFunc {
	m := map[string]methodFunc{}
	noArgs(m, "hex", func(v Value) (Value, error) {
		var b strings.Builder
		for i := 0; i < len(v.(Bytes)); i++ {
			c := v.(Bytes)[i]
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
		return Str(b.String()), nil
	})
	m["decode"] = func(_ *Thread, self Value, args []Value, kwargs []Kwarg) (Value, error) {
		_, err := Bind("decode", args, kwargs, Param{"encoding", Str("utf-8")}, Param{"errors", Str("strict")})
		if err != nil {
			return nil, err
		}
		s := string(self.(Bytes))
		if !utf8.ValidString(s) {
			return nil, raise("UnicodeDecodeError", "'utf-8' codec can't decode the bytes")
		}
		return Str(s), nil
	}
	return m
}
