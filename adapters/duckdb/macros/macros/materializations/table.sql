{% materialization table, adapter="duckdb", supported_languages=['sql', 'python'] %}
  {% set language = model['language'] %}
  {% set swap = dbt._swap_relations('table') %}
  {% set alters_after_commit = adapter.use_ducklake_table_workarounds(swap.target) %}
  {% set in_place = has_foreign_key_constraints(swap.existing) %}
  {% set dropped = [] %}
  {% set grant_config = config.get('grants') %}

  {% do dbt._drop_leftovers(swap) %}
  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}
  {% set partitioned_by = duckdb__get_partitioned_by(swap.target, false) %}
  {% set sorted_by = duckdb__get_sorted_by(swap.target, false) %}

  {% if in_place and swap.existing is not none %}
    {% set dropped = drop_relation_for_rebuild(swap.existing) %}
  {% endif %}
  {% set built = swap.target if in_place else swap.staged %}
  {% call statement('main', language=language) -%}
    {{ create_table_as(False, built, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by) }}
  {%- endcall %}
  {% if not in_place %}
    {% if swap.existing is not none %}
      {% do drop_indexes_on_relation(swap.existing) %}
      {% if swap.existing.is_table and may_be_foreign_key_target(swap.existing) %}
        {% set dropped = drop_foreign_key_dependents(swap.existing) %}
      {% endif %}
      {% do adapter.rename_relation(swap.existing, swap.backup) %}
    {% endif %}
    {% do adapter.rename_relation(swap.staged, swap.target) %}
  {% endif %}
  {% do restore_foreign_key_dependents(dropped) %}

  {% do create_indexes(swap.target) %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do apply_grants(swap.target, grant_config, should_revoke=should_revoke(swap.existing, full_refresh_mode=True)) %}
  {% if not alters_after_commit %}{% do persist_docs(swap.target, model) %}{% endif %}
  {% do adapter.commit() %}

  {# DuckLake before DuckDB 1.5.3 lost alterations in a rename, and could not comment in the same transaction #}
  {% if alters_after_commit %}
    {% if partitioned_by %}
      {% call statement('reassert_partitioned_by', auto_begin=False) -%}
        {{ duckdb__alter_table_set_partitioned_by(swap.target, partitioned_by) }}
      {%- endcall %}
    {% endif %}
    {% if sorted_by %}
      {% call statement('reassert_sorted_by', auto_begin=False) -%}
        {{ duckdb__alter_table_set_sorted_by(swap.target, sorted_by) }}
      {%- endcall %}
    {% endif %}
    {% do persist_docs(swap.target, model) %}
  {% endif %}

  {% do drop_relation_if_exists(swap.backup if swap.existing is not none and not in_place else none) %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [swap.target]}) }}
{% endmaterialization %}
