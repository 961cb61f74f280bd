package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// maxReprDepth ends the printing of values nested beyond any sense.
const maxReprDepth = 200

// reprString is Python's repr of a str: single quotes unless the text holds
// single quotes and no double ones.
func reprString(s string) string {
	return string(appendReprString(make([]byte, 0, len(s)+2), s))
}

func appendReprString(out []byte, s string) []byte {
	q := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		q = '"'
	}
	out = append(out, q)
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == q || c == '\\':
				out = append(out, '\\', c)
			case c == '\n':
				out = append(out, '\\', 'n')
			case c == '\r':
				out = append(out, '\\', 'r')
			case c == '\t':
				out = append(out, '\\', 't')
			case c < 0x20 || c == 0x7f:
				out = append(out, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			default:
				out = append(out, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if unicode.IsPrint(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		digits, letter := 8, byte('U')
		switch {
		case r < 0x100:
			digits, letter = 2, 'x'
		case r < 0x10000:
			digits, letter = 4, 'u'
		}
		out = append(out, '\\', letter)
		for d := digits - 1; d >= 0; d-- {
			out = append(out, hexDigits[(r>>(4*d))&15])
		}
	}
	return append(out, q)
}

// reprOf prints a container; a container inside itself prints as [...].
func reprOf(v Value) string {
	return string(appendRepr(make([]byte, 0, 64), v, nil))
}

type reprStack struct {
	up    *reprStack
	v     Value
	depth int
}

func appendRepr(out []byte, v Value, st *reprStack) []byte {
	switch x := v.(type) {
	case Str:
		return appendReprString(out, string(x))
	case *List:
		if st.has(x) {
			return append(out, "[...]"...)
		}
		return append(appendReprs(append(out, '['), x.Elems, st.push(x)), ']')
	case Tuple:
		return appendReprTuple(out, x, st)
	case *namedTuple:
		return appendReprTuple(out, x.Tuple, st)
	case *Dict:
		if st.has(x) {
			return append(out, "{...}"...)
		}
		if st.tooDeep() {
			return append(out, "{...}"...)
		}
		st = st.push(x)
		out = append(out, '{')
		first := true
		for k, e := range x.Items() {
			if !first {
				out = append(out, ", "...)
			}
			first = false
			out = appendRepr(out, k, st)
			out = append(out, ": "...)
			out = appendRepr(out, e, st)
		}
		return append(out, '}')
	case *Set:
		if x.Len() == 0 {
			return append(out, "set()"...)
		}
		return append(appendReprs(append(out, '{'), x.d.Keys(), st.push(x)), '}')
	case *DictView:
		out = append(out, "dict_"...)
		out = append(out, x.kind.String()...)
		out = append(out, "(["...)
		return append(appendReprs(out, x.elems(), st.push(x)), "])"...)
	}
	return append(out, v.Repr()...)
}

func appendReprTuple(out []byte, t Tuple, st *reprStack) []byte {
	out = appendReprs(append(out, '('), t, st.push(nil))
	if len(t) == 1 {
		out = append(out, ',')
	}
	return append(out, ')')
}

func appendReprs(out []byte, elems []Value, st *reprStack) []byte {
	if st.tooDeep() {
		return append(out, "..."...)
	}
	for i, e := range elems {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = appendRepr(out, e, st)
	}
	return out
}

func (s *reprStack) push(v Value) *reprStack {
	d := 1
	if s != nil {
		d = s.depth + 1
	}
	return &reprStack{s, v, d}
}

func (s *reprStack) has(v Value) bool {
	for ; s != nil; s = s.up {
		if s.v == v {
			return true
		}
	}
	return false
}

func (s *reprStack) tooDeep() bool { return s != nil && s.depth > maxReprDepth }
