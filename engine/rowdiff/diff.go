package rowdiff

import "strings"

// what happened to a row.
type change byte

const (
	same    change = ' '
	added   change = '+'
	removed change = '-'
	updated change = '>'
)

// shown says whether a row or column is printed.
type shown byte

const (
	hidden shown = iota
	active
	context
	gap // the first row beyond the context
)

// Diff is the difference of two tables.
type Diff struct {
	rows []row
	// Differs tells whether there is one.
	Differs bool
}

// row is one line of the printed difference.
type row struct {
	marker string
	change change
	cells  []cell
}

// cell is a value, or two where it changed.
type cell struct {
	value   Cell
	was, is string // where changed
	changed bool
}

// Compare finds what changed from expected to actual, which have the same
// columns.
func Compare(expected, actual Table) *Diff {
	width := len(expected.Columns)
	p := pair(newSide(expected), newSide(actual), width)
	units := p.units()
	changes := make([]change, len(units))
	rows := make([]shown, len(units))
	columns := make([]shown, width)
	for c, keyed := range p.keyed {
		if keyed {
			columns[c] = active
		}
	}
	d := &Diff{}
	for i, u := range units {
		changes[i] = p.change(u, columns)
		if u.left != 0 && changes[i] != same {
			rows[i], d.Differs = active, true
		}
	}
	if !d.Differs {
		return d
	}
	spread(rows)
	spread(columns)
	d.head(p, columns)
	dots := false
	for i, u := range units {
		switch {
		case u.left == 0 && u.right == 0, rows[i] == hidden, rows[i] == gap && dots:
			continue
		case rows[i] == gap:
			d.rows = append(d.rows, row{marker: "...", change: same, cells: d.dots()})
			dots = true
			continue
		}
		dots = false
		d.rows = append(d.rows, p.row(u, changes[i], columns))
	}
	return d
}

// change compares the cells of a row and notes the columns that changed.
func (p *pairing) change(u unit, columns []shown) change {
	switch {
	case u.left < 0:
		for c := range columns {
			columns[c] = active
		}
		return added
	case u.right < 0:
		return removed
	}
	out := same
	for c := range columns {
		if !equal(p.l.rows[u.left][c], p.r.rows[u.right][c]) {
			columns[c], out = active, updated
		}
	}
	return out
}

func equal(a, b Cell) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// spread adds one neighbour of context on either side of what is active, and
// marks the one beyond.
func spread(of []shown) {
	near := func(i, step int) {
		for distance := 1; distance <= 2; distance++ {
			j := i + step*distance
			if j < 0 || j >= len(of) || of[j] == active {
				return
			}
			if distance == 1 {
				of[j] = context
			} else if of[j] == hidden {
				of[j] = gap
			}
		}
	}
	for i, s := range of {
		if s == active {
			near(i, 1)
			near(i, -1)
		}
	}
}

// visible goes through the columns that are printed; hidden ones between them
// are one column of dots.
func visible(columns []shown, show func(c int), dots func()) {
	gone := false
	for c, s := range columns {
		if s == active || s == context {
			show(c)
			gone = false
			continue
		}
		if !gone {
			dots()
		}
		gone = true
	}
}

func (d *Diff) head(p *pairing, columns []shown) {
	h := row{marker: "@@", change: same}
	visible(columns, func(c int) { h.cells = append(h.cells, cell{value: p.r.rows[0][c]}) },
		func() { h.cells = append(h.cells, cell{value: Text("...")}) })
	d.rows = append(d.rows, h)
}

func (d *Diff) dots() []cell {
	out := make([]cell, len(d.rows[0].cells))
	for i := range out {
		out[i].value = Text("...")
	}
	return out
}

func (p *pairing) row(u unit, c change, columns []shown) row {
	r := row{change: c}
	switch c {
	case added:
		r.marker = "+++"
	case removed:
		r.marker = "---"
	case updated:
		r.marker = "→"
	}
	visible(columns, func(i int) {
		switch {
		case u.left < 0:
			r.cells = append(r.cells, cell{value: p.r.rows[u.right][i]})
		case u.right < 0 || equal(p.l.rows[u.left][i], p.r.rows[u.right][i]):
			r.cells = append(r.cells, cell{value: p.l.rows[u.left][i]})
		default:
			was, is := quoted(p.l.rows[u.left][i]), quoted(p.r.rows[u.right][i])
			r.cells = append(r.cells, cell{was: markSpaces(was, is), is: markSpaces(is, was), changed: true})
		}
	}, func() { r.cells = append(r.cells, cell{value: Text("...")}) })
	return r
}

// quoted keeps null apart from the text NULL.
func quoted(c Cell) string {
	if c == nil {
		return "NULL"
	}
	if strings.TrimLeft(*c, "_") == "NULL" {
		return "_" + *c
	}
	return *c
}

// markSpaces shows the spaces that one of two texts has more, when they differ
// in nothing else.
func markSpaces(a, b string) string {
	bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	if a == b || bare(a) != bare(b) {
		return a
	}
	l, r := []rune(a), []rune(b)
	var out strings.Builder
	for i, j := 0, 0; i < len(l); {
		switch {
		case j < len(r) && l[i] == r[j]:
			out.WriteRune(l[i])
			i, j = i+1, j+1
		case j < len(r) && r[j] == ' ':
			j++
		default:
			out.WriteRune('␣')
			i++
		}
	}
	return out.String()
}
