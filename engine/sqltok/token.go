package sqltok

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is the class of a token.
type Kind uint8

// Token kinds.
const (
	Space        Kind = iota // white space, line ends included
	LineComment              // -- … up to, not including, the line end
	BlockComment             // /* … */
	Word                     // keyword or unquoted name
	QuotedName               // "…" or `…`
	String                   // '…', E'…', B'…', X'…', N'…', U&'…'
	DollarString             // $$…$$, $tag$…$tag$
	Number                   // 1, 1.5, .5, 1e-3, 0xff, 1_000
	Param                    // $1, :name, ?
	Semicolon                // ;
	Open                     // ( [ {
	Close                    // ) ] }
	Comma                    // ,
	Operator                 // anything else, one operator or character
)

var kindNames = [...]string{
	"space", "line comment", "block comment", "word", "quoted name", "string",
	"dollar string", "number", "param", "semicolon", "open", "close", "comma", "operator",
}

// String names the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Token is a piece of the text: sql[Start:End].
type Token struct {
	Kind       Kind
	Start, End int
}

// Text returns the token's text in the SQL that it was read from.
func (t Token) Text(sql string) string { return sql[t.Start:t.End] }

// Blank tells whether the token is white space or a comment.
func (t Token) Blank() bool { return t.Kind <= BlockComment }

// Is tells whether the token is the given word, ignoring case.
func (t Token) Is(sql, word string) bool {
	return t.Kind == Word && t.End-t.Start == len(word) && strings.EqualFold(sql[t.Start:t.End], word)
}

// Tokens yields all tokens of sql in order. They cover it without a gap.
func Tokens(d Dialect, sql string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for pos := 0; pos < len(sql); {
			t := next(d, sql, pos)
			if !yield(t) {
				return
			}
			pos = t.End
		}
	}
}

// next reads the token at pos, which must be inside sql.
func next(d Dialect, sql string, pos int) Token {
	c := sql[pos]
	tok := func(k Kind, end int) Token { return Token{k, pos, end} }
	switch {
	case isSpace(c):
		end := pos + 1
		for end < len(sql) && isSpace(sql[end]) {
			end++
		}
		return tok(Space, end)
	case c == '-' && has(sql, pos+1, '-'), c == '#' && d.HashComments:
		return tok(LineComment, lineEnd(sql, pos))
	case c == '/' && has(sql, pos+1, '*'):
		return tok(BlockComment, blockEnd(sql, pos, d.NestedComments))
	case c == '\'':
		return tok(String, quoteEnd(sql, pos, '\'', d.BackslashStrings))
	case c == '"':
		return tok(QuotedName, quoteEnd(sql, pos, '"', false))
	case c == '`' && d.Backticks:
		return tok(QuotedName, quoteEnd(sql, pos, '`', false))
	case c == '$':
		if d.DollarStrings {
			if end := dollarEnd(sql, pos); end > 0 {
				return tok(DollarString, end)
			}
		}
		if end := digits(sql, pos+1); end > pos+1 {
			return tok(Param, end)
		}
		return tok(Operator, pos+1)
	case c == ';':
		return tok(Semicolon, pos+1)
	case c == ',':
		return tok(Comma, pos+1)
	case c == '(' || c == '[' || c == '{':
		return tok(Open, pos+1)
	case c == ')' || c == ']' || c == '}':
		return tok(Close, pos+1)
	case isDigit(c), c == '.' && pos+1 < len(sql) && isDigit(sql[pos+1]):
		return tok(Number, numberEnd(sql, pos))
	case c == '?':
		return tok(Param, pos+1)
	case c == ':':
		switch {
		case has(sql, pos+1, ':'), has(sql, pos+1, '='):
			return tok(Operator, pos+2)
		}
		if n := wordStart(sql, pos+1); n > 0 {
			return tok(Param, wordEnd(sql, pos+1))
		}
		return tok(Operator, pos+1)
	}
	if n := wordStart(sql, pos); n > 0 {
		if end, ok := prefixedString(d, sql, pos); ok {
			return tok(String, end)
		}
		return tok(Word, wordEnd(sql, pos))
	}
	return tok(Operator, operatorEnd(sql, pos))
}

// prefixedString reads E'…', B'…', X'…', N'…' and U&'…'; U&"…" stays a word,
// an operator and a quoted name, which changes nothing for any caller.
func prefixedString(d Dialect, sql string, pos int) (int, bool) {
	switch sql[pos] {
	case 'e', 'E':
		if has(sql, pos+1, '\'') {
			return quoteEnd(sql, pos+1, '\'', d.EscapeStrings || d.BackslashStrings), true
		}
	case 'b', 'B', 'x', 'X', 'n', 'N':
		if has(sql, pos+1, '\'') {
			return quoteEnd(sql, pos+1, '\'', d.BackslashStrings), true
		}
	case 'u', 'U':
		if has(sql, pos+1, '&') && has(sql, pos+2, '\'') {
			return quoteEnd(sql, pos+2, '\'', false), true
		}
	}
	return 0, false
}

func has(s string, i int, c byte) bool { return i < len(s) && s[i] == c }

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func lineEnd(s string, pos int) int {
	if i := strings.IndexAny(s[pos:], "\r\n"); i >= 0 {
		return pos + i
	}
	return len(s)
}

func blockEnd(s string, pos int, nested bool) int {
	depth := 1
	for i := pos + 2; i < len(s)-1; {
		switch {
		case s[i] == '*' && s[i+1] == '/':
			i += 2
			if depth--; depth == 0 {
				return i
			}
		case nested && s[i] == '/' && s[i+1] == '*':
			i += 2
			depth++
		default:
			i++
		}
	}
	return len(s)
}

// quoteEnd returns the offset behind the quoted text that opens at pos. Two
// quotes in a row stand for one.
func quoteEnd(s string, pos int, q byte, backslash bool) int {
	for i := pos + 1; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] == q:
			if !has(s, i+1, q) {
				return i + 1
			}
			i++
		}
	}
	return len(s)
}

// dollarEnd returns the offset behind a dollar-quoted string that opens at pos,
// 0 when none opens there. An unterminated one reaches to the end.
func dollarEnd(s string, pos int) int {
	i := pos + 1
	for i < len(s) && s[i] != '$' {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != '_' && !unicode.IsLetter(r) && (i == pos+1 || !unicode.IsDigit(r)) {
			return 0
		}
		i += n
	}
	if i >= len(s) {
		return 0
	}
	tag := s[pos : i+1]
	if j := strings.Index(s[i+1:], tag); j >= 0 {
		return i + 1 + j + len(tag)
	}
	return len(s)
}

func digits(s string, pos int) int {
	for pos < len(s) && isDigit(s[pos]) {
		pos++
	}
	return pos
}

func numberEnd(s string, pos int) int {
	i := pos
	if s[i] == '0' && i+1 < len(s) && strings.IndexByte("xXoObB", s[i+1]) >= 0 {
		j := i + 2
		for j < len(s) && (isDigit(s[j]) || s[j] == '_' || 'a' <= s[j]|0x20 && s[j]|0x20 <= 'f') {
			j++
		}
		if j > i+2 {
			return j
		}
	}
	run := func() {
		for i < len(s) && (isDigit(s[i]) || s[i] == '_' && i+1 < len(s) && isDigit(s[i+1])) {
			i++
		}
	}
	run()
	if has(s, i, '.') && !has(s, i+1, '.') {
		i++
		run()
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			i = j
			run()
		}
	}
	return i
}

// wordStart returns the size of the rune at pos when a word can begin with it,
// else 0. Bytes that are no UTF-8 count as letters, as PostgreSQL has it.
func wordStart(s string, pos int) int {
	if pos >= len(s) {
		return 0
	}
	c := s[pos]
	if c < utf8.RuneSelf {
		if c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(s[pos:])
	if unicode.IsSpace(r) {
		return 0
	}
	return n
}

func wordEnd(s string, pos int) int {
	for pos < len(s) {
		if n := wordStart(s, pos); n > 0 {
			pos += n
			continue
		}
		if isDigit(s[pos]) || s[pos] == '$' {
			pos++
			continue
		}
		break
	}
	return pos
}

const operatorChars = "+-*/<>=~!@#%^&|"

// operatorEnd reads a run of operator characters, which ends before a comment;
// any other character stands alone.
func operatorEnd(s string, pos int) int {
	if strings.IndexByte(operatorChars, s[pos]) < 0 {
		_, n := utf8.DecodeRuneInString(s[pos:])
		return pos + n
	}
	i := pos + 1
	for i < len(s) && strings.IndexByte(operatorChars, s[i]) >= 0 {
		if s[i] == '-' && has(s, i+1, '-') || s[i] == '/' && has(s, i+1, '*') {
			break
		}
		i++
	}
	return i
}
