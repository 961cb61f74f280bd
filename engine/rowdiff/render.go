package rowdiff

import (
	"math"
	"strings"
	"unicode/utf8"
)

// palette is how a terminal's colours are switched; "" prints none.
type palette struct{ bold, minor, green, blue, red, normal string }

var colourful = palette{bold: "\x1b[0;1m", minor: "\x1b[33m", green: "\x1b[32;1m", blue: "\x1b[34;1m", red: "\x1b[31;1m", normal: "\x1b[0m"}

// widest is how long lines may be for their columns to be aligned.
const widest = 130

// Render prints the difference, a line a row, each ended by "\r\n": @@ is the
// header, +++ a row that was not expected, --- one that is missing, → one that
// changed. Hidden rows and columns are "...". The columns stand below each other
// where the lines are short enough.
func (d *Diff) Render(colours bool) string {
	var p palette
	if colours {
		p = colourful
	}
	lines := make([][]field, len(d.rows))
	for i, r := range d.rows {
		lines[i] = append([]field{r.mark(p)}, make([]field, len(r.cells))...)
		for j, c := range r.cells {
			lines[i][j+1] = r.field(p, c)
		}
	}
	sizes := widths(lines)
	var b strings.Builder
	for _, line := range lines {
		at, target := 0, 0
		for x, f := range line {
			for ; sizes != nil && at < target; at++ {
				b.WriteByte(' ')
			}
			if x > 0 {
				b.WriteString(p.minor + "," + p.normal)
			}
			b.WriteString(f.text)
			if sizes != nil {
				at += f.width
				target += sizes[x]
			}
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// field is a cell as printed; width is that of its text alone.
type field struct {
	text  string
	width int
}

// colour is that of the row as a whole; ok tells whether it has one.
func (r row) colour(p palette) (code string, ok bool) {
	switch {
	case r.marker == "@@":
		return p.bold, true
	case r.change == added:
		return p.green, true
	case r.change == removed:
		return p.red, true
	}
	return "", false
}

func (r row) mark(p palette) field {
	if r.change == updated {
		return field{p.red + p.blue + r.marker + p.green + p.normal, utf8.RuneCountInString(r.marker)}
	}
	return r.field(p, cell{value: Text(r.marker)})
}

func (r row) field(p palette, c cell) field {
	colour, has := r.colour(p)
	switch {
	case c.changed:
		text := c.was + "→" + c.is
		return field{quoteIf(special(text), p.red+c.was+p.blue+"→"+p.green+c.is+p.normal), size(text)}
	case c.value == nil && has:
		return field{colour + "null" + p.normal, len("null")}
	case c.value == nil:
		return field{"NULL", len("NULL")}
	case has: // what stands between colours begins and ends with no space
		return field{quoteIf(special(*c.value), colour+*c.value+p.normal), size(*c.value)}
	}
	return field{quoteIf(special(*c.value) || padded(*c.value), *c.value), size(*c.value)}
}

// size is how wide a text is in quotes where it needs them.
func size(s string) int { return utf8.RuneCountInString(quoteIf(special(s) || padded(s), s)) }

// special tells of what CSV quotes.
func special(s string) bool { return strings.ContainsAny(s, "\"\r\n\t,") }

func padded(s string) bool { return s != "" && (s[0] == ' ' || s[len(s)-1] == ' ') }

func quoteIf(quoted bool, s string) string {
	if !quoted {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// widths is how wide each column is: all of its texts but the few that are far
// longer than the rest. nil says that the lines are too long to align.
func widths(lines [][]field) []int {
	var sizes []int
	total := len(lines[0]) - 1
	for x := range lines[0] {
		sum, squares := 0.0, 0.0
		for _, line := range lines {
			w := float64(line[x].width)
			sum, squares = sum+w, squares+w*w
		}
		n := float64(len(lines))
		mean := sum / n
		deviation := math.Sqrt(math.Max(0, squares/n-mean*mean))
		limit := int(mean + 2*deviation + 0.5)
		size := lines[0][x].width
		for _, line := range lines {
			if line[x].width <= limit {
				size = max(size, line[x].width)
			}
		}
		sizes = append(sizes, size)
		total += size
	}
	if total > widest {
		return nil
	}
	return sizes
}
