package yamldoc

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The right-hand sides are what PyYAML's SafeLoader gives.
func TestResolvePlain(t *testing.T) {
	big20, _ := new(big.Int).SetString("99999999999999999999", 10)
	tests := []struct {
		in   string
		want string
	}{
		{"yes", "True"}, {"Off", "False"}, {"yEs", "'yEs'"}, {"y", "'y'"},
		{"", "None"}, {"~", "None"}, {"Null", "None"}, {"none", "'none'"},
		{"010", "8"}, {"08", "'08'"}, {"0o10", "'0o10'"}, {"0x1F", "31"}, {"0b11", "3"}, {"1_000", "1000"}, {"-010", "-8"}, {"0_", "0"},
		{"1:30", "90"}, {"1:60", "'1:60'"}, {"1:30:15", "5415"}, {"-1:30", "-90"}, {"1:30.5", "90.5"}, {"01:10", "'01:10'"},
		{"1e3", "'1e3'"}, {"1.0e3", "'1.0e3'"}, {"1.0e+3", "1000.0"}, {"1.", "1.0"}, {".5", "0.5"}, {"-.5", "'-.5'"}, {"1.5.2", "'1.5.2'"},
		{".inf", "inf"}, {"-.INF", "-inf"}, {".nan", "nan"}, {"-.nan", "'-.nan'"},
		{"2024-01-31", "2024-01-31"}, {"2024-1-1", "'2024-1-1'"},
		{"2024-01-01 10:00:00.5", "2024-01-01T10:00:00.500000"}, {"2024-01-01T10:00:00+03:00", "2024-01-01T10:00:00+03:00"},
		{"-", "'-'"}, {".", "'.'"}, {"10:00", "600"},
		{"99999999999999999999", big20.String()},
	}
	for _, tt := range tests {
		got, err := ResolvePlain(tt.in)
		if err != nil {
			t.Errorf("ResolvePlain(%q): %v", tt.in, err)
			continue
		}
		if r := Repr(got); r != tt.want {
			t.Errorf("ResolvePlain(%q) = %s, want %s", tt.in, r, tt.want)
		}
	}
	if _, err := ResolvePlain("2024-13-01"); err == nil {
		t.Error("a month 13 must be an error")
	}
}

func TestValue(t *testing.T) {
	tests := []struct {
		name, src, want string
	}{
		{"order and duplicates", "b: 1\na: 2\nb: 3", `{"b":3,"a":2}`},
		{"merge", "base: &b {x: 1, y: 2}\nc:\n  z: 0\n  <<: *b\n  y: 3", `{"base":{"x":1,"y":2},"c":{"x":1,"y":3,"z":0}}`},
		{"merge list, first wins", "a: &a {x: 1}\nb: &b {x: 2, q: 1}\nc:\n  <<: [*a, *b]", `{"a":{"x":1},"b":{"x":2,"q":1},"c":{"x":1,"q":1}}`},
		{"tags", "a: !!str 1\nb: !!int '3'\nc: !!float 3\nd: !!bool yes", `{"a":"1","b":3,"c":3.0,"d":true}`},
		{"quoted stays text", "a: 'yes'\nb: \"010\"\nc: |\n  1\n", `{"a":"yes","b":"010","c":"1\n"}`},
		{"keys of other types", "1: a\nnull: b\n2024-01-01: c", `{"1":"a","null":"b","2024-01-01":"c"}`},
		{"empty", "# nothing\n", `null`},
		{"html is not escaped", "a: <b>&'\"", `{"a":"<b>&'\""}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := ToValue("x.yml", []byte(tt.src), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := AppendJSON(nil, v)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRepr(t *testing.T) {
	v := []any{"it's", `a"b'c`, "a\nb\\", int64(1), 1.0, 1e16, 0.00001, true, nil, NewMap("k", []any{}), []byte("x")}
	want := `["it's", 'a"b\'c', 'a\nb\\', 1, 1.0, 1e+16, 1e-05, True, None, {'k': []}, b'x']`
	if got := Repr(v); got != want {
		t.Errorf("Repr = %s\nwant   %s", got, want)
	}
}

func TestMapKeepsOrder(t *testing.T) {
	m := NewMap()
	for i := range 40 {
		m.Set(strings.Repeat("k", i+1), i)
	}
	m.Set("k", "first")
	m.Delete("kk")
	m.Set("kk", "last")
	keys := m.Keys()
	if keys[0] != "k" || keys[len(keys)-1] != "kk" || m.Len() != 40 || m.Value("kkk") != 2 || m.Value("kk") != "last" {
		t.Errorf("order or content lost: %v", keys)
	}
	if c := m.DeepCopy(); !Equal(c, m) {
		t.Error("a copy must be equal")
	}
	var none *Map
	if none.Len() != 0 || none.Value("x") != nil || len(none.Keys()) != 0 {
		t.Error("a nil Map must read as empty")
	}
}

func TestEqual(t *testing.T) {
	if !Equal(NewMap("a", int64(1), "b", []any{1.0}), NewMap("b", []any{int64(1)}, "a", true)) {
		t.Error("maps ignore order, numbers compare by value")
	}
	if Equal("1", int64(1)) || Equal([]any{}, NewMap()) || Equal(nil, false) || Equal(int64(0), nil) {
		t.Error("different types must differ")
	}
}
