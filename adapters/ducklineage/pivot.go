package ducklineage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// DuckDB gives no tree of a PIVOT that does not list its values, since it asks the data for them first. Such a text is read
// with a list put in, whose one value says that the names of the columns are not known.
const unknownPivot = "gdbt: the values are not known"

// token is a word, a quoted text, or a single character of SQL.
type token struct {
	text       string
	start, end int
}

func (t token) is(word string) bool { return strings.EqualFold(t.text, word) }

// tokens parts SQL; white space and comments are left out.
func tokens(sql string) []token {
	var out []token
	for i := 0; i < len(sql); {
		start := i
		r, size := utf8.DecodeRuneInString(sql[i:])
		switch {
		case unicode.IsSpace(r):
			i += size
			continue
		case strings.HasPrefix(sql[i:], "--"):
			if n := strings.IndexByte(sql[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(sql)
			}
			continue
		case strings.HasPrefix(sql[i:], "/*"):
			if n := strings.Index(sql[i+2:], "*/"); n >= 0 {
				i += n + 4
			} else {
				i = len(sql)
			}
			continue
		case r == '\'' || r == '"':
			for i++; i < len(sql); i++ {
				if sql[i] == byte(r) {
					if i++; i < len(sql) && sql[i] == byte(r) {
						continue
					}
					break
				}
			}
			i = min(i, len(sql))
		case r == '$' && dollarQuote(sql[i:]) != "":
			tag := dollarQuote(sql[i:])
			if n := strings.Index(sql[i+len(tag):], tag); n >= 0 {
				i += n + 2*len(tag)
			} else {
				i = len(sql)
			}
		case unicode.IsLetter(r) || r == '_':
			for i < len(sql) {
				r, size := utf8.DecodeRuneInString(sql[i:])
				if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' {
					break
				}
				i += size
			}
		default:
			i += size
		}
		out = append(out, token{sql[start:i], start, i})
	}
	return out
}

// dollarQuote is the mark that a dollar-quoted text begins and ends with, "" where there is none.
func dollarQuote(s string) string {
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '$':
			return s[:i+1]
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' && i > 1:
		default:
			return ""
		}
	}
	return ""
}

// withPivotValues puts a list into each PIVOT … ON x that has none; ok is false when there is no such place.
func withPivotValues(sql string) (text string, ok bool) {
	var b strings.Builder
	done := 0
	list := tokens(sql)
	for i := 0; i < len(list); i++ {
		if !list[i].is("PIVOT") && !list[i].is("PIVOT_WIDER") || i+1 < len(list) && list[i+1].text == "(" && pivotOfFrom(list, i) {
			continue
		}
		on := skipTo(list, i+1, "ON")
		if on < 0 {
			continue
		}
		for at := on + 1; at < len(list); {
			end := skipTo(list, at, ",", "USING", "GROUP", "ORDER", "LIMIT", "OFFSET", ")", ";", "UNION", "EXCEPT", "INTERSECT", "WHERE", "SELECT")
			if end < 0 {
				end = len(list)
			}
			if end > at && skipTo(list[:end], at, "IN") < 0 {
				b.WriteString(sql[done:list[end-1].end])
				b.WriteString(" IN ('" + unknownPivot + "')")
				done, ok = list[end-1].end, true
			}
			if end == len(list) || list[end].text != "," {
				break
			}
			at = end + 1
		}
	}
	return b.String() + sql[done:], ok
}

// pivotOfFrom tells whether PIVOT ( begins the form of FROM, `PIVOT (sum(x) FOR y IN (…))`, rather than a query in brackets.
func pivotOfFrom(list []token, i int) bool {
	depth := 0
	for _, t := range list[i+1:] {
		switch {
		case t.text == "(":
			depth++
		case t.text == ")":
			if depth--; depth == 0 {
				return false
			}
		case depth == 1 && t.is("FOR"):
			return true
		}
	}
	return false
}

// skipTo finds the next of some words outside of brackets; -1 where there is none before the brackets around end.
func skipTo(list []token, from int, words ...string) int {
	depth := 0
	for i := from; i < len(list); i++ {
		if depth == 0 {
			for _, w := range words {
				if list[i].is(w) {
					return i
				}
			}
		}
		switch list[i].text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth < 0 {
				return -1
			}
		}
	}
	return -1
}
