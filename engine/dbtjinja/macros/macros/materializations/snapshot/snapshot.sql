{# Snapshot: a table with one row per version of a source row (type 2 history). The first run makes it from the query;
   later runs stage the differences, close the versions that changed or went, and insert the new ones. #}
{% materialization snapshot, default %}
  {% set unique_key = config.get('unique_key') %}
  {% set grant_config = config.get('grants') %}
  {% set exists, target = get_or_create_relation(
      database=model.database, schema=model.schema, identifier=model.get('alias', model.get('name')), type='table') %}
  {% if not target.is_table %}{% do exceptions.relation_wrong_type(target, 'table') %}{% endif %}

  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}

  {# model['config'] is passed for strategies that still take it #}
  {% set strategy = strategy_dispatch(config.get('strategy'))(model, 'snapshotted_data', 'source_data', model['config'], exists) %}
  {% set staging = none %}

  {% if not exists %}
    {% set rows_sql = build_snapshot_table(strategy, model['compiled_code']) %}
    {% set final_sql = create_table_as(False, target, rows_sql) %}
  {% else %}
    {% do adapter.assert_valid_snapshot_target_given_strategy(target, _snapshot_columns(), strategy) %}
    {% set rows_sql = snapshot_staging_table(strategy, sql, target) %}
    {% set staging = build_snapshot_staging_table(strategy, sql, target) %}
    {% do adapter.expand_target_column_types(from_relation=staging, to_relation=target) %}

    {% set internal = _snapshot_staging_only_columns(unique_key) %}
    {% do create_columns(target, adapter.get_missing_columns(staging, target) | rejectattr('name', 'in', internal) | list) %}
    {% set kept = adapter.get_columns_in_relation(staging) | rejectattr('name', 'in', internal) | list %}
    {% set insert_cols = [] %}
    {% for column in kept %}{% do insert_cols.append(adapter.quote(column.name)) %}{% endfor %}
    {% set final_sql = snapshot_merge_sql(target=target, source=staging, insert_cols=insert_cols) %}
  {% endif %}

  {% do check_time_data_types(rows_sql) %}
  {% call statement('main') %}
    {{ final_sql }}
  {% endcall %}

  {% do apply_grants(target, grant_config, should_revoke=should_revoke(exists, full_refresh_mode=False)) %}
  {% do persist_docs(target, model) %}
  {% if not exists %}{% do create_indexes(target) %}{% endif %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do adapter.commit() %}

  {% if staging is not none %}{% do post_snapshot(staging) %}{% endif %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
