{% materialization incremental, adapter="duckdb", supported_languages=['sql', 'python'] %}
  {% set language = model['language'] %}
  {% set existing = load_cached_relation(this) %}
  {% set target = this.incorporate(type='table') %}
  {% set staged = make_intermediate_relation(target) %}
  {% set backup = make_backup_relation(target, 'table' if existing is none else existing.type) %}

  {% set full_refresh_mode = should_full_refresh() or (existing is not none and existing.is_view) %}
  {% set rebuild = existing is none or full_refresh_mode %}
  {% set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') %}
  {% set partitioned_by = duckdb__get_partitioned_by(target, false) if rebuild else none %}
  {% set sorted_by = duckdb__get_sorted_by(target, false) if rebuild else none %}
  {% set grant_config = config.get('grants') %}

  {% set leftovers = [load_cached_relation(staged), load_cached_relation(backup)] %}
  {% for relation in leftovers %}{% do drop_relation_if_exists(relation) %}{% endfor %}

  {# before BEGIN; a relation that is not temporary is dropped at the end, like the parked one #}
  {% set temp = duckdb__dispatch_temporary_relation(target, adapter.batch_id_for_model(model)) %}
  {% set to_drop = [] if temp.temporary else [temp.relation] %}
  {% set dropped = [] %}

  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}

  {% set swaps = false %}
  {% if rebuild %}
    {% set in_place = existing is none or has_foreign_key_constraints(existing) %}
    {% if existing is not none and in_place %}{% set dropped = drop_relation_for_rebuild(existing) %}{% endif %}
    {% set swaps = not in_place %}
    {% set build_sql = create_table_as(False, target if in_place else staged, compiled_code, language,
        partitioned_by=partitioned_by, sorted_by=sorted_by) %}
  {% else %}
    {% set temp_code = create_table_as(temp.temporary, temp.relation, compiled_code, language, partitioned_by=none, sorted_by=none) %}
    {% if language == 'python' %}
      {% call statement('pre', language=language) -%}
        {{ temp_code }}
      {%- endcall %}
    {% else %}
      {% do run_query(temp_code) %}
    {% endif %}
    {% do adapter.expand_target_column_types(from_relation=temp.relation, to_relation=target) %}
    {% set dest_columns = process_schema_changes(on_schema_change, temp.relation, existing) or adapter.get_columns_in_relation(existing) %}
    {% set strategy_macro = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') %}
    {% set build_sql = strategy_macro({
        'target_relation': target,
        'temp_relation': temp.relation,
        'unique_key': config.get('unique_key'),
        'dest_columns': dest_columns,
        'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none),
    }) %}
    {% set language = 'sql' %}
  {% endif %}

  {# DuckLake takes the alterations of a layout outside of a transaction only #}
  {% set begins = not ((partitioned_by or sorted_by) and adapter.is_ducklake(target)) %}
  {% call statement('main', language=language, auto_begin=begins) -%}
    {{ build_sql }}
  {%- endcall %}

  {% if swaps %}
    {% do drop_indexes_on_relation(target) %}
    {% if may_be_foreign_key_target(target) %}{% set dropped = drop_foreign_key_dependents(target) %}{% endif %}
    {% do adapter.rename_relation(target, backup) %}
    {% do adapter.rename_relation(staged, target) %}
    {% do to_drop.append(backup) %}
  {% endif %}
  {% do restore_foreign_key_dependents(dropped) %}

  {% do apply_grants(target, grant_config, should_revoke=should_revoke(existing, full_refresh_mode)) %}
  {% if rebuild %}{% do create_indexes(target) %}{% endif %}
  {% do persist_docs(target, model) %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do adapter.commit() %}

  {% for relation in to_drop %}
    {% if not adapter.is_motherduck() %}{% do drop_indexes_on_relation(relation) %}{% endif %}
    {% do adapter.drop_relation(relation) %}
  {% endfor %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
