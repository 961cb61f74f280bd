package pyjson

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// What Python 3.11's json.dumps gives.
func TestStrings(t *testing.T) {
	for _, c := range []struct{ in, ascii, text string }{
		{"", `""`, `""`},
		{"plain text", `"plain text"`, `"plain text"`},
		{"a\"b\\c/d", `"a\"b\\c/d"`, `"a\"b\\c/d"`},
		{"\n\r\t\b\f\v\x00\x1f", `"\n\r\t\b\f\u000b\u0000\u001f"`, `"\n\r\t\b\f\u000b\u0000\u001f"`},
		{"x\x7fy", `"x\u007fy"`, "\"x\x7fy\""},
		{"é ሰ \u2028", `"\u00e9 \u1230 \u2028"`, "\"é ሰ \u2028\""},
		{"🎉!", `"\ud83c\udf89!"`, `"🎉!"`},
		{"a\xffb", `"a\ufffdb"`, "\"a\ufffdb\""},
	} {
		if got := string(AppendString(nil, c.in)); got != c.ascii {
			t.Errorf("AppendString(%q) = %s, want %s", c.in, got, c.ascii)
		}
		if got := string(AppendText(nil, c.in)); got != c.text {
			t.Errorf("AppendText(%q) = %s, want %s", c.in, got, c.text)
		}
		if got, want := string(ASCII(AppendText(nil, c.in))), strings.ReplaceAll(c.ascii, `\u007f`, "\x7f"); got != want {
			t.Errorf("ASCII(%q) = %s, want %s", c.in, got, want)
		}
	}
}

func TestFloats(t *testing.T) {
	for _, c := range []struct {
		f    float64
		bits int
		want string
	}{
		{0, 64, "0.0"}, {1, 64, "1.0"}, {-2.5, 64, "-2.5"}, {0.0001, 64, "0.0001"}, {0.00001, 64, "1e-05"},
		{1e15, 64, "1000000000000000.0"}, {1e16, 64, "1e+16"}, {1e100, 64, "1e+100"}, {0.1, 32, "0.1"},
		{math.NaN(), 64, "NaN"}, {math.Inf(1), 64, "Infinity"}, {math.Inf(-1), 64, "-Infinity"},
	} {
		if got := string(AppendFloat([]byte("1."), c.f, c.bits)); got != "1."+c.want {
			t.Errorf("AppendFloat(%v, %d) = %s, want %s", c.f, c.bits, got[2:], c.want)
		}
	}
}

func TestIndent(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                             `[]`,
		`{}`:                             `{}`,
		`[ [ ], {"a":[ ] } ]`:            "[\n> .[],\n> .{\n> ..\"a\": []\n> .}\n> ]",
		`[{"a": NaN, "b": -Infinity}]`:   "[\n> .{\n> ..\"a\": NaN,\n> ..\"b\": -Infinity\n> .}\n> ]",
		`{"a\\": "\"]", "b":"x, {y: z"}`: "{\n> .\"a\\\\\": \"\\\"]\",\n> .\"b\": \"x, {y: z\"\n> }",
	} {
		if got := string(Indent(nil, []byte(text), "> ", ".")); got != want {
			t.Errorf("%s = %s, want %s", text, got, want)
		}
	}
}

// Where Go's encoder takes the text, both lay it out alike.
func FuzzIndent(f *testing.F) {
	f.Add(`[{"a": [1, "x\\\"", null], "b": {}}]`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, text string) {
		got := Indent(nil, []byte(text), " ", "  ")
		var want bytes.Buffer
		if json.Indent(&want, []byte(text), " ", "  ") == nil && want.String() != string(got) && strings.TrimSpace(text) == text {
			t.Errorf("%q = %q, want %q", text, got, want.String())
		}
	})
}

func FuzzStrings(f *testing.F) {
	f.Add("plain")
	f.Add("\x00\u2028🎉\\\"\xff\x7f")
	f.Fuzz(func(t *testing.T, s string) {
		want := strings.ToValidUTF8(s, "")
		for _, b := range [][]byte{AppendString(nil, s), AppendText(nil, s)} {
			var back string
			if err := json.Unmarshal(b, &back); err != nil {
				t.Fatalf("%q: %v", b, err)
			}
			if utf8.ValidString(s) && back != want {
				t.Errorf("%q came back as %q", s, back)
			}
		}
		for _, c := range AppendString(nil, s) {
			if c < ' ' || c > '~' {
				t.Fatalf("not ASCII: %q", AppendString(nil, s))
			}
		}
	})
}

func BenchmarkAppendString(b *testing.B) {
	sql := strings.Repeat("select a, b from c join d using (e)\n", 20)
	var buf []byte
	for b.Loop() {
		buf = AppendString(buf[:0], sql)
	}
}
