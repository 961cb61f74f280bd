{# Statements on a relation whatever its type. They return SQL and run nothing; drop_relation and rename_relation run. #}

{% macro get_create_sql(relation, sql) %}
  {% do log('Applying CREATE to: ' ~ relation) %}
  {{ return(adapter.dispatch('get_create_sql', 'dbt')(relation, sql)) }}
{% endmacro %}

{% macro get_drop_sql(relation) %}
  {% do log('Applying DROP to: ' ~ relation) %}
  {{ return(adapter.dispatch('get_drop_sql', 'dbt')(relation)) }}
{% endmacro %}

{% macro get_rename_sql(relation, new_name) %}
  {% do log('Applying RENAME to: ' ~ relation) %}
  {{ return(adapter.dispatch('get_rename_sql', 'dbt')(relation, new_name)) }}
{% endmacro %}

{% macro get_replace_sql(existing_relation, target_relation, sql) %}
  {% do log('Applying REPLACE to: ' ~ existing_relation) %}
  {{ return(adapter.dispatch('get_replace_sql', 'dbt')(existing_relation, target_relation, sql)) }}
{% endmacro %}

{% macro drop_relation(relation) %}{{ return(adapter.dispatch('drop_relation', 'dbt')(relation)) }}{% endmacro %}

{% macro rename_relation(from_relation, to_relation) %}
  {{ return(adapter.dispatch('rename_relation', 'dbt')(from_relation, to_relation)) }}
{% endmacro %}


{% macro default__get_create_sql(relation, sql) %}
  {% if relation.is_view %}
    {{ return(get_create_view_as_sql(relation, sql)) }}
  {% elif relation.is_table %}
    {{ return(get_create_table_as_sql(False, relation, sql)) }}
  {% elif relation.is_materialized_view %}
    {{ return(get_create_materialized_view_as_sql(relation, sql)) }}
  {% endif %}
  {% do exceptions.raise_compiler_error('`get_create_sql` has not been implemented for: ' ~ relation.type) %}
{% endmacro %}

{% macro default__get_drop_sql(relation) %}
  {% if relation.is_view %}
    {{ return(drop_view(relation)) }}
  {% elif relation.is_table %}
    {{ return(drop_table(relation)) }}
  {% elif relation.is_materialized_view %}
    {{ return(drop_materialized_view(relation)) }}
  {% endif %}
  {{ return('drop ' ~ relation.type ~ ' if exists ' ~ relation.render() ~ ' cascade') }}
{% endmacro %}

{% macro default__get_rename_sql(relation, new_name) %}
  {% if relation.is_view %}
    {{ return(get_rename_view_sql(relation, new_name)) }}
  {% elif relation.is_table %}
    {{ return(get_rename_table_sql(relation, new_name)) }}
  {% elif relation.is_materialized_view %}
    {{ return(get_rename_materialized_view_sql(relation, new_name)) }}
  {% endif %}
  {% do exceptions.raise_compiler_error('`get_rename_sql` has not been implemented for: ' ~ relation.type) %}
{% endmacro %}

{% macro default__drop_relation(relation) %}
  {% call statement('drop_relation', auto_begin=False) -%}
    {{ get_drop_sql(relation) }}
  {%- endcall %}
{% endmacro %}

{% macro drop_relation_if_exists(relation) %}
  {% if relation is not none %}{% do adapter.drop_relation(relation) %}{% endif %}
{% endmacro %}

{% macro default__rename_relation(from_relation, to_relation) %}
  {% set new_name = adapter.quote_as_configured(to_relation.identifier, 'identifier') %}
  {% call statement('rename_relation') -%}
    alter table {{ from_relation.render() }} rename to {{ new_name }}
  {%- endcall %}
{% endmacro %}
