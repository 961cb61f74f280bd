package scraper

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner checks JSON values (RFC 8259, strictly) in a window and finds where
// they end. It decodes nothing but strings that are asked for.
type scanner struct {
	w     *window
	i     int // next byte
	depth int
	limit int // largest record
}

// maxDepth is how deep values may nest.
const maxDepth = 200

type valueKind uint8

const (
	nullValue valueKind = iota
	boolValue
	numberValue
	stringValue
	objectValue
	arrayValue
)

func (k valueKind) String() string {
	return [...]string{"null", "a boolean", "a number", "text", "an object", "an array"}[k]
}

// value is a checked JSON value: data[start:end], a string with its quotes.
type value struct {
	kind       valueKind
	start, end int
	escaped    bool // a string with escapes
	badUTF8    bool // in it or below
}

// scanError is a fault of syntax, or a value that is too large.
type scanError struct {
	at   int
	kind Kind
	msg  string
}

func (s *scanner) fail(at int, format string, args ...any) *scanError {
	return &scanError{at: at, kind: Malformed, msg: fmt.Sprintf(format, args...)}
}

// more makes data[i] available, or says why it can't.
func (s *scanner) more(i int) *scanError {
	if i < len(s.w.data) {
		return nil
	}
	if i >= s.limit {
		return &scanError{at: i, kind: TooLarge, msg: fmt.Sprintf("the record is longer than %d bytes", s.limit)}
	}
	if !s.w.has(i) {
		return &scanError{at: i, kind: Malformed, msg: "the file ends inside a record"}
	}
	return nil
}

// space skips white space and makes the next byte available.
func (s *scanner) space() *scanError {
	for {
		for ; s.i < len(s.w.data); s.i++ {
			if !isSpace(s.w.data[s.i]) {
				return nil
			}
		}
		if err := s.more(s.i); err != nil {
			return err
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// value scans the value that starts at s.i.
func (s *scanner) value() (value, *scanError) {
	if err := s.more(s.i); err != nil {
		return value{}, err
	}
	v := value{start: s.i}
	var err *scanError
	switch c := s.w.data[s.i]; {
	case c == '"':
		return s.str()
	case c == '{':
		v.kind = objectValue
		err = s.members(func(_ value, member value) *scanError {
			v.badUTF8 = v.badUTF8 || member.badUTF8
			return nil
		}, &v.badUTF8)
	case c == '[':
		v.kind = arrayValue
		err = s.elements(&v.badUTF8)
	case c == '-' || '0' <= c && c <= '9':
		v.kind = numberValue
		err = s.number()
	default:
		v.kind, err = s.literal()
	}
	v.end = s.i
	return v, err
}

func (s *scanner) enter() *scanError {
	s.depth++
	if s.depth > maxDepth {
		return &scanError{at: s.i, kind: TooLarge, msg: fmt.Sprintf("values are nested deeper than %d", maxDepth)}
	}
	s.i++
	return s.space()
}

// members scans an object and calls member for each key and value; badKey is
// set when a key is not UTF-8.
func (s *scanner) members(member func(key, v value) *scanError, badKey *bool) *scanError {
	if err := s.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		c := s.w.data[s.i]
		if c == '}' && first {
			break
		}
		if c != '"' {
			return s.fail(s.i, "expected a key in quotes, found %s", s.show(s.i))
		}
		key, err := s.str()
		if err != nil {
			return err
		}
		*badKey = *badKey || key.badUTF8
		if err := s.space(); err != nil {
			return err
		}
		if s.w.data[s.i] != ':' {
			return s.fail(s.i, "expected ':' after the key, found %s", s.show(s.i))
		}
		s.i++
		if err := s.space(); err != nil {
			return err
		}
		v, err := s.value()
		if err != nil {
			return err
		}
		if err := member(key, v); err != nil {
			return err
		}
		if err := s.space(); err != nil {
			return err
		}
		if s.w.data[s.i] == '}' {
			break
		}
		if s.w.data[s.i] != ',' {
			return s.fail(s.i, "expected ',' or '}', found %s", s.show(s.i))
		}
		s.i++
		if err := s.space(); err != nil {
			return err
		}
	}
	s.depth--
	s.i++
	return nil
}

func (s *scanner) elements(bad *bool) *scanError {
	if err := s.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		if s.w.data[s.i] == ']' && first {
			break
		}
		v, err := s.value()
		if err != nil {
			return err
		}
		*bad = *bad || v.badUTF8
		if err := s.space(); err != nil {
			return err
		}
		if s.w.data[s.i] == ']' {
			break
		}
		if s.w.data[s.i] != ',' {
			return s.fail(s.i, "expected ',' or ']', found %s", s.show(s.i))
		}
		s.i++
		if err := s.space(); err != nil {
			return err
		}
	}
	s.depth--
	s.i++
	return nil
}

// str scans a string.
func (s *scanner) str() (value, *scanError) {
	v := value{kind: stringValue, start: s.i}
	i := s.i + 1
	ascii := true
	for {
		data := s.w.data
		for i < len(data) {
			c := data[i]
			if c == '"' || c == '\\' || c < 0x20 {
				break
			}
			if c >= utf8.RuneSelf {
				ascii = false
			}
			i++
		}
		if i == len(data) {
			if err := s.more(i); err != nil {
				return v, err
			}
			continue
		}
		switch data[i] {
		case '"':
			v.badUTF8 = !ascii && !utf8.Valid(data[v.start+1:i])
			s.i = i + 1
			v.end = s.i
			return v, nil
		case '\\':
			v.escaped = true
			if err := s.more(i + 1); err != nil {
				return v, err
			}
			switch s.w.data[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				for k := i + 2; k < i+6; k++ {
					if err := s.more(k); err != nil {
						return v, err
					}
					if !isHex(s.w.data[k]) {
						return v, s.fail(k, `expected four hexadecimal digits after \u, found %s`, s.show(k))
					}
				}
				i += 6
			default:
				return v, s.fail(i, "%s after a backslash is no escape", s.show(i+1))
			}
		default:
			if data[i] == '\n' {
				return v, s.fail(i, "a text is not closed on its line")
			}
			return v, s.fail(i, "the control character %#02x stands in a text", data[i])
		}
	}
}

func (s *scanner) number() *scanError {
	start := s.i
	if s.w.data[s.i] == '-' {
		s.i++
	}
	digits := func() int {
		n := 0
		for s.w.has(s.i) && isDigit(s.w.data[s.i]) && s.i < s.limit {
			s.i++
			n++
		}
		return n
	}
	lead := s.i
	n := digits()
	if n == 0 {
		return s.fail(start, "%s is no value", s.word(start))
	}
	if n > 1 && s.w.data[lead] == '0' {
		return s.fail(lead, "a number may not start with 0")
	}
	if s.w.has(s.i) && s.w.data[s.i] == '.' {
		s.i++
		if digits() == 0 {
			return s.fail(start, "a number has no digit after its point")
		}
	}
	if s.w.has(s.i) && s.w.data[s.i]|0x20 == 'e' {
		s.i++
		if s.w.has(s.i) && (s.w.data[s.i] == '+' || s.w.data[s.i] == '-') {
			s.i++
		}
		if digits() == 0 {
			return s.fail(start, "a number has no digit in its exponent")
		}
	}
	return nil
}

func (s *scanner) literal() (valueKind, *scanError) {
	word, kind := "null", nullValue
	switch s.w.data[s.i] {
	case 't':
		word, kind = "true", boolValue
	case 'f':
		word, kind = "false", boolValue
	}
	if end := s.i + len(word); s.w.has(end-1) && string(s.w.data[s.i:end]) == word {
		s.i = end
		return kind, nil
	}
	return 0, s.fail(s.i, "%s is no value", s.word(s.i))
}

// show is the byte or character at i for a message.
func (s *scanner) show(i int) string {
	if !s.w.has(i) {
		return "the end of the file"
	}
	s.w.has(i + utf8.UTFMax - 1)
	r, n := utf8.DecodeRune(s.w.data[i:])
	if r == utf8.RuneError && n <= 1 {
		return fmt.Sprintf("the byte %#02x", s.w.data[i])
	}
	return fmt.Sprintf("%q", r)
}

// word is the word at i for a message, at most 20 bytes of it.
func (s *scanner) word(i int) string {
	end := i
	for end < i+20 && s.w.has(end) && (isDigit(s.w.data[end]) || isLetter(s.w.data[end]) || s.w.data[end] == '-') {
		end++
	}
	if end == i {
		return s.show(i)
	}
	return fmt.Sprintf("%q", s.w.data[i:end])
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// unquote decodes a checked string without its quotes. flaw says why the text
// can't be kept in a warehouse, "" when it can.
func unquote(raw []byte, v value) (text, flaw string) {
	if v.badUTF8 {
		return "", "is not valid UTF-8"
	}
	if !v.escaped {
		return string(raw), ""
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			out = append(out, c)
			i++
			continue
		}
		switch raw[i+1] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(raw[i+2:])
			i += 6
			switch {
			case r == 0:
				flaw = `holds the character \u0000, which PostgreSQL can't keep`
			case utf16.IsSurrogate(r):
				pair := rune(utf8.RuneError)
				if i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(raw[i+2:]))
				}
				if pair == utf8.RuneError {
					flaw = fmt.Sprintf(`holds \u%04x, half of a character`, r)
				} else {
					i += 6
				}
				r = pair
			}
			out = utf8.AppendRune(out, r)
			continue
		default: // quote, backslash, slash
			out = append(out, raw[i+1])
		}
		i += 2
	}
	return string(out), flaw
}

func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		default:
			r = r<<4 | rune(c|0x20-'a'+10)
		}
	}
	return r
}
