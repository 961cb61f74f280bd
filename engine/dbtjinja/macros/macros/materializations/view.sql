{% materialization view, default %}
  {% set swap = _swap_relations('view') %}
  {% set grant_config = config.get('grants') %}

  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do _drop_leftovers(swap) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}

  {% call statement('main') -%}
    {{ get_create_view_as_sql(swap.staged, sql) }}
  {%- endcall %}
  {% set parked = _swap_in(swap) %}

  {% do apply_grants(swap.target, grant_config, should_revoke=should_revoke(parked, full_refresh_mode=True)) %}
  {% do persist_docs(swap.target, model) %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do adapter.commit() %}

  {% do drop_relation_if_exists(swap.backup if parked is not none else none) %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [swap.target]}) }}
{% endmaterialization %}
