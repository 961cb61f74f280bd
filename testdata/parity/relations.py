# Prints the relations of a DuckDB file with their rows as JSON.
import json
import os
import sys

import duckdb

out = []
if os.path.exists(sys.argv[1]):
    db = duckdb.connect(sys.argv[1], read_only=True)
    quoted = lambda name: '"' + name.replace('"', '""') + '"'
    for schema, name, kind in db.execute(
        "select table_schema, table_name, table_type from information_schema.tables where table_catalog = current_database()"
    ).fetchall():
        columns = db.execute(
            "select column_name, data_type, is_nullable from information_schema.columns "
            "where table_catalog = current_database() and table_schema = ? and table_name = ? order by ordinal_position",
            [schema, name],
        ).fetchall()
        texts = ", ".join("cast(" + quoted(c[0]) + " as varchar)" for c in columns)
        try:
            rows = db.execute("select " + texts + " from " + quoted(schema) + "." + quoted(name)).fetchall()
        except duckdb.Error as e:
            rows = [["cannot be read: " + str(e).split("\n")[0]]]
        more = db.execute(
            "select 'comment: ' || comment from duckdb_tables() where schema_name = ? and table_name = ? and comment is not null "
            "union all select 'comment: ' || comment from duckdb_views() where schema_name = ? and view_name = ? and comment is not null "
            "union all select 'comment on ' || column_name || ': ' || comment from duckdb_columns() "
            "where schema_name = ? and table_name = ? and comment is not null "
            "union all select 'constraint ' || constraint_text from duckdb_constraints() where schema_name = ? and table_name = ? "
            "union all select 'index ' || regexp_replace(sql, 'INDEX \\S+ ON', 'INDEX ON') from duckdb_indexes() where schema_name = ? and table_name = ? "
            "order by 1",
            [schema, name] * 5,
        ).fetchall()
        out.append(
            {
                "name": schema + "." + name,
                "kind": {"BASE TABLE": "table", "VIEW": "view"}.get(kind, kind),
                "columns": [c[0] + " " + c[1] + ("" if c[2] == "YES" else " not null") for c in columns],
                "rows": [["NULL" if v is None else str(v) for v in row] for row in rows],
                "more": [m[0] for m in more],
            }
        )
json.dump(out, sys.stdout)
