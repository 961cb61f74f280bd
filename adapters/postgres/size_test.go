package postgres_test

import (
	"testing"

	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/engine/adapter"
)

// TestSizes: tables and materialized views have rows and bytes, views neither.
func TestSizes(t *testing.T) {
	c := session(t, open(t, output(t)))
	exec(t, c, `create schema "sized ""here"`)
	defer exec(t, c, `drop schema "sized ""here" cascade`)
	for _, sql := range []string{`create table "sized ""here".t as select i from generate_series(1, 1000) i`, `create materialized view "sized ""here".m as select 1 as i`,
		`create view "sized ""here".v as select 1 as i`, `analyze "sized ""here".t`} {
		exec(t, c, sql)
	}
	list, err := postgres.Driver().(adapter.Sizer).Sizes(func(sql string) (*adapter.Table, error) {
		_, table, err := c.Execute(t.Context(), sql, true, 0)
		return table, err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]adapter.Size{}
	for _, s := range list {
		if s.Schema == `sized "here` {
			got[s.Name] = s
		}
	}
	if len(got) != 2 || got["t"].Rows != 1000 || got["t"].Bytes < 32_000 || got["m"].Bytes <= 0 || got["t"].Database != value(t, c, "select current_database()::text") {
		t.Errorf("%+v", got)
	}
}
