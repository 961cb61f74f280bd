package yamldoc

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

// maxJSONDepth limits the nesting of a JSON text; dbt's artifacts stay far below it.
const maxJSONDepth = 1000

// JSONReader reads a JSON text piece by piece, so that an artifact of hundreds of megabytes is never a tree of values
// in memory. Numbers without a fraction are int64 (or *big.Int), others float64; NaN and Infinity are read as Python's
// json module writes them. Errors are *diag.Diagnostic with the place in the text.
type JSONReader struct {
	file  string
	src   []byte
	pos   int
	depth int
}

// NewJSONReader reads src, which errors call file.
func NewJSONReader(file string, src []byte) *JSONReader {
	r := &JSONReader{file: file, src: src}
	if len(src) >= 3 && src[0] == 0xEF && src[1] == 0xBB && src[2] == 0xBF {
		r.pos = 3
	}
	return r
}

// FromJSON reads a whole JSON text into values of this package.
func FromJSON(file string, src []byte) (any, error) {
	r := NewJSONReader(file, src)
	v, err := r.Value()
	if err != nil {
		return nil, err
	}
	return v, r.End()
}

// End checks that nothing follows.
func (r *JSONReader) End() error {
	r.space()
	if r.pos < len(r.src) {
		return r.errorf("Extra data")
	}
	return nil
}

// errorf makes an error at the current place, with the texts of Python's json module where it has one.
func (r *JSONReader) errorf(format string, args ...any) error {
	d := diag.New(diag.RuntimeError, format, args...).WithCode("bad-json")
	line, column := diag.Position(r.src, min(r.pos, len(r.src)))
	return d.At(r.file, line, column).WithSource(r.src)
}

func (r *JSONReader) space() {
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *JSONReader) peek() byte {
	r.space()
	if r.pos < len(r.src) {
		return r.src[r.pos]
	}
	return 0
}

func (r *JSONReader) enter() error {
	if r.depth++; r.depth > maxJSONDepth {
		return r.errorf("nested deeper than %d levels", maxJSONDepth)
	}
	r.pos++
	return nil
}

// IsObject tells whether the next value is an object.
func (r *JSONReader) IsObject() bool { return r.peek() == '{' }

// Object reads an object: f is called with each key and must read its value. A null calls nothing.
func (r *JSONReader) Object(f func(key string) error) error {
	switch r.peek() {
	case '{':
	case 'n':
		return r.word("null")
	default:
		return r.errorf("expected an object")
	}
	if err := r.enter(); err != nil {
		return err
	}
	if r.peek() == '}' {
		r.pos++
		r.depth--
		return nil
	}
	for {
		if r.peek() != '"' {
			return r.errorf("Expecting property name enclosed in double quotes")
		}
		key, err := r.text()
		if err != nil {
			return err
		}
		if r.peek() != ':' {
			return r.errorf("Expecting ':' delimiter")
		}
		r.pos++
		if err := f(key); err != nil {
			return err
		}
		switch r.peek() {
		case ',':
			r.pos++
		case '}':
			r.pos++
			r.depth--
			return nil
		default:
			return r.errorf("Expecting ',' delimiter")
		}
	}
}

// List reads a list: f is called for each entry and must read it. A null calls nothing.
func (r *JSONReader) List(f func() error) error {
	switch r.peek() {
	case '[':
	case 'n':
		return r.word("null")
	default:
		return r.errorf("expected a list")
	}
	if err := r.enter(); err != nil {
		return err
	}
	if r.peek() == ']' {
		r.pos++
		r.depth--
		return nil
	}
	for {
		if err := f(); err != nil {
			return err
		}
		switch r.peek() {
		case ',':
			r.pos++
		case ']':
			r.pos++
			r.depth--
			return nil
		default:
			return r.errorf("Expecting ',' delimiter")
		}
	}
}

// Map reads an object into a Map; a null is nil.
func (r *JSONReader) Map() (*Map, error) {
	if r.peek() == 'n' {
		return nil, r.word("null")
	}
	m := &Map{}
	err := r.Object(func(key string) error {
		v, err := r.Value()
		m.Set(key, v)
		return err
	})
	return m, err
}

// Skip reads a value and drops it.
func (r *JSONReader) Skip() error {
	switch r.peek() {
	case '{':
		return r.Object(func(string) error { return r.Skip() })
	case '[':
		return r.List(r.Skip)
	case '"':
		_, err := r.text()
		return err
	}
	_, err := r.Value()
	return err
}

// Value reads any value.
func (r *JSONReader) Value() (any, error) {
	switch c := r.peek(); c {
	case '{':
		m, err := r.Map()
		return m, err
	case '[':
		list := []any{}
		err := r.List(func() error {
			v, err := r.Value()
			list = append(list, v)
			return err
		})
		return list, err
	case '"':
		return r.text()
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	case 'n':
		return nil, r.word("null")
	case 'N':
		return math.NaN(), r.word("NaN")
	case 'I':
		return math.Inf(1), r.word("Infinity")
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return r.number()
		}
		return nil, r.errorf("Expecting value")
	}
}

func (r *JSONReader) word(w string) error {
	if !strings.HasPrefix(string(r.src[r.pos:min(len(r.src), r.pos+len(w))]), w) {
		return r.errorf("Expecting value")
	}
	r.pos += len(w)
	return nil
}

func (r *JSONReader) number() (any, error) {
	start := r.pos
	if r.src[r.pos] == '-' {
		r.pos++
		if r.pos < len(r.src) && r.src[r.pos] == 'I' {
			return math.Inf(-1), r.word("Infinity")
		}
	}
	digits := func() bool {
		from := r.pos
		for r.pos < len(r.src) && r.src[r.pos] >= '0' && r.src[r.pos] <= '9' {
			r.pos++
		}
		return r.pos > from
	}
	whole := true
	first := r.pos
	if !digits() || r.src[first] == '0' && r.pos > first+1 {
		r.pos = start
		return nil, r.errorf("Expecting value")
	}
	if r.pos < len(r.src) && r.src[r.pos] == '.' {
		whole = false
		r.pos++
		if !digits() {
			return nil, r.errorf("Expecting value")
		}
	}
	if r.pos < len(r.src) && (r.src[r.pos] == 'e' || r.src[r.pos] == 'E') {
		whole = false
		r.pos++
		if r.pos < len(r.src) && (r.src[r.pos] == '+' || r.src[r.pos] == '-') {
			r.pos++
		}
		if !digits() {
			return nil, r.errorf("Expecting value")
		}
	}
	text := string(r.src[start:r.pos])
	if whole {
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return i, nil
		}
		if len(text) > 4300 { // Python's limit on the digits of an integer
			return nil, r.errorf("a number of more than 4300 digits")
		}
		if b, ok := new(big.Int).SetString(text, 10); ok {
			return b, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, r.errorf("Expecting value")
	}
	return f, nil
}

// text reads the string that starts here.
func (r *JSONReader) text() (string, error) {
	r.pos++
	start := r.pos
	for i := r.pos; i < len(r.src); i++ {
		switch c := r.src[i]; {
		case c == '"':
			r.pos = i + 1
			return r.valid(r.src[start:i])
		case c == '\\':
			return r.escaped(start, i)
		case c < 0x20:
			r.pos = i
			return "", r.errorf("Invalid control character")
		}
	}
	r.pos = start - 1
	return "", r.errorf("Unterminated string")
}

func (r *JSONReader) valid(b []byte) (string, error) {
	if !utf8.Valid(b) {
		return "", r.errorf("text that is not UTF-8")
	}
	return string(b), nil
}

// escaped reads the rest of a string whose first backslash is at i.
func (r *JSONReader) escaped(start, i int) (string, error) {
	out := append([]byte(nil), r.src[start:i]...)
	for i < len(r.src) {
		c := r.src[i]
		switch {
		case c == '"':
			r.pos = i + 1
			return r.valid(out)
		case c < 0x20:
			r.pos = i
			return "", r.errorf("Invalid control character")
		case c != '\\':
			out = append(out, c)
			i++
			continue
		}
		if i++; i >= len(r.src) {
			break
		}
		r.pos = i
		if n := strings.IndexByte(`"\/bfnrt`, r.src[i]); n >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[n])
			i++
			continue
		}
		if r.src[i] != 'u' {
			return "", r.errorf(`Invalid \escape`)
		}
		u, ok := r.hex(i + 1)
		if !ok {
			return "", r.errorf(`Invalid \uXXXX escape`)
		}
		i += 5
		if utf16.IsSurrogate(u) {
			low, ok := rune(0), false
			if i+1 < len(r.src) && r.src[i] == '\\' && r.src[i+1] == 'u' {
				low, ok = r.hex(i + 2)
			}
			if pair := utf16.DecodeRune(u, low); ok && pair != utf8.RuneError {
				u = pair
				i += 6
			}
		}
		out = utf8.AppendRune(out, u) // half a pair becomes U+FFFD
	}
	r.pos = start - 1
	return "", r.errorf("Unterminated string")
}

func (r *JSONReader) hex(at int) (rune, bool) {
	if at+4 > len(r.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(r.src[at:at+4]), 16, 32)
	return rune(n), err == nil
}
