package warehouse

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// bulkConn has the fast way.
type bulkConn struct{ *fakeConn }

func (c bulkConn) BulkInsert(_ context.Context, rel adapter.Relation, columns []string, rows iter.Seq2[[]any, error]) (int64, error) {
	n := int64(0)
	for row := range rows {
		c.p.note(c.name, fmt.Sprint(rel.Identifier, columns, row))
		n++
	}
	return n, nil
}

func TestBulkInsert(t *testing.T) {
	row := func(v any) func(string) (adapter.Response, *adapter.Table, error) {
		return func(string) (adapter.Response, *adapter.Table, error) {
			return adapter.Response{}, &adapter.Table{Columns: []adapter.ResultColumn{{Name: "a"}, {Name: "b"}}, Values: [][]any{{v}, {"x"}}}, nil
		}
	}
	const call = `{% set rel = api.Relation.create(schema='s', identifier='t') %}{{ adapter.bulk_insert(rel, ['"Its ""a"""', 'B'], adapter.execute('rows', fetch=true)[1]) }}`
	for _, c := range []struct {
		name, want string
		fast       bool
		template   string
		value      any
		sent       string
	}{
		{"names are read as SQL reads them", `copy "s"."t" ("Its ""a""", B) from stdin`, true, call, int64(1), "rows [fetch]\nBEGIN\nt[Its \"a\" b] [1 x]"},
		{"a driver without it", "None", false, call, int64(1), "rows [fetch]\nBEGIN"},
		{"a moment is left to an insert", "None", true, call, time.Unix(0, 0), "rows [fetch]"},
		{"so is the case of letters beyond ASCII", "None", true,
			`{{ adapter.bulk_insert(api.Relation.create(identifier='t'), ['Ä'], adapter.execute('rows', fetch=true)[1]) }}`, int64(1), "rows [fetch]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, postgres(), nil)
			w.pool.bulk = c.fast
			w.pool.answer = row(c.value)
			w.check(t, c.template, c.want)
			if c.fast {
				w.expect(t, "what was sent", c.sent)
			}
		})
	}
	w := newWorld(t, postgres(), nil)
	w.fails(t, `{{ adapter.bulk_insert('t', [], 1) }}`, "bulk_insert() wants a relation and a table, not str and int")
}
