package warehouse

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/dbtjinja/values"
	"github.com/gdbt-dev/gdbt/engine/diag"
	"github.com/gdbt-dev/gdbt/engine/jinja"
	"github.com/google/go-cmp/cmp"
)

func TestAdapterExecute(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	w.pool.answer = func(sql string) (adapter.Response, *adapter.Table, error) {
		return adapter.Response{Message: "SELECT 1", Code: "SELECT", RowsAffected: 1},
			&adapter.Table{Columns: []adapter.ResultColumn{{Name: "n", Kind: adapter.KindInteger, DBType: "INTEGER"}}, Values: [][]any{{int64(7)}}}, nil
	}
	w.check(t, `{% set r, t = adapter.execute('select 7 as n', fetch=true, limit=3) %}{{ r }} {{ r.rows_affected }} {{ t.rows[0].n }}`, "SELECT 1 1 7")
	w.check(t, `{% set r, t = adapter.execute('update x', auto_begin=true) %}{{ r.code }} {{ t.column_names }}`, "SELECT ()")
	w.check(t, `{% do adapter.add_query('insert', bindings=[1, 'x', none], abridge_sql_log=true) %}{{ adapter.commit() }}`, "None")
	w.expect(t, "statements", "select 7 as n [fetch 3]\nBEGIN\nupdate x\ninsert\nCOMMIT")
	if diff := cmp.Diff([][]any{{int64(1), "x", nil}}, w.pool.binds); diff != "" {
		t.Error(diff)
	}
	w.check(t, `{% for c in adapter.get_column_schema_from_query('select 7 as n') %}{{ c.name }} {{ c.dtype }}{% endfor %}`, "n INTEGER")
	w.fails(t, `{{ adapter.execute(1) }}`, "execute() argument 'sql' must be str, not int")
	w.fails(t, `{{ adapter.execute('x', fetsch=true) }}`, "unexpected keyword argument 'fetsch'")
}

func TestAdapterNaming(t *testing.T) {
	w := newWorld(t, postgres(), func(c *Config) { c.Quoting.Schema = false })
	w.check(t, `{{ adapter.type() }} {{ adapter.quote('a') }} {{ adapter.quote('a"b') }} {{ adapter.nice_connection_name() }}`, `postgres "a" "a""b" n`)
	w.check(t, `{{ adapter.quote_as_configured('x', 'identifier') }} {{ adapter.quote_as_configured('x', 'schema') }} {{ adapter.quote_as_configured('x', 'other') }}`, `"x" x x`)
	w.check(t, `{{ adapter.quote_seed_column('a', none) }} {{ adapter.quote_seed_column('a', true) }} {{ adapter.quote_seed_column('a', false) }}`, `"a" "a" a`)
	w.fails(t, `{{ adapter.quote_seed_column('a', 'yes') }}`, `The seed configuration value of "quote_columns" has an invalid type <class 'str'>`)
	w.check(t, `{{ adapter.Relation.create('d', 's', 'i') }} {{ adapter.Column.translate_type('string') }}`, `"d".s."i" TEXT`)
	w.check(t, `{{ adapter.dispatch('m') }} {{ adapter.config.credentials.host }} {{ adapter.config.credentials.password is defined }} {{ adapter.config.project_name }}`, `dispatched m h False proj`)
	w.check(t, `{{ 1 if adapter.behavior.enable_truthy_nulls_equals_macro else 0 }} {{ adapter.behavior.postgres_skip_autocommit_transaction_statements.no_warn }}`, `0 True`)
	w.check(t, `{{ adapter.no_such_method is defined }} {{ adapter.get_relation is defined }}`, `False True`)
	w.fails(t, `{{ adapter.get_relatoin('a', 'b', 'c') }}`, "'RuntimeDatabaseWrapper' object has no attribute 'get_relatoin' (did you mean 'get_relation'?)")
}

func TestConvertType(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	col := func(k adapter.Kind) adapter.ResultColumn { return adapter.ResultColumn{Name: "c", Kind: k} }
	w.ctx["t"] = values.NewTable(&adapter.Table{
		Columns: []adapter.ResultColumn{col(adapter.KindNumber), col(adapter.KindNumber), col(adapter.KindBool), col(adapter.KindDate), col(adapter.KindTimestamp), col(adapter.KindText)},
		Values:  [][]any{{adapter.Decimal("3")}, {adapter.Decimal("3.5")}, {true}, {adapter.Date("2024-01-01")}, {adapter.Timestamp{}}, {nil}},
	})
	w.check(t, `{% for i in range(6) %}{{ adapter.convert_type(t, i) }},{% endfor %}`, "integer,float8,boolean,date,timestamp without time zone,integer,")
	w.fails(t, `{{ adapter.convert_type(t, 9) }}`, "index out of range")
}

func TestGetRelation(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	w.macros.fn["list_relations_without_caching"] = rowsOf("db,Orders,s,table", "db,v,s,view", "db,odd,s,foreign")
	w.check(t, `{{ adapter.get_relation('db', 's', 'v') }} {{ adapter.get_relation('db', 's', 'v').type }} {{ adapter.get_relation(database='db', schema='s', identifier='none') }}`,
		`"db"."s"."v" view None`)
	w.check(t, `{{ adapter.get_relation('db', 's', 'odd').type }} {{ adapter.list_relations('db', 's') | length }}`, `external 3`)
	if got, want := w.macros.called(), `list_relations_without_caching("db"."s")`; got != want {
		t.Errorf("called %s, want the schema listed once: %s", got, want)
	}
	w.fails(t, `{{ adapter.get_relation('db', 's', '"v"') }}`, `Please delete "db"."s"."v", or rename it`)
	w.fails(t, `{{ adapter.get_relation('db', 's', 'orders') }}`, "When searching for a relation, dbt found an approximate match.")
	w.rt.Quoting.Identifier = false // the search is lowered, the found name is not
	w.fails(t, `{{ adapter.get_relation('db', 's', 'ORDERS') }}`, "approximate match")
}

// What the materializations do: the cache follows each step.
func TestDropAndRenameKeepTheCacheTrue(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	w.rt.Cache.Add(nil, rel("s", "x"))
	w.ctx["old"] = w.rt.Classes.Relation.Cached("db", "s", "x", adapter.TypeTable)
	w.ctx["tmp"] = w.rt.Classes.Relation.Cached("db", "s", "x__dbt_tmp", adapter.TypeTable)
	w.ctx["backup"] = w.rt.Classes.Relation.Cached("db", "s", "x__dbt_backup", adapter.TypeTable)
	w.check(t, `{% do adapter.rename_relation(old, backup) %}{% do adapter.rename_relation(tmp, old) %}{{ adapter.drop_relation(backup) }}{{ adapter.cache_added(tmp) }}`, "None")
	if got := w.macros.called(); got != `rename_relation("db"."s"."x", "db"."s"."x__dbt_backup") rename_relation("db"."s"."x__dbt_tmp", "db"."s"."x") drop_relation("db"."s"."x__dbt_backup")` {
		t.Error(got)
	}
	if got := names(w.rt.Cache.GetRelations("db", "s")); got != "x x__dbt_tmp" {
		t.Errorf("cache %q", got)
	}
	w.check(t, `{{ adapter.truncate_relation(old) }} {{ adapter.cache_dropped(tmp) }}|{{ adapter.cache_renamed(old, backup) }}|`, "None ||")
	if got := names(w.rt.Cache.GetRelations("db", "s")); got != "x__dbt_backup" {
		t.Errorf("cache %q", got)
	}
	w.fails(t, `{{ adapter.drop_relation(old.incorporate(type=none)) }}`, `Tried to drop relation "db"."s"."x", but its type is null.`)
	w.fails(t, `{{ adapter.cache_dropped(none) }}`, "Attempted to drop a null relation for n")
	w.fails(t, `{{ adapter.rename_relation(none, old) }}`, `Attempted to rename null relation to "db"."s"."x" for n`)
	w.fails(t, `{{ adapter.drop_relation('x') }}`, "'adapter.drop_relation' expects argument 'relation' to be of type 'Relation', instead got x (<class 'str'>)")
}

func TestSchemas(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	w.macros.fn["create_schema"] = func([]jinja.Value) (jinja.Value, error) {
		_, _, err := w.nc.Execute(context.Background(), "create schema", true, false, 0)
		return jinja.Str(""), err
	}
	w.macros.fn["check_schema_exists"] = func([]jinja.Value) (jinja.Value, error) {
		return jinja.NewList(jinja.Tuple{jinja.Int(1)}), nil
	}
	w.macros.fn["list_schemas"] = rowsOf("a", "b")
	w.rt.Cache.Add(nil, rel("s", "x"))
	w.ctx["r"] = w.rt.Classes.Relation.Cached("db", "s", "x", adapter.TypeTable)
	w.check(t, `{{ adapter.create_schema(r) }} {{ adapter.check_schema_exists('db', 's') }} {{ adapter.list_schemas('db') }} {{ adapter.drop_schema(r) }}`, "None True ['a', 'b'] None")
	w.expect(t, "the schema is committed", "BEGIN\ncreate schema\nCOMMIT")
	if got := w.macros.called(); got != `create_schema("db"."s") check_schema_exists("db".INFORMATION_SCHEMA, s) list_schemas(db) drop_schema("db"."s")` {
		t.Error(got)
	}
	if w.rt.Cache.HasSchema("db", "s") {
		t.Error("the schema is still known")
	}
}

func columns(w *world, cols ...string) func([]jinja.Value) (jinja.Value, error) {
	return func([]jinja.Value) (jinja.Value, error) {
		l := jinja.NewList()
		for _, c := range cols {
			n, typ, _ := strings.Cut(c, " ")
			col, err := w.rt.Classes.Column.FromDescription(n, typ)
			if err != nil {
				return nil, err
			}
			l.Append(col)
		}
		return l, nil
	}
}

func TestColumns(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	byName := map[string]func([]jinja.Value) (jinja.Value, error){
		"src": columns(w, "id integer", "name character varying(20)", "extra text"),
		"dst": columns(w, "id integer", "name character varying(10)"),
	}
	w.macros.fn["get_columns_in_relation"] = func(args []jinja.Value) (jinja.Value, error) {
		return byName[args[0].(*values.Relation).Adapter().Identifier](args)
	}
	w.ctx["src"] = w.rt.Classes.Relation.Cached("db", "s", "src", adapter.TypeTable)
	w.ctx["dst"] = w.rt.Classes.Relation.Cached("db", "s", "dst", adapter.TypeTable)
	w.check(t, `{{ adapter.get_columns_in_relation(src) | map(attribute='name') | join(',') }} {{ adapter.get_missing_columns(src, dst) | map(attribute='name') | join(',') }}`, "id,name,extra extra")
	w.macros.called()
	w.check(t, `{{ adapter.expand_target_column_types(src, dst) }}`, "None")
	if got := w.macros.called(); !strings.HasSuffix(got, `alter_column_type("db"."s"."dst", name, character varying(20))`) {
		t.Error(got)
	}
	w.fails(t, `{{ adapter.get_missing_columns('a', dst) }}`, "'adapter.get_missing_columns' expects argument 'from_relation' to be of type 'Relation', instead got a")

	duck := newWorld(t, &fakeDriver{name: "duckdb"}, nil)
	duck.ctx["src"] = w.ctx["src"]
	duck.macros.fn["get_columns_in_relation"] = func([]jinja.Value) (jinja.Value, error) {
		return nil, diag.New(diag.RuntimeError, "Catalog Error: Table with name src does not exist!")
	}
	duck.check(t, `{{ adapter.get_columns_in_relation(src) }}`, "[]")
}

func TestSnapshotTargets(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	w.macros.fn["get_columns_in_relation"] = columns(w, "id integer", "DBT_SCD_ID text", "dbt_valid_from date", "dbt_valid_to date")
	w.ctx["r"] = w.rt.Classes.Relation.Cached("db", "s", "snap", adapter.TypeTable)
	w.check(t, `{{ adapter.valid_snapshot_target(r) }} {{ adapter.assert_valid_snapshot_target_given_strategy(r, none, {'hard_deletes': 'ignore'}) }}`, "None None")
	w.fails(t, `{{ adapter.valid_snapshot_target(r, {'dbt_scd_id': 'k', 'dbt_valid_from': 'f', 'dbt_valid_to': 'dbt_valid_to'}) }}`, `Snapshot target is missing configured columns (missing "k", "f").`)
	w.fails(t, `{{ adapter.assert_valid_snapshot_target_given_strategy(r, none, {'hard_deletes': 'new_record'}) }}`, `(missing "dbt_is_deleted")`)
	w.check(t, `{{ adapter.get_hard_deletes_behavior({}) }} {{ adapter.get_hard_deletes_behavior({'invalidate_hard_deletes': true}) }} {{ adapter.get_hard_deletes_behavior({'hard_deletes': 'new_record'}) }}`, "ignore invalidate new_record")
	w.fails(t, `{{ adapter.get_hard_deletes_behavior({'invalidate_hard_deletes': true, 'hard_deletes': 'ignore'}) }}`, "You cannot set both")
	w.fails(t, `{{ adapter.get_hard_deletes_behavior({'hard_deletes': 'maybe'}) }}`, "Invalid setting for property hard_deletes.")
}

func TestIncrementalStrategyMacro(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	d := jinja.NewDict()
	d.SetStr("get_incremental_delete_insert_sql", jinja.Str("DI"))
	d.SetStr("get_incremental_default_sql", jinja.Str("DEF"))
	d.SetStr("get_incremental_mine_sql", jinja.Str("MINE"))
	w.ctx["context"] = d
	w.check(t, `{{ adapter.get_incremental_strategy_macro(context, 'delete+insert') }} {{ adapter.get_incremental_strategy_macro(context, none) }} {{ adapter.get_incremental_strategy_macro(context, 'mine') }}`, "DI DEF MINE")
	w.fails(t, `{{ adapter.get_incremental_strategy_macro(context, 'insert_overwrite') }}`, "The incremental strategy 'insert_overwrite' is not valid for this adapter")
	w.fails(t, `{{ adapter.get_incremental_strategy_macro(context, 'other') }}`, `dbt could not find an incremental strategy macro with the name "get_incremental_other_sql" in proj`)
}

func TestGrants(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	text := func(n string) adapter.ResultColumn { return adapter.ResultColumn{Name: n, Kind: adapter.KindText} }
	w.ctx["t"] = values.NewTable(&adapter.Table{Columns: []adapter.ResultColumn{text("grantee"), text("privilege_type")},
		Values: [][]any{{"ana", "bob", "ana"}, {"select", "select", "insert"}}})
	w.check(t, `{{ adapter.standardize_grants_dict(t) }}`, "{'select': ['ana', 'bob'], 'insert': ['ana']}")
}

// The texts are those of dbt-adapters' render_column_constraint and render_model_constraint.
func TestConstraints(t *testing.T) {
	all := map[string]string{"check": "enforced", "not_null": "enforced", "unique": "enforced", "primary_key": "enforced", "foreign_key": "enforced"}
	w := newWorld(t, &fakeDriver{name: "postgres", support: all}, nil)
	w.check(t, `{{ adapter.render_raw_columns_constraints(raw_columns={
		'id': {'name': 'id', 'data_type': 'int', 'constraints': [{'type': 'not_null'}, {'type': 'primary_key'}, {'type': 'check', 'expression': 'id > 0'}]},
		'o': {'name': 'Order', 'quote': true, 'data_type': 'text', 'constraints': [{'type': 'unique', 'expression': 'deferrable'}, {'type': 'check'}]},
		'f': {'name': 'f', 'data_type': 'int', 'constraints': [{'type': 'foreign_key', 'to': '"db"."s"."p"', 'to_columns': ['id', 'k']}, {'type': 'foreign_key', 'expression': 'p (id)'}]},
		'c': {'name': 'c', 'data_type': 'int', 'constraints': [{'type': 'custom', 'expression': 'generated always as (1) stored'}]},
		'n': {'name': 'n', 'data_type': 'int'}}) | join('\n') }}`,
		strings.Join([]string{"id int not null primary key check (id > 0)", `"Order" text unique deferrable`,
			`f int references "db"."s"."p" (id, k) references p (id)`, "c int generated always as (1) stored", "n int"}, "\n"))
	w.check(t, `{{ adapter.render_raw_model_constraints(raw_constraints=[
		{'type': 'primary_key', 'columns': ['a', 'b']}, {'type': 'unique', 'name': 'u', 'columns': ['a'], 'expression': 'nulls not distinct'},
		{'type': 'check', 'name': 'k', 'expression': 'a > b'}, {'type': 'foreign_key', 'columns': ['a'], 'to': 'db.s.p', 'to_columns': ['id']},
		{'type': 'foreign_key', 'columns': ['a'], 'expression': 'p (id)'}, {'type': 'custom', 'expression': 'exclude using gist (r with &&)'}, {'type': 'check'}]) | join('\n') }}`,
		strings.Join([]string{"primary key (a, b)", "constraint u unique nulls not distinct (a)", "constraint k check (a > b)",
			"foreign key (a) references db.s.p (id)", "foreign key (a) references p (id)", "exclude using gist (r with &&)"}, "\n"))
	for _, bad := range []string{`{'type': 'uniq'}`, `{'name': 'x'}`, `{'type': 'unique', 'columns': 'a'}`, `{'type': 'unique', 'warn_unenforced': 1}`} {
		w.fails(t, `{{ adapter.render_raw_model_constraints([`+bad+`]) }}`, "Could not parse constraint: "+strings.ReplaceAll(bad, `"`, `'`))
	}
	if len(w.warns) != 0 {
		t.Errorf("warnings %v", w.warns)
	}

	duck := newWorld(t, &fakeDriver{name: "duckdb", support: all}, nil)
	duck.check(t, `{{ adapter.render_raw_model_constraints([{'type': 'foreign_key', 'columns': ['a'], 'to': 'db.s.p', 'to_columns': ['id']}]) }}`, "['foreign key (a) references s.p (id)']")

	weak := newWorld(t, &fakeDriver{name: "other", support: map[string]string{"unique": "not_enforced", "check": "not_supported"}}, nil)
	weak.check(t, `{{ adapter.render_raw_model_constraints([{'type': 'unique', 'columns': ['a']}, {'type': 'check', 'expression': 'x'},
		{'type': 'unique', 'columns': ['b'], 'warn_unenforced': false}, {'type': 'check', 'expression': 'x', 'warn_unsupported': false}]) }}`, "['unique (a)', 'unique (b)']")
	if len(weak.warns) != 2 || !strings.Contains(weak.warns[0], "unique is not enforced by other") || !strings.Contains(weak.warns[1], "check is not supported by other") {
		t.Errorf("warnings %q", weak.warns)
	}
}

func TestDriverMethods(t *testing.T) {
	d := postgres()
	d.extra = map[string]adapter.Method{
		"echo": func(_ context.Context, _ adapter.Session, args []any, kw map[string]any) (any, error) {
			return map[string]any{"args": args, "kw": kw}, nil
		},
		"busy": func(ctx context.Context, s adapter.Session, _ []any, _ map[string]any) (any, error) {
			s.Warn("k", "careful")
			s.Warn("k", "careful")
			_, _, err := s.Execute(ctx, "select 1", true)
			return s.Node()["name"], err
		},
		"fails": func(context.Context, adapter.Session, []any, map[string]any) (any, error) {
			return nil, errors.New("no way")
		},
		"index": func(context.Context, adapter.Session, []any, map[string]any) (any, error) {
			return &adapter.IndexConfig{Columns: []string{"a"}, Unique: true, Render: func(r adapter.Relation) string { return "ix_" + r.Identifier }}, nil
		},
		"same": func(_ context.Context, _ adapter.Session, args []any, _ map[string]any) (any, error) {
			return args[0], nil
		},
	}
	w := newWorld(t, d, nil)
	w.ctx["r"] = w.rt.Classes.Relation.Cached("db", "s", "x", adapter.TypeTable)
	w.check(t, `{{ adapter.echo(1, 'a', [true, none], k=1.5) }}`, "{'args': [1, 'a', [True, None]], 'kw': {'k': 1.5}}")
	w.check(t, `{{ adapter.same({'b': 1, 'a': 2}) }} {{ adapter.same(r) }} {{ adapter.same(api.Column('c', 'int')).name }}`, `{'b': 1, 'a': 2} "db"."s"."x" c`)
	w.check(t, `{{ adapter.busy() }}`, "m")
	w.expect(t, "the method's query", "select 1 [fetch]")
	if len(w.warns) != 1 {
		t.Errorf("warnings %q", w.warns)
	}
	w.check(t, `{{ adapter.index().unique }} {{ adapter.index().columns }} {{ adapter.index().render(r) }}`, "True ['a'] ix_x")
	w.fails(t, `{{ adapter.fails() }}`, "no way")
	w.ctx["adapter"] = w.rt.ParseObject(Options{})
	w.fails(t, `{{ adapter.busy() }}`, "connection never acquired for thread")
}

func TestParseObject(t *testing.T) {
	obj, err := ParseObject(Config{Driver: postgres(), Credentials: fakeCredentials{}, Quoting: postgres().Dialect().DefaultQuoting}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, postgres(), nil)
	w.ctx["adapter"] = obj
	for _, c := range [][2]string{
		{`{{ adapter.get_relation('a', 'b', 'c') }} {{ adapter.drop_relation(none) }} {{ adapter.rename_relation() }} {{ adapter.create_schema(1) }}`, "None None None None"},
		{`{{ adapter.get_columns_in_relation('x') }} {{ adapter.get_missing_columns() }} {{ adapter.get_column_schema_from_query('x') }}`, "[] [] []"},
		{`{% set r, t = adapter.execute('select 1', fetch=true) %}{{ r }}|{{ t.rows | length }}|{{ t.columns | length }}`, "|0|0"},
		{`{{ adapter.add_query('x') }} {{ adapter.check_schema_exists('a', 'b') }} {{ adapter.already_exists('a', 'b') }}`, "(None, None) False False"},
		{`{{ adapter.get_incremental_strategy_macro({}, 'x') }} {{ adapter.get_hard_deletes_behavior({}) }} {{ adapter.commit() }}`, "None None None"},
		{`{{ adapter.quote('a') }} {{ adapter.type() }} {{ adapter.Relation.create('a', 'b', 'c') }} [{{ adapter.cache_added(none) }}]`, `"a" postgres "a"."b"."c" []`},
	} {
		w.check(t, c[0], c[1])
	}
	w.fails(t, `{{ adapter.nope() }}`, "'ParseDatabaseWrapper' object has no attribute 'nope'")
}

func TestPopulate(t *testing.T) {
	w := newWorld(t, postgres(), nil)
	w.macros.fn["list_relations_without_caching"] = func(args []jinja.Value) (jinja.Value, error) {
		if strings.Contains(args[0].String(), `"a"`) {
			return rowsOf("db,t,a,table", "db,v,a,view")(nil)
		}
		return jinja.NewList(), nil
	}
	w.macros.fn["postgres__get_relations"] = rowsOf("a,v,a,t", "report,w,a,v", "x,y,other,z")
	session := func(ctx context.Context, nc *NodeConn) (MacroCaller, *jinja.Thread, error) {
		_, _, err := nc.Execute(ctx, "catalogue", false, true, 0)
		return w.macros, jinja.NewThread(ctx), err
	}
	err := w.rt.Populate(context.Background(), []SchemaRef{{"db", "a"}, {"DB", "A"}, {"db", "b"}, {"db", ""}}, session)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]SchemaKey{{"db", "a"}, {"db", "b"}, {"db", "report"}}, w.rt.Cache.Schemas()); diff != "" {
		t.Error(diff)
	}
	if n := strings.Count(w.pool.sent(), "catalogue"); n != 3 {
		t.Errorf("%d sessions, want one a schema and one for dependencies", n)
	}
	if got := names(w.rt.Cache.Drop(nil, rel("a", "t"))); got != "t v w" {
		t.Errorf("cascade %q", got)
	}
	if w.pool.open != 0 {
		t.Errorf("%d sessions are still out", w.pool.open)
	}

	w = newWorld(t, postgres(), nil)
	w.macros.fn["list_relations_without_caching"] = func([]jinja.Value) (jinja.Value, error) { return nil, errors.New("down") }
	err = w.rt.Populate(context.Background(), []SchemaRef{{"db", "a"}}, func(ctx context.Context, _ *NodeConn) (MacroCaller, *jinja.Thread, error) {
		return w.macros, jinja.NewThread(ctx), nil
	})
	if err == nil || len(w.rt.Cache.Schemas()) != 0 {
		t.Errorf("a failure leaves the cache empty: %v", err)
	}
}

func BenchmarkGetRelation(b *testing.B) {
	d := postgres()
	rt, err := New(Config{Driver: d, Credentials: fakeCredentials{}, Quoting: d.Dialect().DefaultQuoting})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 10_000 {
		rt.Cache.Add(nil, rel("s", "t"+jinja.Int(i).String()))
	}
	a := rt.Object(rt.Node("n", NodeOptions{}), nil, Options{})
	args := []jinja.Value{jinja.Str("db"), jinja.Str("s"), jinja.Str("t77")}
	th := jinja.NewThread(context.Background())
	b.ReportAllocs()
	for b.Loop() {
		if v, _, err := a.CallMethod(th, "get_relation", args, nil); err != nil || v == jinja.None {
			b.Fatal(v, err)
		}
	}
}
