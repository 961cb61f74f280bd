{# Replaces the built-in macro: the staging table is not always temporary. #}
{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {% set staging = duckdb__dispatch_temporary_relation(target_relation) %}
  {% set rows_sql = snapshot_staging_table(strategy, sql, target_relation) %}
  {% call statement('build_snapshot_staging_relation') %}
    {{ create_table_as(staging.temporary, staging.relation, rows_sql) }}
  {% endcall %}
  {{ return(staging.relation) }}
{% endmacro %}

{% macro duckdb__post_snapshot(temporary_relation) %}{{ return(drop_relation(temporary_relation)) }}{% endmacro %}

{# An update and an insert in one call. #}
{% macro duckdb__snapshot_merge_sql(target, source, insert_cols) %}
  {% set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() %}
  {% set current_end = config.get('dbt_valid_to_current') %}
  {% set valid_to = 'DBT_INTERNAL_TARGET.' ~ columns.dbt_valid_to %}
  update {{ target }} as DBT_INTERNAL_TARGET
  set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_to }}
  from {{ source }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.{{ columns.dbt_scd_id }}::text = DBT_INTERNAL_TARGET.{{ columns.dbt_scd_id }}::text
    and DBT_INTERNAL_SOURCE.dbt_change_type::text in ('update', 'delete')
    and ({{ valid_to ~ ' = ' ~ current_end ~ ' or ' if current_end }}{{ valid_to }} is null);

  insert into {{ target }} ({{ insert_cols | join(', ') }})
  select DBT_INTERNAL_SOURCE.{{ insert_cols | join(', DBT_INTERNAL_SOURCE.') }}
  from {{ source }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.dbt_change_type::text = 'insert';
{% endmacro %}

{% macro duckdb__snapshot_string_as_time(timestamp) %}{{ return("'" ~ timestamp ~ "'::timestamp") }}{% endmacro %}

{% macro duckdb__snapshot_get_time() -%} {{ current_timestamp() }}::timestamp {%- endmacro %}

{% macro duckdb__current_timestamp() -%} now() {%- endmacro %}
