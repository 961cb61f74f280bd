package values

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// templateCase is a template and what it must give.
type templateCase struct{ in, want string }

func testEnv() *jinja.Env {
	return jinja.NewEnv(jinja.Options{Filters: map[string]jinja.FilterFunc{
		"safe_len": func(_ *jinja.Thread, v jinja.Value, _ []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
			n, err := jinja.Len(v)
			return jinja.Int(n), err
		},
	}})
}

func render(t *testing.T, th *jinja.Thread, ctx jinja.Context, in string) (string, error) {
	t.Helper()
	tmpl, err := testEnv().Parse("test.sql", in)
	if err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	return tmpl.Render(th, ctx)
}

func checkTemplates(t *testing.T, ctx jinja.Context, cases []templateCase) {
	t.Helper()
	for _, c := range cases {
		got, err := render(t, nil, ctx, c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

func checkErrors(t *testing.T, ctx jinja.Context, cases []templateCase) {
	t.Helper()
	for _, c := range cases {
		got, err := render(t, nil, ctx, c.in)
		if err == nil {
			t.Errorf("%s gave %q, want an error", c.in, got)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\nerror %v\n want %s", c.in, err, c.want)
		}
	}
}

type stdout struct{ w io.Writer }

func (s stdout) Stdout() io.Writer { return s.w }

func TestPrintTableWritesToTheThreadsOutput(t *testing.T) {
	var b strings.Builder
	th := jinja.NewThread(context.Background())
	th.Local = stdout{&b}
	ctx := jinja.MapContext{"t": NewTable(testTables()["csv"])}
	got, err := render(t, th, ctx, "{{ t.print_table(max_rows=1) }}{% do t.print_csv() %}{% do t.print_json() %}{% do t.print_structure() %}")
	if err != nil || got != "None" {
		t.Fatalf("%q %v", got, err)
	}
	want := "| a   | b |\n| --- | - |\n| x,y | 1 |\n| ... | ... |\n" +
		"a,b\n\"x,y\",1\n\"q\"\"r\",\n\"l1\nl2\",3\n" +
		`[{"a": "x,y", "b": 1}, {"a": "q\"r", "b": null}, {"a": "l1\nl2", "b": 3}]` +
		"| column | data_type |\n| ------ | --------- |\n| a      | Text      |\n| b      | Integer   |\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// testDriver stands for a driver's naming rules.
type testDriver struct {
	adapter.Driver
	name    string
	dialect adapter.Dialect
}

func (d testDriver) Name() string             { return d.name }
func (d testDriver) Parents() []string        { return nil }
func (d testDriver) Dialect() adapter.Dialect { return d.dialect }

func allQuoted() adapter.QuotePolicy {
	return adapter.QuotePolicy{Database: true, Schema: true, Identifier: true}
}

func postgresDriver() testDriver {
	return testDriver{name: "postgres", dialect: adapter.Dialect{QuoteChar: `"`, MaxIdentifierLength: 63, DefaultQuoting: allQuoted(), LimitSubqueryAlias: true,
		Columns: adapter.ColumnRules{PlainStrings: []string{"text", "character varying"}}}}
}

func duckdbDriver() testDriver {
	return testDriver{name: "duckdb", dialect: adapter.Dialect{QuoteChar: `"`, DefaultQuoting: allQuoted(), Columns: adapter.ColumnRules{
		Integers: []string{"tinyint", "integer", "bigint", "hugeint"}, Floats: []string{"real", "float", "double"}, Flatten: true}}}
}
