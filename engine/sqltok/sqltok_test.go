package sqltok

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const (
	cteA = " __dbt__cte__a as (\nselect 1\n)"
	cteB = " __dbt__cte__b as (\nselect 2\n)"
)

var twoCTEs = []CTE{{ID: "a", SQL: cteA}, {ID: "b", SQL: cteB}}

func short(s string) string {
	return strings.NewReplacer(cteA, "<A>", cteB, "<B>").Replace(s)
}

func TestInjectCTEsAsDbt(t *testing.T) {
	for _, c := range injectCases {
		if diff := cmp.Diff(c.want, short(InjectCTEs(c.in, twoCTEs))); diff != "" {
			t.Errorf("%q: (-dbt +got)\n%s", c.in, diff)
		}
	}
}

// Where dbt's token walk breaks the statement, a working one comes out.
func TestInjectCTEsBetterThanDbt(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "with<A>, <B> "},
		{"with -- note\n recursive a as (select 1) select * from a", "with -- note\n recursive <A>, <B>, a as (select 1) select * from a"},
		{"select * from unnest(array[1]) with ordinality", "with<A>, <B> select * from unnest(array[1]) with ordinality"},
		{"select 1 union all with a as (select 1) select * from a", "with<A>, <B> select 1 union all with a as (select 1) select * from a"},
		{"select * from a with no data", "with<A>, <B> select * from a with no data"},
		{"with recursive as (select 1) select * from recursive", "with <A>, <B>, recursive as (select 1) select * from recursive"},
		{"with", "with<A>, <B> with"},
		{"with a(", "with<A>, <B> with a("},
	} {
		if got := short(InjectCTEs(c.in, twoCTEs)); got != c.want {
			t.Errorf("%q:\n got %q\nwant %q", c.in, got, c.want)
		}
	}
	if got := InjectCTEs("select 1; select 2\n", nil); got != "select 1; select 2\n" {
		t.Errorf("without CTEs: %q", got)
	}
}

// dump prints the tokens that are no white space as "kind:text".
func dump(d Dialect, sql string) []string {
	var out []string
	for t := range Tokens(d, sql) {
		if t.Kind != Space {
			out = append(out, t.Kind.String()+":"+t.Text(sql))
		}
	}
	return out
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		name string
		d    Dialect
		sql  string
		want []string
	}{
		{"names and punctuation", Postgres(), `select a.b, "c""d" from t;`,
			[]string{"word:select", "word:a", "operator:.", "word:b", "comma:,", `quoted name:"c""d"`, "word:from", "word:t", "semicolon:;"}},
		{"strings", Postgres(), `'it''s' E'a\'b' x'1f' U&'d\0061' n'q'`,
			[]string{`string:'it''s'`, `string:E'a\'b'`, `string:x'1f'`, `string:U&'d\0061'`, `string:n'q'`}},
		{"backslash is plain in ANSI", Postgres(), `'a\' b`, []string{`string:'a\'`, "word:b"}},
		{"dollar strings", Postgres(), "$$a;b$$ $fn$x $$ y$fn$ $1 $", []string{"dollar string:$$a;b$$", "dollar string:$fn$x $$ y$fn$", "param:$1", "operator:$"}},
		{"dollar inside a word", Postgres(), "a$b$c", []string{"word:a$b$c"}},
		{"comments nest", Postgres(), "a /* x /* y */ z */ b -- c\nd",
			[]string{"word:a", "block comment:/* x /* y */ z */", "word:b", "line comment:-- c", "word:d"}},
		{"comments do not nest", Dialect{}, "/* x /* y */ z", []string{"block comment:/* x /* y */", "word:z"}},
		{"numbers", Postgres(), "1 1.5 .5 1e-3 0xff 1_000 1..2 3.",
			[]string{"number:1", "number:1.5", "number:.5", "number:1e-3", "number:0xff", "number:1_000", "number:1", "operator:.", "number:.2", "number:3."}},
		{"operators and casts", DuckDB(), "a::int->>'x' != b :p :=?",
			[]string{"word:a", "operator:::", "word:int", "operator:->>", "string:'x'", "operator:!=", "word:b", "param::p", "operator::=", "param:?"}},
		{"operator ends before a comment", Postgres(), "a*-- c", []string{"word:a", "operator:*", "line comment:-- c"}},
		{"backticks", Trino(), "`a``b`", []string{"quoted name:`a``b`"}},
		{"hash comment", Dialect{HashComments: true}, "a # b", []string{"word:a", "line comment:# b"}},
		{"other scripts", Postgres(), "ሰላም 'ሰላም' « \xff", []string{"word:ሰላም", "string:'ሰላም'", "word:«", "word:\xff"}},
		{"unterminated", Postgres(), "a 'b", []string{"word:a", "string:'b"}},
		{"unterminated comment", Postgres(), "a /*b /", []string{"word:a", "block comment:/*b /"}},
		{"unterminated dollar", Postgres(), "$x$ y", []string{"dollar string:$x$ y"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, dump(c.d, c.sql)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPosition(t *testing.T) {
	sql := "sel\nሰ x\r\nend"
	lines := NewLines(sql)
	for _, c := range []struct{ offset, line, column int }{
		{-1, 1, 1}, {0, 1, 1}, {3, 1, 4}, {4, 2, 1}, {7, 2, 2}, {8, 2, 3}, {11, 3, 1}, {14, 3, 4}, {99, 3, 4},
	} {
		if l, col := Position(sql, c.offset); l != c.line || col != c.column {
			t.Errorf("Position(%d) = %d, %d; want %d, %d", c.offset, l, col, c.line, c.column)
		}
	}
	if got := []string{lines.Line(0), lines.Line(1), lines.Line(2), lines.Line(3), lines.Line(4)}; !cmp.Equal(got, []string{"", "sel", "ሰ x", "end", ""}) {
		t.Errorf("lines: %q", got)
	}
	if got := CharOffset(sql, 6); sql[got:got+1] != " " {
		t.Errorf("CharOffset: %d", got)
	}
}

func FuzzTokens(f *testing.F) {
	for _, c := range injectCases {
		f.Add(c.in)
	}
	f.Add("e'\\' $a$ /* \" ` \xff 0x 1e+")
	f.Fuzz(func(t *testing.T, sql string) {
		for _, d := range []Dialect{{}, Postgres(), DuckDB(), Trino(), {BackslashStrings: true, HashComments: true, Backticks: true}} {
			pos := 0
			for tok := range Tokens(d, sql) {
				if tok.Start != pos || tok.End <= tok.Start {
					t.Fatalf("%+v: token %v at %d does not continue", d, tok, pos)
				}
				pos = tok.End
			}
			if pos != len(sql) {
				t.Fatalf("tokens end at %d of %d", pos, len(sql))
			}
		}
		got := InjectCTEs(sql, twoCTEs)
		if n := strings.Count(got, cteA) - strings.Count(sql, cteA); len(sql) < len(cteA) && n != 1 {
			t.Fatalf("injected %d times: %q", n, got)
		}
		if utf8.ValidString(sql) && !utf8.ValidString(got) {
			t.Fatalf("broke UTF-8: %q", got)
		}
		if line, column := Position(sql, len(sql)/2); line < 1 || column < 1 {
			t.Fatalf("position %d:%d", line, column)
		}
		if at := CharOffset(sql, len(sql)/2); at > len(sql) {
			t.Fatalf("offset %d of %d", at, len(sql))
		}
	})
}

func BenchmarkInjectCTEs(b *testing.B) {
	sql := "with a as (\n" + strings.Repeat("  select id, coalesce(x, 'y') as x -- note\n  from t where id > 10 union all\n", 200) + "select 1, 2)\nselect * from a"
	b.SetBytes(int64(len(sql)))
	b.ReportAllocs()
	for b.Loop() {
		InjectCTEs(sql, twoCTEs)
	}
}
