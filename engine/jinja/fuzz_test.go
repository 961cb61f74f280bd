package jinja_test

import (
	"context"
	"errors"
	"runtime/debug"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/jinja"
)

func seed(f *testing.F) {
	for _, name := range []string{"expressions", "statements"} {
		for _, c := range readCases(f, name) {
			f.Add(c.Template)
		}
	}
	f.Add(readFile(f, "testdata/bench/macro_heavy.sql"))
	f.Add(readFile(f, "testdata/library/materialize.sql"))
}

// FuzzParse: any text parses or gives an error with a place; none panics.
func FuzzParse(f *testing.F) {
	seed(f)
	env := jinja.NewEnv(jinja.Options{})
	f.Fuzz(func(t *testing.T, src string) {
		tmpl, err := env.Parse("f.sql", src)
		if err != nil {
			var e *jinja.Error
			if !errors.As(err, &e) || e.Line == 0 {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		tmpl.Calls()
		tmpl.CallText("config")
		tmpl.Macros()
	})
}

// FuzzRender: what parses renders or gives an error, within its limits.
func FuzzRender(f *testing.F) {
	seed(f)
	env := jinja.NewEnv(jinja.Options{MaxSteps: 20_000, MaxDepth: 50})
	f.Fuzz(func(t *testing.T, src string) {
		tmpl, err := env.Parse("f.sql", src)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		// what does not even look at its context is shown with its stack
		defer time.AfterFunc(8*time.Second, func() { debug.SetTraceback("all"); panic("hangs: " + src) }).Stop()
		for _, p := range []jinja.UndefinedPolicy{jinja.UndefinedText, jinja.UndefinedParse} {
			th := jinja.NewThread(ctx)
			th.Undefined = p
			_, err = tmpl.Render(th, nil)
			var e *jinja.Error
			if err != nil && (!errors.As(err, &e) || e.Line == 0) {
				t.Fatalf("error without a place: %v", err)
			}
			_, _ = tmpl.RenderNative(th, nil)
		}
		if ctx.Err() != nil {
			t.Fatal("took too long")
		}
	})
}

// FuzzBlocks: the blocks put together give the text again.
func FuzzBlocks(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src string) {
		blocks, err := jinja.Blocks("f.sql", src, "macro", "test", "materialization", "snapshot", "docs")
		if err != nil {
			return
		}
		all := ""
		for _, b := range blocks {
			all += b.Full
		}
		if all != src {
			t.Fatalf("got %q of %q", all, src)
		}
	})
}

func FuzzLiteralEval(f *testing.F) {
	for _, s := range []string{"[1, 'a']", "{'a': (1,)}", "b'x'", "-1.5e3", "{1, 2}", "None"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		v, err := jinja.LiteralEval(src)
		if err != nil {
			return
		}
		if again, err := jinja.LiteralEval(v.Repr()); err == nil && again.Repr() != v.Repr() {
			t.Fatalf("%q: %s, then %s", src, v.Repr(), again.Repr())
		}
	})
}
