{# Strategy 'x' is the macro snapshot_x_strategy, 'pkg.x' the one of a package. It returns a mapping:
   unique_key, updated_at (time of a version), row_changed (condition), scd_id (id of a version), hard_deletes. #}
{% macro strategy_dispatch(name) %}
  {% set parts = name.split('.', 1) %}
  {% set package = parts[0] if parts | length == 2 else none %}
  {% if package is not none and package not in context %}
    {% do exceptions.raise_compiler_error("Could not find package '" ~ package ~ "', called with '" ~ name ~ "'", config='strategy') %}
  {% endif %}
  {% set macros = context if package is none else context[package] %}
  {% set wanted = 'snapshot_' ~ parts[-1] ~ '_strategy' %}
  {% if wanted not in macros %}
    {% do exceptions.raise_compiler_error("The specified strategy macro '" ~ parts[-1] ~ "' was not found in package '" ~ package ~ "'", config='strategy', choices=['timestamp', 'check']) %}
  {% endif %}
  {{ return(macros[wanted]) }}
{% endmacro %}

{% macro snapshot_hash_arguments(args) %}{{ return(adapter.dispatch('snapshot_hash_arguments', 'dbt')(args)) }}{% endmacro %}

{% macro snapshot_string_as_time(timestamp) %}
  {{ return(adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp)) }}
{% endmacro %}

{% macro get_true_sql() %}{{ return(adapter.dispatch('get_true_sql', 'dbt')()) }}{% endmacro %}


{# The value is stored as dbt_scd_id: its text must not change, or every open version would be closed anew. #}
{% macro default__snapshot_hash_arguments(args) -%}
  md5({% for arg in args -%}
    coalesce(cast({{ arg }} as varchar ), '')
    {%- if not loop.last %} || '|' || {% endif %}
  {%- endfor %})
{%- endmacro %}

{% macro default__snapshot_string_as_time(timestamp) %}{% do _not_implemented('snapshot_string_as_time') %}{% endmacro %}

{% macro default__get_true_sql() %}{{ return('TRUE') }}{% endmacro %}

{% macro _snapshot_strategy(updated_at, row_changed) %}
  {% set key = config.get('unique_key') %}
  {% set hard_deletes = adapter.get_hard_deletes_behavior(config) %}
  {{ return({
      'unique_key': key,
      'updated_at': updated_at,
      'row_changed': row_changed,
      'scd_id': snapshot_hash_arguments(api.Relation.scd_args(key, updated_at)),
      'invalidate_hard_deletes': hard_deletes == 'invalidate',
      'hard_deletes': hard_deletes,
  }) }}
{% endmacro %}

{# Changed means: the row's updated_at is later than the version. The version's own time column is compared,
   as the user's column may be missing in a snapshot that was begun with another strategy. #}
{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {% set updated_at = config.get('updated_at') %}
  {% set valid_from = _snapshot_columns().dbt_valid_from %}
  {{ return(_snapshot_strategy(updated_at,
      '(' ~ snapshotted_rel ~ '.' ~ valid_from ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')')) }}
{% endmacro %}

{# Changed means: one of check_cols differs, nulls included; or the query has a column that the snapshot lacks. #}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {% set updated_at = config.get('updated_at') or snapshot_get_time() %}
  {% set column_added, check_cols = snapshot_check_all_get_existing_columns(node, target_exists, config.get('check_cols')) %}
  {% set differences = [] %}
  {% if column_added %}
    {% do differences.append(get_true_sql()) %}
  {% else %}
    {% for column in check_cols %}
      {% set old = snapshotted_rel ~ '.' ~ column %}
      {% set new = current_rel ~ '.' ~ column %}
      {% do differences.append(old ~ ' != ' ~ new
          ~ ' or ((' ~ old ~ ' is null and not (' ~ new ~ ' is null)) or (not ' ~ old ~ ' is null and ' ~ new ~ ' is null))') %}
    {% endfor %}
  {% endif %}
  {{ return(_snapshot_strategy(updated_at, '(' ~ (differences | join(' or ')) ~ ')')) }}
{% endmacro %}

{# (is there a column the snapshot lacks, quoted columns to compare). The query is asked for the names, as the config's
   may differ in case. #}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) %}
  {% if not target_exists %}{{ return((false, [])) }}{% endif %}
  {% if check_cols_config == 'all' %}
    {% set probe = node['compiled_code'] %}
  {% elif check_cols_config is iterable and check_cols_config | length > 0 %}
    {% set probe = 'select ' ~ (check_cols_config | join(', ')) ~ ' from (\n' ~ node['compiled_code'] ~ '\n) subq' %}
  {% else %}
    {% do exceptions.raise_compiler_error("Invalid value for 'check_cols': " ~ check_cols_config, config='check_cols') %}
  {% endif %}
  {% set target = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) %}
  {% set in_query = get_columns_in_query(probe) %}
  {% set recorded = adapter.get_columns_in_relation(target) | map(attribute='name') | list %}
  {% set shared = [] %}
  {% for name in in_query if name in recorded %}{% do shared.append(adapter.quote(name)) %}{% endfor %}
  {{ return((shared | length < in_query | length, shared)) }}
{% endmacro %}
