package pglineage_test

import (
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/adapters/pglineage"
	"github.com/gdbt-dev/gdbt/engine/lineage/lineagetest"
)

// Texts nested as deep as nobody writes them end with an answer or an error.
func TestDeepTexts(t *testing.T) {
	p := pglineage.Parser()
	for _, depth := range []int{100, 900, 5000} {
		for _, sql := range lineagetest.Deep(depth) {
			lineagetest.Trace(t, p, sql)
			if q, err := p.Parse(t.Context(), sql); (q == nil) == (err == nil) {
				t.Errorf("%s…: neither a query nor an error", strings.TrimSpace(sql[:20]))
			}
		}
	}
}
