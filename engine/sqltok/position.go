package sqltok

import (
	"strings"
	"unicode/utf8"
)

// Position turns a byte offset into line and column, both from 1; the column
// counts characters. An offset outside the text is moved to its nearest end.
func Position(sql string, offset int) (line, column int) {
	offset = max(0, min(offset, len(sql)))
	head := sql[:offset]
	line = 1 + strings.Count(head, "\n")
	start := strings.LastIndexByte(head, '\n') + 1
	return line, 1 + utf8.RuneCountInString(head[start:])
}

// CharOffset turns a 1-based character position, as PostgreSQL reports it, into
// a byte offset.
func CharOffset(sql string, position int) int {
	n := position - 1
	for i := range sql {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(sql)
}

// Lines answers many [Position] questions about one text.
type Lines struct {
	sql    string
	starts []int
}

// NewLines indexes the lines of sql.
func NewLines(sql string) *Lines {
	l := &Lines{sql: sql, starts: []int{0}}
	for i := range len(sql) {
		if sql[i] == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// Line returns the text of a line, counted from 1, without its line end; ""
// when there is none.
func (l *Lines) Line(n int) string {
	if n < 1 || n > len(l.starts) {
		return ""
	}
	end := len(l.sql)
	if n < len(l.starts) {
		end = l.starts[n] - 1
	}
	return strings.TrimSuffix(l.sql[l.starts[n-1]:end], "\r")
}
