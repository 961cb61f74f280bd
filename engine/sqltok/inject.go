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
	end := firstStatement(sql)
	if at := withList(sql[:end]); at >= 0 {
		return sql[:at] + list.String() + ", " + sql[at:end]
	}
	at := 0
	for at < end && isSpace(sql[at]) {
		at++
	}
	return sql[:at] + "with" + list.String() + " " + sql[at:end]
}

// firstStatement returns where the first statement ends: behind the semicolon
// and, on the same line, white space and line comments.
func firstStatement(sql string) int {
	if strings.IndexByte(sql, ';') < 0 {
		return len(sql)
	}
	depth := 0
	for t := range Tokens(Postgres(), sql) {
		switch t.Kind {
		case Open:
			depth++
		case Close:
			depth--
		case Semicolon:
			if depth <= 0 {
				return trailer(sql, t.End)
			}
		}
	}
	return len(sql)
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
func withList(sql string) int {
	depth := 0
	first, nested := true, false // nested: the query comes later, as in INSERT
	for t := range Tokens(Postgres(), sql) {
		switch t.Kind {
		case Open:
			depth++
		case Close:
			depth--
		case Word:
			if depth != 0 {
				break
			}
			switch {
			case t.Is(sql, "create"), t.Is(sql, "insert"), t.Is(sql, "copy"), t.Is(sql, "explain"):
				nested = nested || first
			case t.Is(sql, "select"), t.Is(sql, "values"), t.Is(sql, "from"), t.Is(sql, "table"):
				if !nested {
					return -1
				}
			case t.Is(sql, "with"):
				if at := listStart(sql, t.End); at >= 0 {
					return at
				}
			}
		}
		first = first && t.Blank()
	}
	return -1
}

// skip reads the next token that is no white space and no comment; ok is false
// at the end.
func skip(sql string, pos int) (t Token, ok bool) {
	for pos < len(sql) {
		if t = next(Postgres(), sql, pos); !t.Blank() {
			return t, true
		}
		pos = t.End
	}
	return t, false
}

// listStart checks that behind a WITH, which ends at pos, follows [RECURSIVE]
// name [(columns)] [USING KEY (…)] AS and returns where a CTE may be put in.
func listStart(sql string, pos int) int {
	at := pos // behind WITH or RECURSIVE
	t, ok := skip(sql, pos)
	if ok && t.Is(sql, "recursive") {
		if after, more := skip(sql, t.End); more && !after.Is(sql, "as") {
			at, t = t.End, after
		}
	}
	if !ok || t.Kind != Word && t.Kind != QuotedName {
		return -1
	}
	for {
		if t, ok = skip(sql, t.End); !ok {
			return -1
		}
		switch {
		case t.Kind == Open:
			for depth := 1; depth > 0; {
				if t, ok = skip(sql, t.End); !ok {
					return -1
				}
				switch t.Kind {
				case Open:
					depth++
				case Close:
					depth--
				}
			}
		case t.Is(sql, "using"), t.Is(sql, "key"):
		case t.Is(sql, "as"):
			// White space behind the keyword stays where it is, a comment
			// moves behind the injected CTEs.
			for at < len(sql) && isSpace(sql[at]) {
				at++
			}
			return at
		default:
			return -1
		}
	}
}
