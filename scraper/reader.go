package scraper

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind is the class of a reject.
type Kind string

// Kinds of rejects.
const (
	Malformed    Kind = "malformed"     // not JSON
	MissingField Kind = "missing_field" // a required field is absent, null or empty
	WrongType    Kind = "wrong_type"    // a field, or the record, has another JSON type
	BadDate      Kind = "bad_date"      // no ISO 8601 date and time
	BadText      Kind = "bad_text"      // text that no warehouse can keep
	TooLarge     Kind = "too_large"     // too long, or nested too deeply
	BadFile      Kind = "bad_file"      // the file as a whole
)

// Reject is a part of a file that is no message record.
type Reject struct {
	// Row is the record's index in its file, -1 when the fault is not a record's.
	Row int64
	// At is the fault itself: the value of a field, or the first byte that is
	// not JSON.
	At   Position
	Kind Kind
	// Field is the field at fault, "" when there is none.
	Field string
	// Reason says what is wrong, for people; all of it if several things are.
	Reason string
	// Raw is the text as it stands in the file, cut to [MaxRawText] bytes. Bytes
	// that no warehouse can keep as text are written \x00.
	Raw string
	// RawBytes is the length in the file.
	RawBytes int64
}

// MaxRawText is how much of a reject's text is kept.
const MaxRawText = 16 << 10

// DefaultMaxRecord is the longest record that a Reader takes, in bytes.
const DefaultMaxRecord = 16 << 20

// Reader streams the message records of one lake file. Its memory is bounded
// by the longest record, whatever the file's size.
//
// A file is a JSON array of objects; [NewLineReader] is for JSON lines. After a fault the Reader goes on with the
// next record: it ends the faulty one where its brackets close, or where the
// next record begins (an opening brace and a key that records of this file
// begin with), whichever comes first.
type Reader struct {
	w *window
	// lines: the file is no array, each line is a record.
	lines bool
	// behind: something stands behind the record of the line.
	behind    bool
	maxRecord int
	state     readerState
	row       int64
	starts    []string // first keys of records
	build     builder
}

type readerState uint8

const (
	atFile     readerState = iota // nothing read yet
	atFirst                       // after '[': a record or ']'
	atRecord                      // after ',': a record
	atComma                       // after a record: ',' or ']'
	afterArray                    // after ']': the end
	atEnd
)

// NewReader reads from src.
func NewReader(src io.Reader) *Reader {
	return &Reader{w: newWindow(src), maxRecord: DefaultMaxRecord, starts: []string{"message_id", "id"}}
}

// NewLineReader reads JSON lines from src: one record a line. After a fault it goes
// on with the next line.
func NewLineReader(src io.Reader) *Reader {
	r := NewReader(src)
	r.lines = true
	return r
}

// Next returns the next record, or the next reject (then the record is empty).
// The error is io.EOF at the end, else one of reading src. The Record is the
// caller's to keep.
func (r *Reader) Next() (Record, *Reject, error) {
	for r.state != atEnd {
		rec, rej, ok := r.step()
		// What a broken read made of the file is nobody's fault.
		if err := r.w.failed(); err != nil && len(r.w.data) == 0 || err != nil && rej != nil {
			return Record{}, nil, err
		}
		if ok || rej != nil {
			return rec, rej, nil
		}
	}
	if err := r.w.failed(); err != nil {
		return Record{}, nil, err
	}
	return Record{}, nil, io.EOF
}

// step reads one thing: ok for a record.
func (r *Reader) step() (rec Record, rej *Reject, ok bool) {
	if r.state == atFile {
		return rec, r.open(), false
	}
	r.space()
	if r.lines && r.w.has(0) {
		return r.line()
	}
	if !r.w.has(0) {
		if r.state != afterArray && !r.lines {
			rej = r.reject(-1, r.w.at(0), Malformed, "the file ends before its array is closed with ']'")
		}
		r.state = atEnd
		return rec, rej, false
	}
	c := r.w.data[0]
	switch r.state {
	case afterArray:
		if c == '[' {
			rej = r.rejectHere(Malformed, "a second array begins after the end of the first")
			r.drop(rej, 1)
			r.state = atFirst
			return rec, rej, false
		}
		s := scanner{w: r.w}
		return rec, r.skip(-1, s.fail(0, "%s stands after the end of the array", s.show(0))), false
	case atComma:
		switch c {
		case ',':
			r.w.discard(1)
			r.state = atRecord
			return rec, nil, false
		case ']':
			r.w.discard(1)
			r.state = afterArray
			return rec, nil, false
		case '{':
			r.state = atRecord
			return rec, r.rejectHere(Malformed, "a comma is missing before the record"), false
		}
		s := scanner{w: r.w}
		return rec, r.skip(-1, s.fail(0, "expected ',' or ']' after the record, found %s", s.show(0))), false
	}
	switch {
	case c == ']':
		if r.state == atRecord {
			rej = r.rejectHere(Malformed, "a comma stands before the end of the array")
		}
		r.w.discard(1)
		r.state = afterArray
		return rec, rej, false
	case c == ',':
		rej = r.rejectHere(Malformed, "a comma stands where a record should")
		r.drop(rej, 1)
		r.state = atRecord
		return rec, rej, false
	}
	return r.record()
}

// open reads up to the array.
func (r *Reader) open() *Reject {
	r.w.has(2)
	if bytes.HasPrefix(r.w.data, []byte{0xEF, 0xBB, 0xBF}) {
		r.w.discard(3)
		r.w.lineStart = r.w.offset
	}
	whole := func(format string, args ...any) *Reject {
		r.state = atEnd
		rej := r.rejectHere(BadFile, format, args...)
		r.w.has(MaxRawText)
		rej.Raw = rawText(cutText(r.w.data))
		start := r.w.offset
		for r.w.has(0) { // to its end, for the length
			r.w.discard(len(r.w.data))
		}
		rej.RawBytes = r.w.offset - start
		return rej
	}
	if len(r.w.data) >= 2 && (r.w.data[0] == 0xFF && r.w.data[1] == 0xFE || r.w.data[0] == 0xFE && r.w.data[1] == 0xFF) {
		return whole("the file is UTF-16; it must be UTF-8")
	}
	r.space()
	if !r.w.has(0) {
		if r.lines {
			r.state = atEnd // nothing was scraped
			return nil
		}
		if r.w.offset == 0 {
			return whole("the file is empty; expected a JSON array")
		}
		return whole("the file holds only white space; expected a JSON array")
	}
	if r.lines {
		r.state = atFirst
		return nil
	}
	if c := r.w.data[0]; c != '[' {
		s := scanner{w: r.w}
		if c == '{' {
			return whole("the file is a JSON object; expected an array of messages")
		}
		return whole("the file begins with %s; expected a JSON array", s.show(0))
	}
	r.w.discard(1)
	r.state = atFirst
	return nil
}

// space discards white space.
func (r *Reader) space() {
	for r.w.has(0) {
		n := 0
		for n < len(r.w.data) && isSpace(r.w.data[n]) {
			n++
		}
		whole := n == len(r.w.data)
		r.w.discard(n)
		if !whole {
			return
		}
	}
}

// record reads the element that begins here.
func (r *Reader) record() (Record, *Reject, bool) {
	row := r.row
	r.row++
	s := scanner{w: r.w, limit: r.maxRecord}
	if r.w.data[0] != '{' {
		v, err := s.value()
		if err != nil {
			return Record{}, r.skip(row, err), false
		}
		rej := r.reject(row, r.w.at(0), WrongType, "the record must be an object, not %s", v.kind)
		r.drop(rej, s.i)
		r.state = atComma
		return Record{}, rej, false
	}
	b := &r.build
	*b = builder{s: &s, extra: nil, problems: b.problems[:0]}
	badKey := false
	if err := s.members(b.member, &badKey); err != nil {
		return Record{}, r.skip(row, err), false
	}
	if s.i > r.maxRecord {
		return Record{}, r.skip(row, &scanError{kind: TooLarge, msg: fmt.Sprintf("the record is longer than %d bytes", r.maxRecord)}), false
	}
	b.finish(0)
	r.state = atComma
	if len(b.problems) > 0 {
		first := b.problems[0]
		var reasons []string
		for _, p := range b.problems {
			reasons = append(reasons, p.text)
		}
		rej := r.reject(row, r.w.at(first.at), first.kind, "%s", strings.Join(reasons, "; "))
		rej.Field = first.field
		r.drop(rej, s.i)
		return Record{}, rej, false
	}
	r.learn(b.firstKey)
	r.w.discard(s.i)
	b.rec.Row = row
	return b.rec, nil, true
}

// line reads the record of a line, or what stands behind it.
func (r *Reader) line() (Record, *Reject, bool) {
	if r.behind {
		r.behind = false
		s := scanner{w: r.w}
		return Record{}, r.skipLine(-1, s.fail(0, "%s stands behind the record of the line", s.show(0))), false
	}
	rec, rej, ok := r.record()
	if r.state == atEnd {
		return rec, rej, ok
	}
	n := 0
	for r.w.has(n) && r.w.data[n] != '\n' && isSpace(r.w.data[n]) {
		n++
	}
	r.behind = r.w.has(n) && r.w.data[n] != '\n'
	return rec, rej, ok
}

// skipLine goes from a fault to the next line.
func (r *Reader) skipLine(row int64, e *scanError) *Reject {
	if n := bytes.IndexByte(r.w.data[:min(e.at, len(r.w.data))], '\n'); n >= 0 && e.kind == Malformed {
		// JSON goes on behind the line's end; a record does not.
		e = &scanError{at: n, kind: Malformed, msg: "the line ends inside a record"}
	}
	rej := r.reject(row, r.w.at(e.at), e.kind, "%s", e.msg)
	var kept []byte
	for ended := false; !ended && r.w.has(0); {
		n := bytes.IndexByte(r.w.data, '\n')
		if ended = n >= 0; !ended {
			n = len(r.w.data)
		}
		kept = append(kept, r.w.data[:min(n, MaxRawText+utf8.UTFMax-len(kept))]...)
		rej.RawBytes += int64(n)
		r.w.discard(n)
	}
	rej.Raw = rawText(cutText(kept))
	r.state = atComma
	return rej
}

// learn notes a key that records begin with.
func (r *Reader) learn(key string) {
	if len(r.starts) < 8 && key != "" && !slices.Contains(r.starts, key) {
		r.starts = append(r.starts, key)
	}
}

// skip goes from a fault to the next record and makes a reject of what is
// between. What is skipped starts at data[0]; quotes and brackets in it can't
// be trusted, so nothing but the next record's beginning is.
func (r *Reader) skip(row int64, e *scanError) *Reject {
	if r.lines {
		return r.skipLine(row, e)
	}
	rej := r.reject(row, r.w.at(e.at), e.kind, "%s", e.msg)
	var kept []byte
	take := func(n int) {
		room := min(n, MaxRawText+utf8.UTFMax-len(kept))
		kept = append(kept, r.w.data[:room]...)
		rej.RawBytes += int64(n)
		r.w.discard(n)
	}
	end := func(n int, next readerState) *Reject {
		take(n)
		if rej.RawBytes <= int64(len(kept)) {
			kept = bytes.TrimRight(kept, " \t\r\n,")
			rej.RawBytes = int64(len(kept))
		}
		rej.Raw = rawText(cutText(kept))
		r.state = next
		return rej
	}
	depth, inText, escaped, prev := 0, false, false, byte(0)
	for i := 0; ; i++ {
		if i == readSize {
			take(i)
			i = 0
		}
		if !r.w.has(i) {
			return end(i, atEnd)
		}
		c := r.w.data[i]
		if c == '{' && (i > 0 || rej.RawBytes > 0) && prev != ':' && prev != '[' && r.beginsRecord(i) {
			return end(i, atRecord)
		}
		switch {
		case inText:
			switch {
			case c == '\n':
				inText, escaped = false, false
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '"':
				inText = false
			}
		case c == '"':
			inText = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth > 0 {
				depth--
				if depth == 0 && (r.next(i+1) == ',' || r.next(i+1) == ']') {
					return end(i+1, atComma)
				}
			} else if c == ']' && r.next(i+1) == 0 {
				return end(i, atComma)
			}
		case c == ',' && depth == 0:
			return end(i, atComma)
		}
		if !isSpace(c) {
			prev = c
		}
	}
}

// lookAhead is how far skip looks for what comes next.
const lookAhead = 4 << 10

// next is the first byte from i on that is no white space; 0 at the end.
func (r *Reader) next(i int) byte {
	for most := i + lookAhead; i < most && r.w.has(i); i++ {
		if !isSpace(r.w.data[i]) {
			return r.w.data[i]
		}
	}
	return 0
}

// beginsRecord tells whether a record begins with the brace at i.
func (r *Reader) beginsRecord(i int) bool {
	most := i + lookAhead
	i++
	for i < most && r.w.has(i) && isSpace(r.w.data[i]) {
		i++
	}
	if i >= most || !r.w.has(i) || r.w.data[i] != '"' {
		return false
	}
	for _, key := range r.starts {
		end := i + 1 + len(key)
		if r.w.has(end) && r.w.data[end] == '"' && string(r.w.data[i+1:end]) == key && r.next(end+1) == ':' {
			return true
		}
	}
	return false
}

func (r *Reader) reject(row int64, at Position, kind Kind, format string, args ...any) *Reject {
	return &Reject{Row: row, At: at, Kind: kind, Reason: fmt.Sprintf(format, args...)}
}

func (r *Reader) rejectHere(kind Kind, format string, args ...any) *Reject {
	return r.reject(-1, r.w.at(0), kind, format, args...)
}

// drop discards n bytes that are rej's text.
func (r *Reader) drop(rej *Reject, n int) {
	rej.Raw = rawText(cutText(r.w.data[:n]))
	rej.RawBytes = int64(n)
	r.w.discard(n)
}

// cutText is the first MaxRawText bytes of b, less a character that would be
// cut in two.
func cutText(b []byte) []byte {
	if len(b) <= MaxRawText {
		return b
	}
	n := MaxRawText
	for n > MaxRawText-utf8.UTFMax && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// rawText is b as text that every warehouse keeps: bytes that are not UTF-8,
// and NUL, are written \x00.
func rawText(b []byte) string {
	if utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return string(b)
	}
	var out strings.Builder
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		switch {
		case c == utf8.RuneError && n <= 1, c == 0:
			fmt.Fprintf(&out, `\x%02x`, b[0])
		default:
			out.WriteRune(c)
		}
		b = b[n:]
	}
	return out.String()
}
