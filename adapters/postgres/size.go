package postgres

import "github.com/gdbt-dev/gdbt/engine/adapter"

var _ adapter.Sizer = driver{}

// Sizes implements [adapter.Sizer]. The rows are the estimate of the last ANALYZE or, before the first, of the statistics; the
// size is that with indexes and TOAST.
func (driver) Sizes(query func(string) (*adapter.Table, error)) ([]adapter.Size, error) {
	t, err := query(`select current_database()::text, n.nspname::text, c.relname::text,
  case when c.reltuples >= 0 then c.reltuples::bigint else pg_catalog.pg_stat_get_live_tuples(c.oid) end,
  pg_catalog.pg_total_relation_size(c.oid)
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\_toast%' and n.nspname not like 'pg\_temp%'`)
	if err != nil {
		return nil, err
	}
	return adapter.SizesOf(t), nil
}
