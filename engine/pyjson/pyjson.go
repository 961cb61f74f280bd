// Package pyjson writes the scalars of JSON as Python's json module does, whose text is part of what dbt prints: all
// beyond printable ASCII escaped, floats with the fewest digits that give the number back and always a point or an
// exponent.
package pyjson

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendString appends s in quotes, as json.dumps(s): what is not printable ASCII becomes \uXXXX. Bytes that are no
// UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte { return appendString(dst, s, true) }

// AppendText is AppendString with ensure_ascii=False: only quotes, backslashes and control characters are escaped.
func AppendText(dst []byte, s string) []byte { return appendString(dst, s, false) }

func appendString(dst []byte, s string, ascii bool) []byte {
	dst = append(dst, '"')
	start := 0 // of what is copied as it is
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' || c == 0x7f && !ascii {
			i++
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, n = utf8.DecodeRuneInString(s[i:]); !ascii && (r != utf8.RuneError || n > 1) {
				i += n
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		i += n
		start = i
		if r >= utf8.RuneSelf && !ascii {
			dst = utf8.AppendRune(dst, r)
		} else {
			dst = escape(dst, r)
		}
	}
	return append(append(dst, s[start:]...), '"')
}

func escape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	}
	if r >= 0x10000 {
		// A pair of surrogates.
		r -= 0x10000
		dst = unit(dst, 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	return unit(dst, r)
}

func unit(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}

// AppendFloat appends a float of 32 or 64 bits: 1.0, 0.05, 1e-05, 1e+16, NaN, Infinity, -Infinity.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, bits)
	}
	n := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
	if !bytes.ContainsRune(dst[n:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}

// Indent lays JSON out as Python's json.dumps does with an indent, each line after the first behind the prefix. It takes
// Python's NaN and Infinity too, which encoding/json refuses. The text must be well-formed.
func Indent(dst, text []byte, prefix, indent string) []byte {
	depth := 0
	line := func() {
		dst = append(append(dst, '\n'), prefix...)
		for range depth {
			dst = append(dst, indent...)
		}
	}
	var before byte // the last byte that is no white space
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		case '"':
			end := i + 1
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(text))
			if before == '[' || before == '{' {
				line()
			}
			dst, i = append(dst, text[i:end]...), end-1
		case ',':
			dst = append(dst, c)
			line()
		case ':':
			dst = append(dst, ": "...)
		case ']', '}':
			depth = max(0, depth-1)
			if before != '[' && before != '{' {
				line()
			}
			dst = append(dst, c)
		default:
			if before == '[' || before == '{' {
				line()
			}
			dst = append(dst, c)
			if c == '[' || c == '{' {
				depth++
			}
		}
		before = c
	}
	return dst
}

// ASCII escapes what is not ASCII in JSON text that is already there.
func ASCII(text []byte) []byte {
	var out []byte
	start := 0
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		out = escape(append(out, text[start:i]...), r)
		i += n
		start = i
	}
	return append(out, text[start:]...)
}
