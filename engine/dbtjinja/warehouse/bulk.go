package warehouse

import (
	"fmt"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

// bulkInsert is adapter.bulk_insert(relation, columns, agate_table), of our own: the rows of a table go into a relation by the
// driver's fastest way, with the columns named as they are in SQL. It gives the statement that did it, or None where that
// would not mean the same as an insert: the driver has no such way, a value is a moment (which is read in the zone of the
// session), or a name without quotes is not ASCII.
func (a *Adapter) bulkInsert(c call) (jinja.Value, error) {
	v, err := c.bind("bulk_insert", required("relation"), required("columns"), required("agate_table"))
	if err != nil {
		return nil, err
	}
	rel, ok := v[0].(*values.Relation)
	t, isTable := v[2].(*values.Table)
	if !ok || !isTable {
		return nil, jinja.Raise("TypeError", "bulk_insert() wants a relation and a table, not "+v[0].Type()+" and "+v[2].Type())
	}
	elems, err := jinja.ListOf(v[1])
	if err != nil {
		return nil, err
	}
	names := make([]string, len(elems))
	for i, e := range elems {
		name, ok := columnName(e.String())
		if !ok {
			return jinja.None, nil
		}
		names[i] = name
	}
	rows := make([][]any, t.Len())
	for i := range rows {
		rows[i] = make([]any, len(names))
		for j := range names {
			x, err := values.ToGo(t.Value(i, j))
			if err != nil {
				return nil, fmt.Errorf("bulk_insert: row %d, column %s: %w", i+1, names[j], err)
			}
			if _, moment := x.(time.Time); moment {
				return jinja.None, nil
			}
			rows[i][j] = x
		}
	}
	sql := fmt.Sprintf("copy %s (%s) from stdin", rel.Adapter().Render(), strings.Join(texts(elems), ", "))
	_, ok, err = a.nc.BulkInsert(c.ctx(), rel.Adapter(), names, sql, func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
	if err != nil || !ok {
		return jinja.None, err
	}
	return jinja.Str(sql), nil
}

// columnName is the name that a column has in the database, when it is written so in SQL.
func columnName(sql string) (string, bool) {
	if n := len(sql); n > 1 && sql[0] == '"' && sql[n-1] == '"' {
		return strings.ReplaceAll(sql[1:n-1], `""`, `"`), true
	}
	for i := range len(sql) {
		if sql[i] >= 0x80 {
			return "", false
		}
	}
	return strings.ToLower(sql), true
}

func texts(list []jinja.Value) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.String()
	}
	return out
}
