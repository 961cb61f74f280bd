package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tEOF tokenKind = iota
	tError
	tData
	tVarBegin
	tVarEnd
	tBlockBegin
	tBlockEnd
	tName
	tString
	tInt
	tFloat
	tAdd
	tSub
	tDiv
	tFloorDiv
	tMul
	tMod
	tPow
	tTilde
	tLBracket
	tRBracket
	tLParen
	tRParen
	tLBrace
	tRBrace
	tEq
	tNe
	tGt
	tGe
	tLt
	tLe
	tAssign
	tDot
	tColon
	tPipe
	tComma
	tSemicolon
)

var tokenNames = [...]string{
	"end of template", "error", "template data / text", "begin of print statement", "end of print statement",
	"begin of statement block", "end of statement block", "name", "string", "integer", "float",
	"+", "-", "/", "//", "*", "%", "**", "~", "[", "]", "(", ")", "{", "}", "==", "!=", ">", ">=", "<", "<=",
	"=", ".", ":", "|", ",", ";",
}

// token is a piece of source. val is its text; of a string the part between
// the quotes, escapes untouched; of data after whitespace control.
type token struct {
	val  string
	pos  int32
	kind tokenKind
}

func (t token) describe() string {
	if t.kind == tName {
		return t.val
	}
	return tokenNames[t.kind]
}

// normalizeNewlines makes every line end a \n and drops one at the very end.
func normalizeNewlines(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	return strings.TrimSuffix(s, "\n")
}

// isSpace is Python's str.isspace for one character.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\f', '\v', 0x1c, 0x1d, 0x1e, 0x1f:
		return true
	}
	return r >= 0x80 && unicode.IsSpace(r)
}

func trimRightSpace(s string) string { return strings.TrimRightFunc(s, isSpace) }
func trimLeftSpace(s string) string  { return strings.TrimLeftFunc(s, isSpace) }

// lexer turns source into tokens; the first error ends them with a tError.
type lexer struct {
	src     string
	tokens  []token
	err     string // message of the tError
	balance []byte // open brackets of the tag
}

func (l *lexer) add(k tokenKind, pos int, val string) {
	l.tokens = append(l.tokens, token{val, int32(pos), k})
}

func (l *lexer) fail(pos int, msg string) {
	l.err = msg
	l.add(tError, pos, "")
}

func (l *lexer) run() {
	pos := 0
	for pos < len(l.src) {
		at := nextOpen(l.src, pos)
		if at < 0 {
			l.add(tData, pos, l.src[pos:])
			break
		}
		sign := byte(0)
		if at+2 < len(l.src) && (l.src[at+2] == '-' || l.src[at+2] == '+') {
			sign = l.src[at+2]
		}
		data := l.src[pos:at]
		if sign == '-' {
			data = trimRightSpace(data)
		}
		if data != "" {
			l.add(tData, pos, data)
		}
		in := at + 2
		if sign != 0 {
			in++
		}
		ok := true
		switch l.src[at+1] {
		case '#':
			// the sign of the end may touch that of the start: {#-#}
			pos, ok = l.comment(at, at+2)
		case '%':
			if end := rawBegin(l.src, in); end >= 0 {
				pos, ok = l.raw(at, end)
			} else {
				l.add(tBlockBegin, at, "")
				pos, ok = l.tag(in, '%')
			}
		default:
			l.add(tVarBegin, at, "")
			pos, ok = l.tag(in, '}')
		}
		if !ok {
			return
		}
	}
	l.add(tEOF, len(l.src), "")
}

// nextOpen finds the next {{, {% or {#.
func nextOpen(src string, pos int) int {
	for {
		i := strings.IndexByte(src[pos:], '{')
		if i < 0 || pos+i+1 >= len(src) {
			return -1
		}
		pos += i
		switch src[pos+1] {
		case '{', '%', '#':
			return pos
		}
		pos++
	}
}

func skipSpace(src string, pos int) int {
	for pos < len(src) {
		c := src[pos]
		if c < utf8.RuneSelf {
			if !isSpace(rune(c)) {
				return pos
			}
			pos++
			continue
		}
		r, n := utf8.DecodeRuneInString(src[pos:])
		if !isSpace(r) {
			return pos
		}
		pos += n
	}
	return pos
}

// closeTag matches -X} with the space after it, or X}, at pos; end is the
// second-last character of the delimiter. plus allows +X} as well.
func closeTag(src string, pos int, end byte, plus bool) int {
	if pos+1 < len(src) && src[pos] == end && src[pos+1] == '}' {
		return pos + 2
	}
	if pos+2 < len(src) && src[pos+1] == end && src[pos+2] == '}' {
		switch {
		case src[pos] == '-':
			return skipSpace(src, pos+3)
		case src[pos] == '+' && plus:
			return pos + 3
		}
	}
	return -1
}

// rawBegin matches the rest of {% raw %} after its sign; -1 if it is another tag.
func rawBegin(src string, pos int) int {
	pos = skipSpace(src, pos)
	if !strings.HasPrefix(src[pos:], "raw") {
		return -1
	}
	return closeTag(src, skipSpace(src, pos+3), '%', false)
}

func (l *lexer) comment(at, pos int) (int, bool) {
	i := strings.Index(l.src[pos:], "#}")
	if i < 0 {
		l.fail(at, "Missing end of comment tag")
		return 0, false
	}
	end := pos + i + 2
	if i > 0 && l.src[pos+i-1] == '-' {
		end = skipSpace(l.src, end)
	}
	return end, true
}

func (l *lexer) raw(at, pos int) (int, bool) {
	for i := pos; ; i += 2 {
		j := strings.Index(l.src[i:], "{%")
		if j < 0 {
			l.fail(at, "Missing end of raw directive")
			return 0, false
		}
		i += j
		in, strip := i+2, false
		if in < len(l.src) && (l.src[in] == '-' || l.src[in] == '+') {
			strip = l.src[in] == '-'
			in++
		}
		in = skipSpace(l.src, in)
		if !strings.HasPrefix(l.src[in:], "endraw") {
			continue
		}
		end := closeTag(l.src, skipSpace(l.src, in+6), '%', true)
		if end < 0 {
			continue
		}
		data := l.src[pos:i]
		if strip {
			data = trimRightSpace(data)
		}
		if data != "" {
			l.add(tData, pos, data)
		}
		return end, true
	}
}

// tag reads tokens up to the end delimiter, which may not come within brackets.
func (l *lexer) tag(pos int, end byte) (int, bool) {
	l.balance = l.balance[:0]
	src := l.src
	for {
		pos = skipSpace(src, pos)
		if pos >= len(src) {
			return pos, true // the parser finds the end of the template
		}
		if len(l.balance) == 0 {
			if e := closeTag(src, pos, end, end == '%'); e >= 0 {
				k := tVarEnd
				if end == '%' {
					k = tBlockEnd
				}
				l.add(k, pos, "")
				return e, true
			}
		}
		c := src[pos]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
			e := pos + 1
			for e < len(src) && isWordByte(src[e]) {
				e++
			}
			if e < len(src) && src[e] >= utf8.RuneSelf {
				var ok bool
				if e, ok = l.unicodeName(pos); !ok {
					return 0, false
				}
			}
			l.add(tName, pos, src[pos:e])
			pos = e
		case c >= '0' && c <= '9':
			e, float := scanNumber(src, pos)
			k := tInt
			if float {
				k = tFloat
			}
			l.add(k, pos, src[pos:e])
			pos = e
		case c == '\'' || c == '"':
			e := pos + 1
			for e < len(src) && src[e] != c {
				if src[e] == '\\' {
					e++
				}
				e++
			}
			if e >= len(src) {
				l.fail(pos, "unexpected char "+reprString(string(c))+" at "+Int(utf8.RuneCountInString(src[:pos])).String())
				return 0, false
			}
			l.add(tString, pos, src[pos+1:e])
			pos = e + 1
		case c >= utf8.RuneSelf:
			e, ok := l.unicodeName(pos)
			if !ok {
				return 0, false
			}
			l.add(tName, pos, src[pos:e])
			pos = e
		default:
			k, n := operator(src[pos:])
			if n == 0 {
				l.fail(pos, "unexpected char "+reprString(string(c))+" at "+Int(utf8.RuneCountInString(src[:pos])).String())
				return 0, false
			}
			switch c {
			case '(':
				l.balance = append(l.balance, ')')
			case '[':
				l.balance = append(l.balance, ']')
			case '{':
				l.balance = append(l.balance, '}')
			case ')', ']', '}':
				m := len(l.balance)
				if m == 0 {
					l.fail(pos, "unexpected "+reprString(string(c)))
					return 0, false
				}
				if want := l.balance[m-1]; want != c {
					l.fail(pos, "unexpected "+reprString(string(c))+", expected "+reprString(string(want)))
					return 0, false
				}
				l.balance = l.balance[:m-1]
			}
			l.add(k, pos, src[pos:pos+n])
			pos += n
		}
	}
}

// unicodeName reads a name with letters beyond ASCII.
func (l *lexer) unicodeName(pos int) (int, bool) {
	e := pos
	for e < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.src[e:])
		word := r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
		ident := word && (e > pos || !unicode.IsNumber(r)) ||
			unicode.In(r, unicode.Mn, unicode.Mc, unicode.Other_ID_Continue) && e > pos
		if !ident {
			if word || r == 0xb7 || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Other_ID_Continue) {
				l.fail(pos, "Invalid character in identifier")
				return 0, false
			}
			break
		}
		e += n
	}
	if e == pos || e < len(l.src) && l.src[e] >= utf8.RuneSelf {
		r, _ := utf8.DecodeRuneInString(l.src[e:])
		if isSpace(r) && e > pos {
			return e, true
		}
		l.fail(e, "unexpected char "+reprString(string(r))+" at "+Int(utf8.RuneCountInString(l.src[:e])).String())
		return 0, false
	}
	return e, true
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits reads digits with single underscores between them.
func digits(src string, pos int, ok func(byte) bool) int {
	for pos < len(src) {
		if ok(src[pos]) {
			pos++
		} else if src[pos] == '_' && pos+1 < len(src) && ok(src[pos+1]) {
			pos += 2
		} else {
			break
		}
	}
	return pos
}

// scanNumber reads an int or a float literal.
func scanNumber(src string, pos int) (end int, float bool) {
	// a float may not follow a dot: x.0.1 has two subscripts
	if pos == 0 || src[pos-1] != '.' {
		e := digits(src, pos, isDigit)
		if e+1 < len(src) && src[e] == '.' && isDigit(src[e+1]) {
			e = digits(src, e+1, isDigit)
			float = true
		}
		if e < len(src) && (src[e] == 'e' || src[e] == 'E') {
			x := e + 1
			if x < len(src) && (src[x] == '+' || src[x] == '-') {
				x++
			}
			if x < len(src) && isDigit(src[x]) {
				e = digits(src, x, isDigit)
				float = true
			}
		}
		if float {
			return e, true
		}
	}
	if src[pos] == '0' {
		if pos+1 < len(src) {
			var ok func(byte) bool
			switch src[pos+1] {
			case 'b', 'B':
				ok = func(c byte) bool { return c == '0' || c == '1' }
			case 'o', 'O':
				ok = func(c byte) bool { return c >= '0' && c <= '7' }
			case 'x', 'X':
				ok = func(c byte) bool {
					return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
				}
			}
			if ok != nil {
				if e := digits(src, pos+2, ok); e > pos+2 {
					return e, false
				}
			}
		}
		return digits(src, pos+1, func(c byte) bool { return c == '0' }), false
	}
	return digits(src, pos, isDigit), false
}

func operator(s string) (tokenKind, int) {
	var next byte
	if len(s) > 1 {
		next = s[1]
	}
	switch s[0] {
	case '+':
		return tAdd, 1
	case '-':
		return tSub, 1
	case '/':
		if next == '/' {
			return tFloorDiv, 2
		}
		return tDiv, 1
	case '*':
		if next == '*' {
			return tPow, 2
		}
		return tMul, 1
	case '%':
		return tMod, 1
	case '~':
		return tTilde, 1
	case '[':
		return tLBracket, 1
	case ']':
		return tRBracket, 1
	case '(':
		return tLParen, 1
	case ')':
		return tRParen, 1
	case '{':
		return tLBrace, 1
	case '}':
		return tRBrace, 1
	case '=':
		if next == '=' {
			return tEq, 2
		}
		return tAssign, 1
	case '!':
		if next == '=' {
			return tNe, 2
		}
	case '>':
		if next == '=' {
			return tGe, 2
		}
		return tGt, 1
	case '<':
		if next == '=' {
			return tLe, 2
		}
		return tLt, 1
	case '.':
		return tDot, 1
	case ':':
		return tColon, 1
	case '|':
		return tPipe, 1
	case ',':
		return tComma, 1
	case ';':
		return tSemicolon, 1
	}
	return tEOF, 0
}
