package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gdbt-dev/gdbt/adapters/duckdb"
	"github.com/gdbt-dev/gdbt/adapters/postgres"
	"github.com/gdbt-dev/gdbt/engine/adapter"

	_ "embed"
)

const (
	database   = "gdbt_parity"         // of PostgreSQL; dropped and created
	duckdbFile = "warehouse/parity.db" // in the copy of a project
)

//go:embed relations.py
var relationsPython string

// relations lists what is in the warehouse. A DuckDB file is read by the DuckDB
// that dbt uses, which may be newer than ours.
func (r *toolRun) relations(ctx context.Context) ([]Relation, error) {
	if r.target == "postgres" {
		return postgresRelations(ctx)
	}
	python := filepath.Join(filepath.Dir(r.bench.DBT), "python")
	cmd := exec.CommandContext(ctx, python, "-c", relationsPython, filepath.Join(r.dir, duckdbFile))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	raw, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("reading the DuckDB file: %w\n%s", err, errs.String())
	}
	var out []Relation
	return out, json.Unmarshal(raw, &out)
}

// connect opens the warehouse of a copy with a driver of gdbt.
func connect(ctx context.Context, dir, target, db string) (adapter.Conn, func(), error) {
	driver, fields := duckdb.Driver(), map[string]any{"path": filepath.Join(dir, duckdbFile), "schema": "analytics"}
	if target == "postgres" {
		port, err := strconv.Atoi(orElse(os.Getenv("PGPORT"), "5432"))
		if err != nil {
			return nil, nil, fmt.Errorf("PGPORT: %w", err)
		}
		driver, fields = postgres.Driver(), map[string]any{
			"host": os.Getenv("PGHOST"), "port": int64(port), "user": orElse(os.Getenv("PGUSER"), "postgres"),
			"password": os.Getenv("PGPASSWORD"), "dbname": db, "schema": "analytics",
		}
	}
	creds, err := driver.Credentials(fields, adapter.Dirs{Project: dir, Target: dir})
	if err != nil {
		return nil, nil, err
	}
	w, err := driver.Open(ctx, creds)
	if err != nil {
		return nil, nil, err
	}
	conn, err := w.Conn(ctx, "parity")
	if err != nil {
		return nil, nil, fmt.Errorf("%w (closing: %v)", err, w.Close())
	}
	return conn, func() { conn.Release(); _ = w.Close() }, nil // what was read is read
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func execute(ctx context.Context, dir, target, sql string) error {
	conn, done, err := connect(ctx, dir, target, database)
	if err != nil {
		return err
	}
	defer done()
	_, _, err = conn.Execute(ctx, sql, false, 0)
	return err
}

func newDatabase(ctx context.Context) error {
	conn, done, err := connect(ctx, "", "postgres", "postgres")
	if err != nil {
		return err
	}
	defer done()
	for _, sql := range []string{
		"drop database if exists " + database + " with (force)",
		"create database " + database,
		"do $$ begin if not exists (select from pg_roles where rolname = 'parity_reader') then create role parity_reader; end if; end $$",
	} {
		if _, _, err := conn.Execute(ctx, sql, false, 0); err != nil {
			return err
		}
	}
	return nil
}

// postgresRelations reads the relations with comments, indexes and privileges.
func postgresRelations(ctx context.Context) ([]Relation, error) {
	conn, done, err := connect(ctx, "", "postgres", database)
	if err != nil {
		return nil, err
	}
	defer done()
	rows := func(sql string) ([][]string, error) {
		_, t, err := conn.Execute(ctx, sql, true, 0)
		if err != nil {
			return nil, err
		}
		out := make([][]string, t.Len())
		for i := range out {
			for c := range t.Columns {
				text := "NULL"
				if v := t.Values[c][i]; v != nil {
					text = fmt.Sprint(v)
				}
				out[i] = append(out[i], text)
			}
		}
		return out, nil
	}
	list, err := rows(`select c.oid::text, n.nspname || '.' || c.relname,
			case c.relkind when 'r' then 'table' when 'v' then 'view' when 'm' then 'materialized view' else c.relkind::text end,
			format('%I.%I', n.nspname, c.relname)
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\_t%'`)
	if err != nil {
		return nil, err
	}
	out := make([]Relation, 0, len(list))
	for _, l := range list {
		r := Relation{Name: l[1], Kind: l[2]}
		columns, err := rows(`select attname, format_type(atttypid, atttypmod), attnotnull::text, col_description(attrelid, attnum)
			from pg_attribute where attrelid = ` + l[0] + ` and attnum > 0 and not attisdropped order by attnum`)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			text := c[0] + " " + c[1]
			if c[2] == "true" {
				text += " not null"
			}
			r.Columns = append(r.Columns, text)
			if c[3] != "NULL" {
				r.More = append(r.More, "comment on "+c[0]+": "+c[3])
			}
		}
		more, err := rows(`select 'comment: ' || obj_description(` + l[0] + `, 'pg_class') where obj_description(` + l[0] + `, 'pg_class') is not null
			union all select 'index ' || regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \S+ ON', 'INDEX ON') from pg_index where indrelid = ` + l[0] + `
			union all select 'constraint ' || pg_get_constraintdef(oid) from pg_constraint where conrelid = ` + l[0] + `
			union all select 'grant ' || privilege_type || ' to ' || grantee::regrole from pg_class, aclexplode(relacl) where oid = ` + l[0] + ` and grantee <> relowner
			order by 1`)
		if err != nil {
			return nil, err
		}
		for _, m := range more {
			r.More = append(r.More, m[0])
		}
		text := make([]string, len(columns))
		for i, c := range columns {
			text[i] = `"` + strings.ReplaceAll(c[0], `"`, `""`) + `"::text`
		}
		if len(text) > 0 {
			if r.Rows, err = rows("select " + strings.Join(text, ", ") + " from " + l[3]); err != nil {
				return nil, err
			}
		}
		out = append(out, r)
	}
	return out, nil
}
