package decimal

import (
	"math"
	"testing"
)

func mustParse(t testing.TB, s string) Decimal {
	t.Helper()
	d, err := Parse(s)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return d
}

// The expectations of cases_test.go came from Python's decimal module.
func TestArithmeticAsPython(t *testing.T) {
	ops := map[string]func(a, b Decimal) (Decimal, error){"+": Add, "-": Sub, "*": Mul, "/": Div, "//": FloorDiv, "%": Mod}
	for _, c := range arithCases {
		got := "error"
		if d, err := ops[c.op](mustParse(t, c.a), mustParse(t, c.b)); err == nil {
			got = d.String()
		}
		if got != c.want {
			t.Errorf("%s %s %s = %s, want %s", c.a, c.op, c.b, got, c.want)
		}
	}
}

func TestPrintingAsPython(t *testing.T) {
	for _, c := range strCases {
		d := mustParse(t, c.in)
		if d.String() != c.str {
			t.Errorf("str(%q) = %s, want %s", c.in, d, c.str)
		}
		if got := d.Normalize().String(); got != c.norm {
			t.Errorf("normalize(%q) = %s, want %s", c.in, got, c.norm)
		}
		if got := d.Quantize(2).String(); c.round2 != "error" && got != c.round2 {
			t.Errorf("round(%q, 2) = %s, want %s", c.in, got, c.round2)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, s := range []string{"", " ", "-", "a", "1a", "1.2.3", "1e", "e5", "1e5.0", "--1", "infi", "nanx", "0x10", "1e99999999999"} {
		if d, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", s, d)
		}
	}
}

func TestConversions(t *testing.T) {
	for f, want := range map[float64]string{1: "1.0", 1.5: "1.5", 0.1: "0.1", 1e20: "1E+20", 1e-7: "1E-7", math.Inf(-1): "-Infinity"} {
		if got := FromFloat(f).String(); got != want {
			t.Errorf("FromFloat(%v) = %s, want %s", f, got, want)
		}
	}
	for _, c := range []struct {
		in, plain string
		whole     int64
		isInt     bool
	}{{"1E+3", "1000", 1000, true}, {"-2.7", "-2.7", -2, false}, {"0.05", "0.05", 0, false}, {"1.00", "1.00", 1, true}, {"-.5", "-0.5", 0, false}} {
		d := mustParse(t, c.in)
		n, err := d.Int()
		if err != nil || n.Int64() != c.whole || d.Plain() != c.plain || d.IsInt() != c.isInt {
			t.Errorf("%s: int %v (%v), plain %s, whole %v", c.in, n, err, d.Plain(), d.IsInt())
		}
	}
	if _, err := mustParse(t, "nan").Int(); err == nil {
		t.Error("int(NaN) must fail")
	}
	if p, err := Pow(mustParse(t, "1.5"), FromInt(-2)); err != nil || p.String() != "0.4444444444444444444444444444" {
		t.Errorf("1.5 ** -2 = %s (%v)", p, err)
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"1", "1.00", 0}, {"-0", "0", 0}, {"-1", "1", -1}, {"10", "9.99", 1}, {"-10", "-9.99", -1}, {"inf", "1e999", 1}, {"-inf", "-1", -1}, {"1e999", "1e-999", 1}} {
		if got, ok := Cmp(mustParse(t, c.a), mustParse(t, c.b)); !ok || got != c.want {
			t.Errorf("Cmp(%s, %s) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if _, ok := Cmp(mustParse(t, "nan"), FromInt(1)); ok {
		t.Error("NaN compares with nothing")
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range strCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 100 {
			return
		}
		d, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(d.String())
		if err != nil || again.String() != d.String() {
			t.Fatalf("%q → %s → %v (%v)", s, d, again, err)
		}
	})
}
