{# User-defined functions. The relation knows the macro for its kind and language, like scalar_function_sql. #}
{% materialization function, default, supported_languages=['sql', 'python', 'javascript'] %}
  {% set existing = load_cached_relation(this) %}
  {% set target = this.incorporate(type=this.Function) %}
  {% do run_hooks(pre_hooks) %}
  {# through a variable: the name is not known while parsing, so it must not look like a dispatch #}
  {% set find = adapter.dispatch %}
  {% set build_sql = find(this.get_function_macro_name(this.get_function_config(model)), 'dbt')(target) %}
  {% do function_execute_build_sql(build_sql, existing, target) %}
  {% do run_hooks(post_hooks) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {{ return(adapter.dispatch('function_execute_build_sql', 'dbt')(build_sql, existing_relation, target_relation)) }}
{% endmacro %}

{% macro default__function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {% set grant_config = config.get('grants') %}
  {% call statement(name='main') %}
    {{ build_sql }}
  {% endcall %}
  {% do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
  {% do persist_docs(target_relation, model) %}
  {% do adapter.commit() %}
{% endmacro %}
