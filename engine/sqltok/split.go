package sqltok

import "strings"

// Statement is one statement of a script: sql[Start:End] without the semicolon
// and without white space and comments around it.
type Statement struct {
	Text       string
	Start, End int
}

// Split cuts a script into its statements. Empty statements and statements that
// hold comments only are left out; comments inside a statement stay.
func Split(d Dialect, sql string) []Statement {
	var out []Statement
	start, end := -1, -1 // first and last non-blank token of the statement
	body := atomicBody{on: d.AtomicBodies}
	flush := func() {
		if start >= 0 {
			out = append(out, Statement{sql[start:end], start, end})
		}
		start, end = -1, -1
		body.reset()
	}
	for t := range Tokens(d, sql) {
		if t.Kind == Semicolon && !body.inside() {
			flush()
			continue
		}
		if t.Blank() {
			continue
		}
		if start < 0 {
			start = t.Start
		}
		end = t.End
		body.see(t, sql)
	}
	flush()
	return out
}

// atomicBody follows CREATE … BEGIN ATOMIC … END, whose semicolons belong to
// the body (https://www.postgresql.org/docs/current/sql-createfunction.html).
type atomicBody struct {
	on     bool
	create bool
	words  int
	begin  bool // the word before was BEGIN
	depth  int
}

func (b *atomicBody) reset() { *b = atomicBody{on: b.on} }

func (b *atomicBody) inside() bool { return b.depth > 0 }

func (b *atomicBody) see(t Token, sql string) {
	if !b.on || t.Kind != Word {
		b.begin = false
		return
	}
	b.words++
	switch {
	case b.words == 1:
		b.create = t.Is(sql, "create")
	case !b.create:
	case b.depth == 0:
		if b.begin && t.Is(sql, "atomic") {
			b.depth = 1
		}
		b.begin = t.Is(sql, "begin")
	case t.Is(sql, "case"):
		b.depth++
	case t.Is(sql, "end"):
		b.depth--
	}
}

// StripComments removes comments. A block comment becomes a space where two
// words would otherwise grow together; line ends stay, so lines keep their
// numbers except for those inside block comments.
func StripComments(d Dialect, sql string) string {
	var b strings.Builder
	b.Grow(len(sql))
	gap := false
	for t := range Tokens(d, sql) {
		switch t.Kind {
		case LineComment:
		case BlockComment:
			gap = true
		case Space:
			gap = false
			b.WriteString(t.Text(sql))
		default:
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteString(t.Text(sql))
		}
	}
	return b.String()
}
