{% materialization incremental, default %}
  {% set existing = load_cached_relation(this) %}
  {% set target = this.incorporate(type='table') %}
  {% set temp = make_temp_relation(target) %}
  {% set staged = make_intermediate_relation(target) %}
  {% set backup = make_backup_relation(target, 'table' if existing is none else existing.type) %}
  {% set leftovers = [load_cached_relation(staged), load_cached_relation(backup)] %}

  {% set full_refresh_mode = should_full_refresh() or (existing is not none and existing.is_view) %}
  {% set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') %}
  {% set grant_config = config.get('grants') %}

  {% for relation in leftovers %}{% do drop_relation_if_exists(relation) %}{% endfor %}
  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}

  {# looked up on every run, so that a wrong strategy is an error from the first one #}
  {% set strategy_macro = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') %}

  {% set built = none %}
  {% if existing is none %}
    {% set built = target %}
  {% elif full_refresh_mode %}
    {% set built = staged %}
  {% endif %}

  {% if built is not none %}
    {% set build_sql = get_create_table_as_sql(False, built, sql) %}
  {% else %}
    {% do run_query(get_create_table_as_sql(True, temp, sql)) %}
    {% set contract = config.get('contract') %}
    {% if not (contract and contract.enforced) %}
      {% do adapter.expand_target_column_types(from_relation=temp, to_relation=target) %}
    {% endif %}
    {% set dest_columns = process_schema_changes(on_schema_change, temp, existing) or adapter.get_columns_in_relation(existing) %}
    {% set build_sql = strategy_macro({
        'target_relation': target,
        'temp_relation': temp,
        'unique_key': config.get('unique_key'),
        'dest_columns': dest_columns,
        'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none),
    }) %}
  {% endif %}

  {% call statement('main') %}
    {{ build_sql }}
  {% endcall %}

  {% if built is not none %}
    {% do create_indexes(built) %}
    {% if existing is not none %}
      {% do adapter.rename_relation(target, backup) %}
      {% do adapter.rename_relation(staged, target) %}
    {% endif %}
  {% endif %}

  {% do apply_grants(target, grant_config, should_revoke=should_revoke(existing, full_refresh_mode)) %}
  {% do persist_docs(target, model) %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do adapter.commit() %}

  {% if built is not none and existing is not none %}{% do adapter.drop_relation(backup) %}{% endif %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}


{# For models: does this run add to rows that are there? False while parsing. #}
{% macro is_incremental() %}
  {% if not execute %}{{ return(False) }}{% endif %}
  {% set relation = adapter.get_relation(this.database, this.schema, this.table) %}
  {{ return(
      relation is not none
      and relation.type == 'table'
      and model.config.materialized == 'incremental'
      and not should_full_refresh()
  ) }}
{% endmacro %}
