package sqltok

import "strings"

// keywords are the words that Highlight marks: those that give a query its shape.
var keywords = words(`all alter and any array as asc at between by case cast check column constraint create cross current
	database default delete desc distinct drop else end except exists explain extract false fetch filter first following for
	foreign from full group grouping having if ilike in index inner insert intersect interval into is join key last lateral
	left like limit materialized merge natural not null nulls offset on or order outer over partition pivot preceding primary
	qualify range recursive references rename replace returning revoke right row rows schema select set sets similar table
	temp temporary then to true truncate unbounded union unique unpivot update using values view when where window with within
	without`)

func words(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// The colours of Highlight, as ANSI sequences.
const (
	keywordColor = "\x1b[34m"
	stringColor  = "\x1b[32m"
	numberColor  = "\x1b[36m"
	commentColor = "\x1b[90m"
	colorReset   = "\x1b[0m"
)

// Highlight colours keywords, strings, numbers and comments for a terminal. A token of many lines is coloured line by
// line, so that a pager shows each.
func Highlight(d Dialect, sql string) string {
	var b strings.Builder
	for t := range Tokens(d, sql) {
		text, color := t.Text(sql), ""
		switch t.Kind {
		case Word:
			if keywords[strings.ToLower(text)] {
				color = keywordColor
			}
		case String, DollarString:
			color = stringColor
		case Number:
			color = numberColor
		case LineComment, BlockComment:
			color = commentColor
		}
		if color == "" {
			b.WriteString(text)
			continue
		}
		for line := range strings.Lines(text) {
			body, end := strings.CutSuffix(line, "\n")
			b.WriteString(color + body + colorReset)
			if end {
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}
