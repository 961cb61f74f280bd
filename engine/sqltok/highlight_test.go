package sqltok

import (
	"regexp"
	"strings"
	"testing"
)

func TestHighlight(t *testing.T) {
	mark := strings.NewReplacer(keywordColor, "<k:", stringColor, "<s:", numberColor, "<n:", commentColor, "<c:", colorReset, ">")
	got := mark.Replace(Highlight(Postgres(), "SELECT a.\"from\", 'it''s', 1.5 -- note\nfrom t /* two\nlines */"))
	want := "<k:SELECT> a.\"from\", <s:'it''s'>, <n:1.5> <c:-- note>\n<k:from> t <c:/* two>\n<c:lines */>"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

var sequences = regexp.MustCompile(`\x1b\[[0-9]+m`)

func FuzzHighlight(f *testing.F) {
	f.Add("select 1 -- x\n, 'a\nb', $$c$$")
	f.Fuzz(func(t *testing.T, sql string) {
		if strings.Contains(sql, "\x1b") {
			t.Skip()
		}
		if got := sequences.ReplaceAllString(Highlight(DuckDB(), sql), ""); got != sql {
			t.Errorf("%q became %q", sql, got)
		}
	})
}
