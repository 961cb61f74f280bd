{% materialization table, default %}
  {% set swap = _swap_relations('table') %}
  {% set grant_config = config.get('grants') %}

  {% do _drop_leftovers(swap) %}
  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}

  {% call statement('main') -%}
    {{ get_create_table_as_sql(False, swap.staged, sql) }}
  {%- endcall %}
  {% do create_indexes(swap.staged) %}
  {% set parked = _swap_in(swap) %}

  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do apply_grants(swap.target, grant_config, should_revoke=should_revoke(parked, full_refresh_mode=True)) %}
  {% do persist_docs(swap.target, model) %}
  {% do adapter.commit() %}

  {% do drop_relation_if_exists(swap.backup if parked is not none else none) %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [swap.target]}) }}
{% endmaterialization %}
