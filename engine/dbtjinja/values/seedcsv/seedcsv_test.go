package seedcsv

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values/decimal"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/google/go-cmp/cmp"
)

// python prints a value as Python's str would; numbers without exponent and
// trailing zeros, because whole-number columns lose them here.
func python(t *testing.T, v any) any {
	switch v := v.(type) {
	case nil, bool:
		return v
	case string:
		return v
	case adapter.Date:
		return string(v)
	case adapter.Decimal:
		return number(t, string(v))
	case adapter.Timestamp:
		return stamp(v.Time, "")
	case time.Time:
		return stamp(v, "-07:00")
	}
	return fmt.Sprintf("%T", v)
}

func number(t *testing.T, s string) string {
	d, err := decimal.Parse(s)
	if err != nil {
		t.Fatalf("number %q: %v", s, err)
	}
	return d.Normalize().Plain()
}

func stamp(v time.Time, zone string) string {
	layout := "2006-01-02 15:04:05"
	if v.Nanosecond() > 0 {
		layout += ".000000"
	}
	return v.Format(layout + zone)
}

var kinds = map[string]adapter.Kind{
	"Integer": adapter.KindInteger, "Number": adapter.KindNumber, "Date": adapter.KindDate,
	"DateTime": adapter.KindTimestamp, "ISODateTime": adapter.KindTimestamp, "Boolean": adapter.KindBool, "Text": adapter.KindText,
}

func TestParseAsAgate(t *testing.T) {
	for _, c := range agateCases {
		t.Run(c.in, func(t *testing.T) {
			res, err := Parse([]byte(c.in), Options{Delimiter: c.delim, TextColumns: c.text, File: "s.csv"})
			if err != nil {
				if d, ok := diag.As(err); !ok || d.Message != c.err {
					t.Fatalf("error %v, want %q", err, c.err)
				}
				return
			}
			if c.err != "" {
				t.Fatalf("no error, want %q", c.err)
			}
			var names []string
			for i, col := range res.Table.Columns {
				names = append(names, col.Name)
				if want := kinds[c.types[i]]; col.Kind != want {
					t.Errorf("column %s has kind %v, want %s", col.Name, col.Kind, c.types[i])
				}
			}
			if diff := cmp.Diff(c.names, names); diff != "" {
				t.Error(diff)
			}
			if res.Table.Len() != len(c.rows) {
				t.Fatalf("%d rows, want %d", res.Table.Len(), len(c.rows))
			}
			for r, row := range c.rows {
				for i, want := range row {
					if s, ok := want.(string); ok && c.types[i] == "Number" {
						want = number(t, s)
					}
					if got := python(t, res.Table.Values[i][r]); got != want {
						t.Errorf("row %d column %s: %#v, want %#v", r, names[i], got, want)
					}
				}
			}
			if diff := cmp.Diff(c.warn, res.Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A column of whole numbers is written without fraction and exponent, so that an
// integer column of the warehouse takes it as it is.
func TestWholeNumbers(t *testing.T) {
	res, err := Parse([]byte("a,b\n1.0,1.0\n2e3,2.5\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{{adapter.Decimal("1"), adapter.Decimal("2000")}, {adapter.Decimal("1.0"), adapter.Decimal("2.5")}}
	if diff := cmp.Diff(want, res.Table.Values); diff != "" {
		t.Error(diff)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, in, delim, want string
		line, column          int
	}{
		{"empty", "", ",", "the seed file is empty", 1, 0},
		{"only a byte order mark", "\ufeff", ",", "the seed file is empty", 1, 0},
		{"too many values", "a,b\n1,2\n\"x\ny\",2,3\n", ",", "Row 1 has 3 values, but Table only has 2 columns.", 3, 0},
		{"unclosed quote", "a,b\n1,2\n3,\"x\n4,5\n", ",", "never ends", 3, 3},
		{"invalid UTF-8", "a\nok\nx\xffy\n", ",", "not valid UTF-8: byte 0xff", 3, 2},
		{"delimiter", "a\n", "||", "1-character string", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.in), Options{Delimiter: c.delim, File: "seeds/s.csv"})
			var d *diag.Diagnostic
			if !errors.As(err, &d) {
				t.Fatalf("error %v is no diagnostic", err)
			}
			if !strings.Contains(d.Message, c.want) || d.Line != c.line || d.Column != c.column || d.File != "seeds/s.csv" {
				t.Errorf("got %s", d)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range agateCases {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		res, err := Parse([]byte(in), Options{File: "f.csv"})
		if err != nil {
			return
		}
		for i, v := range res.Table.Values {
			if len(v) != res.Table.Len() {
				t.Fatalf("column %d has %d values of %d", i, len(v), res.Table.Len())
			}
		}
	})
}

func BenchmarkParse100k(b *testing.B) {
	var sb strings.Builder
	sb.WriteString("id,name,amount,day,at,ok\n")
	for i := range 100_000 {
		fmt.Fprintf(&sb, "%d,\"name, %d\",%d.%02d,2024-01-%02d,2024-01-%02d 10:00:00,true\n", i, i, i, i%100, i%28+1, i%28+1)
	}
	data := []byte(sb.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
