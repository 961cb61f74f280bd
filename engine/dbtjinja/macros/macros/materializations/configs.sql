{# Settings that more than one materialization reads; a node's config goes before the command line's flag. #}

{% macro set_sql_header(config) %}{{ config.set('sql_header', caller()) }}{% endmacro %}

{% macro should_full_refresh() %}
  {% set wanted = config.get('full_refresh') %}
  {{ return(flags.FULL_REFRESH if wanted is none else wanted) }}
{% endmacro %}

{% macro should_store_failures() %}
  {% set wanted = config.get('store_failures') %}
  {{ return(flags.STORE_FAILURES if wanted is none else wanted) }}
{% endmacro %}
