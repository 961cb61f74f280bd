package yamldoc

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

func TestFromJSON(t *testing.T) {
	tests := []struct{ in, out string }{
		{`{"b":1,"a":[true,false,null,-2.5,1e3,"x\n\"é😀"]}`, `{"b":1,"a":[true,false,null,-2.5,1000.0,"x\n\"é😀"]}`},
		{` [ 123456789012345678901234567890 , {} , [ ] ] `, `[123456789012345678901234567890,{},[]]`},
		{`[NaN,Infinity,-Infinity]`, `[NaN,Infinity,-Infinity]`},
		{`"\ud800x"`, `"` + "\uFFFD" + `x"`},
		{"\xEF\xBB\xBF1", "1"},
	}
	for _, tt := range tests {
		v, err := FromJSON("x.json", []byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		got, err := AppendJSON(nil, v)
		if err != nil || string(got) != tt.out {
			t.Errorf("%s: %s, %v", tt.in, got, err)
		}
	}
}

func TestFromJSONErrors(t *testing.T) {
	tests := []struct{ in, place, message string }{
		{"", "x.json:1:1", "Expecting value"},
		{"{\n  \"a\": }", "x.json:2:8", "Expecting value"},
		{`{"a" 1}`, "x.json:1:6", "Expecting ':' delimiter"},
		{`{"a": 1`, "x.json:1:8", "Expecting ',' delimiter"},
		{`{a: 1}`, "x.json:1:2", "Expecting property name enclosed in double quotes"},
		{`[1] 2`, "x.json:1:5", "Extra data"},
		{`["a`, "x.json:1:2", "Unterminated string"},
		{`["a\`, "x.json:1:2", "Unterminated string"},
		{`["\x"]`, "x.json:1:4", `Invalid \escape`},
		{"[\"a\nb\"]", "x.json:1:4", "Invalid control character"},
		{`[01]`, "x.json:1:2", "Expecting value"},
		{`[nul]`, "x.json:1:2", "Expecting value"},
		{strings.Repeat("[", 2000), "x.json:1:1001", "nested deeper"},
	}
	for _, tt := range tests {
		_, err := FromJSON("x.json", []byte(tt.in))
		d, ok := diag.As(err)
		if !ok || d.Place() != tt.place || !strings.Contains(d.Message, tt.message) {
			t.Errorf("%.40q: %v", tt.in, err)
		}
	}
}

func FuzzFromJSON(f *testing.F) {
	f.Add(`{"a":[1,2.5,"xé",null,true]}`)
	f.Add(`[1e400,-0,{"":{}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := FromJSON("x.json", []byte(text))
		if err != nil {
			if _, ok := diag.As(err); !ok {
				t.Fatalf("not a diagnostic: %v", err)
			}
			return
		}
		if _, err := AppendJSON(nil, v); err != nil {
			t.Fatal(err)
		}
		if r := NewJSONReader("x.json", []byte(text)); r.Skip() != nil || r.End() != nil {
			t.Fatal("Skip and Value differ")
		}
		if text = strings.TrimPrefix(text, "\uFEFF"); !json.Valid([]byte(text)) && !strings.Contains(text, "NaN") && !strings.Contains(text, "Infinity") {
			t.Fatalf("encoding/json refuses %q", text)
		}
	})
}
