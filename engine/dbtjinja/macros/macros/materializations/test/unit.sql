{# A unit test: the model's query over fixtures, and the expected rows, in one result for the caller to compare.
   An empty temporary table tells the types of the query's columns. #}
{% materialization unit, default %}
  {% set header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none %}
  {% set expected_rows = config.get('expected_rows') %}
  {% set expected_sql = config.get('expected_sql') %}
  {% set tested = expected_rows[0].keys() if expected_rows | length > 0 else get_columns_in_query(sql) %}

  {% set typed = make_temp_relation(this.incorporate(type='table')) %}
  {% do run_query(get_create_table_as_sql(True, typed, get_empty_subquery_sql(sql))) %}
  {% set types = {} %}
  {% set quoted = {} %}
  {% for column in adapter.get_columns_in_relation(typed) %}
    {% do types.update({column.name | lower: column.data_type}) %}
    {% do quoted.update({column.name | lower: column.quoted}) %}
  {% endfor %}

  {% set compared = [] %}
  {% for name in tested %}{% do compared.append(quoted[name | lower]) %}{% endfor %}
  {% set expectation = expected_sql or get_expected_sql(expected_rows, types, quoted) %}
  {% set unit_test_sql = get_unit_test_sql(sql, expectation, compared) %}
  {% call statement('main', fetch_result=True) -%}
    {{ header if header }}
    {{ unit_test_sql }}
  {%- endcall %}

  {% do adapter.drop_relation(typed) %}
  {{ return({'relations': []}) }}
{% endmaterialization %}


{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) %}
  {{ return(adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names)) }}
{% endmacro %}

{# Empty expectations select from dbt_internal_unit_test_actual: the name is part of the contract. #}
{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {%- set columns = expected_column_names | join(', ') -%}
  {%- set label = adapter.quote('actual_or_expected') -%}
  with dbt_internal_unit_test_actual as (
    select {{ columns }}, {{ dbt.string_literal('actual') }} as {{ label }}
    from (
      {{ main_sql }}
    ) _dbt_internal_unit_test_actual
  ),
  dbt_internal_unit_test_expected as (
    select {{ columns }}, {{ dbt.string_literal('expected') }} as {{ label }}
    from (
      {{ expected_fixture_sql }}
    ) _dbt_internal_unit_test_expected
  )
  select * from dbt_internal_unit_test_actual
  union all
  select * from dbt_internal_unit_test_expected
{%- endmacro %}
