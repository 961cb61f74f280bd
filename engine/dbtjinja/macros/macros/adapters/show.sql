{# The query behind `show`. A query that has a limit of its own must be shown without --limit. #}

{% macro get_show_sql(compiled_code, sql_header, limit) %}
  {{ sql_header if sql_header is not none }}
  {{ get_limit_subquery_sql(compiled_code, limit) }}
{% endmacro %}

{# Says subquery for history's sake: the limit is appended. Dispatches to get_limit_sql. #}
{% macro get_limit_subquery_sql(sql, limit) %}{{ return(adapter.dispatch('get_limit_sql', 'dbt')(sql, limit)) }}{% endmacro %}

{% macro default__get_limit_sql(sql, limit) %}
  {{ sql }}
  {{ 'limit ' ~ limit if limit is not none }}
{% endmacro %}
