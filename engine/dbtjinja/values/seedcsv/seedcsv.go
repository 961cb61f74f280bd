// Package seedcsv reads the CSV file of a seed into a result table with the
// types that dbt infers (dbt_common/clients/agate_helper.py and agate's
// Table.from_csv): a column is a number, date, timestamp or boolean when each of
// its cells is one or null, else text. Empty cells and "null" are null.
package seedcsv

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/diag"
)

// Options say how to read a seed.
type Options struct {
	// Delimiter is one character; a comma when empty.
	Delimiter string
	// TextColumns are read as text whatever they hold: the names in the seed's
	// column_types.
	TextColumns []string
	// File is shown in errors.
	File string
}

// Result is a seed as read. Numbers are adapter.Decimal; in a column of whole
// numbers they have no fraction.
type Result struct {
	Table *adapter.Table
	// Warnings are agate's words about unnamed and repeated columns and about
	// TextColumns that do not exist.
	Warnings []string
}

// ReadFile reads the seed at path.
func ReadFile(path string, o Options) (*Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	if o.File == "" {
		o.File = path
	}
	return Parse(data, o)
}

// Read reads a seed from r.
func Read(r io.Reader, o Options) (*Result, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	return Parse(data, o)
}

// maxHeader bounds what Header reads.
const maxHeader = 1 << 20

// Header reads the names of the seed's columns alone. Errors are as Parse's.
func Header(path string, o Options) (names []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, maxHeader))
	if err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	if len(data) == maxHeader { // up to the last whole line, not into a character
		data = data[:bytes.LastIndexByte(data, '\n')+1]
	}
	if o.File == "" {
		o.File = path
	}
	_, names, err = (&Result{}).begin(data, o)
	return names, err
}

// Parse reads a seed's text. Errors are *diag.Diagnostic with file and line.
func Parse(data []byte, o Options) (*Result, error) {
	res := &Result{}
	r, names, err := res.begin(data, o)
	if err != nil {
		return nil, err
	}
	cols, err := r.columns(len(names))
	if err != nil {
		return nil, err
	}
	forced := map[string]bool{}
	for _, n := range o.TextColumns {
		forced[n] = true
	}
	for _, n := range names {
		delete(forced, n)
	}
	for _, n := range o.TextColumns {
		if forced[n] {
			res.warn("%q does not match the name of any column in this table.", n)
		} else {
			forced[n] = true
		}
	}
	t := &adapter.Table{Columns: make([]adapter.ResultColumn, len(names)), Values: make([][]any, len(names))}
	for i, n := range names {
		typ := typeText
		if !forced[n] {
			typ = infer(cols[i])
		}
		t.Columns[i] = adapter.ResultColumn{Name: n, Kind: typ.kind()}
		t.Values[i] = typ.cast(cols[i])
	}
	res.Table = t
	return res, nil
}

// begin reads the header; the reader stands behind it then.
func (res *Result) begin(data []byte, o Options) (*reader, []string, error) {
	if o.Delimiter == "" {
		o.Delimiter = ","
	}
	r := &reader{file: o.File, delim: o.Delimiter, line: 1}
	if utf8.RuneCountInString(o.Delimiter) != 1 || strings.ContainsAny(o.Delimiter, "\r\n") {
		return nil, nil, diag.New(diag.RuntimeError, `"delimiter" must be a 1-character string, got %q`, o.Delimiter).
			At(o.File, 0, 0).WithCode("seed-csv")
	}
	src := string(data)
	if !utf8.ValidString(src) {
		return nil, nil, invalidUTF8(r, data)
	}
	r.src = strings.TrimPrefix(src, "\ufeff")
	header, line, err := r.next(nil)
	if err != nil {
		return nil, nil, err
	}
	if line == 0 {
		return nil, nil, r.fail(1, 0, "the seed file is empty").WithHint("the first line holds the column names")
	}
	return r, res.columnNames(header), nil
}

func (r *Result) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// columnNames gives blank names a letter and repeated ones a number.
func (r *Result) columnNames(header []string) []string {
	names := make([]string, 0, len(header))
	seen := map[string]bool{}
	for i, h := range header {
		name := h
		if name == "" {
			name = letterName(i)
			r.warn("Column %d has no name. Using %q.", i, name)
		}
		final := name
		for n := 2; seen[final]; n++ {
			final = name + "_" + strconv.Itoa(n)
		}
		if final != name {
			r.warn("Column name %q already exists in Table. Column will be renamed to %q.", name, final)
		}
		seen[final] = true
		names = append(names, final)
	}
	return names
}

func letterName(i int) string {
	return strings.Repeat(string(rune('a'+i%26)), i/26+1)
}

// cell is a field; missing tells that the record was too short to have it.
type cell struct {
	text    string
	missing bool
}

// columns reads all records into columns.
func (r *reader) columns(n int) ([][]cell, error) {
	cols := make([][]cell, n)
	guess := 16 + strings.Count(r.src[r.pos:], "\n")
	for i := range cols {
		cols[i] = make([]cell, 0, guess)
	}
	buf := make([]string, 0, n)
	for row := 0; ; row++ {
		fields, line, err := r.next(buf[:0])
		if err != nil {
			return nil, err
		}
		if line == 0 {
			return cols, nil
		}
		buf = fields
		if len(fields) > n {
			return nil, r.fail(line, 0, "Row %d has %d values, but Table only has %d columns.", row, len(fields), n).
				WithHint("put a value that holds the delimiter in double quotes")
		}
		for i := range n {
			if i < len(fields) {
				cols[i] = append(cols[i], cell{text: fields[i]})
			} else {
				cols[i] = append(cols[i], cell{missing: true})
			}
		}
	}
}

func invalidUTF8(r *reader, data []byte) error {
	i := 0
	for i < len(data) {
		c, n := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && n <= 1 {
			break
		}
		i += n
	}
	head := data[:i]
	line := 1 + strings.Count(string(head), "\n")
	start := strings.LastIndexByte(string(head), '\n') + 1
	return diag.New(diag.RuntimeError, "the seed file is not valid UTF-8: byte 0x%02x at offset %d", data[i], i).
		At(r.file, line, 1+utf8.RuneCount(head[start:])).WithCode("invalid-utf8").WithHint("save the file as UTF-8")
}
