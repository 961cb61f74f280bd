{# Columns of relations and of queries. #}

{% macro get_columns_in_relation(relation) %}
  {{ return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) }}
{% endmacro %}

{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) %}
  {{ return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) }}
{% endmacro %}

{% macro get_empty_schema_sql(columns) %}{{ return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) }}{% endmacro %}

{% macro get_columns_in_query(select_sql) %}{{ return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) }}{% endmacro %}

{% macro alter_column_type(relation, column_name, new_column_type) %}
  {{ return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) }}
{% endmacro %}

{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) %}
  {{ return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) }}
{% endmacro %}


{% macro default__get_columns_in_relation(relation) %}{% do _not_implemented('get_columns_in_relation') %}{% endmacro %}

{# Rows of (name, type, char size, precision, scale) to Column objects; for adapters' get_columns_in_relation. #}
{% macro sql_convert_columns_in_relation(table) %}
  {% set columns = [] %}
  {% for row in table %}{% do columns.append(api.Column(*row)) %}{% endfor %}
  {{ return(columns) }}
{% endmacro %}

{% macro get_list_of_column_names(columns) %}{{ return(columns | map(attribute='name') | list) }}{% endmacro %}

{# A query of the same shape that reads no rows. Line breaks keep a trailing line comment inside. #}
{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
  {{ select_sql_header if select_sql_header is not none }}
  select * from (
    {{ select_sql }}
  ) as __dbt_sbq
  where false
  limit 0
{% endmacro %}

{# The shape that a contract promises, as a query of typed nulls. #}
{% macro default__get_empty_schema_sql(columns) %}
  {% set untyped = [] %}
  {% set unscaled = [] %}
  {% set casts = [] %}
  {% for column in columns.values() %}
    {% if not column.get('data_type') %}
      {% do untyped.append(column['name']) %}
    {% else %}
      {% if column['data_type'].strip().lower() in ('numeric', 'decimal', 'number') %}
        {% do unscaled.append(column['name']) %}
      {% endif %}
      {% set label = adapter.quote(column['name']) if column.get('quote') else column['name'] %}
      {% do casts.append((cast('null', column['data_type']) | trim) ~ ' as ' ~ label) %}
    {% endif %}
  {% endfor %}
  {% if untyped %}
    {% do exceptions.column_type_missing(column_names=untyped) %}
  {% elif unscaled %}
    {% do exceptions.warn('Detected columns with numeric type and unspecified precision/scale, this can lead to unintended rounding: ' ~ unscaled ~ '`') %}
  {% endif %}
  select {{ casts | join(', ') }}
{% endmacro %}

{% macro get_column_schema_from_query(select_sql, select_sql_header=none) %}
  {{ return(adapter.get_column_schema_from_query(get_empty_subquery_sql(select_sql, select_sql_header))) }}
{% endmacro %}

{% macro default__get_columns_in_query(select_sql) %}
  {% call statement('get_columns_in_query', fetch_result=True, auto_begin=False) -%}
    {{ get_empty_subquery_sql(select_sql) }}
  {%- endcall %}
  {{ return(load_result('get_columns_in_query').table.columns | map(attribute='name') | list) }}
{% endmacro %}

{# The portable way to change a type: a second column, a copy, and a swap of names. #}
{% macro default__alter_column_type(relation, column_name, new_column_type) %}
  {% set old = adapter.quote(column_name) %}
  {% set new = adapter.quote(column_name ~ '__dbt_alter') %}
  {% set table = relation.render() %}
  {% call statement('alter_column_type') %}
    alter table {{ table }} add column {{ new }} {{ new_column_type }};
    update {{ table }} set {{ new }} = {{ old }};
    alter table {{ table }} drop column {{ old }} cascade;
    alter table {{ table }} rename column {{ new }} to {{ old }}
  {% endcall %}
{% endmacro %}

{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {% set actions = [] %}
  {% for column in add_columns or [] %}
    {% do actions.append('add column ' ~ column.quoted ~ ' ' ~ column.expanded_data_type) %}
  {% endfor %}
  {% for column in remove_columns or [] %}
    {% do actions.append('drop column ' ~ column.quoted) %}
  {% endfor %}
  {% do run_query('alter ' ~ relation.type ~ ' ' ~ relation.render() ~ ' ' ~ (actions | join(', '))) %}
{% endmacro %}
