package yamldoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/diag"
)

func parse(t *testing.T, src string) *Document {
	t.Helper()
	d, err := Parse("models/schema.yml", []byte(src), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestErrorsHavePlaceAndHint(t *testing.T) {
	tests := []struct {
		name, src, place, message, hint string
	}{
		{"mapping in a value", "a: 1\nb: c: d\n", "f.yml:2:5", "mapping values are not allowed", "in quotes"},
		{"first line", "a: b: c", "f.yml:1:5", "mapping values are not allowed", ""},
		{"tab", "a:\n\tb: 1\n", "f.yml:2:1", "cannot start any token", "spaces"},
		{"open quote", "a: 1\nb: \"x\n", "f.yml:2:4", "unexpected end of stream", "never closed"},
		{"open bracket", "a: 1\nb: [1, 2\nc: 3\n", "f.yml:2:4", "did not find expected ',' or ']'", "the list that opens here"},
		{"open brace", "a: 1\nb: {c: 2\nd: 3\n", "f.yml:2:4", "did not find expected ',' or '}'", "the mapping that opens here"},
		{"indentation", "models:\n  - name: a\n   description: b\n", "f.yml:3:4", "did not find expected", ""},
		{"jinja without quotes", "a: {{ x }}\n", "f.yml:1:5", "unhashable", "must be in quotes"},
		{"at sign", "a: 1\nb: @x", "f.yml:2:4", "cannot start any token", "in quotes"},
		{"two documents", "a: 1\n---\nb: 2\n", "f.yml:2:1", "single document", ""},
		{"tag", "a: !foo x", "f.yml:1:4", "constructor for the tag '!foo'", "in quotes"},
		{"unknown anchor", "a: 1\nb: *x", "f.yml:2:4", "unknown anchor", ""},
		{"own anchor", "a: &x [*x]", "f.yml:1:8", "contains itself", ""},
		{"bad date", "a: 2024-02-30", "f.yml:1:4", "not a valid date", "in quotes"},
		{"invalid utf-8", "a: 1\nb: \"\xff\"", "f.yml:2:5", "0xff in position 9", "UTF-8"},
		{"binary", "a: !!binary '?'", "f.yml:1:4", "base64", ""},
		{"merge of a scalar", "<<: 1", "f.yml:1:5", "expected a mapping", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ToValue("f.yml", []byte(tt.src), Limits{})
			d, ok := diag.As(err)
			if !ok {
				t.Fatalf("no diagnostic: %v", err)
			}
			if !strings.HasPrefix(d.Place(), tt.place) {
				t.Errorf("place %s, want %s\n%s", d.Place(), tt.place, d)
			}
			if !strings.Contains(d.Message, tt.message) {
				t.Errorf("message %q does not hold %q", d.Message, tt.message)
			}
			if !strings.Contains(d.Hint, tt.hint) {
				t.Errorf("hint %q does not hold %q", d.Hint, tt.hint)
			}
		})
	}
}

func TestSyntaxErrorText(t *testing.T) {
	_, err := Parse("f.yml", []byte("a: 1\nb: c: d\n"), Limits{})
	d, _ := diag.As(err)
	want := `Runtime Error
  Syntax error near line 2
  ------------------------------
  1  | a: 1
  2  | b: c: d
  3  | 
  
  Raw Error:
  ------------------------------
  mapping values are not allowed in this context
    in "<unicode string>", line 2, column 5
   --> f.yml:2:5
  2 | b: c: d
    |     ^
   = hint: put a text that contains ": " in quotes`
	if diff := cmp.Diff(want, d.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestDuplicates(t *testing.T) {
	d := parse(t, "a: 1\nb:\n  x: 1\n  'x': 2\na: 3\n1: x\n'1': y\n")
	want := []Duplicate{{Key: "a", Line: 5, Column: 1, FirstLine: 1}, {Key: "x", Line: 4, Column: 3, FirstLine: 3}}
	if diff := cmp.Diff(want, d.Duplicates); diff != "" {
		t.Errorf("duplicates (-want +got):\n%s", diff)
	}
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	b.WriteString("k7: 2\n")
	if d := parse(t, b.String()); len(d.Duplicates) != 1 || d.Duplicates[0].Line != 101 {
		t.Errorf("large mapping: %v", d.Duplicates)
	}
}

func TestFind(t *testing.T) {
	d := parse(t, "base: &b {x: 1}\nmodels:\n  - name: a\n    columns:\n      - <<: *b\n        name: id\n")
	if n := d.Find(nil, "models", 0, "columns", 0, "name"); n == nil || n.Value != "id" || n.Line != 6 {
		t.Errorf("name: %v", n)
	}
	if n := d.Find(nil, "models", 0, "columns", 0, "x"); n == nil || n.Value != "1" {
		t.Errorf("merged key: %v", n)
	}
	if n := d.FindKey(nil, "models", 0, "columns"); n == nil || n.Line != 4 || n.Column != 5 {
		t.Errorf("key: %v", n)
	}
	if n := d.Nearest(nil, "models", 0, "tests", 3); n == nil || n.Line != 3 {
		t.Errorf("nearest: %v", n)
	}
	if d.Find(nil, "models", 7) != nil || d.Find(nil, "models", "x") != nil {
		t.Error("a wrong path must give nil")
	}
}

func TestUnknownKeys(t *testing.T) {
	d := parse(t, "name: a\ndescripton: b\n")
	got := d.UnknownKeys(d.Root, "a model", "name", "description")
	if len(got) != 1 || got[0].Place() != "models/schema.yml:2:1" || got[0].Hint != "did you mean 'description'?" {
		t.Errorf("unknown keys: %v", got)
	}
}

func TestLimits(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		fmt.Fprintf(&bomb, "a%d: &a%d [", i+1, i+1)
		bomb.WriteString(strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", ") + "]\n")
	}
	tests := map[string]struct {
		src string
		lim Limits
	}{
		"alias bomb": {bomb.String(), Limits{}},
		"depth":      {strings.Repeat("[", 600) + strings.Repeat("]", 600), Limits{}},
		"size":       {"a: 12345", Limits{MaxBytes: 5}},
	}
	for name, tt := range tests {
		_, err := ToValue("f.yml", []byte(tt.src), tt.lim)
		if d, ok := diag.As(err); !ok || d.Code != "yaml-limit" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzToValue: no input may panic, and what decodes must print as JSON.
func FuzzToValue(f *testing.F) {
	for _, s := range []string{
		"a: 1\nb: [x, {y: z}]\n", "&a [*a]", "<<: {a: 1}", "? [a]\n: b", "a: !!binary aGk=", "- 1:30\n- 2024-01-01\n- 0x_",
		"a: {{ x }}", "\ta", "--- x\n--- y", "!!omap [a: 1]", "a: &b\n  <<: *b\n", "\xff", "%YAML 1.1\n---\na",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := ToValue("f.yml", src, Limits{MaxBytes: 1 << 16})
		if err != nil {
			if _, ok := diag.As(err); !ok {
				t.Fatalf("not a diagnostic: %v", err)
			}
			return
		}
		if _, err := AppendJSON(nil, v); err != nil {
			t.Fatal(err)
		}
		_ = Repr(v)
		if !strings.Contains(Repr(v), "nan") && !Equal(v, DeepCopy(v)) {
			t.Fatalf("a copy differs: %s", Repr(v))
		}
	})
}
