package duckdb

import (
	"strings"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// piece is one statement of a text.
type piece struct {
	text  string
	runes int // characters of the text before it
	lines int // line breaks of the text before it

	extracted mapping.ExtractedStatements
	index     mapping.IdxT
	known     bool // text is this statement's alone
}

// split cuts a text after each semicolon that ends a statement: not in a
// string, a quoted name, a comment or a dollar-quoted body.
func split(sql string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(sql); {
		switch ch := sql[i]; {
		case ch == '\'':
			i = endOfQuote(sql, i, escapes(sql, i))
		case ch == '"':
			i = endOfQuote(sql, i, false)
		case strings.HasPrefix(sql[i:], "--"):
			if n := strings.IndexByte(sql[i:], '\n'); n >= 0 {
				i += n + 1
			} else {
				i = len(sql)
			}
		case strings.HasPrefix(sql[i:], "/*"):
			i = endOfComment(sql, i)
		case ch == '$' && (i == 0 || !wordByte(sql[i-1])):
			i = endOfDollar(sql, i)
		case ch == ';':
			i++
			parts = append(parts, sql[start:i])
			start = i
		default:
			i++
		}
	}
	if start < len(sql) {
		parts = append(parts, sql[start:])
	}
	return parts
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}

// escapes tells whether the quote at i opens an E” string.
func escapes(sql string, i int) bool {
	return i > 0 && (sql[i-1] == 'e' || sql[i-1] == 'E') && (i == 1 || !wordByte(sql[i-2]))
}

func endOfQuote(sql string, i int, backslash bool) int {
	quote := sql[i]
	for i++; i < len(sql); i++ {
		switch {
		case backslash && sql[i] == '\\':
			i++
		case sql[i] == quote:
			if i+1 < len(sql) && sql[i+1] == quote {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(sql)
}

func endOfComment(sql string, i int) int {
	depth := 0
	for i < len(sql) {
		switch {
		case strings.HasPrefix(sql[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(sql[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(sql)
}

// endOfDollar skips $tag$…$tag$; anything else is a placeholder or a sign.
func endOfDollar(sql string, i int) int {
	end := i + 1
	for end < len(sql) && wordByte(sql[end]) {
		end++
	}
	if end == len(sql) || sql[end] != '$' || end > i+1 && sql[i+1] >= '0' && sql[i+1] <= '9' {
		return i + 1
	}
	tag := sql[i : end+1]
	if n := strings.Index(sql[end+1:], tag); n >= 0 {
		return end + 1 + n + len(tag)
	}
	return len(sql)
}

// extract has DuckDB parse a text, all of it before anything runs, and gives
// its statements. DuckDB mixes up the places of errors in a text of several
// statements, so each is parsed again by itself.
func (c *conn) extract(sql string) ([]piece, func(), error) {
	var all []mapping.ExtractedStatements
	free := func() {
		for i := range all {
			mapping.DestroyExtracted(&all[i])
		}
	}
	parse := func(text string) (mapping.ExtractedStatements, mapping.IdxT) {
		var stmts mapping.ExtractedStatements
		n := mapping.ExtractStatements(c.raw, text, &stmts)
		all = append(all, stmts)
		return stmts, n
	}
	whole, count := parse(sql)
	if count == 0 {
		message := mapping.ExtractStatementsError(whole)
		free()
		if message != "" {
			return nil, func() {}, statementError(message, sql)
		}
		return nil, func() {}, nil
	}
	if count == 1 {
		return []piece{{text: sql, extracted: whole, known: true}}, free, nil
	}
	var pieces []piece
	at := piece{}
	for _, text := range split(sql) {
		stmts, n := parse(text)
		if n > 1 {
			pieces = nil
			break
		}
		if n == 1 {
			pieces = append(pieces, piece{text: text, runes: at.runes, lines: at.lines, extracted: stmts, known: true})
		}
		at.runes += utf8.RuneCountInString(text)
		at.lines += strings.Count(text, "\n")
	}
	if len(pieces) != int(count) {
		// The cut was wrong: keep DuckDB's own, without places.
		pieces = nil
		for i := range count {
			pieces = append(pieces, piece{text: sql, extracted: whole, index: i})
		}
	}
	return pieces, free, nil
}
