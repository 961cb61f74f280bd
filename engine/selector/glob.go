package selector

import (
	"strings"
	"unicode/utf8"
)

// fnmatch is Python's: "*" any text, "?" one character, "[seq]" and "[!seq]" one of
// (or none of) a set. No character is special in the name.
func fnmatch(name, pattern string) bool {
	if !strings.ContainsAny(pattern, "*?[") {
		return name == pattern
	}
	// star remembers where to try again with one more character for the last "*".
	starP, starN := -1, 0
	p, n := 0, 0
	for n < len(name) {
		if p < len(pattern) {
			if pattern[p] == '*' {
				starP, starN = p, n
				p++
				continue
			}
			if size, next, ok := matchOne(name[n:], pattern, p); ok {
				n += size
				p = next
				continue
			}
		}
		if starP < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(name[starN:])
		starN += size
		p, n = starP+1, starN
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne matches one character; next is the place behind it in the pattern.
func matchOne(name, pattern string, p int) (size, next int, ok bool) {
	r, size := utf8.DecodeRuneInString(name)
	switch pattern[p] {
	case '?':
		return size, p + 1, true
	case '[':
		if in, next, ok := matchSet(r, pattern, p); ok {
			return size, next, in
		}
	}
	q, qsize := utf8.DecodeRuneInString(pattern[p:])
	return size, p + qsize, r == q && (r != utf8.RuneError || name[:size] == pattern[p:p+qsize])
}

// matchSet matches r with the set that starts at p; ok is false when the bracket
// is never closed and so stands for itself.
func matchSet(r rune, pattern string, p int) (in bool, next int, ok bool) {
	i := p + 1
	negate := i < len(pattern) && pattern[i] == '!'
	if negate {
		i++
	}
	start := i
	end := strings.IndexByte(pattern[min(i+1, len(pattern)):], ']')
	if i >= len(pattern) || end < 0 {
		return false, 0, false
	}
	end += i + 1
	set := []rune(pattern[start:end])
	for k := 0; k < len(set); k++ {
		if k+2 < len(set) && set[k+1] == '-' {
			if set[k] <= r && r <= set[k+2] {
				in = true
			}
			k += 2
		} else if set[k] == r {
			in = true
		}
	}
	return in != negate, end + 1, true
}

// hasWildcard follows dbt's test for a wildcard in a part of a name.
func hasWildcard(s string) bool { return strings.ContainsAny(s, "*?[]") }

// pathPattern is a glob over paths as in Python's Path.glob: "**" stands for any
// number of folders, other wildcards stay within one part.
type pathPattern struct {
	parts   []string
	dirOnly bool
}

func newPathPattern(s string) pathPattern {
	p := pathPattern{dirOnly: strings.HasSuffix(s, "/")}
	for part := range strings.SplitSeq(s, "/") {
		if part != "" && part != "." {
			p.parts = append(p.parts, part)
		}
	}
	return p
}

// match tells whether a path, given in parts, matches as a whole. "**" at the end
// matches folders only.
func (p pathPattern) match(path []string, isDir bool) bool {
	if p.dirOnly && !isDir || len(p.parts) > 0 && p.parts[len(p.parts)-1] == "**" && !isDir {
		return false
	}
	return matchParts(p.parts, path)
}

func matchParts(pattern, path []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for len(pattern) > 1 && pattern[1] == "**" {
				pattern = pattern[1:]
			}
			for i := 0; i <= len(path); i++ {
				if matchParts(pattern[1:], path[i:]) {
					return true
				}
			}
			return false
		}
		if len(path) == 0 || !fnmatch(path[0], pattern[0]) {
			return false
		}
		pattern, path = pattern[1:], path[1:]
	}
	return len(path) == 0
}
