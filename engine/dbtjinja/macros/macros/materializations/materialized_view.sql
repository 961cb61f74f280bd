{# A materialized view is made once; later runs refresh it, or change it as on_configuration_change says. #}
{% materialization materialized_view, default %}
  {% set existing = load_cached_relation(this) %}
  {% set target = this.incorporate(type=this.MaterializedView) %}
  {% set staged = make_intermediate_relation(target) %}
  {% set backup = make_backup_relation(target, target.MaterializedView if existing is none else existing.type) %}

  {% do materialized_view_setup(backup, staged, pre_hooks) %}
  {% set build_sql = materialized_view_get_build_sql(existing, target, backup, staged) %}
  {% if build_sql == '' %}
    {% do materialized_view_execute_no_op(target) %}
  {% else %}
    {% do materialized_view_execute_build_sql(build_sql, existing, target, post_hooks) %}
  {% endif %}
  {% do materialized_view_teardown(backup, staged, post_hooks) %}

  {{ return({'relations': [target]}) }}
{% endmaterialization %}


{% macro materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) %}
  {% set leftovers = [load_cached_relation(backup_relation), load_cached_relation(intermediate_relation)] %}
  {% for relation in leftovers %}{% do drop_relation_if_exists(relation) %}{% endfor %}
  {% do run_hooks(pre_hooks, inside_transaction=False) %}
{% endmacro %}

{# Unlike a swap's, these names are used inside the build statement, out of the cache's sight: always dropped. #}
{% macro materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) %}
  {% do drop_relation_if_exists(backup_relation) %}
  {% do drop_relation_if_exists(intermediate_relation) %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
{% endmacro %}

{# The statement that brings the relation to its wanted state; '' for nothing to do. #}
{% macro materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) %}
  {% if existing_relation is none %}
    {{ return(get_create_materialized_view_as_sql(target_relation, sql)) }}
  {% elif should_full_refresh() or not existing_relation.is_materialized_view %}
    {{ return(get_replace_sql(existing_relation, target_relation, sql)) }}
  {% endif %}

  {% set policy = config.get('on_configuration_change') %}
  {% set changes = get_materialized_view_configuration_changes(existing_relation, config) %}
  {% set found = 'Configuration changes were identified and `on_configuration_change` was set to `' ~ policy ~ '` for `' ~ target_relation.render() ~ '`' %}
  {% if changes is none %}
    {{ return(refresh_materialized_view(target_relation)) }}
  {% elif policy == 'apply' %}
    {{ return(get_alter_materialized_view_as_sql(target_relation, changes, sql, existing_relation, backup_relation, intermediate_relation)) }}
  {% elif policy == 'continue' %}
    {% do exceptions.warn(found) %}
    {{ return('') }}
  {% elif policy == 'fail' %}
    {% do exceptions.raise_fail_fast_error(found) %}
  {% endif %}
  {% do exceptions.raise_compiler_error('Unexpected configuration scenario: on_configuration_change is "' ~ policy ~ '", not apply, continue or fail',
      config='on_configuration_change', choices=['apply', 'continue', 'fail']) %}
{% endmacro %}

{% macro materialized_view_execute_no_op(target_relation) %}
  {% do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') %}
{% endmacro %}

{% macro materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}
  {% set grant_config = config.get('grants') %}
  {% call statement(name='main') %}
    {{ build_sql }}
  {% endcall %}
  {% do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
  {% do persist_docs(target_relation, model) %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do adapter.commit() %}
{% endmacro %}
