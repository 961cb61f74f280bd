{# A view materialization in one statement, for adapters whose `create or replace view` may change the columns. #}
{% macro create_or_replace_view() %}
  {% set name = model['alias'] %}
  {% set old = adapter.get_relation(database=database, schema=schema, identifier=name) %}
  {% set target = api.Relation.create(database=database, schema=schema, identifier=name, type='view') %}
  {% set grant_config = config.get('grants') %}

  {% do run_hooks(pre_hooks) %}
  {% if old is not none and old.is_table %}
    {% do handle_existing_table(should_full_refresh(), old) %}
  {% endif %}
  {% call statement('main') -%}
    {{ get_create_view_as_sql(target, sql) }}
  {%- endcall %}
  {% set was_view = old is not none and old.is_view %}
  {% do apply_grants(target, grant_config, should_revoke=should_revoke(was_view, full_refresh_mode=True)) %}
  {% do run_hooks(post_hooks) %}
  {{ return({'relations': [target]}) }}
{% endmacro %}

{% macro handle_existing_table(full_refresh, old_relation) %}
  {{ return(adapter.dispatch('handle_existing_table', 'dbt')(full_refresh, old_relation)) }}
{% endmacro %}

{% macro default__handle_existing_table(full_refresh, old_relation) %}
  {% do log('Dropping relation ' ~ old_relation.render() ~ ' because it is of type ' ~ old_relation.type) %}
  {% do adapter.drop_relation(old_relation) %}
{% endmacro %}
