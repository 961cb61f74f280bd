{# Relations of a schema, their columns, and which view depends on what. #}

{% macro postgres__list_relations_without_caching(schema_relation) %}
  {% set database = dbt._as_literal(schema_relation.database) %}
  {% set schema = dbt._as_literal(schema_relation.schema) %}
  {% call statement('list_relations_without_caching', fetch_result=True) -%}
    {% for catalog, name, type in [
        ('pg_tables', 'tablename', 'table'), ('pg_views', 'viewname', 'view'), ('pg_matviews', 'matviewname', 'materialized_view'),
    ] -%}
    select {{ database }} as database, {{ name }} as name, schemaname as schema, '{{ type }}' as type
    from {{ catalog }}
    where schemaname ilike {{ schema }}
    union all
    {% endfor -%}
    select distinct {{ database }} as database, proname as name, nspname as schema, 'function' as type
    from pg_proc
    join pg_namespace on pg_namespace.oid = pg_proc.pronamespace
    where nspname ilike {{ schema }}
  {%- endcall %}
  {{ return(load_result('list_relations_without_caching').table) }}
{% endmacro %}

{% macro postgres__get_columns_in_relation(relation) %}
  {% call statement('get_columns_in_relation', fetch_result=True) -%}
    select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
    from {{ relation.information_schema('columns') }}
    where table_name = {{ dbt._as_literal(relation.identifier) }}
      {{ 'and table_schema = ' ~ dbt._as_literal(relation.schema) if relation.schema }}
    order by ordinal_position
  {%- endcall %}
  {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{% endmacro %}

{# (dependent_schema, dependent_name, referenced_schema, referenced_name): what a `drop … cascade` takes along.
   A view's rule depends on the view itself (internal) and on every column it reads; both rows are in pg_depend, which
   is cheaper to read than pg_rewrite. #}
{% macro postgres__get_relations() %}
  {% call statement('relations', fetch_result=True) -%}
    with rule_of as (
      select objid as rule_id, refobjid as view_id
      from pg_depend
      where classid = 'pg_rewrite'::regclass
        and refclassid = 'pg_class'::regclass
        and deptype = 'i'
    )
    select distinct
      view_schema.nspname as dependent_schema,
      view.relname as dependent_name,
      read_schema.nspname as referenced_schema,
      read.relname as referenced_name
    from rule_of
    join pg_depend as reads
      on reads.objid = rule_of.rule_id
      and reads.classid = 'pg_rewrite'::regclass
      and reads.refclassid = 'pg_class'::regclass
      and reads.refobjid <> rule_of.view_id
    join pg_class as view on view.oid = rule_of.view_id
    join pg_namespace as view_schema on view_schema.oid = view.relnamespace
    join pg_class as read on read.oid = reads.refobjid
    join pg_namespace as read_schema on read_schema.oid = read.relnamespace
    where read_schema.nspname <> 'information_schema'
      and read_schema.nspname not like 'pg\_%'
    order by dependent_schema, dependent_name, referenced_schema, referenced_name
  {%- endcall %}
  {{ return(load_result('relations').table) }}
{% endmacro %}

{% macro postgres_get_relations() %}{{ return(postgres__get_relations()) }}{% endmacro %}
