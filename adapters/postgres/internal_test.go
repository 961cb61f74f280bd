package postgres

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

func TestInterpolate(t *testing.T) {
	for _, test := range []struct {
		sql  string
		args []any
		want string
	}{
		{"values (%s, %s)", []any{int64(1), "x"}, "values (1, 'x')"},
		{"select 100 %% %s", []any{int64(-7)}, "select 100 %  -7"},
		{"%s", []any{"it's"}, "'it''s'"},
		{"%s", []any{`a\'b`}, ` E'a\\''b'`},
		{"%s", []any{"%s"}, "'%s'"},
		{"%s,%s,%s", []any{nil, true, 1.5}, "NULL,true,1.5"},
		{"%s", []any{adapter.Decimal("-1.50")}, " -1.50"},
		{"%s", []any{adapter.Decimal("NaN")}, "'NaN'::numeric"},
		{"%s", []any{adapter.Decimal("1); drop table t; --")}, "'1); drop table t; --'::numeric"},
		{"%s", []any{adapter.Date("2024-01-31")}, "'2024-01-31'::date"},
		{"%s", []any{[]byte{0, 255}}, ` E'\\x00ff'::bytea`},
	} {
		got, err := interpolate(test.sql, test.args)
		if err != nil || got != test.want {
			t.Errorf("%s %v = %q, %v; want %q", test.sql, test.args, got, err, test.want)
		}
	}
	for _, test := range []struct {
		sql  string
		args []any
	}{
		{"%s", nil}, {"%s", []any{int64(1), int64(2)}}, {"%d", []any{int64(1)}}, {"%", []any{int64(1)}},
		{"%s", []any{"a\x00b"}}, {"%s", []any{"\xff"}}, {"%s", []any{struct{}{}}},
	} {
		if got, err := interpolate(test.sql, test.args); err == nil {
			t.Errorf("%s %v = %q, want an error", test.sql, test.args, got)
		}
	}
}

func TestIndexName(t *testing.T) {
	r := adapter.NewRelation(driver{}.Dialect(), "d", "s", "t", adapter.TypeTable)
	now := time.Date(2024, 1, 2, 3, 4, 5, 6000, time.UTC)
	config := &adapter.IndexConfig{Columns: []string{"a", "b"}, Unique: true}
	name := indexName(config, r, now)
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(name) {
		t.Errorf("%q is no MD5", name)
	}
	if again := indexName(config, r, now); again != name {
		t.Error("the same index has another name")
	}
	if later := indexName(config, r, now.Add(time.Microsecond)); later == name {
		t.Error("a later index has the same name")
	}
}

func TestVerifyDatabase(t *testing.T) {
	for _, same := range []string{"dev", "DEV", `"dev"`} {
		if v, err := verifyDatabase("dev", same); v != "" || err != nil {
			t.Errorf("%s: %v, %v", same, v, err)
		}
	}
	if _, err := verifyDatabase("dev", "prod"); err == nil || err.Error() != "Cross-db references not allowed in postgres (prod vs dev)" {
		t.Errorf("another database: %v", err)
	}
}

func TestDecodeInterval(t *testing.T) {
	for text, want := range map[string]any{
		"00:00:00":                   time.Duration(0),
		"-00:00:01.5":                -1500 * time.Millisecond,
		"1 mon":                      30 * 24 * time.Hour,
		"-1 years -1 days +02:03:04": -366*24*time.Hour + 2*time.Hour + 3*time.Minute + 4*time.Second,
		"1000:00:00":                 1000 * time.Hour,
		"300 years":                  "300 years",
		"P1Y":                        "P1Y",
	} {
		got, err := decodeInterval(text)
		if err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestDecodeRange(t *testing.T) {
	for _, test := range []struct {
		text  string
		value func(string) string
		want  string
	}{
		{"empty", rangePlain, "empty"},
		{"[1,3)", rangePlain, "[1, 3)"},
		{"(,1.50]", rangePlain, "(None, 1.50]"},
		{"[2024-01-01,infinity)", rangePlain, "[2024-01-01, 9999-12-31)"},
		{`["2024-01-01 10:00:00","2024-01-02 10:00:00.25")`, rangeTime, "[2024-01-01 10:00:00, 2024-01-02 10:00:00.250000)"},
		{`["2024-01-01 10:00:00+00",)`, rangeTime, "[2024-01-01 10:00:00+00:00, None)"},
		{`[-infinity,"2024-01-01 10:00:00+05:30"]`, rangeTime, "[0001-01-01 00:00:00, 2024-01-01 10:00:00+05:30]"},
	} {
		got, err := decodeRange(test.value)(test.text)
		if err != nil || got != test.want {
			t.Errorf("%s = %v, %v; want %v", test.text, got, err, test.want)
		}
	}
	if got, err := decodeRange(rangePlain)("[1]"); err == nil {
		t.Errorf("[1] = %v, want an error", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"{1,2}", `{"a\"b",NULL,{x}}`, "[0:1]={a,b}", "2024-01-02 03:04:05.6+05:30", "0044-03-15 10:00:00 BC", "1 year -2 days +03:04:05", `{"a": [1, null]}`, `\x00ff`, `\\000a`, "12:00+02", `["2024-01-01 10:00:00",)`, "{", "-", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, decode := range []func(string) (any, error){
			decodeArray(decodeText), decodeTimestamp, decodeTimestamptz, decodeInterval, decodeJSON, decodeBytea, decodeTimetz, decodeNumeric, decodeInt, decodeFloat, decodeDate, decodeRange(rangeTime),
		} {
			_, _ = decode(s)
		}
	})
}

func FuzzSourceLine(f *testing.F) {
	f.Add("select 1\nfrom\tx", 12)
	f.Add(strings.Repeat("ሰ", 100), 99)
	f.Add("\r\n\r\n", 3)
	f.Fuzz(func(t *testing.T, sql string, position int) {
		out := sourceLine(sql, position)
		if out == "" {
			return
		}
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "LINE ") || strings.TrimLeft(lines[1], " ") != "^" {
			t.Errorf("%q at %d gave %q", sql, position, out)
		}
	})
}

func FuzzQuote(f *testing.F) {
	f.Add(`it's`)
	f.Add(`\'; drop`)
	f.Fuzz(func(t *testing.T, s string) {
		q := quote(s)
		body, escaped := strings.CutPrefix(q, " E'")
		if !escaped {
			body = strings.TrimPrefix(q, "'")
		}
		body = strings.TrimSuffix(body, "'")
		body = strings.ReplaceAll(body, "''", "\x00")
		if strings.Contains(body, "'") {
			t.Errorf("%q ends early: %s", s, q)
		}
		if escaped {
			body = strings.ReplaceAll(body, `\\`, `\`)
		} else if strings.Contains(body, `\`) {
			t.Errorf("%q has a bare backslash: %s", s, q)
		}
		if got := strings.ReplaceAll(body, "\x00", "'"); !strings.Contains(s, "\x00") && got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	})
}

func TestConnectionConfigQuotesItsValues(t *testing.T) {
	c := &Credentials{Host: `a'b\c`, Port: 1, User: "u x", Dbname: `d'; host=evil`, password: `p' \`}
	config, err := connectionConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{config.Host, config.User, config.Database, config.Password}
	if diff := cmp.Diff([]string{c.Host, c.User, c.Dbname, c.password}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
