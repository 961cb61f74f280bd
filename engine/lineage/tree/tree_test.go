package tree

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plain is the value as encoding/json would give it.
func plain(v Value) any {
	switch v.Kind() {
	case Bool:
		return v.True()
	case Number:
		return json.Number(v.Scalar())
	case Text:
		return v.Text()
	case List:
		out := []any{}
		for _, x := range v.Items() {
			out = append(out, plain(x))
		}
		return out
	case Object:
		out := map[string]any{}
		for i, k := range v.Keys() {
			out[k] = plain(v.Items()[i])
		}
		return out
	}
	return nil
}

func standard(t testing.TB, src string) (v any, ok bool) {
	d := json.NewDecoder(strings.NewReader(src))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		return nil, false
	}
	return v, true
}

func TestParse(t *testing.T) {
	for _, src := range []string{
		`{}`, `[]`, `null`, `true`, `-1.5e3`, `"a\"\u00e9\\"`, ` { "a" : [ 1 , {"b":"c"} , null ] , "d": false } `, `"ü"`,
	} {
		v, err := Parse(src)
		want, _ := standard(t, src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
		}
		if diff := cmp.Diff(want, plain(v)); diff != "" {
			t.Errorf("%s: %s", src, diff)
		}
	}
	for _, src := range []string{``, `{`, `[1,]`, `{"a"}`, `{"a" 1}`, `"a`, `"a\`, `x`, `[1 2]`, `1 2`, `{1:2}`, strings.Repeat("[", 1<<20)} {
		if _, err := Parse(src); err == nil {
			t.Errorf("%.20q is taken", src)
		}
	}
}

func TestGet(t *testing.T) {
	v, err := Parse(`{"Node":{"n":12,"s":"x","b":true,"z":null}}`)
	if err != nil {
		t.Fatal(err)
	}
	key, n := v.Only()
	if key != "Node" || n.Get("n").Int() != 12 || n.Get("s").Text() != "x" || !n.Get("b").True() || n.Get("z").Is() || n.Get("nope").Get("nope").Is() {
		t.Errorf("%q %v", key, n)
	}
}

// What encoding/json takes is read as it reads it; nothing panics.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,"b",{"c":null}]}`, `"\ud800"`, `[[[`, `{"a":1,"a":2}`, "\"\x00\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		v, err := Parse(src)
		if want, ok := standard(t, src); ok && json.Valid([]byte(src)) {
			if err != nil {
				t.Fatalf("%q: %v", src, err)
			}
			if got := plain(v); !strings.Contains(src, `\`) && strings.ToValidUTF8(src, "") == src && !cmp.Equal(want, got) {
				t.Fatalf("%q: %v, want %v", src, got, want)
			}
		}
	})
}
