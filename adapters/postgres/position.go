package postgres

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// serverMessage prints a server error as libpq does at its default verbosity
// and psycopg2 hands on, without the severity: that is what dbt shows.
// position is the 1-based character offset in sql, 0 for none.
func serverMessage(e *pgconn.PgError, sql string, position int) string {
	var b strings.Builder
	b.WriteString(e.Message)
	b.WriteByte('\n')
	switch {
	case position > 0:
		b.WriteString(sourceLine(sql, position))
	case e.InternalQuery != "" && e.InternalPosition > 0:
		b.WriteString(sourceLine(e.InternalQuery, int(e.InternalPosition)))
	}
	for _, part := range []struct{ label, text string }{
		{"DETAIL", e.Detail}, {"HINT", e.Hint}, {"QUERY", e.InternalQuery}, {"CONTEXT", e.Where},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "%s:  %s\n", part.label, part.text)
		}
	}
	return strings.TrimSpace(b.String())
}

const (
	maxLineWidth = 60 // of the quoted source line
	minRightCut  = 10 // that stays right of the caret when the line is cut
)

// sourceLine prints `LINE n: text` and a caret below the character at position.
// A long line is cut around it. (The layout is libpq's.)
func sourceLine(sql string, position int) string {
	runes := []rune(sql)
	at := position - 1
	if at < 0 || at > len(runes) {
		return ""
	}
	line, start := 1, 0
	for i := 0; i < at; i++ {
		switch {
		case runes[i] == '\n':
			if i == 0 || runes[i-1] != '\r' {
				line++
			}
			start = i + 1
		case runes[i] == '\r':
			line++
			start = i + 1
		}
	}
	end := start
	for end < len(runes) && runes[end] != '\n' && runes[end] != '\r' {
		end++
	}
	// Columns on the screen, with a tab as one blank.
	column := make([]int, end-start+1)
	for i := start; i < end; i++ {
		column[i-start+1] = column[i-start] + width(runes[i])
	}
	col := func(i int) int { return column[min(i, end)-start] }

	from, to := start, end
	cutLeft, cutRight := false, false
	if col(to)-col(from) > maxLineWidth {
		if col(from)+maxLineWidth >= col(at)+minRightCut {
			for to > from && col(to)-col(from) > maxLineWidth {
				to--
			}
			cutRight = true
		} else {
			for to > at && col(at)+minRightCut < col(to) {
				to--
				cutRight = true
			}
			for from < at && col(to)-col(from) > maxLineWidth {
				from++
				cutLeft = true
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "LINE %d: ", line)
	indent := b.Len() + col(at) - col(from)
	if cutLeft {
		b.WriteString("...")
		indent += 3
	}
	b.WriteString(strings.ReplaceAll(string(runes[from:to]), "\t", " "))
	if cutRight {
		b.WriteString("...")
	}
	b.WriteByte('\n')
	b.WriteString(strings.Repeat(" ", indent))
	b.WriteString("^\n")
	return b.String()
}

// width is a character's on the screen; the tab is printed as a blank.
func width(r rune) int {
	if r == '\t' {
		return 1
	}
	return adapter.DisplayWidth(r)
}
