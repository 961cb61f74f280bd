package seedcsv

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// reader reads records as Python's csv module does in its default dialect: a
// quote opens a quoted field only at the field's start and "" inside stands for
// one quote; text behind the closing quote is appended.
type reader struct {
	src   string
	file  string
	delim string
	pos   int
	line  int // of pos, from 1
}

// next appends the fields of the next record to dst and returns the line that
// it starts on; line 0 is the end. A blank line is a record without fields.
func (r *reader) next(dst []string) (fields []string, line int, err error) {
	fields = dst
	if r.pos >= len(r.src) {
		return fields, 0, nil
	}
	line = r.line
	if n := newline(r.src, r.pos); n > 0 {
		r.pos += n
		r.line++
		return fields, line, nil
	}
	for {
		field, err := r.field()
		if err != nil {
			return nil, 0, err
		}
		fields = append(fields, field)
		if r.pos >= len(r.src) {
			return fields, line, nil
		}
		if n := newline(r.src, r.pos); n > 0 {
			r.pos += n
			r.line++
			return fields, line, nil
		}
		r.pos += len(r.delim)
	}
}

// newline returns the size of the line end at pos, 0 when there is none.
func newline(s string, pos int) int {
	switch s[pos] {
	case '\n':
		return 1
	case '\r':
		if pos+1 < len(s) && s[pos+1] == '\n' {
			return 2
		}
		return 1
	}
	return 0
}

// field reads up to the next delimiter, line end or the end of the text.
func (r *reader) field() (string, error) {
	if r.pos < len(r.src) && r.src[r.pos] == '"' && r.delim != `"` {
		return r.quoted()
	}
	start := r.pos
	r.skipPlain()
	return r.src[start:r.pos], nil
}

func (r *reader) skipPlain() {
	d := r.delim[0]
	for r.pos < len(r.src) {
		switch c := r.src[r.pos]; {
		case c == '\n' || c == '\r':
			return
		case c == d && strings.HasPrefix(r.src[r.pos:], r.delim):
			return
		}
		r.pos++
	}
}

func (r *reader) quoted() (string, error) {
	openLine := r.line
	openPos := r.pos
	r.pos++
	var b strings.Builder
	start := r.pos
	plain := true // the field is src[start:r.pos] as it stands
	flush := func() {
		b.WriteString(r.src[start:r.pos])
		plain = false
	}
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case '\n':
			r.line++
			r.pos++
		case '\r': // read as \n, with a \n behind it as one
			flush()
			b.WriteByte('\n')
			r.pos += newline(r.src, r.pos)
			start = r.pos
			r.line++
		case '"':
			if r.pos+1 < len(r.src) && r.src[r.pos+1] == '"' {
				r.pos++
				flush()
				r.pos++
				start = r.pos
				continue
			}
			end := r.pos
			r.pos++
			tail := r.pos
			r.skipPlain()
			if plain && tail == r.pos {
				return r.src[start:end], nil
			}
			b.WriteString(r.src[start:end])
			b.WriteString(r.src[tail:r.pos])
			return b.String(), nil
		default:
			r.pos++
		}
	}
	column := 1 + utf8.RuneCountInString(r.src[strings.LastIndexAny(r.src[:openPos], "\r\n")+1:openPos])
	return "", r.fail(openLine, column, "the quoted field that starts here never ends").
		WithHint(`close it with a ", and write "" for a quote inside`)
}

func (r *reader) fail(line, column int, format string, args ...any) *diag.Diagnostic {
	return diag.New(diag.CompilationError, "%s", fmt.Sprintf(format, args...)).
		At(r.file, line, column).WithCode("seed-csv").WithSource([]byte(r.src))
}
