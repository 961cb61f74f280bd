package scraper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gdbt-dev/gdbt/engine/source"
)

// OptionRows is the key of `config.meta.gdbt` that says what a row of the raw table
// is: a record of the lake (`record`, the default), or a message (`message`), as its
// newest record has it.
const OptionRows = "rows"

// rowsOf reads the option: whether a record replaces an older one of its message.
func rowsOf(req source.LoadRequest) (upsert bool, err error) {
	v, there := req.Config.Options[OptionRows]
	switch {
	case !there || v == "record":
		return false, nil
	case v == "message":
		return true, nil
	}
	return false, req.Config.Bad(OptionRows, "meta.gdbt.rows must be record or message, not %v", v)
}

// messageKey is the primary key of a raw table with one row a message.
func messageKey() []string { return []string{"channel_name", "message_id"} }

// incomingRelation is the temporary table that takes the records of a file on their
// way to a raw table with one row a message.
func incomingRelation(db source.Target) source.Relation {
	rel := db.Relation("", "gdbt_incoming_records")
	rel.Include.Database, rel.Include.Schema = false, false
	return rel
}

// newness are the expressions by which the records of a message are ordered, the
// newest last: day of the scrape, its time, file, row. What somebody else put into
// the table comes before all of them. The staging model of the medical warehouse
// orders by the same.
func (t *tables) newness(alias string) []string {
	of := func(name string) string { return alias + "." + t.raw.rel.Quoted(name) }
	return []string{
		"coalesce(" + of("scrape_date") + ", cast('-infinity' as date))",
		"coalesce(" + instant(of("scraped_at")) + ", cast('-infinity' as timestamp))",
		"coalesce(" + of("lake_file") + `, '') collate "C"`,
		"coalesce(" + of("lake_row") + ", -1)",
	}
}

// newer compares two rows by their newness.
func (t *tables) newer(a, operator, b string) string {
	return "(" + strings.Join(t.newness(a), ", ") + ") " + operator + " (" + strings.Join(t.newness(b), ", ") + ")"
}

// sameMessage joins two rows of a message.
func (t *tables) sameMessage(a, b string) string {
	var parts []string
	for _, name := range messageKey() {
		parts = append(parts, a+"."+t.raw.rel.Quoted(name)+" = "+b+"."+t.raw.rel.Quoted(name))
	}
	return strings.Join(parts, " and ")
}

// begin is the first step of the transaction of files: loads of one table take turns, as
// which record stays depends on what the others bring.
func (t *tables) begin(ctx context.Context) error {
	if !t.upsert {
		return nil
	}
	if err := t.lock(ctx); err != nil {
		return err
	}
	incoming := t.incoming.rel.Render()
	// One may be left of a transaction that the profile did not let be one.
	if _, err := t.db.Execute(ctx, "drop table if exists "+incoming+"; create temporary table "+t.incoming.definition()); err != nil {
		return fmt.Errorf("create the temporary table %s, which meta.gdbt.rows: message needs: %w", incoming, err)
	}
	return nil
}

func (t *tables) lock(ctx context.Context) error {
	if err := t.db.Lock(ctx, t.raw.rel); err != nil {
		return fmt.Errorf("wait for other loads of %s: %w", t.raw.rel.Render(), err)
	}
	return nil
}

// merge brings the incoming records of files to the raw table. A row gives way to a
// record that is at least as new, and to any record where its own file is among these
// or not read yet in a full load. Rows of messages that the files no longer have are
// deleted.
func (t *tables) merge(ctx context.Context, files []string) error {
	if !t.upsert {
		return nil
	}
	raw, incoming, q := t.raw.rel.Render(), t.incoming.rel.Render(), t.raw.rel.Quoted
	read, args := amongFiles("o."+q("lake_file"), files, 1)
	lost := "delete from " + raw + " as o where " + read +
		" and not exists (select 1 from " + incoming + " as n where " + t.sameMessage("n", "o") + ")"
	if _, err := t.db.Execute(ctx, lost, args...); err != nil {
		return fmt.Errorf("remove messages that %s no longer have from %s: %w", strings.Join(files, ", "), raw, err)
	}
	names := columnNames(t.raw.columns)
	var values, sets []string
	for _, name := range names {
		values = append(values, "n."+q(name))
		if !slices.Contains(t.raw.key, name) {
			sets = append(sets, q(name)+" = excluded."+q(name))
		}
	}
	// The window has only the columns that it needs: all of them through it take longer.
	newest := "(select i." + q("lake_file") + ", i." + q("lake_row") + ", row_number() over (partition by i." + q(t.raw.key[0]) + ", i." + q(t.raw.key[1]) +
		" order by " + strings.Join(t.newness("i"), " desc, ") + " desc) as recency from " + incoming + " as i)"
	upsert := "insert into " + raw + " (" + t.raw.quoted(names) + ") select " + strings.Join(values, ", ") +
		" from " + incoming + " as n join " + newest + " as w on w." + q("lake_file") + " = n." + q("lake_file") +
		" and w." + q("lake_row") + " = n." + q("lake_row") + " and w.recency = 1" +
		" left join " + raw + " as o on " + t.sameMessage("o", "n") +
		" left join " + t.loads.rel.Render() + " as l on l." + q("lake_file") + " = o." + q("lake_file") +
		" where o." + q(t.raw.key[0]) + " is null or " + read +
		" or l." + q("sha256") + " = '' or " + t.newer("n", ">=", "o") +
		" on conflict (" + t.raw.quoted(t.raw.key) + ") do update set " + strings.Join(sets, ", ")
	if _, err := t.db.Execute(ctx, upsert, args...); err != nil {
		return fmt.Errorf("load into %s: %w", raw, err)
	}
	if _, err := t.db.Execute(ctx, "drop table "+incoming); err != nil {
		return fmt.Errorf("drop the temporary table %s: %w", incoming, err)
	}
	return nil
}

// restart begins a full load of a table with one row a message. Files that are gone
// are forgotten; the others count as not read, so that a load which is cut short
// is finished by the next, and their rows give way to records of files that are read
// before them: what a row was newer than may be all that the lake still has.
func (t *tables) restart(ctx context.Context, gone []string) error {
	return t.db.Transaction(ctx, func(ctx context.Context) error {
		if err := t.lock(ctx); err != nil {
			return err
		}
		for group := range slices.Chunk(gone, groupFiles) {
			if err := t.forget(ctx, group, t.ofFile()...); err != nil {
				return err
			}
		}
		loads := t.loads.rel
		if _, err := t.db.Execute(ctx, "update "+loads.Render()+" set "+loads.Quoted("sha256")+" = ''"); err != nil {
			return fmt.Errorf("write the state to %s: %w", loads.Render(), err)
		}
		return nil
	})
}

// keyError says that a raw table has the key of another kind of rows.
type keyError struct {
	table string
	key   []string
}

func (e *keyError) Error() string {
	return fmt.Sprintf("%s has the primary key (%s)", e.table, strings.Join(e.key, ", "))
}

// lacksKey tells whether a table with one row a message is still without its key. A
// table whose key does not fit is an error.
func (t *tables) lacksKey(ctx context.Context) (bool, error) {
	key, err := t.primaryKey(ctx)
	if err != nil {
		return false, err
	}
	ofMessages := slices.Equal(slices.Sorted(slices.Values(key)), messageKey())
	switch {
	case t.upsert && len(key) == 0:
		return true, nil
	case t.upsert != ofMessages && (t.upsert || ofMessages):
		return false, &keyError{t.raw.rel.Render(), key}
	}
	return false, nil
}

// primaryKey are the columns of the raw table's primary key, none without one.
func (t *tables) primaryKey(ctx context.Context) ([]string, error) {
	sql := `select k.column_name from information_schema.table_constraints as c
join information_schema.key_column_usage as k
    on k.constraint_name = c.constraint_name and k.table_catalog = c.table_catalog
    and k.table_schema = c.table_schema and k.table_name = c.table_name
where c.constraint_type = 'PRIMARY KEY' and c.table_schema = $1 and c.table_name = $2`
	args := []any{t.schema, t.raw.rel.Identifier}
	if t.catalog != "" {
		sql += ` and c.table_catalog = $3`
		args = append(args, t.catalog)
	}
	table, err := t.db.Query(ctx, sql+` order by k.ordinal_position`, args...)
	if err != nil {
		return nil, fmt.Errorf("look for the primary key of %s: %w", t.raw.rel.Render(), err)
	}
	var key []string
	for row := range table.Len() {
		key = append(key, fmt.Sprint(table.Values[0][row]))
	}
	return key, nil
}

// convert makes a table with one row a record one with one row a message.
func (t *tables) convert(ctx context.Context) error {
	return t.db.Transaction(ctx, func(ctx context.Context) error {
		if err := t.lock(ctx); err != nil {
			return err
		}
		// Another load may have done it while this one waited.
		if lacks, err := t.lacksKey(ctx); err != nil || !lacks {
			return err
		}
		raw := t.raw.rel.Render()
		superseded := "delete from " + raw + " as o where exists (select 1 from " + raw + " as n where " +
			t.sameMessage("n", "o") + " and " + t.newer("n", ">", "o") + ")"
		if _, err := t.db.Execute(ctx, superseded); err != nil {
			return fmt.Errorf("leave one row a message in %s: %w", raw, err)
		}
		if err := t.db.AddPrimaryKey(ctx, t.raw.rel, t.raw.key); err != nil {
			return fmt.Errorf("add the primary key (%s) to %s, as meta.gdbt.rows is message: %w", strings.Join(t.raw.key, ", "), raw, err)
		}
		return nil
	})
}

// aboutKey tells how a table and the option come together again.
func aboutKey(req source.LoadRequest, err error) error {
	var key *keyError
	if !errors.As(err, &key) {
		return err
	}
	rows, other := "record", "set `rows: message`, or "
	if req.Config.Options[OptionRows] == "message" {
		rows, other = "message", ""
	}
	return req.Config.Bad(OptionRows, "meta.gdbt.rows is %s, and %v", rows, key).
		WithHint("%srun `drop table %s cascade` and load again; rows whose files the lake no longer has are lost with it", other, key.table)
}
