package sqltok

import "strings"

// CTE is a common table expression to inject: its whole text, for example
// ` __dbt__cte__x as (\nselect 1\n)`.
type CTE struct {
	ID  string // the unique_id of the ephemeral model; not printed
	SQL string
}

// InjectCTEs puts ctes in front of the first statement of sql, as dbt's
// inject_ctes_into_sql (core/compilation.py): into the statement's own WITH
// list when it has one, else as a new WITH before its first token (leading white
// space stays in front, a leading comment follows the CTEs). Statements after
// the first are dropped. Without ctes sql is returned as it is.
//
// dbt takes any WITH outside of parentheses for the statement's CTE list and
// misses RECURSIVE behind a comment, and then produces SQL that no server
// reads. Here only a WITH that begins a CTE list counts, and RECURSIVE is found.
func InjectCTEs(sql string, ctes []CTE) string {
	if len(ctes) == 0 {
		return sql
	}
	var list strings.Builder
	for i, c := range ctes {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString(c.SQL)
	}
	toks, end := firstStatement(sql)
	if at := withList(sql, toks); at >= 0 {
		return sql[:at] + list.String() + ", " + sql[at:end]
	}
	at := end
	for _, t := range toks {
		if t.Kind != Space {
			at = t.Start
			break
		}
	}
	return sql[:at] + "with" + list.String() + " " + sql[at:end]
}

// firstStatement returns the tokens of the first statement and where it ends:
// behind the semicolon and, on the same line, white space and line comments.
func firstStatement(sql string) (toks []Token, end int) {
	depth := 0
	toks = make([]Token, 0, 8+len(sql)/4)
	for t := range Tokens(Postgres(), sql) {
		toks = append(toks, t)
		switch t.Kind {
		case Open:
			depth++
		case Close:
			depth--
		case Semicolon:
			if depth <= 0 {
				return toks, trailer(sql, t.End)
			}
		}
	}
	return toks, len(sql)
}

// trailer returns the end of the blanks and line comments that follow a
// semicolon at pos; a line comment takes its line end with it.
func trailer(sql string, pos int) int {
	for pos < len(sql) {
		switch c := sql[pos]; {
		case isSpace(c) && c != '\n' && c != '\r':
			pos++
		case c == '-' && has(sql, pos+1, '-'):
			pos = lineEnd(sql, pos)
			if has(sql, pos, '\r') {
				pos++
			}
			if has(sql, pos, '\n') {
				pos++
			}
		default:
			return pos
		}
	}
	return pos
}

// withList finds the statement's own WITH list and returns where further CTEs
// go: behind WITH [RECURSIVE] and the white space after it. -1 when the
// statement has none.
func withList(sql string, toks []Token) int {
	depth := 0
	for i, t := range toks {
		switch t.Kind {
		case Open:
			depth++
		case Close:
			depth--
		case Word:
			if depth != 0 {
				continue
			}
			switch {
			case t.Is(sql, "select"), t.Is(sql, "values"), t.Is(sql, "from"), t.Is(sql, "table"):
				if i == 0 || !ddlBefore(sql, toks[:i]) {
					return -1
				}
			case t.Is(sql, "with"):
				if at := listStart(sql, toks[i:]); at >= 0 {
					return at
				}
			}
		}
	}
	return -1
}

// ddlBefore tells that the statement starts with CREATE, INSERT and the like, so
// that its query, with its WITH, comes later.
func ddlBefore(sql string, toks []Token) bool {
	for _, t := range toks {
		if t.Blank() {
			continue
		}
		return t.Is(sql, "create") || t.Is(sql, "insert") || t.Is(sql, "copy") || t.Is(sql, "explain")
	}
	return false
}

// listStart checks that toks are WITH [RECURSIVE] name [(columns)] [USING KEY
// (…)] AS and returns where a CTE may be put in.
func listStart(sql string, toks []Token) int {
	next := func(i int) int {
		for i++; i < len(toks) && toks[i].Blank(); i++ {
		}
		return i
	}
	last := 0 // WITH or RECURSIVE
	i := next(0)
	if i < len(toks) && toks[i].Is(sql, "recursive") {
		if j := next(i); j < len(toks) && !toks[j].Is(sql, "as") {
			last, i = i, j
		}
	}
	if i >= len(toks) || toks[i].Kind != Word && toks[i].Kind != QuotedName {
		return -1
	}
	for i = next(i); i < len(toks); i = next(i) {
		switch {
		case toks[i].Kind == Open:
			for depth := 1; depth > 0 && i+1 < len(toks); {
				i++
				switch toks[i].Kind {
				case Open:
					depth++
				case Close:
					depth--
				}
			}
			continue
		case toks[i].Is(sql, "using"), toks[i].Is(sql, "key"):
			continue
		case !toks[i].Is(sql, "as"):
			return -1
		}
		// White space behind the keyword stays where it is, a comment moves
		// behind the injected CTEs.
		at := toks[last].End
		if last+1 < len(toks) && toks[last+1].Kind == Space {
			at = toks[last+1].End
		}
		return at
	}
	return -1
}
