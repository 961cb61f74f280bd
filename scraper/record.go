package scraper

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Record is one message record of a lake file.
type Record struct {
	// Row is the record's index in its file, from 0.
	Row int64
	// Values are the fields in the raw table's order: int64, bool, string or nil.
	Values [fieldCount]any
	// Extra is a JSON object of the keys that are no field; "" without any.
	Extra string
}

// problem is what is wrong with one field.
type problem struct {
	kind  Kind
	field string
	at    int
	text  string
}

// builder makes a Record of an object's members.
type builder struct {
	s        *scanner
	rec      Record
	seen     [fieldCount]bool
	aliased  [fieldCount]alias
	extra    []byte
	problems []problem
	firstKey string
}

// alias is a member under another scraper's name.
type alias struct {
	key, value value
	there      bool
}

func (b *builder) add(kind Kind, field string, at int, format string, args ...any) {
	b.problems = append(b.problems, problem{kind, field, at, fmt.Sprintf(format, args...)})
}

// member takes one key and value.
func (b *builder) member(key, v value) *scanError {
	data := b.s.w.data
	name, flaw := unquote(data[key.start+1:key.end-1], key)
	if b.firstKey == "" {
		b.firstKey = name
	}
	if flaw != "" {
		b.add(BadText, "", key.start, "a key %s", flaw)
		return nil
	}
	if i := fieldIndex(name); i >= 0 {
		if b.seen[i] {
			b.add(Malformed, name, key.start, "%s is there twice", name)
			return nil
		}
		b.seen[i] = true
		if f := &messageFields[i]; f.ours && v.kind != nullValue && !f.takes(v.kind) {
			b.keep(key, v)
			return nil
		}
		b.set(i, v)
		return nil
	}
	if i := aliasIndex(name); i >= 0 && !b.aliased[i].there {
		b.aliased[i] = alias{key, v, true}
		return nil
	}
	b.keep(key, v)
	return nil
}

// keep puts a member that is no field into Extra.
func (b *builder) keep(key, v value) {
	data := b.s.w.data
	if v.badUTF8 {
		b.add(BadText, "", v.start, "%s is not valid UTF-8", data[key.start:key.end])
		return
	}
	if b.extra == nil {
		b.extra = append(b.extra, '{')
	} else {
		b.extra = append(b.extra, ',')
	}
	b.extra = append(b.extra, data[key.start:key.end]...)
	b.extra = append(b.extra, ':')
	b.extra = append(b.extra, compact(data[v.start:v.end])...)
}

// set converts a field's value.
func (b *builder) set(i int, v value) {
	f := &messageFields[i]
	if v.kind == nullValue {
		if f.required {
			b.add(MissingField, f.name, v.start, "%s is null", f.name)
		}
		return
	}
	raw := b.s.w.data[v.start:v.end]
	wrong := func(want string) {
		b.add(WrongType, f.name, v.start, "%s must be %s, not %s %s", f.name, want, v.kind, excerpt(raw))
	}
	switch f.typ {
	case integerField:
		if v.kind != numberValue {
			wrong("an integer")
			return
		}
		n, flaw := integer(raw)
		if flaw != "" {
			b.add(WrongType, f.name, v.start, "%s %s: %s", f.name, flaw, excerpt(raw))
			return
		}
		b.rec.Values[i] = n
	case boolField:
		if v.kind != boolValue {
			wrong("true or false")
			return
		}
		b.rec.Values[i] = raw[0] == 't'
	case jsonField:
		b.setJSON(i, v, raw)
	case originField:
		if v.kind != stringValue {
			b.setJSON(i, v, raw)
			return
		}
		b.setText(i, v, raw)
	default:
		if v.kind != stringValue {
			wrong("text")
			return
		}
		b.setText(i, v, raw)
	}
}

func (b *builder) setJSON(i int, v value, raw []byte) {
	f := &messageFields[i]
	if v.badUTF8 {
		b.add(BadText, f.name, v.start, "%s is not valid UTF-8", f.name)
		return
	}
	b.rec.Values[i] = string(compact(raw))
}

func (b *builder) setText(i int, v value, raw []byte) {
	f := &messageFields[i]
	text, flaw := unquote(raw[1:len(raw)-1], v)
	switch {
	case flaw != "":
		b.add(BadText, f.name, v.start, "%s %s", f.name, flaw)
	case f.required && strings.TrimSpace(text) == "":
		b.add(MissingField, f.name, v.start, "%s is empty", f.name)
	case f.typ == dateField:
		if why := checkDate(text); why != "" {
			b.add(BadDate, f.name, v.start, "%s %s: %s", f.name, why, excerpt(raw))
			return
		}
		b.rec.Values[i] = text
	case f.typ == imageField:
		if text != "" {
			b.rec.Values[i] = imagePath(text)
		}
	default:
		b.rec.Values[i] = text
	}
}

// finish takes aliases in and looks for fields that are missing. start is the
// record's first byte.
func (b *builder) finish(start int) {
	for i := range messageFields {
		if a := b.aliased[i]; a.there {
			if b.seen[i] {
				b.keep(a.key, a.value)
			} else {
				b.seen[i] = true
				b.set(i, a.value)
			}
		}
		if messageFields[i].required && !b.seen[i] {
			b.add(MissingField, messageFields[i].name, start, "%s is missing", messageFields[i].name)
		}
	}
	if b.extra != nil {
		b.rec.Extra = string(append(b.extra, '}'))
	}
}

// integer reads a JSON number as a 64-bit integer. 12.0 and 1e3 are integers.
func integer(raw []byte) (n int64, flaw string) {
	text := string(raw)
	if !bytes.ContainsAny(raw, ".eE") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, "does not fit into 64 bits"
		}
		return n, ""
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.Abs(f) > 1<<53:
		return 0, "does not fit into 64 bits"
	case f != math.Trunc(f):
		return 0, "must be an integer"
	}
	return int64(f), ""
}

// checkDate says what is wrong with an ISO 8601 date and time, "" if nothing
// is. The offset may be absent; a date may stand alone.
func checkDate(text string) string {
	const shape = "is no ISO 8601 date and time"
	if len(text) < 10 {
		return shape
	}
	t, err := time.Parse(time.DateOnly, text[:10])
	switch {
	case err != nil && digitsLike(text[:10], "0000-00-00"):
		return "is no date of the calendar"
	case err != nil:
		return shape
	case t.Year() == 0:
		return "is no date of the calendar"
	}
	rest := text[10:]
	if rest == "" {
		return ""
	}
	if rest[0] != 'T' && rest[0] != ' ' {
		return shape
	}
	rest = rest[1:]
	switch {
	case len(rest) >= 8 && digitsLike(rest[:8], "00:00:00"):
		if rest[:2] > "23" || rest[3:5] > "59" || rest[6:8] > "59" {
			return "is no time of day"
		}
		rest = rest[8:]
		if rest != "" && rest[0] == '.' {
			digits := 1
			for digits < len(rest) && isDigit(rest[digits]) {
				digits++
			}
			if digits == 1 {
				return shape
			}
			rest = rest[digits:]
		}
	case len(rest) >= 5 && digitsLike(rest[:5], "00:00"):
		if rest[:2] > "23" || rest[3:5] > "59" {
			return "is no time of day"
		}
		rest = rest[5:]
	default:
		return shape
	}
	if rest == "" || rest == "Z" {
		return ""
	}
	if rest[0] != '+' && rest[0] != '-' {
		return shape
	}
	offset := rest[1:]
	if !digitsLike(offset, "00:00") && !digitsLike(offset, "0000") && !digitsLike(offset, "00") {
		return shape
	}
	if offset[:2] > "14" || len(offset) > 2 && offset[len(offset)-2:] > "59" {
		return "has an offset that no clock has"
	}
	return ""
}

// digitsLike tells whether text has shape's length, a digit where shape has 0
// and shape's characters elsewhere.
func digitsLike(text, shape string) bool {
	if len(text) != len(shape) {
		return false
	}
	for i := range len(shape) {
		if shape[i] == '0' && !isDigit(text[i]) || shape[i] != '0' && text[i] != shape[i] {
			return false
		}
	}
	return true
}

// compact is checked JSON without white space between its tokens.
func compact(raw []byte) []byte {
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return raw
	}
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return raw // can't be: the scanner has checked it
	}
	return out.Bytes()
}

// excerpt is the start of a value for a message.
func excerpt(raw []byte) string {
	const most = 60
	if len(raw) > most {
		n := most
		for !utf8.RuneStart(raw[n]) && n > most-utf8.UTFMax {
			n--
		}
		return rawText(raw[:n]) + "…"
	}
	return rawText(raw)
}
