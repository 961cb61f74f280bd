{# Schemas. Attached databases of other systems are schemas of that system, or have none. #}

{% macro duckdb__create_schema(relation) %}
  {% call statement('create_schema') -%}
    {%- set attached = run_query(
        "select type from duckdb_databases() where type <> 'duckdb' and lower(database_name) = lower("
        ~ dbt._as_literal(relation.database) ~ ')') -%}
    {%- set system = attached.columns[0].values()[0] if attached | length > 0 else 'duckdb' -%}
    {%- if system == 'sqlite' and relation.schema != 'main' -%}
      {%- do exceptions.raise_compiler_error("Schema must be 'main' when writing to sqlite instead got " ~ relation.schema) -%}
    {%- elif system not in ['sqlite', 'mysql'] -%}
      create schema if not exists {{ relation.without_identifier() }}
    {%- endif -%}
  {%- endcall %}
{% endmacro %}

{% macro duckdb__drop_schema(relation) %}
  {% call statement('drop_schema') -%}
    drop schema if exists {{ relation.without_identifier() }} cascade
  {%- endcall %}
{% endmacro %}

{# the database may come with its quotes #}
{% macro duckdb__list_schemas(database) %}
  {% set condition = '' if database is none else ' where lower(catalog_name) = lower(' ~ dbt._as_literal(database | trim('"')) ~ ')' %}
  {{ return(run_query('select schema_name from system.information_schema.schemata' ~ condition)) }}
{% endmacro %}

{% macro duckdb__check_schema_exists(information_schema, schema) %}
  {{ return(run_query(
      'select count(*) from system.information_schema.schemata where lower(schema_name) = lower(' ~ dbt._as_literal(schema)
      ~ ') and lower(catalog_name) = lower(' ~ dbt._as_literal(information_schema.database) ~ ')')) }}
{% endmacro %}
