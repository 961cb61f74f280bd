package scraper

import (
	"context"
	"fmt"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/source"
)

// MetricsTable is the table, in the raw table's schema, that keeps what each
// scrape saw of a message.
const MetricsTable = "message_metrics"

// tables are the loader's four: the raw table with its rejects, the state of the
// files, and the history of metrics. All SQL here is understood by DuckDB and
// PostgreSQL alike.
type tables struct {
	db      source.Target
	catalog string
	schema  string

	raw, rejects, loads, metrics rawTable

	// upsert keeps one row a message; a file's records come by way of incoming.
	upsert   bool
	incoming rawTable
}

type rawTable struct {
	rel     source.Relation
	columns []column
	key     []string // primary key, nil for none
}

func newTables(db source.Target, s source.Source, upsert bool) tables {
	t := tables{
		db: db, catalog: s.Database, schema: s.Schema, upsert: upsert,
		raw:     rawTable{db.Relation(s.Schema, s.Identifier), rawColumns(), nil},
		rejects: rawTable{db.Relation(s.Schema, s.Identifier+"_rejects"), rejectColumns(), nil},
		// The key makes two loads of one file take turns.
		loads:   rawTable{db.Relation(s.Schema, s.Identifier+"_loads"), loadColumns(), []string{"lake_file"}},
		metrics: rawTable{db.Relation(s.Schema, MetricsTable), metricsColumns(), []string{"source_table", "channel_name", "message_id", "observed_at"}},
	}
	t.incoming = t.raw
	if upsert {
		t.raw.key = messageKey()
		t.incoming.rel = incomingRelation(db)
	}
	return t
}

// ofFile are the tables whose rows go when their file goes.
func (t *tables) ofFile() []rawTable { return []rawTable{t.raw, t.rejects, t.loads} }

// replaced are those whose rows go before a file is loaded again.
func (t *tables) replaced() []rawTable {
	if t.upsert {
		return []rawTable{t.rejects}
	}
	return []rawTable{t.raw, t.rejects}
}

func (t *tables) all() []rawTable { return append(t.ofFile(), t.metrics) }

// prepare creates what is missing: schema, tables, columns, the raw table's key.
// What exists is not touched, so that a role without the right to create can load.
func (t *tables) prepare(ctx context.Context) error {
	convert := false
	err := t.db.Transaction(ctx, func(ctx context.Context) error {
		have, err := t.existing(ctx)
		if err != nil {
			return err
		}
		_, loadedBefore := have[t.raw.rel.Identifier]
		if loadedBefore {
			if convert, err = t.lacksKey(ctx); err != nil {
				return err
			}
		}
		if have == nil {
			if err := t.createSchema(ctx); err != nil {
				return err
			}
		}
		for _, table := range t.all() {
			columns, exists := have[table.rel.Identifier]
			if !exists {
				if _, err := t.db.Execute(ctx, table.createSQL()); err != nil {
					return fmt.Errorf("create %s: %w", table.rel.Render(), err)
				}
				continue
			}
			for _, c := range missingColumns(table.columns, columns) {
				sql := "alter table " + table.rel.Render() + " add column " + table.rel.Quoted(c.name) + " " + c.sqlType
				if _, err := t.db.Execute(ctx, sql); err != nil {
					return fmt.Errorf("add column %s to %s: %w", c.name, table.rel.Render(), err)
				}
			}
		}
		if _, counted := have[t.loads.rel.Identifier]; counted && !loadedBefore {
			return t.forgetAll(ctx) // somebody dropped the raw table
		}
		if _, observed := have[t.metrics.rel.Identifier]; loadedBefore && !observed {
			return t.observe(ctx, t.raw) // tables of a time without the history
		}
		return nil
	})
	if err != nil || !convert {
		return err
	}
	return t.convert(ctx)
}

// existing lists the columns of those tables that exist; nil when none does.
func (t *tables) existing(ctx context.Context) (map[string][]string, error) {
	sql := `select table_name, column_name from information_schema.columns where table_schema = $1 and table_name in ($2, $3, $4, $5)`
	args := []any{t.schema, t.raw.rel.Identifier, t.rejects.rel.Identifier, t.loads.rel.Identifier, t.metrics.rel.Identifier}
	if t.catalog != "" {
		sql += ` and table_catalog = $6`
		args = append(args, t.catalog)
	}
	table, err := t.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("look for the tables of schema %s: %w", t.schema, err)
	}
	var have map[string][]string
	for row := range table.Len() {
		if have == nil {
			have = map[string][]string{}
		}
		name := fmt.Sprint(table.Values[0][row])
		have[name] = append(have[name], fmt.Sprint(table.Values[1][row]))
	}
	return have, nil
}

func (t *tables) createSchema(ctx context.Context) error {
	sql, args := `select 1 from information_schema.schemata where schema_name = $1`, []any{t.schema}
	if t.catalog != "" {
		sql += ` and catalog_name = $2`
		args = append(args, t.catalog)
	}
	found, err := t.db.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("look for schema %s: %w", t.schema, err)
	}
	if found.Len() > 0 {
		return nil
	}
	// PostgreSQL takes no database here; an attached one of DuckDB needs it.
	current, err := t.db.Query(ctx, "select current_database()")
	if err != nil {
		return fmt.Errorf("ask for the current database: %w", err)
	}
	schema := t.raw.rel
	schema.Include.Identifier = false
	schema.Include.Database = current.Len() > 0 && fmt.Sprint(current.Values[0][0]) != t.catalog
	if _, err := t.db.Execute(ctx, "create schema if not exists "+schema.Render()); err != nil {
		return fmt.Errorf("create schema %s: %w", t.schema, err)
	}
	return nil
}

func (t rawTable) createSQL() string { return "create table if not exists " + t.definition() }

// definition is the table's name with its columns and key.
func (t rawTable) definition() string {
	var b strings.Builder
	b.WriteString(t.rel.Render() + " (")
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t.rel.Quoted(c.name) + " " + c.sqlType)
	}
	if len(t.key) > 0 {
		b.WriteString(", primary key (" + t.quoted(t.key) + ")")
	}
	b.WriteString(")")
	return b.String()
}

// quoted lists columns.
func (t rawTable) quoted(columns []string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = t.rel.Quoted(c)
	}
	return strings.Join(out, ", ")
}

// state reads which content of which file is loaded: sha256 by file name.
func (t *tables) state(ctx context.Context) (map[string]string, error) {
	q := t.loads.rel.Quoted
	table, err := t.db.Query(ctx, "select "+q("lake_file")+", "+q("sha256")+" from "+t.loads.rel.Render())
	if err != nil {
		return nil, fmt.Errorf("read the loaded files from %s: %w", t.loads.rel.Render(), err)
	}
	state := make(map[string]string, table.Len())
	for row := range table.Len() {
		sum, _ := table.Values[1][row].(string)
		state[fmt.Sprint(table.Values[0][row])] = sum
	}
	return state, nil
}

// forget removes all that was loaded from files.
func (t *tables) forget(ctx context.Context, files []string, from ...rawTable) error {
	for _, table := range from {
		among, args := amongFiles(table.rel.Quoted("lake_file"), files, 1)
		if _, err := t.db.Execute(ctx, "delete from "+table.rel.Render()+" where "+among, args...); err != nil {
			return fmt.Errorf("remove the rows of %s from %s: %w", strings.Join(files, ", "), table.rel.Render(), err)
		}
	}
	return nil
}

// amongFiles compares a column with the names of files, bound from $first on.
func amongFiles(column string, files []string, first int) (sql string, args []any) {
	marks := make([]string, len(files))
	for i, f := range files {
		marks[i] = fmt.Sprintf("$%d", first+i)
		args = append(args, f)
	}
	return column + " in (" + strings.Join(marks, ", ") + ")", args
}

// forgetAll lets every file be loaded again.
func (t *tables) forgetAll(ctx context.Context) error {
	for _, table := range []rawTable{t.rejects, t.loads} {
		if _, err := t.db.Execute(ctx, "delete from "+table.rel.Render()); err != nil {
			return fmt.Errorf("empty %s: %w", table.rel.Render(), err)
		}
	}
	return nil
}

// claim writes the state of a file before its rows: another load of the same
// file waits here until this one is through, or fails.
func (t *tables) claim(ctx context.Context, values []any) error {
	q := t.loads.rel.Quoted
	names, marks, sets := make([]string, len(t.loads.columns)), make([]string, len(t.loads.columns)), []string{}
	for i, c := range t.loads.columns {
		names[i] = q(c.name)
		// The casts give every driver the column's type for a bound value.
		marks[i] = fmt.Sprintf("cast($%d as %s)", i+1, c.sqlType)
		if c.name != t.loads.key[0] {
			sets = append(sets, q(c.name)+" = excluded."+q(c.name))
		}
	}
	sql := "insert into " + t.loads.rel.Render() + " (" + strings.Join(names, ", ") + ") values (" + strings.Join(marks, ", ") +
		") on conflict (" + q(t.loads.key[0]) + ") do update set " + strings.Join(sets, ", ")
	if _, err := t.db.Execute(ctx, sql, values...); err != nil {
		return fmt.Errorf("write the state to %s: %w", t.loads.rel.Render(), err)
	}
	return nil
}

// settle writes the counts of a claimed file.
func (t *tables) settle(ctx context.Context, file string, rows, rejects int64) error {
	q := t.loads.rel.Quoted
	sql := "update " + t.loads.rel.Render() + " set " + q("row_count") + " = cast($1 as bigint), " + q("reject_count") +
		" = cast($2 as bigint) where " + q("lake_file") + " = $3"
	if _, err := t.db.Execute(ctx, sql, rows, rejects, file); err != nil {
		return fmt.Errorf("write the state to %s: %w", t.loads.rel.Render(), err)
	}
	return nil
}

// observe adds what a file's rows in a table say of their messages to the history.
// What is there is never changed: a scrape saw what it saw, and seeing the same scrape
// again adds nothing. A record without a time of its own counts as of the
// beginning of its scrape's day. No files stand for all that are loaded.
func (t *tables) observe(ctx context.Context, from rawTable, files ...string) error {
	q := t.raw.rel.Quoted
	observed := "coalesce(" + instant(q("scraped_at")) + ", cast(" + q("scrape_date") + " as timestamp))"
	names := make([]string, len(t.metrics.columns))
	values := make([]string, len(names))
	for i, c := range t.metrics.columns {
		names[i] = c.name
		switch c.name {
		case "source_table":
			values[i] = "cast($1 as text)"
		case "observed_at":
			values[i] = observed
		case "text_md5":
			values[i] = "md5(" + q("message_text") + ")"
		case "deleted":
			values[i] = "coalesce(" + q(c.name) + ", false)"
		default:
			values[i] = q(c.name)
		}
	}
	among, args := q("lake_file")+" is not null", []any{t.raw.rel.Identifier}
	if len(files) > 0 {
		sql, more := amongFiles(q("lake_file"), files, 2)
		among, args = sql, append(args, more...)
	}
	sql := "insert into " + t.metrics.rel.Render() + " (" + t.metrics.quoted(names) + ") select " + strings.Join(values, ", ") +
		" from " + from.rel.Render() + " where " + among +
		" order by " + q("scrape_date") + ", " + q("lake_file") + ` collate "C", ` + q("lake_row") +
		" on conflict (" + t.metrics.quoted(t.metrics.key) + ") do nothing"
	if _, err := t.db.Execute(ctx, sql, args...); err != nil {
		return fmt.Errorf("add to the metrics in %s: %w", t.metrics.rel.Render(), err)
	}
	return nil
}

// instant is ISO 8601 text as a timestamp: in UTC where it names an offset, else
// the reading of the clock that it is; null for null. Digits beyond microseconds
// are cut: warehouses round them differently.
func instant(text string) string {
	micros := "regexp_replace(" + text + ", '([.][0-9]{6})[0-9]+', '\\1')"
	return "case when substr(" + text + ", 11) like '%+%' or substr(" + text + ", 11) like '%-%' or " + text + " like '%Z'" +
		" then cast(" + micros + " as timestamp with time zone) at time zone 'UTC'" +
		" else cast(" + micros + " as timestamp) end"
}

// insert puts a batch of rows into a table.
func (t *tables) insert(ctx context.Context, table rawTable, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	n, err := t.db.BulkInsert(ctx, table.rel, columnNames(table.columns), func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
	if err != nil {
		return fmt.Errorf("load into %s: %w", table.rel.Render(), err)
	}
	if n != int64(len(rows)) {
		return fmt.Errorf("load into %s: %d of %d rows arrived", table.rel.Render(), n, len(rows))
	}
	return nil
}
