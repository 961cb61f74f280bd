package event

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Style is how a message is laid out.
type Style struct {
	// Color puts ANSI colours around statuses.
	Color bool
	// Width is --printer-width, the column that dots fill up to; 0 means dbt's default of 80.
	Width int
	// Columns is the width of the terminal that shows the text; 0 when none does. Tables are fitted to it, SQL is
	// highlighted in it.
	Columns int
}

// The ANSI sequences of dbt's three colours and of its reset.
const (
	ansiRed    = "\x1b[31m"
	ansiGreen  = "\x1b[32m"
	ansiYellow = "\x1b[33m"
	ansiReset  = "\x1b[0m"
)

const defaultWidth = 80

func (s Style) width() int {
	if s.Width <= 0 {
		return defaultWidth
	}
	return s.Width
}

func (s Style) paint(code, text string) string {
	if !s.Color {
		return text
	}
	return code + text + ansiReset
}

// Red, Green and Yellow colour a text, when the style has colours.
func (s Style) Red(text string) string    { return s.paint(ansiRed, text) }
func (s Style) Green(text string) string  { return s.paint(ansiGreen, text) }
func (s Style) Yellow(text string) string { return s.paint(ansiYellow, text) }

// WarningTag is dbt's "[WARNING]: " in front of a text; name, when there is one, becomes a second tag.
func (s Style) WarningTag(name, msg string) string {
	tag := "[" + s.Yellow("WARNING") + "]"
	if name != "" {
		tag += "[" + name + "]"
	}
	return tag + ": " + msg
}

// Wrap breaks a text into lines as dbt does with long warnings: every paragraph is filled to the width, and an empty
// line between paragraphs becomes a line break (dbt_common/ui.py, line_wrap_message).
func (s Style) Wrap(msg string) string {
	paras := strings.Split(msg, "\n\n")
	for i, p := range paras {
		paras[i] = fill(p, s.width())
	}
	return strings.Join(paras, "\n")
}

// fill breaks a text at spaces into lines of at most width characters; a longer word is cut.
func fill(text string, width int) string {
	var lines []string
	var line strings.Builder
	n := 0
	flush := func() {
		if n > 0 {
			lines = append(lines, line.String())
			line.Reset()
			n = 0
		}
	}
	for _, word := range strings.Fields(text) {
		w := utf8.RuneCountInString(word)
		if n > 0 && n+1+w <= width {
			line.WriteByte(' ')
			line.WriteString(word)
			n += 1 + w
			continue
		}
		if w > width && n > 0 && width-n-1 > 0 {
			// A word that fits no line starts on this one.
			head, tail := divide(word, width-n-1)
			line.WriteByte(' ')
			line.WriteString(head)
			word, w = tail, w-(width-n-1)
			n = width
		}
		flush()
		for w > width {
			head, tail := divide(word, width)
			lines = append(lines, head)
			word, w = tail, w-width
		}
		line.WriteString(word)
		n = w
	}
	flush()
	return strings.Join(lines, "\n")
}

// divide cuts a word after n characters; bytes that are no UTF-8 stay as they are.
func divide(word string, n int) (head, tail string) {
	at := 0
	for range n {
		_, size := utf8.DecodeRuneInString(word[at:])
		at += size
	}
	return word[:at], word[at:]
}

// fancy lays out a status line: "1 of 5 OK created sql table model main.x ........ [OK in 0.02s]". index and total of 0
// leave out the counter, a negative seconds the time (dbt_common/events/format.py).
func (s Style) fancy(msg, status string, index, total int, seconds float64, truncate bool) string {
	prefix := msg + " "
	if index > 0 || total > 0 {
		prefix = fmt.Sprintf("%d of %d %s ", index, total, msg)
	}
	n := utf8.RuneCountInString(prefix)
	if n < s.width() {
		prefix += strings.Repeat(".", s.width()-n)
		n = s.width()
	}
	if limit := s.width() - 3; truncate && n > limit && limit > 0 {
		prefix = string([]rune(prefix)[:limit]) + "..."
	}
	if seconds >= 0 {
		return fmt.Sprintf("%s [%s in %0.2fs]", prefix, status, seconds)
	}
	return fmt.Sprintf("%s [%s]", prefix, status)
}

const noTime = -1

// Plural is "1 model", "2 models"; a word with its own plural gives it as the third argument.
func Plural(n int, word string, plural ...string) string {
	switch {
	case n == 1:
		return fmt.Sprintf("%d %s", n, word)
	case len(plural) > 0:
		return fmt.Sprintf("%d %s", n, plural[0])
	}
	return fmt.Sprintf("%d %ss", n, word)
}
