{# Rows of the catalog: one per column, in order. #}

{% macro duckdb__get_catalog(information_schema, schemas) %}
  {{ return(_duckdb_catalog(information_schema, duckdb__get_catalog_schemas_where_clause_sql(schemas))) }}
{% endmacro %}

{% macro duckdb__get_catalog_relations(information_schema, relations) %}
  {{ return(_duckdb_catalog(information_schema, duckdb__get_catalog_relations_where_clause_sql(relations))) }}
{% endmacro %}

{# the condition holds for tables and columns alike, so it cuts both sides of the join #}
{% macro _duckdb_catalog(information_schema, where_clause) %}
  {% set query %}
    with tables as (
      {{ duckdb__get_catalog_tables_sql(information_schema) }}
      {{ where_clause }}
    ),
    columns as (
      {{ duckdb__get_catalog_columns_sql(information_schema) }}
      {{ where_clause }}
    )
    {{ duckdb__get_catalog_results_sql() }}
  {% endset %}
  {{ return(run_query(query)) }}
{% endmacro %}

{% macro duckdb__get_catalog_tables_sql(information_schema) -%}
  {%- set database = dbt._as_literal(information_schema.database) -%}
  select * from (
    select
      database_name as table_database, schema_name as table_schema, table_name,
      'BASE TABLE' as table_type, comment as table_comment
    from duckdb_tables()
    where upper(database_name) = upper({{ database }})
    union all
    select database_name, schema_name, view_name, 'VIEW', comment
    from duckdb_views()
    where upper(database_name) = upper({{ database }})
  ) catalog_tables
{%- endmacro %}

{% macro duckdb__get_catalog_columns_sql(information_schema) -%}
  select * from (
    select
      database_name as table_database, schema_name as table_schema, table_name,
      column_name, column_index, data_type as column_type, comment as column_comment
    from duckdb_columns()
    where upper(database_name) = upper({{ dbt._as_literal(information_schema.database) }})
  ) catalog_columns
{%- endmacro %}

{% macro duckdb__get_catalog_results_sql() -%}
  select
    table_database, table_schema, table_name,
    tables.table_type, tables.table_comment,
    columns.column_name, columns.column_index, columns.column_type, columns.column_comment,
    null as table_owner
  from tables
  join columns using (table_database, table_schema, table_name)
  order by table_schema, table_name, column_index
{%- endmacro %}

{% macro duckdb__get_catalog_schemas_where_clause_sql(schemas) %}
  {% set conditions = [] %}
  {% for schema in schemas %}{% do conditions.append('upper(table_schema) = upper(' ~ dbt._as_literal(schema) ~ ')') %}{% endfor %}
  {{ return('where ' ~ (conditions | join(' or ') or '1 = 0')) }}
{% endmacro %}

{# relations without an identifier stand for whole schemas #}
{% macro duckdb__get_catalog_relations_where_clause_sql(relations) %}
  {% set conditions = [] %}
  {% for relation in relations %}
    {% if not relation.schema %}
      {% do exceptions.raise_compiler_error('`get_catalog_relations` requires a list of relations, each with a schema') %}
    {% endif %}
    {% set in_schema = 'upper(table_schema) = upper(' ~ dbt._as_literal(relation.schema) ~ ')' %}
    {% do conditions.append(
        '(' ~ in_schema ~ ' and upper(table_name) = upper(' ~ dbt._as_literal(relation.identifier) ~ '))' if relation.identifier else in_schema) %}
  {% endfor %}
  {{ return('where ' ~ (conditions | join(' or ') or '1 = 0')) }}
{% endmacro %}
