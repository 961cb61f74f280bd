package jinja_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

func readFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func fn(name string, f func(args []jinja.Value) jinja.Value) jinja.Value {
	return jinja.NewFunction(name, func(_ *jinja.Thread, args []jinja.Value, _ []jinja.Kwarg) (jinja.Value, error) {
		return f(args), nil
	})
}

func stagingContext() jinja.MapContext {
	return jinja.MapContext{
		"config":         fn("config", func([]jinja.Value) jinja.Value { return jinja.Str("") }),
		"source":         fn("source", func(a []jinja.Value) jinja.Value { return jinja.Str(`"raw"."` + a[1].String() + `"`) }),
		"cents_to_units": fn("cents_to_units", func(a []jinja.Value) jinja.Value { return jinja.Str("(" + a[0].String() + " / 100)") }),
		"is_incremental": fn("is_incremental", func([]jinja.Value) jinja.Value { return jinja.True }),
		"this":           jinja.Str(`"db"."staging"."stg"`),
		"var":            fn("var", func([]jinja.Value) jinja.Value { return jinja.NewList(jinja.Str("a"), jinja.Str("b"), jinja.Str("c")) }),
	}
}

func heavyContext() jinja.MapContext {
	tables := jinja.NewList()
	types := []string{"text", "timestamp", "integer", "numeric"}
	for i := range 10 {
		cols := jinja.NewList()
		for j := range 20 {
			c := jinja.NewDict()
			c.SetStr("name", jinja.Str("column_"+string(rune('a'+j))))
			c.SetStr("type", jinja.Str(types[j%4]))
			cols.Append(c)
		}
		t := jinja.NewDict()
		t.SetStr("name", jinja.Str("TABLE_"+string(rune('A'+i))))
		t.SetStr("schema", jinja.Str("raw"))
		t.SetStr("cols", cols)
		tables.Append(t)
	}
	return jinja.MapContext{"tables": tables, "each": jinja.NewFunction("each",
		func(t *jinja.Thread, args []jinja.Value, kwargs []jinja.Kwarg) (jinja.Value, error) {
			out := ""
			seq, err := jinja.IterValues(args[0])
			if err != nil {
				return nil, err
			}
			for v := range seq {
				s, err := jinja.CallValue(t, kwargs[0].Value, []jinja.Value{v}, nil)
				if err != nil {
					return nil, err
				}
				out += s.String() + "\n"
			}
			return jinja.Str(out), nil
		})}
}

func benchParse(b *testing.B, opts jinja.Options, files ...string) {
	env := jinja.NewEnv(opts)
	var src []string
	n := 0
	for _, f := range files {
		s := readFile(b, f)
		n += len(s)
		src = append(src, s)
	}
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		for i, s := range src {
			if _, err := env.Parse(files[i], s); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchRender(b *testing.B, file string, ctx jinja.Context) {
	tmpl, err := jinja.NewEnv(jinja.Options{}).Parse(file, readFile(b, file))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	th := jinja.NewThread(context.Background())
	th.MaxSteps = 1 << 60
	for b.Loop() {
		if _, err := tmpl.Render(th, ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseStaging(b *testing.B) {
	benchParse(b, jinja.Options{}, "testdata/bench/staging.sql")
}

func BenchmarkParseMacroHeavy(b *testing.B) {
	benchParse(b, jinja.Options{}, "testdata/bench/macro_heavy.sql")
}

func BenchmarkParseLibrary(b *testing.B) {
	files, err := filepath.Glob("testdata/library/*.sql")
	if err != nil || len(files) == 0 {
		b.Fatal("no library", err)
	}
	benchParse(b, jinja.Options{MangleMacros: true}, files...)
}

func BenchmarkRenderStaging(b *testing.B) {
	benchRender(b, "testdata/bench/staging.sql", stagingContext())
}

func BenchmarkRenderMacroHeavy(b *testing.B) {
	benchRender(b, "testdata/bench/macro_heavy.sql", heavyContext())
}
