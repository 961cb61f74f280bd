{# Contracts: the columns and constraints that YAML promises, declared and checked. #}

{% macro get_table_columns_and_constraints() %}{{ return(adapter.dispatch('get_table_columns_and_constraints', 'dbt')()) }}{% endmacro %}

{% macro get_assert_columns_equivalent(sql) %}{{ return(adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql)) }}{% endmacro %}

{% macro default__get_table_columns_and_constraints() %}{{ return(table_columns_and_constraints()) }}{% endmacro %}

{% macro default__get_assert_columns_equivalent(sql) %}{{ return(assert_columns_equivalent(sql)) }}{% endmacro %}


{# The parenthesis of a create table. The adapter decides which constraints are rendered. #}
{% macro table_columns_and_constraints() %}
  {% set columns = adapter.render_raw_columns_constraints(raw_columns=model['columns']) %}
  {% set constraints = adapter.render_raw_model_constraints(raw_constraints=model['constraints']) %}
  (
    {{ (columns | list + constraints | list) | join(',\n    ') }}
  )
{% endmacro %}

{# Asks the warehouse for the columns of the query and of the promise, and raises unless names and types agree.
   Order may differ. Renders nothing, so it can stand inside a statement. #}
{% macro assert_columns_equivalent(sql) %}
  {% if not model['columns'] %}{% do exceptions.raise_contract_error([], []) %}{% endif %}
  {% set actual = format_columns(get_column_schema_from_query(sql, config.get('sql_header', none))) %}
  {% set promised = format_columns(get_column_schema_from_query(get_empty_schema_sql(model['columns']))) %}
  {% set agree = namespace(all=actual | length == promised | length) %}
  {% for column in actual %}
    {% set promise = promised | selectattr('name', 'equalto', column['name']) | first %}
    {% if not promise or promise['formatted'] != column['formatted'] %}{% set agree.all = false %}{% endif %}
  {% endfor %}
  {% if not agree.all %}{% do exceptions.raise_contract_error(promised, actual) %}{% endif %}
{% endmacro %}

{# Dispatched to as format_column, which packages override. #}
{% macro format_columns(columns) %}
  {% set formatted = [] %}
  {% for column in columns %}{% do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) %}{% endfor %}
  {{ return(formatted) }}
{% endmacro %}

{% macro default__format_column(column) %}
  {{ return({'name': column.name, 'data_type': column.dtype, 'formatted': column.column.lower() ~ ' ' ~ column.dtype}) }}
{% endmacro %}
