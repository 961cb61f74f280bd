package scraper

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// readAll reads a file's text and prints what came of it, one line each:
// "0: shop/7" for a record, "1 @12 1:13 malformed: reason | raw" for a reject.
func readAll(t testing.TB, r *Reader) []string {
	t.Helper()
	var out []string
	for {
		rec, rej, err := r.Next()
		switch {
		case err == io.EOF:
			return out
		case err != nil:
			t.Fatal(err)
		case rej != nil:
			field := ""
			if rej.Field != "" {
				field = "(" + rej.Field + ")"
			}
			out = append(out, fmt.Sprintf("%d @%d %d:%d %s%s: %s | %s",
				rej.Row, rej.At.Offset, rej.At.Line, rej.At.Column, rej.Kind, field, rej.Reason, rej.Raw))
		default:
			out = append(out, fmt.Sprintf("%d: %v/%v", rec.Row, rec.Values[1], rec.Values[0]))
		}
	}
}

// msg is a good record.
func msg(id int) string {
	return fmt.Sprintf(`{"message_id": %d, "channel_name": "shop", "message_date": "2025-03-01T10:00:00+00:00"}`, id)
}

func TestReader(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"two records", "[" + msg(1) + ", " + msg(2) + "]", []string{"0: shop/1", "1: shop/2"}},
		{"no records", " [ ] ", nil},
		{"byte order mark", "\xEF\xBB\xBF[" + msg(1) + "]", []string{"0: shop/1"}},
		{"other scrapers' names", `[{"id":1,"channel":"c","date":"2025-03-01T10:00:00Z","text":"hi"}]`, []string{"0: c/1"}},
		{"whole floats are integers", strings.Replace("["+msg(1)+"]", `": 1,`, `": 1.0,`, 1), []string{"0: shop/1"}},

		{"empty file", "", []string{"-1 @0 1:1 bad_file: the file is empty; expected a JSON array | "}},
		{"white space only", " \n ", []string{"-1 @3 2:2 bad_file: the file holds only white space; expected a JSON array | "}},
		{"an object", `{"a": 1}`, []string{`-1 @0 1:1 bad_file: the file is a JSON object; expected an array of messages | {"a": 1}`}},
		{"no JSON", "\n<html>", []string{`-1 @1 2:1 bad_file: the file begins with '<'; expected a JSON array | <html>`}},
		{"UTF-16", "\xFF\xFE[\x00]\x00", []string{`-1 @0 1:1 bad_file: the file is UTF-16; it must be UTF-8 | \xff\xfe[\x00]\x00`}},

		{"missing field", `[{"message_id": 5, "channel_name": "shop"},` + msg(2) + `]`, []string{
			`0 @1 1:2 missing_field(message_date): message_date is missing | {"message_id": 5, "channel_name": "shop"}`, "1: shop/2"}},
		{"null and empty fields", `[{"message_id": null, "channel_name": " ", "message_date": "2025-03-01"}]`, []string{
			`0 @16 1:17 missing_field(message_id): message_id is null; channel_name is empty | {"message_id": null, "channel_name": " ", "message_date": "2025-03-01"}`}},
		{"wrong type", strings.Replace("["+msg(1)+",\n"+msg(2)+"]", `": 2,`, `": "2",`, 1), []string{
			"0: shop/1", `1 @104 2:16 wrong_type(message_id): message_id must be an integer, not text "2" | ` + strings.Replace(msg(2), `": 2,`, `": "2",`, 1)}},
		{"huge integer", `[{"message_id": 9223372036854775808, "channel_name": "c", "message_date": "2025-03-01"}]`, []string{
			`0 @16 1:17 wrong_type(message_id): message_id does not fit into 64 bits: 9223372036854775808 | {"message_id": 9223372036854775808, "channel_name": "c", "message_date": "2025-03-01"}`}},
		{"fraction", strings.Replace("["+msg(1)+"]", `": 1,`, `": 1.5,`, 1), []string{
			`0 @16 1:17 wrong_type(message_id): message_id must be an integer: 1.5 | ` + strings.Replace(msg(1), `": 1,`, `": 1.5,`, 1)}},
		{"bad date", strings.Replace("["+msg(1)+"]", "03-01", "02-30", 1), []string{
			`0 @59 1:60 bad_date(message_date): message_date is no date of the calendar: "2025-02-30T10:00:00+00:00" | ` + strings.Replace(msg(1), "03-01", "02-30", 1)}},
		{"field twice", `[{"message_id": 1, "message_id": 2, "channel_name": "c", "message_date": "2025-03-01"}]`, []string{
			`0 @19 1:20 malformed(message_id): message_id is there twice | {"message_id": 1, "message_id": 2, "channel_name": "c", "message_date": "2025-03-01"}`}},
		{"no objects", `[1, "x", null, [2], ` + msg(1) + `]`, []string{
			"0 @1 1:2 wrong_type: the record must be an object, not a number | 1",
			`1 @4 1:5 wrong_type: the record must be an object, not text | "x"`,
			"2 @9 1:10 wrong_type: the record must be an object, not null | null",
			"3 @15 1:16 wrong_type: the record must be an object, not an array | [2]", "4: shop/1"}},

		{"NUL character", `[{"message_id":1,"channel_name":"a\u0000","message_date":"2025-03-01"}]`, []string{
			`0 @32 1:33 bad_text(channel_name): channel_name holds the character \u0000, which PostgreSQL can't keep | {"message_id":1,"channel_name":"a\u0000","message_date":"2025-03-01"}`}},
		{"lone surrogate", `[{"message_id":1,"channel_name":"a\ud83d!","message_date":"2025-03-01"}]`, []string{
			`0 @32 1:33 bad_text(channel_name): channel_name holds \ud83d, half of a character | {"message_id":1,"channel_name":"a\ud83d!","message_date":"2025-03-01"}`}},
		{"invalid UTF-8", "[{\"message_id\":1,\"channel_name\":\"a\xff\",\"message_date\":\"2025-03-01\"}]", []string{
			`0 @32 1:33 bad_text(channel_name): channel_name is not valid UTF-8 | {"message_id":1,"channel_name":"a\xff","message_date":"2025-03-01"}`}},
		{"NUL byte", "[\x00," + msg(1) + "]", []string{`0 @1 1:2 malformed: '\x00' is no value | \x00`, "1: shop/1"}},

		{"bad value", `[{"message_id": 1, "views": }, ` + msg(2) + `]`, []string{
			`0 @28 1:29 malformed: '}' is no value | {"message_id": 1, "views": }`, "1: shop/2"}},
		{"NaN", `[{"message_id": NaN}, ` + msg(2) + `]`, []string{`0 @16 1:17 malformed: "NaN" is no value | {"message_id": NaN}`, "1: shop/2"}},
		{"single quotes", `[{'message_id': 1}, ` + msg(2) + `]`, []string{
			`0 @2 1:3 malformed: expected a key in quotes, found '\'' | {'message_id': 1}`, "1: shop/2"}},
		{"record is not closed", `[{"message_id": 1, "views": 3, ` + msg(2) + `]`, []string{
			`0 @31 1:32 malformed: expected a key in quotes, found '{' | {"message_id": 1, "views": 3`, "1: shop/2"}},
		{"text is not closed", `[{"message_id": 1, "message_text": "abc}, ` + msg(2) + ", " + msg(3) + `]`, []string{
			`0 @44 1:45 malformed: expected ',' or '}', found 'm' | {"message_id": 1, "message_text": "abc}`, "1: shop/2", "2: shop/3"}},
		{"text is not closed on its line", "[{\"message_id\": 1, \"message_text\": \"abc},\n" + msg(2) + `]`, []string{
			`0 @41 1:42 malformed: a text is not closed on its line | {"message_id": 1, "message_text": "abc}`, "1: shop/2"}},
		{"nested records are no records", `[{"message_id": 1, "reply": {"message_id": 9}, "x": [{"message_id": 8}], "y" 1}, ` + msg(2) + `]`, []string{
			`0 @77 1:78 malformed: expected ':' after the key, found '1' | {"message_id": 1, "reply": {"message_id": 9}, "x": [{"message_id": 8}], "y" 1}`, "1: shop/2"}},
		{"the file's own first key", `[{"channel_name":"c","message_id":1,"message_date":"2025-03-01"},{"channel_name":"c","x":"abc},{"channel_name":"c","message_id":3,"message_date":"2025-03-01"}]`, []string{
			"0: c/1", `1 @97 1:98 malformed: expected ',' or '}', found 'c' | {"channel_name":"c","x":"abc}`, "2: c/3"}},

		{"comma missing", `[` + msg(1) + msg(2) + `]`, []string{"0: shop/1", "-1 @87 1:88 malformed: a comma is missing before the record | ", "1: shop/2"}},
		{"comma too many", `[` + msg(1) + ",," + msg(2) + `,]`, []string{
			"0: shop/1", "-1 @88 1:89 malformed: a comma stands where a record should | ,", "1: shop/2",
			"-1 @176 1:177 malformed: a comma stands before the end of the array | "}},
		{"brace too many", `[` + msg(1) + `}, ` + msg(2) + `]`, []string{
			"0: shop/1", "-1 @87 1:88 malformed: expected ',' or ']' after the record, found '}' | }", "1: shop/2"}},
		{"array is not closed", `[` + msg(1), []string{"0: shop/1", "-1 @87 1:88 malformed: the file ends before its array is closed with ']' | "}},
		{"cut off", `[` + msg(1) + `, {"message_id": 2, "chan`, []string{
			"0: shop/1", `1 @112 1:113 malformed: the file ends inside a record | {"message_id": 2, "chan`}},
		{"second array", `[` + msg(1) + "]\n[" + msg(2) + "]", []string{
			"0: shop/1", "-1 @89 2:1 malformed: a second array begins after the end of the first | [", "1: shop/2"}},
		{"text after the array", `[` + msg(1) + "] done", []string{
			"0: shop/1", "-1 @89 1:90 malformed: 'd' stands after the end of the array | done"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, readAll(t, NewReader(strings.NewReader(c.in)))); diff != "" {
				t.Error(diff)
			}
			// The same in the smallest steps that a stream can take.
			if diff := cmp.Diff(c.want, readAll(t, NewReader(iotest.OneByteReader(strings.NewReader(c.in))))); diff != "" {
				t.Error("byte by byte:", diff)
			}
		})
	}
}

// Every known field, in the form in which the warehouse gets it.
func TestReaderFields(t *testing.T) {
	in := `[{"message_id": 12, "channel_name": "Shop", "channel_title": "The \"Shop\" \u1230\u120b\u121d",
	"message_date": "2025-03-01T10:00:00+00:00", "edit_date": "2025-03-02 10:00:00.123456789Z",
	"message_text": "a\nb \ud83c\udf3f", "has_media": true, "media_type": "photo", "image_path": "data\\raw\\images\\Shop\\12.jpg",
	"views": 1e3, "forwards": -1, "replies": null, "reactions": {"👍": 3}, "is_reply": false, "reply_to_msg_id": 11,
	"grouped_id": 9223372036854775807, "forward_from": {"id": 4}, "post_author": "",
	"entities": [ {"type": "bold"} ], "scraped_at": "2025-03-03T08:00:00.5", "poll": {"a" : [1, 2]}, "id": 99, "n\u00e9w": "x y",
	"channel_id": 1001, "media_id": "AgAD", "image_sha256": "ab", "image_bytes": 9, "image_error": null, "service_action": "pin_message",
	"is_pinned": true, "deleted": 0, "raw": {"_": "message"}}]`
	rec, rej, err := NewReader(strings.NewReader(in)).Next()
	if err != nil || rej != nil {
		t.Fatal(rej, err)
	}
	want := map[string]any{
		"message_id": int64(12), "channel_name": "Shop", "channel_title": `The "Shop" ሰላም`,
		"message_date": "2025-03-01T10:00:00+00:00", "edit_date": "2025-03-02 10:00:00.123456789Z",
		"message_text": "a\nb 🌿", "has_media": true, "media_type": "photo", "image_path": "images/Shop/12.jpg",
		"views": int64(1000), "forwards": int64(-1), "replies": nil, "reactions": `{"👍":3}`, "is_reply": false,
		"reply_to_msg_id": int64(11), "grouped_id": int64(9223372036854775807), "forward_from": `{"id":4}`, "post_author": "",
		"entities": `[{"type":"bold"}]`, "scraped_at": "2025-03-03T08:00:00.5", "poll": `{"a":[1,2]}`,
		"channel_id": int64(1001), "media_id": nil, "image_sha256": "ab", "image_bytes": int64(9), "image_error": nil,
		"service_action": "pin_message", "is_pinned": true, "deleted": nil, "raw": `{"_":"message"}`,
	}
	got := map[string]any{}
	for i, f := range messageFields {
		got[f.name] = rec.Values[i]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// What is no field is kept: an alias beside its field, and keys that others use for something else.
	if want := `{"n\u00e9w":"x y","media_id":"AgAD","deleted":0,"id":99}`; rec.Extra != want {
		t.Errorf("extra is %s, want %s", rec.Extra, want)
	}
}

func TestCheckDate(t *testing.T) {
	for _, good := range []string{
		"2025-03-01", "2025-03-01T10:00", "2025-03-01T10:00:00", "2025-03-01 10:00:00", "2025-03-01T10:00:00Z",
		"2025-03-01T10:00:00.1", "2025-03-01T10:00:00.123456789+03:00", "2025-03-01T10:00:00-0330", "2025-03-01T10:00+03",
		"2024-02-29T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00",
	} {
		if why := checkDate(good); why != "" {
			t.Errorf("%s: %s", good, why)
		}
	}
	for _, bad := range []string{
		"", "2025", "yesterday!", "2025-13-01", "2025-02-30", "0000-01-01", "2025-03-01X10:00:00", "2025-03-01T", "2025-03-01T10",
		"2025-03-01T24:00:00", "2025-03-01T10:60:00", "2025-03-01T10:00:60", "2025-03-01T10:00:00.", "2025-03-01T10:00:00z",
		"2025-03-01T10:00:00+15:00", "2025-03-01T10:00:00+03:60", "2025-03-01T10:00:00+3", "2025-03-01T10:00:00 +03:00",
		"01/03/2025 10:00", "2025-03-01T10:00:00ZZ", "20250301T100000Z", "2025-03-01T10:00:00é",
	} {
		if checkDate(bad) == "" {
			t.Errorf("%q passed", bad)
		}
	}
}

func TestReaderLimits(t *testing.T) {
	t.Run("long record", func(t *testing.T) {
		long := strings.Replace(msg(1), "shop", strings.Repeat("ሀ", 1000), 1)
		r := NewReader(strings.NewReader("[" + long + "," + msg(2) + "]"))
		r.maxRecord = 1000
		got := readAll(t, r)
		if len(got) != 2 || !strings.Contains(got[0], "too_large: the record is longer than 1000 bytes") || got[1] != "1: shop/2" {
			t.Error(got)
		}
	})
	t.Run("deep record", func(t *testing.T) {
		deep := `{"message_id": 1, "x": ` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}"
		got := readAll(t, NewReader(strings.NewReader("["+deep+","+msg(2)+"]")))
		if len(got) != 2 || !strings.Contains(got[0], "too_large: values are nested deeper than 200") || got[1] != "1: shop/2" {
			t.Errorf("%.200s", got)
		}
	})
	t.Run("raw text is cut", func(t *testing.T) {
		in := `[{"message_id": 1, "x": "` + strings.Repeat("ሀ", 100_000) + `"},` + msg(2) + "]"
		_, rej, err := NewReader(strings.NewReader(in)).Next()
		if err != nil || rej == nil {
			t.Fatal(err)
		}
		if len(rej.Raw) > MaxRawText || len(rej.Raw) < MaxRawText-utf8.UTFMax || !strings.HasSuffix(rej.Raw, "ሀ") || rej.RawBytes != 300_026 {
			t.Errorf("%d bytes of %d", len(rej.Raw), rej.RawBytes)
		}
	})
}

// A failing disk is an error and not a reject.
func TestReaderReadError(t *testing.T) {
	broken := errors.New("disk on fire")
	in := "[" + msg(1) + "," + msg(2)
	for cut := range len(in) {
		r := NewReader(io.MultiReader(strings.NewReader(in[:cut]), iotest.ErrReader(broken)))
		for {
			_, rej, err := r.Next()
			if rej != nil {
				t.Fatalf("cut at %d: reject %+v", cut, rej)
			}
			if err != nil {
				if !errors.Is(err, broken) {
					t.Fatalf("cut at %d: %v", cut, err)
				}
				break
			}
		}
	}
}

// A file is streamed: its size does not show in the buffer.
func TestReaderMemory(t *testing.T) {
	r := NewReader(io.MultiReader(strings.NewReader("["), &repeat{text: msg(1) + ",\n", times: 200_000}, strings.NewReader(msg(2)+"]")))
	n := 0
	for {
		_, rej, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil || rej != nil {
			t.Fatal(rej, err)
		}
		n++
	}
	if n != 200_001 {
		t.Errorf("%d records", n)
	}
	if cap(r.w.buf) > 1<<20 {
		t.Errorf("the buffer grew to %d bytes", cap(r.w.buf))
	}
}

// repeat is a text many times over.
type repeat struct {
	text  string
	times int
	rest  string
}

func (r *repeat) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if r.rest == "" {
			if r.times == 0 {
				break
			}
			r.times--
			r.rest = r.text
		}
		k := copy(p[n:], r.rest)
		r.rest = r.rest[k:]
		n += k
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestLineReader(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"two records", msg(1) + "\n" + msg(2) + "\n", []string{"0: shop/1", "1: shop/2"}},
		{"no line end, empty lines", "\n" + msg(1) + "\r\n\n  " + msg(2), []string{"0: shop/1", "1: shop/2"}},
		{"nothing", "", nil},
		{"a bad line", "{\"message_id\": 1,\n" + msg(2), []string{
			"0 @17 1:18 malformed: the line ends inside a record | {\"message_id\": 1,", "1: shop/2"}},
		{"text", "hello\n" + msg(2), []string{"0 @0 1:1 malformed: \"hello\" is no value | hello", "1: shop/2"}},
		{"a torn end", msg(1) + "\n{\"message_id\"", []string{
			"0: shop/1", "1 @100 2:14 malformed: the file ends inside a record | {\"message_id\""}},
		{"two on a line", msg(1) + " " + msg(2) + "\n" + msg(3), []string{
			"0: shop/1", "-1 @87 1:88 malformed: '{' stands behind the record of the line | " + msg(2), "1: shop/3"}},
		{"no object", "[1]\n" + msg(2), []string{"0 @0 1:1 wrong_type: the record must be an object, not an array | [1]", "1: shop/2"}},
		{"an array", "[" + msg(1) + "]", []string{"0 @0 1:1 wrong_type: the record must be an object, not an array | [" + msg(1) + "]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, src := range map[string]io.Reader{"whole": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
				if diff := cmp.Diff(c.want, readAll(t, NewLineReader(src))); diff != "" {
					t.Error(name, diff)
				}
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"[" + msg(1) + "]", "[" + msg(1) + "," + msg(2) + "]", `[{"message_id":1,"x":"a}, ` + msg(2), "[{]}", "[[[[", `["\u00`,
		"\xEF\xBB\xBF[]", "{}", "[1,2,", "[]]", "[][" + msg(1), "[{\"a\":\"\n\"}]", `[{"message_id":-0.0e+1}]`,
	} {
		f.Add([]byte(seed))
	}
	bad, err := filepath.Glob("../testdata/lake_bad/raw/telegram_messages/*/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range bad {
		if data, err := os.ReadFile(name); err == nil && len(data) < 1<<14 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(strings.NewReader(string(data)))
		var rows, malformed int
		next, last := int64(0), int64(-1)
		clean := func(s string) {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Fatalf("not clean: %q", s)
			}
		}
		for steps := 0; ; steps++ {
			if steps > 2*len(data)+2 {
				t.Fatal("the reader does not end")
			}
			rec, rej, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			row := rec.Row
			if rej != nil {
				row = rej.Row
				clean(rej.Raw)
				clean(rej.Reason)
				if rej.At.Offset < last || rej.At.Offset > int64(len(data)) || rej.At.Line < 1 || rej.At.Column < 1 {
					t.Fatalf("position %+v after offset %d", rej.At, last)
				}
				if rej.Kind != BadText && rej.Kind != MissingField && rej.Kind != WrongType && rej.Kind != BadDate && rej.Field == "" {
					malformed++
				}
			} else {
				for _, v := range rec.Values {
					if s, ok := v.(string); ok {
						clean(s)
					}
				}
				if clean(rec.Extra); rec.Extra != "" && !json.Valid([]byte(rec.Extra)) {
					t.Fatalf("extra: %s", rec.Extra)
				}
			}
			if row >= 0 {
				if row != next {
					t.Fatalf("row %d after %d", row, next-1)
				}
				next++
				rows++
			}
		}
		// encoding/json is the judge of what is an array and how long it is.
		var elements []json.RawMessage
		valid := json.Unmarshal(data, &elements) == nil && elements != nil
		if valid && malformed == 0 && rows != len(elements) {
			t.Fatalf("%d rows of %d elements", rows, len(elements))
		}
		if valid && malformed > 0 && !strings.Contains(string(data), strings.Repeat("[", 90)) && !deep(data) {
			t.Fatalf("%d faults in valid JSON", malformed)
		}
		if !valid && malformed == 0 && !strings.HasPrefix(string(data), "\xEF\xBB\xBF") {
			t.Fatal("no fault in what is no JSON array")
		}
	})
}

// deep tells whether values nest deeper than the reader allows.
func deep(data []byte) bool {
	n, most := 0, 0
	for _, c := range data {
		switch c {
		case '[', '{':
			n++
			most = max(most, n)
		case ']', '}':
			n--
		}
	}
	return most > maxDepth
}

func BenchmarkReader(b *testing.B) {
	text := strings.Repeat("ፓራሲታሞል Paracetamol 500mg ዋጋ 120 ብር\\n", 8)
	record := `{"message_id": 12345, "channel_name": "shop", "message_date": "2025-03-01T10:00:00+00:00", "message_text": "` + text +
		`", "has_media": true, "views": 1311, "forwards": 1, "scraped_at": "2025-03-02T08:43:08.732482", "image_path": "data\\raw\\images\\shop\\12345.jpg"}`
	file := "[" + strings.Repeat(record+",\n", 4999) + record + "]"
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(strings.NewReader(file))
		n := 0
		for {
			_, rej, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil || rej != nil {
				b.Fatal(rej, err)
			}
			n++
		}
		if n != 5000 {
			b.Fatal(n)
		}
	}
}

// Whatever byte of a file is lost or wrong, all but the record that had it, and
// at most its neighbour, still load.
func TestReaderOneBrokenByte(t *testing.T) {
	const n = 6
	record := func(id int) string {
		return fmt.Sprintf(`{"message_id": %d, "channel_name": "shop", "message_date": "2025-03-01T10:00:00+00:00", "message_text": "a {b} \"c\", [d] ሰላም", "reactions": [{"count": 1}, {"count": 2}], "views": 3}`, id)
	}
	var records []string
	for id := range n {
		records = append(records, record(id))
	}
	for name, file := range map[string]string{
		"one line": "[" + strings.Join(records, ", ") + "]",
		"indented": "[\n    " + strings.Join(records, ",\n    ") + "\n]\n",
	} {
		for i := 1; i < len(file); i++ { // without its '[' a file is none
			for _, broken := range []string{
				file[:i] + file[i+1:],
				file[:i] + "\x00" + file[i+1:],
				file[:i] + `"` + file[i+1:],
				file[:i] + `}` + file[i+1:],
				file[:i] + `{` + file[i+1:],
				file[:i] + `]` + file[i+1:],
				file[:i] + "\n" + file[i+1:],
			} {
				r := NewReader(strings.NewReader(broken))
				loaded, rejected := 0, 0
				for {
					_, rej, err := r.Next()
					if err == io.EOF {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					if rej != nil {
						rejected++
					} else {
						loaded++
					}
				}
				if loaded < n-2 {
					t.Fatalf("%s, byte %d: %d records loaded, %d rejected from %s", name, i, loaded, rejected, broken)
				}
				if loaded < n && rejected == 0 {
					t.Fatalf("%s, byte %d: %d records loaded and none rejected from %s", name, i, loaded, broken)
				}
			}
		}
	}
}
