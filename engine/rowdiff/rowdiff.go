// Package rowdiff says in what two lists of rows differ, without regard to
// their order: which rows go together, and which cells of those changed.
//
// The rules are those of daff (github.com/paulfitz/daff), with which dbt prints
// the difference of a failed unit test: two rows are one row that changed when
// they alone share the values of some columns, tried over the subsets of at most
// five columns; rows that are equal as a whole go together next to rows that
// already do.
package rowdiff

import "slices"

// Cell is a value as text; nil is SQL's null.
type Cell *string

// Text makes a Cell.
func Text(s string) Cell { return &s }

// Table is a list of rows under one header.
type Table struct {
	Columns []string
	Rows    [][]Cell
}

// maxKeys is how many columns are tried as keys.
const maxKeys = 5

// unit is a row of the difference: its place in either table, -1 where it has
// none. Place 0 is the header.
type unit struct{ left, right int }

// side is a table with its header as row 0.
type side struct{ rows [][]Cell }

func newSide(t Table) side {
	head := make([]Cell, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = Text(c)
	}
	return side{append([][]Cell{head}, t.Rows...)}
}

// index finds rows by the values of some columns.
type index struct {
	keys [2][]string // of each row, on either side
	at   [2]map[string][]int
	top  int // rows of the commonest key
}

func newIndex(l, r side, columns []int) *index {
	x := &index{}
	for i, s := range []side{l, r} {
		x.at[i] = make(map[string][]int, len(s.rows))
		x.keys[i] = make([]string, len(s.rows))
		for j, row := range s.rows {
			k := key(row, columns, j == 0)
			x.keys[i][j] = k
			x.at[i][k] = append(x.at[i][k], j)
			x.top = max(x.top, len(x.at[i][k]))
		}
	}
	return x
}

// key joins the values of columns; null, "" and "null" are one.
func key(row []Cell, columns []int, header bool) string {
	var b []byte
	if header {
		b = append(b, '_')
	}
	for i, c := range columns {
		if i > 0 {
			b = append(b, " // "...)
		}
		if v := row[c]; v != nil && *v != "null" && *v != "undefined" {
			b = append(b, *v...)
		}
	}
	return string(b)
}

// pairing says which rows belong together.
type pairing struct {
	l, r   side
	toR    []int // of each left row, -1 for none
	toL    []int
	keyed  []bool // columns that served as a key
	openL  int    // left rows without a partner
	openR  int
	deeper *index // over all key columns; nil when fewer were enough
}

func pair(l, r side, width int) *pairing {
	p := &pairing{l: l, r: r, toR: filled(len(l.rows)), toL: filled(len(r.rows)), keyed: make([]bool, width), openL: len(l.rows), openR: len(r.rows)}
	p.byKeys(telling(l, r, width))
	if p.deeper != nil {
		p.byNeighbours()
	}
	p.link(0, 0)
	return p
}

func filled(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	return out
}

func (p *pairing) link(a, b int) {
	if p.toR[a] >= 0 || p.toL[b] >= 0 {
		return
	}
	p.toR[a], p.toL[b] = b, a
	p.openL--
	p.openR--
}

// telling chooses the columns to try as keys: all, or those with the most
// distinct values.
func telling(l, r side, width int) []int {
	columns := make([]int, width)
	distinct := make([]int, width)
	for c := range columns {
		columns[c] = c
		for _, s := range []side{l, r} {
			seen := map[string]bool{}
			for _, row := range s.rows {
				v := ""
				if row[c] != nil {
					v = *row[c]
				}
				if !seen[v] {
					seen[v] = true
					distinct[c]++
				}
			}
		}
	}
	if width > maxKeys {
		slices.SortStableFunc(columns, func(a, b int) int { return distinct[b] - distinct[a] })
		columns = columns[:maxKeys]
	}
	return columns
}

// byKeys pairs rows that alone have a value of some key, for one subset of the
// columns after the other. Keys that many rows share are left out.
func (p *pairing) byKeys(columns []int) {
	subsets := 1 << len(columns)
	height := max(len(p.l.rows), len(p.r.rows), 1)
	tried := 0
	for set := 1; set < subsets && p.openL > 0; set++ {
		var chosen []int
		for i, c := range columns {
			if set>>i&1 == 1 {
				chosen = append(chosen, c)
				p.keyed[c] = true
			}
		}
		x := newIndex(p.l, p.r, chosen)
		last := set == subsets-1
		if last {
			p.deeper = x
		}
		common := float64(x.top)/float64(height+20) >= 0.1
		if common && (tried > 0 || !last) {
			continue
		}
		tried++
		for a, k := range x.keys[0] {
			if k == "" || p.toR[a] >= 0 || len(x.at[0][k]) != 1 || len(x.at[1][k]) != 1 {
				continue
			}
			p.link(a, x.at[1][k][0])
		}
	}
}

// byNeighbours pairs equal rows that stand next to a pair, down and then up, as
// seen from the left side and then from the right.
func (p *pairing) byNeighbours() {
	for _, step := range []int{1, -1} {
		p.along(step, p.toR, p.toL, 0)
	}
	for _, step := range []int{1, -1} {
		p.along(step, p.toL, p.toR, 1)
	}
}

func (p *pairing) along(step int, from, to []int, near int) {
	open := func() bool {
		if near == 0 {
			return p.openL > 0
		}
		return p.openR > 0
	}
	if !open() {
		return
	}
	start, other := 0, -1
	if step < 0 {
		start, other = len(from)-1, len(to)-1
	}
	for at := start; at >= 0 && at < len(from); at += step {
		if from[at] >= 0 {
			other = from[at] + step
			if other < 0 || other >= len(to) {
				return
			}
			continue
		}
		if other < 0 || p.deeper.keys[near][at] != p.deeper.keys[1-near][other] || to[other] >= 0 {
			continue
		}
		if near == 0 {
			p.link(at, other)
		} else {
			p.link(other, at)
		}
		other += step
		if other < 0 || other >= len(to) || !open() {
			return
		}
	}
}

// units lists the rows of the difference: in the order of the right side, with
// the rows of the left alone before the pair that follows them there.
func (p *pairing) units() []unit {
	var onlyLeft []int
	for a := range p.toR {
		if p.toR[a] < 0 {
			onlyLeft = append(onlyLeft, a)
		}
	}
	var out []unit
	for b, a := range p.toL {
		for len(onlyLeft) > 0 && a > onlyLeft[0] {
			out = append(out, unit{onlyLeft[0], -1})
			onlyLeft = onlyLeft[1:]
		}
		out = append(out, unit{a, b})
	}
	for _, a := range onlyLeft {
		out = append(out, unit{a, -1})
	}
	return out
}
