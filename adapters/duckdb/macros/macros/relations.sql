{# Relations and their columns. #}

{% macro duckdb__list_relations_without_caching(schema_relation) %}
  {% call statement('list_relations_without_caching', fetch_result=True) -%}
    select
      {{ dbt._as_literal(schema_relation.database) }} as database,
      table_name as name,
      table_schema as schema,
      case table_type
        when 'VIEW' then 'view'
        when 'BASE TABLE' then 'table'
        when 'LOCAL TEMPORARY' then 'table'
      end as type
    from system.information_schema.tables
    where lower(table_schema) = lower({{ dbt._as_literal(schema_relation.schema) }})
      and lower(table_catalog) = lower({{ dbt._as_literal(schema_relation.database) }})
  {%- endcall %}
  {{ return(load_result('list_relations_without_caching').table) }}
{% endmacro %}

{# describe reads one relation; information_schema.columns would load the whole catalog of every attached database.
   Precision and scale are in the type's name. #}
{% macro duckdb__get_columns_in_relation(relation) %}
  {% call statement('get_columns_in_relation', fetch_result=True) -%}
    select
      column_name,
      column_type as data_type,
      null::bigint as character_maximum_length,
      null::bigint as numeric_precision,
      null::bigint as numeric_scale
    from (describe {{ relation.render() }})
  {%- endcall %}
  {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{% endmacro %}

{# The header cannot stand inside the describe that this query goes into, so it runs before. #}
{% macro duckdb__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
  {% if select_sql_header is not none %}{% do run_query(select_sql_header) %}{% endif %}
  {{ return(dbt.default__get_empty_subquery_sql(select_sql)) }}
{% endmacro %}

{% macro duckdb__drop_relation(relation) %}
  {% call statement('drop_relation', auto_begin=False) -%}
    drop {{ relation.type }} if exists {{ relation }}{{ ' cascade' if not adapter.is_ducklake(relation) }}
  {%- endcall %}
{% endmacro %}

{% macro duckdb__rename_relation(from_relation, to_relation) %}
  {% set new_name = adapter.quote_as_configured(to_relation.identifier, 'identifier') %}
  {% call statement('rename_relation') -%}
    alter {{ to_relation.type }} {{ from_relation }} rename to {{ new_name }}
  {%- endcall %}
{% endmacro %}

{# one column per statement is what DuckDB takes #}
{% macro duckdb__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {% set target = relation.type ~ ' ' ~ relation %}
  {% for column in add_columns or [] %}
    {% do run_query('alter ' ~ target ~ ' add column ' ~ api.Relation.create(identifier=column.name) ~ ' ' ~ column.data_type) %}
  {% endfor %}
  {% for column in remove_columns or [] %}
    {% do run_query('alter ' ~ target ~ ' drop column ' ~ api.Relation.create(identifier=column.name)) %}
  {% endfor %}
{% endmacro %}

{# A temporary table belongs to its connection and has no schema; the time makes its name unique. #}
{% macro duckdb__make_temp_relation(base_relation, suffix) %}
  {{ return(base_relation.incorporate(path={
      'identifier': base_relation.identifier ~ suffix ~ py_current_timestring(), 'schema': none, 'database': none})) }}
{% endmacro %}

{# {relation, temporary}: MotherDuck keeps temporary tables in the client, so there a real table in a schema for such
   tables takes their place, and the caller drops it. #}
{% macro duckdb__dispatch_temporary_relation(target_relation, batch_id='') %}
  {% if not adapter.is_motherduck() %}
    {{ return({'relation': make_temp_relation(target_relation), 'temporary': true}) }}
  {% endif %}
  {% set relation = target_relation.incorporate(path=adapter.get_temp_relation_path(target_relation, batch_id)) %}
  {% do run_query(create_schema(relation)) %}
  {% if not adapter.disable_transactions() %}{% do adapter.commit() %}{% endif %}
  {{ return({'relation': relation, 'temporary': false}) }}
{% endmacro %}

{# DuckDB has no grants; the config is meant for other targets of the same project #}
{% macro duckdb__apply_grants(relation, grant_config, should_revoke=True) %}
  {% if grant_config %}{% do adapter.warn_once('Grants for relations are not supported by DuckDB') %}{% endif %}
{% endmacro %}
