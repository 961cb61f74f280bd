package diag

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	colorReset  = "\x1b[0m"
	colorRed    = "\x1b[31m"
	colorYellow = "\x1b[33m"
	colorBlue   = "\x1b[34m"
	colorBold   = "\x1b[1m"
)

// maxSourceWidth bounds how much of a very long source line is printed.
const maxSourceWidth = 160

// Render prints d for people: dbt's text (see [Diagnostic.Text]), then the
// place, the source line with a caret under the column, and the hint.
func (d *Diagnostic) Render(w io.Writer, color bool) error {
	_, err := io.WriteString(w, d.render(color))
	return err
}

// String is Render without colour and without the last newline.
func (d *Diagnostic) String() string {
	return strings.TrimSuffix(d.render(false), "\n")
}

func (d *Diagnostic) render(color bool) string {
	paint := func(c, s string) string {
		if !color || s == "" {
			return s
		}
		return c + s + colorReset
	}
	headColor := colorRed
	if d.Severity != Error {
		headColor = colorYellow
	}
	var b strings.Builder
	head, rest, _ := strings.Cut(d.Text(), "\n")
	b.WriteString(paint(headColor+colorBold, head))
	b.WriteByte('\n')
	b.WriteString(rest)
	b.WriteByte('\n')
	gutter := ""
	if place := d.Place(); place != "" {
		num := ""
		if d.Line > 0 {
			num = strconv.Itoa(d.Line)
		}
		gutter = strings.Repeat(" ", len(num))
		b.WriteString("  " + paint(colorBlue, gutter+"--> ") + place + "\n")
		if d.Source != "" && d.Line > 0 {
			line, caret := window(d.Source, d.Column)
			b.WriteString("  " + paint(colorBlue, num+" | ") + line + "\n")
			if caret >= 0 {
				b.WriteString("  " + paint(colorBlue, gutter+" | ") + pad(line, caret) + paint(headColor, "^") + "\n")
			}
		}
	}
	if d.Hint != "" {
		for i, line := range strings.Split(d.Hint, "\n") {
			word := "= hint: "
			if i > 0 {
				word = "        "
			}
			b.WriteString("  " + paint(colorBlue, gutter+word) + line + "\n")
		}
	}
	return b.String()
}

// window cuts a long line around the column and returns where the caret goes,
// as a number of characters, or -1.
func window(line string, column int) (string, int) {
	line = strings.TrimRight(line, "\r\n")
	n := utf8.RuneCountInString(line)
	caret := column - 1
	if column <= 0 || caret > n {
		caret = -1
	}
	if n <= maxSourceWidth {
		return printable(line), caret
	}
	runes := []rune(line)
	from := max(0, caret-maxSourceWidth/2)
	to := min(n, from+maxSourceWidth)
	from = max(0, to-maxSourceWidth)
	out := printable(string(runes[from:to]))
	if from > 0 {
		out = "…" + out
	}
	if to < n {
		out += "…"
	}
	if caret >= 0 {
		caret -= from
		if from > 0 {
			caret++
		}
	}
	return out, caret
}

// printable keeps control characters out of a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0)) {
			return '�'
		}
		return r
	}, s)
}

// pad returns white space as wide as the first n characters of line; tabs stay.
func pad(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n == 0 {
			break
		}
		n--
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	for ; n > 0; n-- {
		b.WriteByte(' ')
	}
	return b.String()
}

// Snippet returns the text of a line of src, counted from 1, without its line
// end; "" when there is no such line.
func Snippet(src []byte, line int) string {
	if line <= 0 {
		return ""
	}
	rest := src
	for i := 1; i < line; i++ {
		nl := bytes.IndexByte(rest, '\n')
		if nl < 0 {
			return ""
		}
		rest = rest[nl+1:]
	}
	if nl := bytes.IndexByte(rest, '\n'); nl >= 0 {
		rest = rest[:nl]
	}
	return strings.TrimSuffix(strings.ToValidUTF8(string(rest), "�"), "\r")
}

// Position turns a byte offset of src into line and column, both from 1; the
// column counts characters.
func Position(src []byte, offset int) (line, column int) {
	offset = min(max(offset, 0), len(src))
	head := src[:offset]
	line = 1
	start := 0
	for i, c := range head {
		if c == '\n' {
			line++
			start = i + 1
		}
	}
	return line, utf8.RuneCount(head[start:]) + 1
}

// Offset turns line and column of src, both from 1, into a byte offset: [Position] the other way round. What lies behind the end
// is the end.
func Offset(src []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(src[at:], '\n')
		if i < 0 {
			return len(src)
		}
		at += i + 1
	}
	for i := range string(src[at:]) {
		if column--; column <= 0 {
			return at + i
		}
	}
	return len(src)
}
