package values

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values/decimal"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/gdbt-dev/gdbt/engine/pyjson"
)

// PrintOptions limit what [Table.Format] shows; a negative number is no limit.
type PrintOptions struct {
	MaxRows, MaxColumns, MaxColumnWidth, MaxPrecision int
}

// DefaultPrintOptions are agate's.
func DefaultPrintOptions() PrintOptions {
	return PrintOptions{MaxRows: 20, MaxColumns: 6, MaxColumnWidth: 20, MaxPrecision: 3}
}

func tableOptions(a args) (PrintOptions, error) {
	o := DefaultPrintOptions()
	v, err := a.bind("print_table",
		jinja.Param{Name: "max_rows", Default: jinja.Int(o.MaxRows)}, jinja.Param{Name: "max_columns", Default: jinja.Int(o.MaxColumns)},
		optional("output"), jinja.Param{Name: "max_column_width", Default: jinja.Int(o.MaxColumnWidth)}, optional("locale"),
		jinja.Param{Name: "max_precision", Default: jinja.Int(o.MaxPrecision)})
	if err != nil {
		return o, err
	}
	for i, p := range map[int]*int{0: &o.MaxRows, 1: &o.MaxColumns, 3: &o.MaxColumnWidth, 5: &o.MaxPrecision} {
		switch n := v[i].(type) {
		case jinja.Int:
			*p = int(n)
		case jinja.NoneType:
			*p = -1
		default:
			return o, jinja.Raise("TypeError", "print_table() wants integers, not "+v[i].Type())
		}
	}
	return o, nil
}

const ellipsis = "..."

func truncate(s string, width int) string {
	if width < 0 || utf8.RuneCountInString(s) <= width {
		return s
	}
	r := []rune(s)
	return string(r[:max(0, width-len(ellipsis))]) + ellipsis
}

// Fit is Format for a terminal of so many columns: the widest cells are cut first, then columns are left out. The limits
// of o on columns and their width don't count.
func (t *Table) Fit(o PrintOptions, columns int) string {
	const least = 8
	o.MaxColumns, o.MaxColumnWidth = -1, 1<<20
	full := t.Format(o)
	_, rest, _ := strings.Cut(full, "\n")
	rule, _, _ := strings.Cut(rest, "\n")
	var widths []int
	for _, part := range strings.Split(strings.Trim(rule, "|"), "|") {
		widths = append(widths, len(part)-2)
	}
	// A cell takes its text, a space on both sides and a bar.
	total := func(n, limit int) int {
		sum := 1
		for _, w := range widths[:n] {
			sum += min(w, limit) + 3
		}
		return sum
	}
	if total(len(widths), 1<<20) <= columns {
		return full
	}
	for o.MaxColumnWidth = columns; o.MaxColumnWidth > least && total(len(widths), o.MaxColumnWidth) > columns; {
		o.MaxColumnWidth--
	}
	if n := len(widths); total(n, o.MaxColumnWidth) > columns {
		for n > 1 && total(n, least)+len(ellipsis)+3 > columns {
			n--
		}
		o.MaxColumns = n
	}
	return t.Format(o)
}

// Format is the table as agate's print_table draws it.
func (t *Table) Format(o PrintOptions) string {
	maxRows, maxCols := o.MaxRows, o.MaxColumns
	if maxRows < 0 {
		maxRows = t.n
	}
	if maxCols < 0 {
		maxCols = len(t.names)
	}
	maxRows, maxCols = min(maxRows, t.n), min(maxCols, len(t.names))
	cut := maxCols < len(t.names)

	var header []string
	for _, n := range t.names[:maxCols] {
		header = append(header, truncate(n, o.MaxColumnWidth))
	}
	if cut {
		header = append(header, ellipsis)
	}
	widths := make([]int, len(header))
	for i, h := range header {
		widths[i] = utf8.RuneCountInString(h)
	}
	rows := make([][]string, maxRows)
	for i := range rows {
		rows[i] = make([]string, len(header))
		if cut {
			rows[i][maxCols] = ellipsis
			widths[maxCols] = max(widths[maxCols], len(ellipsis))
		}
	}
	for c := range maxCols {
		col := t.column(c)[:maxRows]
		format := jinja.Value.String
		if t.types[c] == TypeNumber {
			format = numberFormat(col, o.MaxPrecision)
		}
		for r, v := range col {
			s := ""
			if v != jinja.None {
				s = format(v)
			}
			s = truncate(s, o.MaxColumnWidth)
			widths[c] = max(widths[c], utf8.RuneCountInString(s))
			rows[r][c] = s
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		b.WriteByte('|')
		for i, s := range cells {
			if i > 0 {
				b.WriteByte('|')
			}
			pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(s)))
			if t.types[i] == TypeText {
				b.WriteString(" " + s + pad + " ")
			} else {
				b.WriteString(" " + pad + s + " ")
			}
		}
		b.WriteString("|\n")
	}
	line(header)
	b.WriteString("| ")
	for i, w := range widths {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(strings.Repeat("-", w))
	}
	b.WriteString(" |\n")
	for _, r := range rows {
		line(r)
	}
	if maxRows < t.n {
		dots := make([]string, len(header))
		for i := range dots {
			dots[i] = ellipsis
		}
		line(dots)
	}
	return b.String()
}

// numberFormat gives all numbers of a column the same count of decimal places,
// at most maxPrecision (then with an ellipsis), and groups of thousands.
func numberFormat(col []jinja.Value, maxPrecision int) func(jinja.Value) string {
	places, suffix := maxPlaces(col), ""
	if maxPrecision >= 0 && places > maxPrecision {
		places, suffix = maxPrecision, "…"
	}
	return func(v jinja.Value) string {
		d, _, ok := asDecimal(v)
		if !ok || d.IsInf() || d.IsNaN() {
			return v.String()
		}
		s := d.Quantize(places).Plain()
		sign := ""
		if strings.HasPrefix(s, "-") {
			sign, s = "-", s[1:]
			if strings.Trim(s, "0.") == "" {
				sign = "-"
			}
		}
		whole, frac, _ := strings.Cut(s, ".")
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
		if frac != "" {
			frac = "." + frac
		}
		return sign + whole + frac + suffix
	}
}

// maxPlaces is agate's max_precision: the most decimal places of any value, so
// that all digits fit the precision of a decimal.
func maxPlaces(col []jinja.Value) int {
	whole, places := 1, 0
	for _, v := range col {
		d, _, ok := asDecimal(v)
		if !ok || d.IsInf() || d.IsNaN() {
			continue
		}
		n, exp := d.Normalize().Digits()
		whole = max(whole, n+exp)
		places = max(places, -exp)
	}
	if whole+places > decimal.Precision {
		places = decimal.Precision - whole
	}
	return places
}

// MaxPrecision is the most decimal places of any value of a column.
func (t *Table) MaxPrecision(col int) int { return maxPlaces(t.column(col)) }

func (t *Table) structure() string {
	names, types := make([]jinja.Value, len(t.names)), make([]jinja.Value, len(t.names))
	for i := range t.names {
		names[i], types[i] = jinja.Str(t.names[i]), jinja.Str(t.types[i])
	}
	s := newTable([]string{"column", "data_type"}, []DataType{TypeText, TypeText}, [][]jinja.Value{names, types}, len(t.names))
	return s.Format(PrintOptions{MaxRows: -1, MaxColumns: 6, MaxColumnWidth: -1, MaxPrecision: 3})
}

// CSV is the table as agate's print_csv writes it.
func (t *Table) CSV() string {
	var b strings.Builder
	record := func(cells []string) {
		for i, s := range cells {
			if i > 0 {
				b.WriteByte(',')
			}
			s = strings.ReplaceAll(s, "\r", "\n")
			if strings.ContainsAny(s, ",\"\n") || s == "" && len(cells) == 1 {
				s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
			}
			b.WriteString(s)
		}
		b.WriteByte('\n')
	}
	record(t.names)
	for r := range t.n {
		cells := make([]string, len(t.names))
		for c := range cells {
			if v := t.column(c)[r]; v != jinja.None {
				cells[c] = isoText(v)
			}
		}
		record(cells)
	}
	return b.String()
}

// isoText is str(), with a T between date and time.
func isoText(v jinja.Value) string {
	s := v.String()
	if _, ok := v.(jinja.DateTime); ok {
		return strings.Replace(s, " ", "T", 1)
	}
	return s
}

func (t *Table) printJSON(a args) (jinja.Value, error) {
	v, err := a.bind("print_json", optional("key"), jinja.Param{Name: "newline", Default: jinja.False}, optional("indent"))
	if err != nil {
		return nil, err
	}
	if !isNone(v[0]) || !isNone(v[2]) {
		return nil, compilationError("Table.print_json of agate is supported without key and indent only")
	}
	return a.print("print_json", t.JSON(v[1].Truth()))
}

// JSON is the table as a JSON list of objects, or one object a line.
func (t *Table) JSON(lines bool) string {
	var b []byte
	if !lines {
		b = append(b, '[')
	}
	for r := range t.n {
		if r > 0 && !lines {
			b = append(b, ", "...)
		}
		b = append(b, '{')
		for c, n := range t.names {
			if c > 0 {
				b = append(b, ", "...)
			}
			b = append(pyjson.AppendText(b, n), ": "...)
			switch v := t.column(c)[r].(type) {
			case jinja.NoneType:
				b = append(b, "null"...)
			case jinja.Bool:
				b = strconv.AppendBool(b, bool(v))
			case jinja.Int, *jinja.BigInt:
				b = append(b, v.String()...)
			case Decimal:
				b = pyjson.AppendFloat(b, v.d.Float(), 64)
			default:
				b = pyjson.AppendText(b, isoText(v))
			}
		}
		b = append(b, '}')
		if lines {
			b = append(b, '\n')
		}
	}
	if !lines {
		b = append(b, ']')
	}
	return string(b)
}
