{# What the warehouse knows about itself: schemas, relations, catalog. Adapters answer most of these. #}

{% macro get_catalog_relations(information_schema, relations) %}
  {{ return(adapter.dispatch('get_catalog_relations', 'dbt')(information_schema, relations)) }}
{% endmacro %}

{% macro get_catalog(information_schema, schemas) %}
  {{ return(adapter.dispatch('get_catalog', 'dbt')(information_schema, schemas)) }}
{% endmacro %}

{% macro information_schema_name(database) %}
  {{ return(adapter.dispatch('information_schema_name', 'dbt')(database)) }}
{% endmacro %}

{% macro list_schemas(database) %}{{ return(adapter.dispatch('list_schemas', 'dbt')(database)) }}{% endmacro %}

{% macro check_schema_exists(information_schema, schema) %}
  {{ return(adapter.dispatch('check_schema_exists', 'dbt')(information_schema, schema)) }}
{% endmacro %}

{% macro list_relations_without_caching(schema_relation) %}
  {{ return(adapter.dispatch('list_relations_without_caching', 'dbt')(schema_relation)) }}
{% endmacro %}

{% macro list_function_relations_without_caching(schema_relation) %}
  {{ return(adapter.dispatch('list_function_relations_without_caching', 'dbt')(schema_relation)) }}
{% endmacro %}

{% macro get_catalog_for_single_relation(relation) %}
  {{ return(adapter.dispatch('get_catalog_for_single_relation', 'dbt')(relation)) }}
{% endmacro %}

{% macro get_relations() %}{{ return(adapter.dispatch('get_relations', 'dbt')()) }}{% endmacro %}

{% macro get_relation_last_modified(information_schema, relations) %}
  {{ return(adapter.dispatch('get_relation_last_modified', 'dbt')(information_schema, relations)) }}
{% endmacro %}


{% macro default__get_catalog_relations(information_schema, relations) %}
  {% do exceptions.raise_compiler_error('get_catalog_relations not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{% macro default__get_catalog(information_schema, schemas) %}
  {% do exceptions.raise_compiler_error('get_catalog not implemented for ' ~ adapter.type()) %}
{% endmacro %}

{% macro default__information_schema_name(database) %}
  {{ return(database ~ '.INFORMATION_SCHEMA' if database else 'INFORMATION_SCHEMA') }}
{% endmacro %}

{% macro default__list_schemas(database) %}
  {% set query %}
    select distinct schema_name
    from {{ information_schema_name(database) }}.SCHEMATA
    where catalog_name ilike {{ _as_literal(database) }}
  {% endset %}
  {{ return(run_query(query)) }}
{% endmacro %}

{% macro default__check_schema_exists(information_schema, schema) %}
  {% set query %}
    select count(*)
    from {{ information_schema.replace(information_schema_view='SCHEMATA') }}
    where schema_name = {{ _as_literal(schema) }}
      and catalog_name = {{ _as_literal(information_schema.database) }}
  {% endset %}
  {{ return(run_query(query)) }}
{% endmacro %}

{% macro default__list_relations_without_caching(schema_relation) %}
  {% do _not_implemented('list_relations_without_caching') %}
{% endmacro %}

{% macro default__list_function_relations_without_caching(schema_relation) %}
  {% do _not_implemented('list_function_relations_without_caching') %}
{% endmacro %}

{% macro default__get_catalog_for_single_relation(relation) %}
  {% do _not_implemented('get_catalog_for_single_relation') %}
{% endmacro %}

{% macro default__get_relations() %}{% do _not_implemented('get_relations') %}{% endmacro %}

{% macro default__get_relation_last_modified(information_schema, relations) %}
  {% do _not_implemented('get_relation_last_modified') %}
{% endmacro %}
