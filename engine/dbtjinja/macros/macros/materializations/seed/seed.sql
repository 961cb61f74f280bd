{# A CSV file as a table: created once, emptied and filled again by later runs. #}
{% materialization seed, default %}
  {% set full_refresh_mode = should_full_refresh() %}
  {% set old = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) %}
  {% set was_table = old is not none and old.is_table %}
  {% set grant_config = config.get('grants') %}
  {% set rows = load_agate_table() %}
  {% do store_result('agate_table', response='OK', agate_table=rows) %}

  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}

  {% if old is not none and old.is_view %}
    {% do exceptions.raise_compiler_error("Cannot seed to '" ~ old.render() ~ "', it is a view") %}
  {% endif %}
  {% if was_table %}
    {% set table_sql = reset_csv_table(model, full_refresh_mode, old, rows) %}
  {% else %}
    {% set table_sql = create_csv_table(model, rows) %}
  {% endif %}
  {% set count = rows.rows | length %}
  {% set rows_sql = load_csv_rows(model, rows) if count > 0 else '' %}

  {# all is done by now; this is the record of it #}
  {% set code = 'CREATE' if full_refresh_mode else 'INSERT' %}
  {% call noop_statement('main', code ~ ' ' ~ count, code, count) %}
    {{ get_csv_sql(table_sql, rows_sql) }};
  {% endcall %}

  {% set target = this.incorporate(type='table') %}
  {% do apply_grants(target, grant_config, should_revoke=should_revoke(old, full_refresh_mode)) %}
  {% do persist_docs(target, model) %}
  {% if full_refresh_mode or not was_table %}{% do create_indexes(target) %}{% endif %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do adapter.commit() %}

  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
