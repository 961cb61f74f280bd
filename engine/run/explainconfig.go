package run

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/warehouse"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/sqltok"
	"github.com/gdbt-dev/gdbt/engine/yamldoc"
)

// configsInSQL are the configs whose words a materialization writes into its statements.
var configsInSQL = []string{
	"unique_key", "updated_at", "check_cols", "event_time", "incremental_predicates", "merge_update_columns", "merge_exclude_columns", "indexes", "grants",
	"column_types", "partitioned_by", "partition_by", "sorted_by", "dbt_valid_to_current", "snapshot_meta_column_names", "sql_header", "database", "schema",
}

var quotedWord = regexp.MustCompile(`["'\x60]([^"'\x60]+)["'\x60]`)

// configPlace finds the config from which a word of a statement comes that the warehouse did not take: the word at the error's
// place, or one that it quotes.
func (v *visit) configPlace(d *diag.Diagnostic, se *warehouse.StatementError) (dbtjinja.Place, bool) {
	words := []string{wordOf(sqltok.NewLines(se.SQL).Line(se.Line), se.Column)}
	first, _, _ := strings.Cut(d.Message, "\n")
	for _, m := range quotedWord.FindAllStringSubmatch(first, -1) {
		words = append(words, m[1])
	}
	for _, word := range words {
		if word == "" {
			continue
		}
		for _, key := range configsInSQL {
			if !slices.ContainsFunc(textsIn(v.n.ConfigValue(key)), func(text string) bool { return hasWord(text, word) }) {
				continue
			}
			if p, ok := v.r.Session.ConfigPlace(v.n, key); ok {
				if at, ok := v.r.Session.WordFrom(p, word, 8); ok {
					p = at
				}
				return p, true
			}
		}
	}
	return dbtjinja.Place{}, false
}

// wordOf is the name that begins at a column of a line.
func wordOf(line string, column int) string {
	runes := []rune(line)
	if column < 1 || column > len(runes) {
		return ""
	}
	rest := strings.TrimLeft(string(runes[column-1:]), `"`)
	end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		return rest
	}
	return rest[:end]
}

// textsIn lists the texts in a value of a config, keys included.
func textsIn(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		out = []string{v}
	case []any:
		for _, e := range v {
			out = append(out, textsIn(e)...)
		}
	case *yamldoc.Map:
		for key, e := range v.All() {
			out = append(append(out, key), textsIn(e)...)
		}
	}
	return out
}
