{# A data test: a query whose rows are failures. Stored failures are queried from the relation that keeps them. #}
{% materialization test, default %}
  {% set relations = [] %}
  {% set header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none %}
  {% set failures_sql = get_limit_subquery_sql(sql, config.get('limit')) %}

  {% if should_store_failures() %}
    {% set kind = config.get('store_failures_as') or 'table' %}
    {% if kind not in ['table', 'view'] %}
      {% do exceptions.raise_compiler_error(
          "'" ~ kind ~ "' is not a valid value for `store_failures_as`. Accepted values are: ['ephemeral', 'table', 'view']",
          config='store_failures_as', choices=['ephemeral', 'table', 'view']) %}
    {% endif %}
    {% set stored = api.Relation.create(database=database, schema=schema, identifier=model['alias'], type=kind) %}
    {% set old = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) %}
    {% if old %}{% do adapter.drop_relation(old) %}{% endif %}
    {% call statement(auto_begin=True) %}
      {{ header if header }}
      {{ get_create_sql(stored, failures_sql) }}
    {% endcall %}
    {% do relations.append(stored) %}
    {% set failures_sql = 'select *\n    from ' ~ stored %}
    {% do adapter.commit() %}
  {% endif %}

  {# the limit is in the query by now #}
  {% call statement('main', fetch_result=True) -%}
    {{ header if header }}
    {{ get_test_sql(failures_sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
  {%- endcall %}
  {{ return({'relations': relations}) }}
{% endmaterialization %}


{% macro get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) %}
  {{ return(adapter.dispatch('get_test_sql', 'dbt')(main_sql, fail_calc, warn_if, error_if, limit)) }}
{% endmacro %}

{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
  select
    {{ fail_calc }} as failures,
    {{ fail_calc }} {{ warn_if }} as should_warn,
    {{ fail_calc }} {{ error_if }} as should_error
  from (
    {{ main_sql }}
    {{ 'limit ' ~ limit if limit is not none }}
  ) dbt_internal_test
{%- endmacro %}


{# The relation a generic test reads: the tested one, or its rows that the `where` config lets through. #}
{% macro get_where_subquery(relation) %}{{ return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) }}{% endmacro %}

{% macro default__get_where_subquery(relation) %}
  {% set condition = config.get('where', '') %}
  {{ return('(select * from ' ~ relation ~ ' where ' ~ condition ~ ') dbt_subquery' if condition else relation) }}
{% endmacro %}
