package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/adapter"
)

var _ adapter.Sizer = driver{}

// sizedAtOnce is how many tables one statement asks the storage of.
const sizedAtOnce = 500

// Sizes implements [adapter.Sizer]. DuckDB keeps the number of rows of a table and, of a database in a file, which blocks the
// table's columns lie in. Blocks that tables share count in parts. Of tables in memory, and of those whose data have not come
// into the file yet, no bytes are known.
func (driver) Sizes(query func(string) (*adapter.Table, error)) ([]adapter.Size, error) {
	t, err := query(`select t.database_name, t.schema_name, t.table_name, t.estimated_size::bigint, null::bigint, coalesce(s.block_size, 0)::bigint
from duckdb_tables() t join duckdb_databases() d using (database_name) left join pragma_database_size() s on s.database_name = t.database_name and d.type = 'duckdb' and d.path is not null
where not t.internal and not t.temporary order by all`)
	if err != nil {
		return nil, err
	}
	sizes := adapter.SizesOf(t)
	var inFile []int
	for i, s := range sizes {
		// The function that tells of the storage takes a name as text, in which no quote can stand.
		if t.Values[5][i] != int64(0) && !strings.Contains(s.Database+s.Schema+s.Name, `"`) {
			inFile = append(inFile, i)
		}
	}
	for some := range slices.Chunk(inFile, sizedAtOnce) {
		parts := make([]string, len(some))
		for k, i := range some {
			s := sizes[i]
			parts[k] = fmt.Sprintf("select %d as k, %s as database, %d as size, block_id, additional_block_ids, persistent from pragma_storage_info(%s)", i, quoteText(s.Database), t.Values[5][i],
				quoteText(quoteName(s.Database)+"."+quoteName(s.Schema)+"."+quoteName(s.Name)))
		}
		// Blocks are numbered in each database; a constant column has none, -1.
		found, err := query(`with segments as (` + strings.Join(parts, "\nunion all ") + `),
blocks as (select distinct k, database, size, unnest(list_append(additional_block_ids, block_id)) as block from segments),
shares as (select k, size / count(*) over (partition by database, block) as share from blocks where block >= 0)
select k::bigint, round(sum(share))::bigint from shares where k not in (select k from segments where not persistent) group by k`)
		if err != nil {
			return sizes, err
		}
		for r := range found.Len() {
			k, _ := found.Values[0][r].(int64)
			sizes[k].Bytes, _ = found.Values[1][r].(int64)
		}
	}
	return sizes, nil
}
