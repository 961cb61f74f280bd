package diag

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxNearestLength keeps the quadratic distance off absurdly long names.
const maxNearestLength = 200

// Nearest returns up to max candidates that look like name, best first. A
// candidate is near when few edits (insert, delete, replace, swap of neighbours,
// case ignored; about one for four characters) lead to it, or when one name
// contains the other.
func Nearest(name string, candidates []string, max int) []string {
	type scored struct {
		name string
		cost int
	}
	n := utf8.RuneCountInString(name)
	if n == 0 || n > maxNearestLength || max <= 0 {
		return nil
	}
	limit := (n + 2) / 4
	if limit == 0 {
		return nil
	}
	lower := strings.ToLower(name)
	var near []scored
	for _, c := range candidates {
		if c == name || c == "" || len(c) > 4*maxNearestLength {
			continue
		}
		lc := strings.ToLower(c)
		cost := distance(lower, lc, limit)
		if cost > limit {
			contains := n >= 4 && strings.Contains(lc, lower) || len(lc) >= 4 && strings.Contains(lower, lc)
			if !contains {
				continue
			}
			cost = limit + 1
		}
		near = append(near, scored{c, cost})
	}
	slices.SortFunc(near, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(len(a.name), len(b.name)), cmp.Compare(a.name, b.name))
	})
	var out []string
	for _, s := range near {
		if len(out) == max {
			break
		}
		if !slices.Contains(out, s.name) {
			out = append(out, s.name)
		}
	}
	return out
}

// DidYouMean is a hint with the nearest candidates: "did you mean 'a' or 'b'?",
// or "" when none is near.
func DidYouMean(name string, candidates []string) string {
	near := Nearest(name, candidates, 3)
	if len(near) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("did you mean ")
	for i, n := range near {
		switch {
		case i > 0 && i == len(near)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString("'" + n + "'")
	}
	b.WriteByte('?')
	return b.String()
}

// distance is the Damerau-Levenshtein distance (optimal string alignment),
// given up above limit.
func distance(a, b string, limit int) int {
	ra, rb := []rune(a), []rune(b)
	if d := len(ra) - len(rb); d > limit || -d > limit {
		return limit + 1
	}
	before := make([]int, len(rb)+1)
	prev := make([]int, len(rb)+1)
	cur := make([]int, len(rb)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(ra); i++ {
		cur[0] = i
		best := i
		for j := 1; j <= len(rb); j++ {
			cost := 1
			if ra[i-1] == rb[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && ra[i-1] == rb[j-2] && ra[i-2] == rb[j-1] {
				d = min(d, before[j-2]+1)
			}
			cur[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(rb)]
}
