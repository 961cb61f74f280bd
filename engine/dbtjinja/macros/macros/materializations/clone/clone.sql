{# Clone: a copy of the state's relation where the warehouse copies tables for free, a view of it elsewhere. #}

{% macro can_clone_table() %}{{ return(adapter.dispatch('can_clone_table', 'dbt')()) }}{% endmacro %}

{% macro default__can_clone_table() %}{{ return(False) }}{% endmacro %}

{% macro create_or_replace_clone(this_relation, defer_relation) %}
  {{ return(adapter.dispatch('create_or_replace_clone', 'dbt')(this_relation, defer_relation)) }}
{% endmacro %}

{% macro default__create_or_replace_clone(this_relation, defer_relation) -%}
  create or replace table {{ this_relation.render() }} clone {{ defer_relation.render() }}
{%- endmacro %}


{% materialization clone, default %}
  {% if not defer_relation %}
    {% do log('No relation found in state manifest for ' ~ model.unique_id, info=True) %}
    {{ return({'relations': []}) }}
  {% endif %}

  {% set existing = load_cached_relation(this) %}
  {% if existing and not flags.FULL_REFRESH %}
    {% do log('Relation ' ~ existing ~ ' already exists', info=True) %}
    {{ return({'relations': []}) }}
  {% endif %}

  {% set original = load_cached_relation(defer_relation) %}
  {% set as_table = can_clone_table() and original and original.type == 'table' %}
  {% set grant_config = config.get('grants') %}
  {% if not as_table %}
    {# `sql` selects from the original here, so the view materialization does the rest #}
    {% set view_name = 'materialization_view_' ~ adapter.type() %}
    {% set build_view = context[view_name if view_name in context else 'materialization_view_default'] %}
    {{ return(build_view()) }}
  {% endif %}

  {% set target = this.incorporate(type='table') %}
  {% if existing is not none and not existing.is_table %}
    {% do log('Dropping relation ' ~ existing.render() ~ ' because it is of type ' ~ existing.type) %}
    {% do drop_relation_if_exists(existing) %}
  {% endif %}
  {% if (target.database, target.schema, target.identifier) == (defer_relation.database, defer_relation.schema, defer_relation.identifier) %}
    {% do log('Target relation and defer relation are the same, skipping clone for relation: ' ~ target.render()) %}
  {% else %}
    {% call statement('main') %}
      {{ create_or_replace_clone(target, defer_relation) }}
    {% endcall %}
  {% endif %}
  {% do apply_grants(target, grant_config, should_revoke=should_revoke(existing, full_refresh_mode=True)) %}
  {% do persist_docs(target, model) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
