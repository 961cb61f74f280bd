package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxWidth bounds widths and precisions of formats.
const maxWidth = 1 << 20

// percentFormat is Python's s % arg.
func percentFormat(t *Thread, s string, arg Value, esc bool) (string, error) {
	args, isTuple := arg.(Tuple)
	if !isTuple {
		args = Tuple{arg}
	}
	dict, _ := arg.(*Dict)
	used, named := 0, false
	var b strings.Builder
	next := func() (Value, error) {
		if used >= len(args) {
			return nil, raise("TypeError", "not enough arguments for format string")
		}
		used++
		return args[used-1], nil
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			j := strings.IndexByte(s[i:], '%')
			if j < 0 {
				b.WriteString(s[i:])
				break
			}
			b.WriteString(s[i : i+j])
			i += j
		}
		i++
		var v Value
		if i < len(s) && s[i] == '(' {
			depth, j := 1, i+1
			for j < len(s) && depth > 0 {
				switch s[j] {
				case '(':
					depth++
				case ')':
					depth--
				}
				j++
			}
			if depth > 0 {
				return "", raise("ValueError", "incomplete format key")
			}
			if dict == nil {
				if m, ok := arg.(Mapping); ok {
					d, err := toDict(t, m.(Value))
					if err != nil {
						return "", err
					}
					dict = d
				} else {
					return "", raise("TypeError", "format requires a mapping")
				}
			}
			key := s[i+1 : j-1]
			e, ok := dict.GetStr(key)
			if !ok {
				return "", raise("KeyError", reprString(key))
			}
			v, named = e, true
			i = j
		}
		sp := spec{fill: " ", prec: -1}
	flags:
		for ; i < len(s); i++ {
			switch s[i] {
			case '-':
				sp.align = '<'
			case '+':
				sp.sign = '+'
			case ' ':
				if sp.sign == 0 {
					sp.sign = ' '
				}
			case '0':
				sp.zero = true
			case '#':
				sp.alt = true
			default:
				break flags
			}
		}
		number := func() (int, error) {
			if i < len(s) && s[i] == '*' {
				i++
				w, err := next()
				if err != nil {
					return 0, err
				}
				n, ok := toInt(w)
				if !ok {
					return 0, raise("TypeError", "* wants int")
				}
				return int(n), nil
			}
			n := 0
			for i < len(s) && isDigit(s[i]) && n <= maxWidth {
				n = n*10 + int(s[i]-'0')
				i++
			}
			return n, nil
		}
		var err error
		if sp.width, err = number(); err != nil {
			return "", err
		}
		if sp.width < 0 {
			sp.align, sp.width = '<', -sp.width
		}
		if i < len(s) && s[i] == '.' {
			i++
			if sp.prec, err = number(); err != nil {
				return "", err
			}
		}
		if sp.width > maxWidth || sp.prec > maxWidth {
			return "", errTooLarge()
		}
		for i < len(s) && (s[i] == 'l' || s[i] == 'h' || s[i] == 'L') {
			i++
		}
		if i >= len(s) {
			return "", raise("ValueError", "incomplete format")
		}
		c := s[i]
		if c == '%' {
			b.WriteByte('%')
			continue
		}
		if v == nil {
			if v, err = next(); err != nil {
				return "", err
			}
		}
		text, err := sp.percent(c, v, esc, i)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		if b.Len() > maxString {
			return "", errTooLarge()
		}
	}
	if used < len(args) && !named {
		if _, ok := arg.(*Dict); !ok || isTuple {
			if _, list := arg.(*List); !list || isTuple {
				if _, m := arg.(Mapping); !m {
					return "", raise("TypeError", "not all arguments converted during string formatting")
				}
			}
		}
	}
	return b.String(), nil
}

func (sp spec) percent(c byte, v Value, esc bool, at int) (string, error) {
	switch c {
	case 's', 'r', 'a':
		var text string
		switch {
		case c == 's' && esc:
			text = escapeValue(v).String()
		case c == 's':
			text = v.String()
		default:
			text = v.Repr()
			if c == 'a' {
				text = asciiRepr(text)
			}
		}
		if sp.prec >= 0 {
			text = truncRunes(text, sp.prec)
		}
		sp.zero = false
		return sp.pad(text, '>'), nil
	case 'c':
		if s, ok := AsString(v); ok && utf8.RuneCountInString(s) == 1 {
			return sp.pad(s, '>'), nil
		}
		if n, ok := toInt(v); ok {
			return sp.pad(string(rune(n)), '>'), nil
		}
		return "", raise("TypeError", "%c requires int or char")
	case 'd', 'i', 'u', 'x', 'X', 'o':
		if f, ok := v.(Float); ok && (c == 'd' || c == 'i' || c == 'u') {
			n, err := floatToInt(float64(f))
			if err != nil {
				return "", err
			}
			v = n
		}
		n, ok := toBig(v)
		if !ok {
			if u, ok := v.(*Undefined); ok {
				return "", u.Err()
			}
			want := "a real number"
			if c == 'x' || c == 'X' || c == 'o' {
				want = "an integer"
			}
			return "", raise("TypeError", "%"+string(c)+" format: "+want+" is required, not "+v.Type())
		}
		sp.typ = c
		if c == 'i' || c == 'u' {
			sp.typ = 'd'
		}
		digits := new(big.Int).Abs(n).Text(map[byte]int{'d': 10, 'x': 16, 'X': 16, 'o': 8}[sp.typ])
		for len(digits) < sp.prec {
			digits = "0" + digits
		}
		prefix := ""
		if sp.alt && sp.typ != 'd' {
			prefix = "0" + string(sp.typ)
		}
		if sp.typ == 'X' {
			digits = strings.ToUpper(digits)
		}
		return sp.number(n.Sign() < 0, prefix, digits), nil
	case 'e', 'E', 'f', 'F', 'g', 'G':
		f, ok := toFloat(v)
		if !ok {
			if u, ok := v.(*Undefined); ok {
				return "", u.Err()
			}
			return "", raise("TypeError", "must be real number, not "+v.Type())
		}
		sp.typ = c
		return sp.float(f), nil
	}
	return "", raise("ValueError", "unsupported format character '"+string(c)+"' (0x"+strconv.FormatInt(int64(c), 16)+") at index "+strconv.Itoa(at))
}

func truncRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func asciiRepr(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRuneToASCII(r)
		q = q[1 : len(q)-1]
		if r < 0x100 {
			q = `\x` + strconv.FormatInt(int64(r), 16)
		}
		b.WriteString(q)
	}
	return b.String()
}

// spec is a format specification, [[fill]align][sign][z][#][0][width][,][.precision][type].
type spec struct {
	fill  string
	align byte // 0: that of the type
	sign  byte
	alt   bool
	zero  bool
	width int
	comma byte
	prec  int // -1: none
	typ   byte
}

func parseSpec(s string) (spec, error) {
	sp := spec{fill: " ", prec: -1}
	isAlign := func(c byte) bool { return c == '<' || c == '>' || c == '^' || c == '=' }
	_, n := utf8.DecodeRuneInString(s)
	switch {
	case n > 0 && len(s) > n && isAlign(s[n]):
		sp.fill, sp.align = s[:n], s[n]
		s = s[n+1:]
	case s != "" && isAlign(s[0]):
		sp.align = s[0]
		s = s[1:]
	}
	if s != "" && (s[0] == '+' || s[0] == '-' || s[0] == ' ') {
		sp.sign = s[0]
		s = s[1:]
	}
	if s != "" && s[0] == 'z' {
		s = s[1:]
	}
	if s != "" && s[0] == '#' {
		sp.alt = true
		s = s[1:]
	}
	if s != "" && s[0] == '0' {
		sp.zero = true
		s = s[1:]
	}
	number := func() int {
		n := 0
		for s != "" && isDigit(s[0]) && n <= maxWidth {
			n = n*10 + int(s[0]-'0')
			s = s[1:]
		}
		return n
	}
	sp.width = number()
	if s != "" && (s[0] == ',' || s[0] == '_') {
		sp.comma = s[0]
		s = s[1:]
	}
	if s != "" && s[0] == '.' {
		s = s[1:]
		if s == "" || !isDigit(s[0]) {
			return sp, raise("ValueError", "Format specifier missing precision")
		}
		sp.prec = number()
	}
	if sp.width > maxWidth || sp.prec > maxWidth {
		return sp, errTooLarge()
	}
	if len(s) == 1 {
		sp.typ = s[0]
	} else if s != "" {
		return sp, raise("ValueError", "Invalid format specifier")
	}
	return sp, nil
}

func (sp spec) pad(s string, def byte) string {
	n := sp.width - utf8.RuneCountInString(s)
	if n <= 0 {
		return s
	}
	align, fill := sp.align, sp.fill
	if align == 0 {
		align = def
		if sp.zero {
			fill = "0"
		}
	}
	switch align {
	case '<':
		return s + strings.Repeat(fill, n)
	case '^':
		return strings.Repeat(fill, n/2) + s + strings.Repeat(fill, n-n/2)
	}
	return strings.Repeat(fill, n) + s
}

// number puts sign, prefix and digits together and pads them.
func (sp spec) number(neg bool, prefix, digits string) string {
	sign := ""
	switch {
	case neg:
		sign = "-"
	case sp.sign == '+' || sp.sign == ' ':
		sign = string(sp.sign)
	}
	inner := sp.align == '=' || sp.zero && sp.align == 0
	if sp.comma != 0 {
		group := 3
		if sp.comma == '_' && strings.IndexByte("bxXo", sp.typ) >= 0 && sp.typ != 0 {
			group = 4
		}
		frac := ""
		if i := strings.IndexAny(digits, ".e"); i >= 0 && group == 3 && sp.typ != 'x' && sp.typ != 'X' {
			digits, frac = digits[:i], digits[i:]
		}
		if inner && sp.zero {
			for len(sign)+len(prefix)+len(frac)+len(digits)+(len(digits)-1)/group < sp.width {
				digits = "0" + digits
			}
		}
		digits = groupDigits(digits, sp.comma, group) + frac
	}
	if inner {
		fill := sp.fill
		if sp.zero {
			fill = "0"
		}
		if n := sp.width - utf8.RuneCountInString(sign+prefix+digits); n > 0 {
			return sign + prefix + strings.Repeat(fill, n) + digits
		}
	}
	sp.zero = false
	return sp.pad(sign+prefix+digits, '>')
}

func groupDigits(s string, sep byte, n int) string {
	if len(s) <= n {
		return s
	}
	var b strings.Builder
	first := len(s) % n
	b.WriteString(s[:first])
	for i := first; i < len(s); i += n {
		if i > 0 {
			b.WriteByte(sep)
		}
		b.WriteString(s[i : i+n])
	}
	return b.String()
}

func (sp spec) float(f float64) string {
	neg := math.Signbit(f) && !math.IsNaN(f)
	a := math.Abs(f)
	upper := sp.typ == 'E' || sp.typ == 'F' || sp.typ == 'G'
	var s string
	switch {
	case math.IsNaN(f):
		s = "nan"
	case math.IsInf(f, 0):
		s = "inf"
	case sp.typ == 'e' || sp.typ == 'E':
		s = strconv.FormatFloat(a, 'e', precOr(sp.prec, 6), 64)
	case sp.typ == 'f' || sp.typ == 'F':
		s = strconv.FormatFloat(a, 'f', precOr(sp.prec, 6), 64)
	case sp.typ == '%':
		s = strconv.FormatFloat(a*100, 'f', precOr(sp.prec, 6), 64) + "%"
	case sp.typ == 'g' || sp.typ == 'G' || sp.typ == 'n' || sp.prec >= 0:
		s = formatG(a, precOr(sp.prec, 6), sp.alt)
		if sp.typ == 0 && !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
	default:
		s = reprFloat(a)
	}
	if upper {
		s = strings.ToUpper(s)
	}
	return sp.number(neg, "", s)
}

func precOr(p, def int) int {
	if p < 0 {
		return def
	}
	return p
}

// formatG is C's %g, which Go's 'g' is not: it rounds first, then looks at
// the exponent.
func formatG(a float64, prec int, keep bool) string {
	if prec == 0 {
		prec = 1
	}
	e := strconv.FormatFloat(a, 'e', prec-1, 64)
	i := strings.IndexByte(e, 'e')
	exp, _ := strconv.Atoi(e[i+1:])
	trim := func(s string) string {
		if !keep && strings.Contains(s, ".") {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return s
	}
	if exp < -4 || exp >= prec {
		return trim(e[:i]) + e[i:]
	}
	return trim(strconv.FormatFloat(a, 'f', prec-1-exp, 64))
}

// formatValue is Python's format(v, spec).
func formatValue(v Value, specText string) (string, error) {
	if specText == "" {
		return v.String(), nil
	}
	switch x := v.(type) {
	case DateTime:
		return Strftime(x.t, x.aware, specText), nil
	case Date:
		return Strftime(x.time(), false, specText), nil
	case Time:
		return Strftime(x.time(), false, specText), nil
	}
	sp, err := parseSpec(specText)
	if err != nil {
		return "", err
	}
	if s, ok := AsString(v); ok {
		if sp.typ != 0 && sp.typ != 's' {
			return "", raise("ValueError", "Unknown format code '"+string(sp.typ)+"' for object of type 'str'")
		}
		if sp.sign != 0 {
			return "", raise("ValueError", "Sign not allowed in string format specifier")
		}
		if sp.prec >= 0 {
			s = truncRunes(s, sp.prec)
		}
		return sp.pad(s, '<'), nil
	}
	if b, ok := v.(Bool); ok && (sp.typ == 0 || sp.typ == 's') {
		_ = b
		n, _ := toInt(v)
		v = Int(n)
	}
	if n, ok := toBig(v); ok {
		switch sp.typ {
		case 0, 'd', 'n':
			sp.typ = 'd'
			return sp.number(n.Sign() < 0, "", new(big.Int).Abs(n).String()), nil
		case 'b', 'o', 'x', 'X':
			digits := new(big.Int).Abs(n).Text(map[byte]int{'b': 2, 'o': 8, 'x': 16, 'X': 16}[sp.typ])
			prefix := ""
			if sp.alt {
				prefix = "0" + string(sp.typ)
			}
			if sp.typ == 'X' {
				digits = strings.ToUpper(digits)
			}
			return sp.number(n.Sign() < 0, prefix, digits), nil
		case 'c':
			return sp.pad(string(rune(n.Int64())), '<'), nil
		}
	}
	if f, ok := toFloat(v); ok {
		switch sp.typ {
		case 0, 'e', 'E', 'f', 'F', 'g', 'G', 'n', '%':
			return sp.float(f), nil
		}
		return "", raise("ValueError", "Unknown format code '"+string(sp.typ)+"' for object of type '"+v.Type()+"'")
	}
	if u, ok := v.(*Undefined); ok {
		return "", u.Err()
	}
	return "", raise("TypeError", "unsupported format string passed to "+v.Type()+".__format__")
}
