package diag

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRender(t *testing.T) {
	src := []byte("select 1\n\tfrom {{ ref('ordres') }}\n")
	d := New(CompilationError, "Model '%s' depends on a node named '%s' which was not found", "model.shop.m", "ordres").
		WithCode("undefined-ref").At("models/m.sql", 2, 11).WithSource(src).WithHint("%s", DidYouMean("ordres", []string{"orders", "customers"}))
	d.Node = "model.shop.m"
	d.Stack = []Frame{{"macro a", "macros/a.sql", 3}, {"model m", "models/m.sql", 2}}
	want := `Compilation Error in model m (models/m.sql)
  Model 'model.shop.m' depends on a node named 'ordres' which was not found
  
  > in macro a (macros/a.sql:3)
  > called by model m (models/m.sql:2)
   --> models/m.sql:2:11
  2 | 	from {{ ref('ordres') }}
    | 	         ^
   = hint: did you mean 'orders'?`
	if diff := cmp.Diff(want, d.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	var b strings.Builder
	if err := d.Render(&b, true); err != nil || !strings.Contains(b.String(), colorRed) {
		t.Errorf("colour is missing: %v", err)
	}
	if want := "models/m.sql:2:11: Compilation Error: Model 'model.shop.m' depends on a node named 'ordres' which was not found (did you mean 'orders'?)"; d.Error() != want {
		t.Errorf("Error() = %s", d.Error())
	}
}

func TestRenderWithoutPlace(t *testing.T) {
	d := New(RuntimeError, "line one\nline two")
	if got, want := d.String(), "Runtime Error\n  line one\n  line two"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Warn("x", "50% done").String(); got != "Warning\n  50% done" {
		t.Errorf("a message without arguments is no format: %q", got)
	}
}

func TestRenderLongAndHostileLines(t *testing.T) {
	long := strings.Repeat("x", 5000) + "é!" + strings.Repeat("y", 5000)
	d := New(ParsingError, "m").At("f", 1, 5002).WithSource([]byte(long))
	lines := strings.Split(d.String(), "\n")
	text, caret := lines[3], lines[4]
	if n := len([]rune(text)); n > maxSourceWidth+20 {
		t.Errorf("the source line is %d characters long", n)
	}
	if col := strings.IndexByte(caret, '^'); []rune(text)[col] != '!' {
		t.Errorf("the caret is under %q", []rune(text)[col])
	}
	d = New(ParsingError, "m").At("f", 1, 1).WithSource([]byte("a\x1b[31m"))
	if strings.Contains(d.String(), "\x1b") {
		t.Error("an escape sequence reached the terminal")
	}
}

func TestNearest(t *testing.T) {
	names := []string{"customers", "orders", "order_items", "stg_orders", "stg_customers", "Order"}
	tests := map[string][]string{
		"ordres":    {"orders", "Order"},
		"odrers":    {"orders"},
		"custmers":  {"customers"},
		"orders_":   {"orders"},
		"payments":  nil,
		"o":         nil,
		"oder":      {"Order"},
		"":          nil,
		"customers": {"stg_customers"},
	}
	for in, want := range tests {
		got := Nearest(in, names, 2)
		if len(want) == 0 && len(got) == 0 {
			continue
		}
		if len(got) == 0 || got[0] != want[0] {
			t.Errorf("Nearest(%q) = %v, want %v first", in, got, want)
		}
	}
	if got := DidYouMean("abc", []string{"abd", "abe", "abf", "abg"}); got != "did you mean 'abd', 'abe' or 'abf'?" {
		t.Errorf("DidYouMean: %s", got)
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"a", "", 1}, {"né", "ne", 1}} {
		if got := distance(tt.a, tt.b, 9); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	if got := distance("aaaaaaaaaa", "bbbbbbbbbb", 2); got != 3 {
		t.Errorf("above the limit the answer is limit+1, got %d", got)
	}
}

func TestList(t *testing.T) {
	var l List
	l.Add(New(ParsingError, "b").At("z.yml", 2, 1))
	l.Add(Warn("w", "careful").At("a.yml", 1, 1))
	l.Add(New(ParsingError, "a").At("z.yml", 1, 1))
	l.Add(New(ParsingError, "a").At("z.yml", 1, 1))
	l.Add(nil)
	cause := errors.New("plain")
	l.AddErr(RuntimeError, errors.Join(New(ParsingError, "c").At("z.yml", 3, 1), fmt.Errorf("wrapped: %w", cause)))
	var got []string
	for _, d := range l.Items() {
		got = append(got, d.Message)
	}
	if diff := cmp.Diff([]string{"wrapped: plain", "a", "b", "c", "careful"}, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if err := l.Err(); !errors.Is(err, cause) || l.Len(Warning) != 1 {
		t.Errorf("Err() = %v", err)
	}
	var b strings.Builder
	if err := l.Render(&b, false, 2); err != nil || !strings.HasSuffix(b.String(), "… and 3 more\n") {
		t.Errorf("limit: %q, %v", b.String(), err)
	}
	if new(List).Err() != nil {
		t.Error("an empty list is no error")
	}
}

func TestPositionAndSnippet(t *testing.T) {
	src := []byte("aé\r\nbc")
	if l, c := Position(src, 6); l != 2 || c != 2 {
		t.Errorf("position %d:%d", l, c)
	}
	if l, c := Position(src, 99); l != 2 || c != 3 {
		t.Errorf("past the end: %d:%d", l, c)
	}
	if Snippet(src, 1) != "aé" || Snippet(src, 2) != "bc" || Snippet(src, 3) != "" || Snippet(src, 0) != "" {
		t.Error("snippet")
	}
}

func FuzzRender(f *testing.F) {
	f.Add("m", "f.sql", 1, 3, "select", "hint", "model.a.b")
	f.Fuzz(func(t *testing.T, msg, file string, line, col int, src, hint, node string) {
		d := &Diagnostic{Message: msg, File: file, Line: line, Column: col, Source: src, Hint: hint, Node: node}
		_ = d.String()
		_ = d.Error()
		_ = DidYouMean(msg, []string{src, hint})
	})
}

func TestDeepStackIsCutShort(t *testing.T) {
	d := New(CompilationError, "too deep")
	d.Node, d.NodePath = "model a", "models/a.sql"
	for range 10 {
		d.Stack = append(d.Stack, Frame{Name: "macro f", File: "m.sql", Line: 1})
	}
	d.Stack = append(d.Stack, Frame{Name: "macro g", File: "m.sql", Line: 9})
	want := `Compilation Error in model a (models/a.sql)
  too deep
  
  > in macro f (m.sql:1)
  > called by macro f (m.sql:1)
  > called by macro f (m.sql:1)
  > … the same 7 more times
  > called by macro g (m.sql:9)`
	if diff := cmp.Diff(want, d.Text()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
