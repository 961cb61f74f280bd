package values

import (
	"strings"
	"testing"

	"github.com/gdbt-dev/gdbt/engine/adapter"
	"github.com/gdbt-dev/gdbt/engine/jinja"
)

func relationContext(t *testing.T) jinja.MapContext {
	t.Helper()
	pg := NewRelationClass(postgresDriver(), allQuoted())
	duck := NewRelationClass(duckdbDriver(), allQuoted())
	plain := NewRelationClass(postgresDriver(), adapter.QuotePolicy{})
	zero, five := int64(0), int64(5)
	limited := func(c *RelationClass, n *int64, f *adapter.EventTimeFilter) *Relation {
		r := c.relation("db", "s", "t", adapter.TypeTable).r
		r.Limit, r.EventTime = n, f
		return c.Wrap(r)
	}
	api := func(c *RelationClass) jinja.Value {
		d := jinja.NewDict()
		d.SetStr("Relation", c)
		return d
	}
	et := &adapter.EventTimeFilter{Field: "at", Start: "2024-01-01", End: "2024-01-02"}
	return jinja.MapContext{
		"api": api(pg), "duck": api(duck), "plain": api(plain),
		"r":       pg.relation("db", "s", "t", adapter.TypeTable),
		"v":       pg.relation("db", "s", "v", adapter.TypeView),
		"d":       duck.relation("db", "main", "t", adapter.TypeView),
		"ext":     duck.Wrap(adapter.Relation{Database: "db", Schema: "s", Identifier: "t", External: "'data/*.parquet'"}),
		"cte":     pg.Wrap(adapter.NewRelation(pg.dialect, "", "", "__dbt__cte__e", adapter.TypeCTE)),
		"empty":   limited(pg, &zero, nil),
		"duck0":   limited(duck, &zero, nil),
		"five":    limited(pg, &five, nil),
		"batch":   limited(pg, nil, et),
		"sampled": limited(pg, &zero, &adapter.EventTimeFilter{Field: "at", Start: "2024-01-01"}),
		"node":    mustGo(t, map[string]any{"database": "db", "schema": "s", "alias": "al", "name": "n"}),
	}
}

func mustGo(t *testing.T, v any) jinja.Value {
	t.Helper()
	w, err := FromGo(v)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The expectations follow dbt-adapters base/relation.py.
func TestRelation(t *testing.T) {
	ctx := relationContext(t)
	checkTemplates(t, ctx, []templateCase{
		{`{{ r }} {{ d }} {{ ext }} {{ cte }}`, `"db"."s"."t" "db"."main"."t" 'data/*.parquet' __dbt__cte__e`},
		{`{{ [r, d] }}`, `[<PostgresRelation "db"."s"."t">, <DuckDBRelation "db"."main"."t">]`},
		{`{{ r.database }} {{ r.schema }} {{ r.identifier }} {{ r.name }} {{ r.table }} {{ r.type }} {{ r['schema'] }}`, `db s t t t table s`},
		{`{{ r.is_table }} {{ r.is_view }} {{ v.is_view }} {{ cte.is_cte }} {{ r.is_materialized_view }} {{ r.is_pointer }} {{ r.is_function }}`, `True False True True False False False`},
		{`{{ r.can_be_renamed }} {{ r.can_be_replaced }} {{ cte.can_be_renamed }} {{ d.can_be_renamed }}`, `True True False False`},
		{`{{ r.path }} {{ r.quote_policy }}`, `Path(database='db', schema='s', identifier='t') Policy(database=True, schema=True, identifier=True)`},
		{`{{ r.path.get_lowered_part('database') }} {{ r.path.schema }} {{ r.quote_policy.identifier }}`, `db s True`},
		{`{{ r.include(database=false) }} {{ r.include(false, false) }} {{ r.include(database=none) }}`, `"s"."t" "t" "db"."s"."t"`},
		{`{{ r.quote(identifier=false) }} {{ r.quote(false, false, false) }}`, `"db"."s".t db.s.t`},
		{`{{ r.without_identifier() }} {{ r.without_identifier().identifier }}`, `"db"."s" None`},
		{`{{ r.replace_path(identifier='x') }} {{ r.incorporate(path={'identifier': 'y'}, type='view').type }} {{ r.incorporate(path={'schema': none}) }}`, `"db"."s"."x" view "db"."t"`},
		{`{{ r.information_schema('tables') }} {{ r.information_schema() }} {{ r.information_schema_only() }} {{ r.information_schema(nothing) }}`,
			`"db".INFORMATION_SCHEMA.tables "db".INFORMATION_SCHEMA "db".INFORMATION_SCHEMA "db".INFORMATION_SCHEMA`},
		{`{{ [r.information_schema('tables')] }} {{ r.information_schema('x').schema }}`, `[<InformationSchema "db".INFORMATION_SCHEMA.tables>] None`},
		{`{{ r.information_schema('tables').replace_path(database=none).include(database=false) }}`, `INFORMATION_SCHEMA.tables`},
		{`{{ r.quoted('a b') }} {{ r.add_ephemeral_prefix('m') }} {{ r.relation_max_name_length() }}`, `"a b" __dbt__cte__m 63`},
		{`{{ r.matches(schema='s', identifier='t') }} {{ r.matches(identifier='u') }} {{ r.matches('db', none, 't') }}`, `True False True`},
		{`{{ r.get('metadata', {}).get('type', '') }} {{ r.get('schema') }} {{ r.get('nope', 1) }}`, `PostgresRelation s 1`},
		{`{{ r == r.include() }} {{ r == v }} {{ r == r.quote(database=false) }} {{ r == 'x' }} {{ r != v }}`, `True False False False True`},
		{`{% set m = {r: 1} %}{{ m[r.include()] }} {{ v in m }} {{ r in [v, r] }}`, `1 False True`},
		{`{{ 'schema' in r }} {{ r is none }} {{ 1 if r else 0 }} {{ r is mapping }} {{ r is string }}`, `True False 1 True False`},
		{`{{ empty }} {{ duck0 }} {{ five }}`, `(select * from "db"."s"."t" where false limit 0) _dbt_limit_subq_t (select * from "db"."s"."t" where false limit 0) (select * from "db"."s"."t" limit 5) _dbt_limit_subq_t`},
		{`{{ batch }}`, `(select * from "db"."s"."t" where at >= '2024-01-01' and at < '2024-01-02') _dbt_et_filter_subq_t`},
		{`{{ sampled }}`, `(select * from (select * from "db"."s"."t" where false limit 0) _dbt_limit_subq_t where at >= '2024-01-01') _dbt_et_filter_subq_t`},
		{`{{ empty.render() }} {{ empty.limit }} {{ r.limit }} {{ r.event_time_filter }} {{ r.render_limited() }}`, `"db"."s"."t" 0 None None "db"."s"."t"`},
		{`{{ r.create(database='a', schema='b', identifier='c') }} {{ r.scd_args(['a', 'b'], 'c') }}`, `"a"."b"."c" ['a', 'b', 'c']`},
		{`{{ r.to_dict(omit_none=true)['path'] }}`, `{'database': 'db', 'schema': 's', 'identifier': 't'}`},
		{`{{ r.nope is defined }}`, `False`},
	})
	checkErrors(t, ctx, []templateCase{
		{`{{ r.matches(identifier='T') }}`, "When searching for a relation, dbt found an approximate match. Instead of guessing \nwhich relation to use, dbt will move on. Please delete \"db\".\"s\".\"t\", or rename it to be less ambiguous.\nSearched for: \"T\"\nFound: \"db\".\"s\".\"t\""},
		{`{{ r.matches() }}`, "Tried to match relation, but no search path was passed!"},
		{`{{ r.replace_path(identifier=nothing) }}`, "Got an invalid path identifier: "},
		{`{{ r.include(schem=false) }}`, "unexpected keyword argument 'schem'"},
		{`{{ r.incorporate(type='tabel') }}`, `"tabel" is not a relation type`},
		{`{{ r.items() }}`, `used as a dictionary`},
	})
}

func TestRelationClass(t *testing.T) {
	ctx := relationContext(t)
	long := strings.Repeat("x", 64)
	ctx["long"] = jinja.Str(long)
	checkTemplates(t, ctx, []templateCase{
		{`{{ api.Relation.Table }} {{ api.Relation.View }} {{ api.Relation.CTE }} {{ api.Relation.MaterializedView }} {{ api.Relation.External }} {{ api.Relation.PointerTable }}`,
			`table view cte materialized_view external pointer_table`},
		{`{{ api.Relation.create(database='a', schema='b', identifier='c', type='table').type }} {{ api.Relation.create('a', 'b', 'c') }}`, `table "a"."b"."c"`},
		{`{{ api.Relation.create(identifier='c') }} {{ api.Relation.create(schema='s', identifier='c', quote_policy={'schema': false}) }}`, `"c" s."c"`},
		{`{{ plain.Relation.create('A', 'b', 'c') }} {{ plain.Relation.create('a', 'b', 'c', quote_policy={'database': true}) }}`, `A.b.c "a".b.c`},
		{`{{ api.Relation.create(identifier='c', type=api.Relation.View).is_view }} {{ api.Relation.get_relation_type('view') }} {{ api.Relation.get_relation_type.Table }}`, `True view table`},
		{`{{ api.Relation.create_from(none, node) }}`, `"db"."s"."al"`},
		{`{{ api.Relation.create_ephemeral_from(node) }} {{ api.Relation.add_ephemeral_prefix('x') }}`, `__dbt__cte__al __dbt__cte__x`},
		{`{{ api.Relation.create(identifier=long).identifier == long }} {{ duck.Relation.create(identifier=long, type='table').is_table }}`, `True True`},
	})
	checkErrors(t, ctx, []templateCase{
		{`{{ api.Relation.create(identifier=long, type='table') }}`, "Relation name '" + long + "' is longer than 63 characters"},
		{`{{ r.replace_path(identifier=long) }}`, "is longer than 63 characters"},
		{`{{ api.Relation.create(identifier=1) }}`, "Got an invalid path identifier: 1"},
		{`{{ api.Relation.create('a', database='b') }}`, "multiple values for argument 'database'"},
	})
}

func TestColumn(t *testing.T) {
	pg, duck := NewColumnClass(postgresDriver()), NewColumnClass(duckdbDriver())
	size := int64(12)
	ctx := jinja.MapContext{
		"Column": pg, "Duck": duck,
		"id":   pg.Wrap(adapter.Column{Name: "id", DataType: "integer"}),
		"name": pg.Wrap(adapter.Column{Name: "name", DataType: "character varying", CharSize: &size}),
		"free": pg.Wrap(adapter.Column{Name: "free", DataType: "character varying"}),
		"st":   duck.Wrap(adapter.Column{Name: "st", DataType: "STRUCT(a INTEGER, b STRUCT(c DECIMAL(10,2), d VARCHAR))"}),
	}
	checkTemplates(t, ctx, []templateCase{
		{`{{ id.name }} {{ id.column }} {{ id.dtype }} {{ id.quoted }} {{ id.data_type }} {{ id.char_size }}`, `id id integer "id" integer None`},
		{`{{ name.data_type }} {{ free.data_type }} {{ name.string_size() }} {{ free.string_size() }}`, `character varying(12) character varying 12 256`},
		{`{{ id.is_integer() }} {{ id.is_number() }} {{ id.is_string() }} {{ id.is_float() }} {{ id.is_numeric() }}`, `True True False False False`},
		{`{{ name.can_expand_to(free) }} {{ free.can_expand_to(name) }} {{ id.can_expand_to(name) }}`, `True False False`},
		{`{{ [id] }}`, `[PostgresColumn(column='id', dtype='integer', char_size=None, numeric_precision=None, numeric_scale=None)]`},
		{`{{ id.literal(5) }} {{ id == Column('id', 'integer') }} {{ id == name }}`, `5::integer True False`},
		{`{{ Column.translate_type('string') }} {{ Column.string_type(10) }} {{ Column.numeric_type('numeric', 10, 2) }} {{ Column.numeric_type('numeric', none, 2) }}`,
			`TEXT character varying(10) numeric(10,2) numeric`},
		{`{{ Column.create('a', 'STRING').data_type }} {{ Column.from_description('a', 'numeric(10, 2)').data_type }} {{ Column.from_description('a', 'varchar(5)').char_size }}`,
			`TEXT numeric(10,2) 5`},
		{`{{ Column('p', 'numeric', none, 10, 2).data_type }}`, `numeric(10,2)`},
		{`{% for c in st.flatten() %}{{ c.name }}:{{ c.data_type }} {% endfor %}{{ st.fields[0].name }}`, `st.a:INTEGER st.b.c:DECIMAL(10,2) st.b.d:character varying(256) a`},
		{`{{ Duck('h', 'HUGEINT').is_integer() }} {{ Column('h', 'hugeint').is_integer() }} {{ Duck('v', 'VARCHAR').data_type }}`, `True False character varying(256)`},
		{`{{ [Duck('x', 'DATE')] }}`, `[DuckDBColumn(column='x', dtype='DATE', char_size=None, numeric_precision=None, numeric_scale=None, fields=[])]`},
	})
	checkErrors(t, ctx, []templateCase{
		{`{{ id.string_size() }}`, "Called string_size() on non-string field!"},
		{`{{ Column.from_description('a', 'varchar(x)') }}`, `Could not interpret data_type "varchar(x)": could not convert "x" to an integer`},
		{`{{ {id: 1} }}`, "unhashable type: 'PostgresColumn'"},
	})
}

func TestResponse(t *testing.T) {
	ctx := jinja.MapContext{
		"pg":   FromResponse(adapter.Response{Message: "INSERT 0 3", Code: "INSERT", RowsAffected: 3}),
		"duck": FromResponse(adapter.Response{Message: "OK", RowsAffected: -1}),
		"ddl":  FromResponse(adapter.Response{Message: "CREATE VIEW", Code: "CREATE VIEW", RowsAffected: -1}),
	}
	checkTemplates(t, ctx, []templateCase{
		{`{{ pg }} {{ pg.code }} {{ pg.rows_affected }} {{ duck }} {{ duck.code }} {{ duck.rows_affected }} {{ ddl.rows_affected }}`, `INSERT 0 3 INSERT 3 OK None None -1`},
		{`{{ [pg] }}`, `[AdapterResponse(_message='INSERT 0 3', code='INSERT', rows_affected=3, query_id=None)]`},
	})
	back, ok := ToResponse(ctx["pg"])
	if want := (adapter.Response{Message: "INSERT 0 3", Code: "INSERT", RowsAffected: 3}); !ok || back != want {
		t.Errorf("ToResponse: %+v", back)
	}
}

func TestDecimalInTemplates(t *testing.T) {
	ctx := jinja.MapContext{"d": fromText("1.50"), "n": fromText("3"), "z": fromText("0.00")}
	checkTemplates(t, ctx, []templateCase{
		{`{{ d }} {{ [d] }} {{ d + 1 }} {{ 1 + d }} {{ d * n }} {{ d / n }} {{ 10 - d }} {{ n // 2 }} {{ n % 2 }} {{ d ** 2 }}`, `1.50 [Decimal('1.50')] 2.50 2.50 4.50 0.50 8.50 1 1 2.2500`},
		{`{{ d > 1 }} {{ d < 1 }} {{ 2 > d }} {{ n == 3 }} {{ d == 1.5 }} {{ n != 3 }} {{ d >= n }}`, `True False True True True False False`},
		{`{{ {3: 'x'}[n] }} {{ 1 if z else 0 }} {{ n in [none, n + 0] }}`, `x 0 True`},
	})
	checkErrors(t, ctx, []templateCase{
		{`{{ d / 0 }}`, "DivisionByZero"},
		{`{{ d + 1.5 }}`, "unsupported operand type(s) for +: 'decimal.Decimal' and 'float'"},
		{`{{ d < 'x' }}`, "not supported between instances of 'decimal.Decimal' and 'str'"},
	})
}
