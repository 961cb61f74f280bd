{# What an incremental run does when the query's columns differ from the table's:
   ignore, fail, append_new_columns or sync_all_columns. Types only ever grow by themselves, order is never changed. #}

{% macro check_for_schema_changes(source_relation, target_relation) %}
  {{ return(adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)) }}
{% endmacro %}

{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {{ return(adapter.dispatch('sync_column_schemas', 'dbt')(on_schema_change, target_relation, schema_changes_dict)) }}
{% endmacro %}

{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {{ return(adapter.dispatch('process_schema_changes', 'dbt')(on_schema_change, source_relation, target_relation)) }}
{% endmacro %}


{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
  {% if on_schema_change in ('ignore', 'fail', 'append_new_columns', 'sync_all_columns') %}
    {{ return(on_schema_change) }}
  {% endif %}
  {% do log('Invalid value for on_schema_change (' ~ on_schema_change ~ ') specified. Setting default value of ' ~ default ~ '.') %}
  {{ return(default) }}
{% endmacro %}

{% macro default__check_for_schema_changes(source_relation, target_relation) %}
  {% set source_columns = adapter.get_columns_in_relation(source_relation) %}
  {% set target_columns = adapter.get_columns_in_relation(target_relation) %}
  {% set changes = {
      'source_columns': source_columns,
      'target_columns': target_columns,
      'source_not_in_target': diff_columns(source_columns, target_columns),
      'target_not_in_source': diff_columns(target_columns, source_columns),
      'new_target_types': diff_column_data_types(source_columns, target_columns),
  } %}
  {% do changes.update({'schema_changed': (
      changes['source_not_in_target'] or changes['target_not_in_source'] or changes['new_target_types']) | length > 0}) %}
  {% do log('In ' ~ target_relation ~ ':\n    Schema changed: ' ~ changes['schema_changed'] ~ '\n    ' ~ _describe_schema_changes(changes)) %}
  {{ return(changes) }}
{% endmacro %}

{% macro _describe_schema_changes(changes) %}
  {% set lines = [] %}
  {% for label, columns in [
      ('Source columns not in target', changes['source_not_in_target']),
      ('Target columns not in source', changes['target_not_in_source']),
  ] %}
    {% set names = [] %}
    {% for column in columns %}{% do names.append(column.name ~ ' (' ~ column.data_type ~ ')') %}{% endfor %}
    {% do lines.append(label ~ ': ' ~ (names | join(', ') or 'none')) %}
  {% endfor %}
  {% set types = [] %}
  {% for change in changes['new_target_types'] %}{% do types.append(change['column_name'] ~ ' (' ~ change['new_type'] ~ ')') %}{% endfor %}
  {{ return((lines + ['New column types: ' ~ (types | join(', ') or 'none')]) | join('\n    ')) }}
{% endmacro %}

{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {% set sync_all = on_schema_change == 'sync_all_columns' %}
  {% set added = schema_changes_dict['source_not_in_target'] if sync_all or on_schema_change == 'append_new_columns' else [] %}
  {% set removed = schema_changes_dict['target_not_in_source'] if sync_all else none %}
  {% if added or removed %}
    {% do alter_relation_add_remove_columns(target_relation, added, removed) %}
  {% endif %}
  {% for change in (schema_changes_dict['new_target_types'] if sync_all else []) %}
    {% do alter_column_type(target_relation, change['column_name'], change['new_type']) %}
  {% endfor %}
  {% do log('In ' ~ target_relation ~ ':\n    Schema change approach: ' ~ on_schema_change ~ '\n    ' ~ _describe_schema_changes(schema_changes_dict)) %}
{% endmacro %}

{# The source's columns, which are then also the ones to write; {} when changes are ignored. #}
{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {% if on_schema_change == 'ignore' %}{{ return({}) }}{% endif %}
  {% set changes = check_for_schema_changes(source_relation, target_relation) %}
  {% if changes['schema_changed'] and on_schema_change == 'fail' %}
    {% do exceptions.raise_compiler_error(
        'The source and target schemas on this incremental model are out of sync!\n'
        ~ 'To bring them together, set `on_schema_change` to append_new_columns or sync_all_columns, '
        ~ 'rebuild the model with `--full-refresh`, or change the table by hand.\n    '
        ~ _describe_schema_changes(changes), config='on_schema_change') %}
  {% elif changes['schema_changed'] %}
    {% do sync_column_schemas(on_schema_change, target_relation, changes) %}
  {% endif %}
  {{ return(changes['source_columns']) }}
{% endmacro %}
