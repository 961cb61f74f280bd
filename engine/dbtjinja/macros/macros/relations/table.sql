{# Statements on tables. #}

{% macro get_create_table_as_sql(temporary, relation, sql) %}
  {{ return(adapter.dispatch('get_create_table_as_sql', 'dbt')(temporary, relation, sql)) }}
{% endmacro %}

{# The override point of most adapters. Adapters that know only SQL need not take a language. #}
{% macro create_table_as(temporary, relation, compiled_code, language='sql') %}
  {% set build = adapter.dispatch('create_table_as', 'dbt') %}
  {% if language == 'sql' %}{{ return(build(temporary, relation, compiled_code)) }}{% endif %}
  {{ return(build(temporary, relation, compiled_code, language)) }}
{% endmacro %}

{% macro get_select_subquery(sql) %}{{ return(adapter.dispatch('get_select_subquery', 'dbt')(sql)) }}{% endmacro %}

{% macro drop_table(relation) %}{{ return(adapter.dispatch('drop_table', 'dbt')(relation)) }}{% endmacro %}

{% macro get_rename_table_sql(relation, new_name) %}
  {{ return(adapter.dispatch('get_rename_table_sql', 'dbt')(relation, new_name)) }}
{% endmacro %}

{% macro get_replace_table_sql(relation, sql) %}
  {{ return(adapter.dispatch('get_replace_table_sql', 'dbt')(relation, sql)) }}
{% endmacro %}


{% macro default__get_create_table_as_sql(temporary, relation, sql) %}
  {{ return(create_table_as(temporary, relation, sql)) }}
{% endmacro %}

{# Under a contract the columns are declared, and the query's are put in that order. #}
{% macro default__create_table_as(temporary, relation, sql) %}
  {% set header = config.get('sql_header', none) %}
  {% set contract = config.get('contract') %}
  {% set declared = contract.enforced and not temporary %}
  {{ header if header is not none }}
  create {{ 'temporary ' if temporary }}table {{ relation.include(database=not temporary, schema=not temporary) }}
  {%- if declared %}
    {{ get_assert_columns_equivalent(sql) }}
    {{ get_table_columns_and_constraints() }}
  {%- endif %}
  as (
    {{ get_select_subquery(sql) if declared else sql }}
  );
{% endmacro %}

{# Dispatched to as get_column_names: the contract's columns, in its order. #}
{% macro default__get_column_names() %}
  {% set names = [] %}
  {% for column in model['columns'].values() %}
    {% do names.append(adapter.quote(column['name']) if column.get('quote') else column['name']) %}
  {% endfor %}
  {{ return(names | join(', ')) }}
{% endmacro %}

{% macro default__get_select_subquery(sql) %}
  select {{ adapter.dispatch('get_column_names', 'dbt')() }}
  from (
    {{ sql }}
  ) as model_subq
{% endmacro %}

{% macro default__drop_table(relation) -%}
  drop table if exists {{ relation.render() }} cascade
{%- endmacro %}

{% macro default__get_rename_table_sql(relation, new_name) %}
  {% do exceptions.raise_compiler_error('`get_rename_table_sql` has not been implemented for this adapter.') %}
{% endmacro %}

{% macro default__get_replace_table_sql(relation, sql) %}
  {% do exceptions.raise_compiler_error('`get_replace_table_sql` has not been implemented for this adapter.') %}
{% endmacro %}
