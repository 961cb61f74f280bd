package duckdb

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// statementError makes the error of a text from DuckDB's message.
func statementError(message, sql string) *adapter.DatabaseError {
	message = strings.TrimSpace(message)
	e := &adapter.DatabaseError{
		Message: message, Code: errorClass(message), SQL: sql,
		Position: position(message, sql),
		Transient: strings.Contains(message, "write-write conflict") ||
			strings.Contains(message, "Conflict on ") || strings.Contains(message, "conflict on tuple"),
	}
	if e.Code == "" {
		e.Code = "Invalid"
	}
	return e
}

// pieceError makes the error of one statement of a text, with places that
// count from the text's start.
func pieceError(message, sql string, p piece) *adapter.DatabaseError {
	e := statementError(message, p.text)
	e.SQL = sql
	if !p.known {
		e.Position = 0
		return e
	}
	if e.Position > 0 {
		e.Position += p.runes
	}
	if p.lines > 0 {
		e.Message = renumber(e.Message, p.lines)
	}
	return e
}

var sourceLine = regexp.MustCompile(`(?m)^LINE (\d+): (.*)\n( *)\^`)

// renumber adds to the line numbers of a message and keeps its carets in place.
func renumber(message string, lines int) string {
	return sourceLine.ReplaceAllStringFunc(message, func(s string) string {
		m := sourceLine.FindStringSubmatch(s)
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return s
		}
		number := strconv.Itoa(n + lines)
		return fmt.Sprintf("LINE %s: %s\n%s%s^", number, m[2], strings.Repeat(" ", len(number)-len(m[1])), m[3])
	})
}

// position reads the place of an error from the source line and the caret that
// DuckDB prints: a long line is cut to `...part...`, and a tab is one blank.
func position(message, sql string) int {
	all := sourceLine.FindAllStringSubmatch(message, -1)
	if len(all) == 0 {
		return 0
	}
	m := all[len(all)-1]
	number, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	lines := strings.Split(sql, "\n")
	if number < 1 || number > len(lines) {
		return 0
	}
	line := lines[number-1]
	shown := m[2]
	caret := len(m[3]) - len("LINE ") - len(m[1]) - len(": ")
	if caret < 0 {
		return 0
	}
	runes := []rune(line)
	column := 0
	if rest, cut := strings.CutPrefix(shown, "..."); cut && !strings.HasPrefix(line, "...") {
		at := strings.Index(blank(line), blank(strings.TrimSuffix(rest, "...")))
		if at < 0 {
			return 0
		}
		column = utf8.RuneCountInString(line[:at])
		caret -= len("...")
	}
	// The caret counts columns of the screen, where a tab has none.
	for ; column < len(runes); column++ {
		w := adapter.DisplayWidth(runes[column])
		if caret <= 0 && w > 0 {
			break
		}
		caret -= w
	}
	if caret > 0 {
		return 0
	}
	offset := column
	for _, l := range lines[:number-1] {
		offset += utf8.RuneCountInString(l) + 1
	}
	return offset + 1
}

func blank(s string) string { return strings.NewReplacer("\t", " ", "\r", " ").Replace(s) }
