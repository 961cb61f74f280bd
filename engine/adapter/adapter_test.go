package adapter_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func size(n int64) *int64 { return &n }

// The answers of dbt's Column class.
func TestColumn(t *testing.T) {
	base := adapter.Dialect{TypeLabels: map[string]string{"STRING": "TEXT"}}
	plain := adapter.Dialect{Columns: adapter.ColumnRules{PlainStrings: []string{"text", "character varying"}}}
	for _, test := range []struct {
		d                            adapter.Dialect
		c                            adapter.Column
		dataType                     string
		text, integer, float, number bool
	}{
		{base, adapter.Column{DataType: "text"}, "character varying(256)", true, false, false, false},
		{base, adapter.Column{DataType: "character varying", CharSize: size(20)}, "character varying(20)", true, false, false, false},
		{plain, adapter.Column{DataType: "text"}, "text", true, false, false, false},
		{plain, adapter.Column{DataType: "character varying"}, "character varying", true, false, false, false},
		{plain, adapter.Column{DataType: "character varying", CharSize: size(20)}, "character varying(20)", true, false, false, false},
		{base, adapter.Column{DataType: "numeric", NumericPrecision: size(10), NumericScale: size(2)}, "numeric(10,2)", false, false, false, true},
		{base, adapter.Column{DataType: "numeric", NumericPrecision: size(10)}, "numeric", false, false, false, true},
		{base, adapter.Column{DataType: "BIGINT"}, "BIGINT", false, true, false, true},
		{base, adapter.Column{DataType: "double precision"}, "double precision", false, false, true, true},
		{base, adapter.Column{DataType: "date"}, "date", false, false, false, false},
	} {
		got := []any{test.d.ColumnDataType(test.c), test.d.IsString(test.c), test.d.IsInteger(test.c), test.d.IsFloat(test.c), test.d.IsNumber(test.c)}
		want := []any{test.dataType, test.text, test.integer, test.float, test.number}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.c, diff)
		}
	}
	short, long := adapter.Column{DataType: "character varying", CharSize: size(10)}, adapter.Column{DataType: "character varying", CharSize: size(20)}
	if !base.CanExpandTo(short, long) || base.CanExpandTo(long, short) || base.CanExpandTo(short, short) || base.CanExpandTo(adapter.Column{DataType: "integer"}, long) {
		t.Error("CanExpandTo")
	}
	if _, err := base.StringSize(adapter.Column{DataType: "integer"}); err == nil {
		t.Error("the string size of a number is no error")
	}
	if base.TranslateType("string") != "TEXT" || base.TranslateType("Integer") != "Integer" {
		t.Error("TranslateType")
	}
}

func TestColumnFromDescription(t *testing.T) {
	for raw, want := range map[string]adapter.Column{
		"text":                  {Name: "c", DataType: "text"},
		"character varying(20)": {Name: "c", DataType: "character varying", CharSize: size(20)},
		"numeric(10, 2)":        {Name: "c", DataType: "numeric", NumericPrecision: size(10), NumericScale: size(2)},
	} {
		got, err := adapter.ColumnFromDescription("c", raw)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", raw, err, diff)
		}
	}
	for _, raw := range []string{"", "numeric(a,b)", "varchar(max)"} {
		if c, err := adapter.ColumnFromDescription("c", raw); err == nil {
			t.Errorf("%q gave %+v", raw, c)
		}
	}
}

func TestFlattenColumn(t *testing.T) {
	d := adapter.Dialect{Columns: adapter.ColumnRules{Flatten: true}}
	for typ, want := range map[string][]adapter.Column{
		"INTEGER":                      {{Name: "s", DataType: "INTEGER"}},
		"STRUCT(a INTEGER, b VARCHAR)": {{Name: "s.a", DataType: "INTEGER"}, {Name: "s.b", DataType: "VARCHAR"}},
		`STRUCT(a STRUCT(x DECIMAL(10,2), y DATE), "b, c" TIMESTAMP WITH TIME ZONE)`: {
			{Name: "s.a.x", DataType: "DECIMAL(10,2)"}, {Name: "s.a.y", DataType: "DATE"}, {Name: `s."b, c"`, DataType: "TIMESTAMP WITH TIME ZONE"}},
		"STRUCT(a INTEGER)[]": {{Name: "s", DataType: "STRUCT(a INTEGER)[]"}},
		"STRUCT(a)":           {{Name: "s", DataType: "STRUCT(a)"}},
		"STRUCT(a INTEGER)":   {{Name: "s.a", DataType: "INTEGER"}},
	} {
		if diff := cmp.Diff(want, d.FlattenColumn(adapter.Column{Name: "s", DataType: typ})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
	}
}

func FuzzColumn(f *testing.F) {
	for _, s := range []string{"STRUCT(a INTEGER)", `STRUCT("a""b" X, c`, "numeric(1,2)", "STRUCT(\"", "struct()"} {
		f.Add(s)
	}
	d := adapter.Dialect{Columns: adapter.ColumnRules{Flatten: true}}
	f.Fuzz(func(t *testing.T, typ string) {
		if len(d.FlattenColumn(adapter.Column{Name: "c", DataType: typ})) == 0 {
			t.Errorf("%q has no columns", typ)
		}
		_, _ = adapter.ColumnFromDescription("c", typ)
	})
}

// The texts are those of Python's json.dumps.
func TestJSONText(t *testing.T) {
	big1, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for _, test := range []struct {
		v    any
		want string
	}{
		{[]any{}, "[]"},
		{adapter.Object{}, "{}"},
		{[]any{int64(1), nil, true, "é\n\"\\\x01🙂"}, `[1, null, true, "\u00e9\n\"\\\u0001\ud83d\ude42"]`},
		{adapter.Object{{Name: "b", Value: 1.0}, {Name: "a", Value: []any{adapter.Decimal("1.50"), big1}}}, `{"b": 1.0, "a": [1.5, 123456789012345678901234567890]}`},
		{map[string]any{"b": int64(2), "a": int64(1)}, `{"a": 1, "b": 2}`},
		{[]any{1e16, 1e-5, 0.1, 100.0}, `[1e+16, 1e-05, 0.1, 100.0]`},
		{[]any{adapter.Date("2024-01-02"), adapter.Timestamp{Time: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}, time.Date(2024, 1, 2, 3, 4, 5, 6000, time.UTC)},
			`["2024-01-02", "2024-01-02T03:04:05", "2024-01-02T03:04:05.000006+00:00"]`},
	} {
		if got := adapter.JSONText(test.v); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestOutput(t *testing.T) {
	o := adapter.NewOutput(map[string]any{"pass": "x", "n": "7", "list": []any{"a"}, "m": map[string]any{"k": 1}, "yes": "TRUE", "nothing": nil}, map[string]string{"pass": "password"})
	got := []any{o.String("password", ""), o.Int("n", 0, 0, 10), o.List("list"), o.Map("m"), o.Bool("yes", false), o.String("nothing", "default"), o.OptionalString("nothing") == nil}
	want := []any{"x", 7, []any{"a"}, map[string]any{"k": 1}, true, "default", true}
	if diff := cmp.Diff(want, got); diff != "" || o.Err() != nil {
		t.Errorf("%v (-want +got):\n%s", o.Err(), diff)
	}
	o = adapter.NewOutput(map[string]any{"type": "x", "threads": 1, "passwrod": "secret"}, map[string]string{"pass": "password"})
	_ = o.String("password", "")
	var ce *adapter.CredentialsError
	if err := o.Err(); !errors.As(err, &ce) || ce.Field != "passwrod" || !strings.Contains(ce.Hint, "'password'") || strings.Contains(err.Error()+ce.Hint, "secret") {
		t.Errorf("%#v", err)
	}
}

func TestParseIndex(t *testing.T) {
	got, err := adapter.ParseIndex(map[string]any{"columns": []any{"a", "b"}, "unique": true, "type": "hash"}, true)
	if err != nil || !cmp.Equal(got.Columns, []string{"a", "b"}) || !got.Unique || got.Type != "hash" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := adapter.ParseIndex(nil, true); got != nil || err != nil {
		t.Errorf("none: %v, %v", got, err)
	}
	for raw, text := range map[any]string{
		"a": "Expected a dictionary", int64(1): "Expected a dictionary",
	} {
		if _, err := adapter.ParseIndex(raw, true); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v: %v", raw, err)
		}
	}
	for _, test := range []struct {
		raw  map[string]any
		text string
	}{
		{map[string]any{}, "'columns' is a required property"},
		{map[string]any{"columns": "a"}, "at path ['columns']: 'a' is not of type 'array'"},
		{map[string]any{"columns": []any{int64(1)}}, "at path ['columns']: 1 is not of type 'string'"},
		{map[string]any{"columns": []any{"a"}, "unique": "yes"}, "at path ['unique']: 'yes' is not of type 'boolean'"},
		{map[string]any{"columns": []any{"a"}, "uniqe": true}, "did you mean 'unique'"},
	} {
		if _, err := adapter.ParseIndex(test.raw, true); err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%v: %v", test.raw, err)
		}
	}
}

func TestCheckRelation(t *testing.T) {
	d := adapter.Dialect{MaxIdentifierLength: 63}
	long := strings.Repeat("x", 64)
	if err := d.CheckRelation(adapter.NewRelation(d, "d", "s", long, adapter.TypeTable)); err == nil || !strings.Contains(err.Error(), "is longer than 63 characters") {
		t.Errorf("a long name: %v", err)
	}
	for _, r := range []adapter.Relation{
		adapter.NewRelation(d, "d", "s", long, adapter.TypeUnknown),
		adapter.NewRelation(d, "d", "s", long[:63], adapter.TypeTable),
		adapter.NewRelation(d, "d", "s", strings.Repeat("ሰ", 63), adapter.TypeView),
	} {
		if err := d.CheckRelation(r); err != nil {
			t.Error(err)
		}
	}
}
