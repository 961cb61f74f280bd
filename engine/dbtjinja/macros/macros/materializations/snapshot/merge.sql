{# Brings the staged differences into the snapshot: closes versions, then inserts the new ones. #}

{% macro snapshot_merge_sql(target, source, insert_cols) %}
  {{ return(adapter.dispatch('snapshot_merge_sql', 'dbt')(target, source, insert_cols)) }}
{% endmacro %}

{% macro default__snapshot_merge_sql(target, source, insert_cols) %}
  {% set columns = _snapshot_columns() %}
  {% set current_end = config.get('dbt_valid_to_current') %}
  {% set valid_to = ('DBT_INTERNAL_DEST.' ~ columns.dbt_valid_to) | trim %}
  {% set inserted = insert_cols | join(', ') %}
  merge into {{ target.render() }} as DBT_INTERNAL_DEST
  using {{ source }} as DBT_INTERNAL_SOURCE
  on DBT_INTERNAL_SOURCE.{{ columns.dbt_scd_id }} = DBT_INTERNAL_DEST.{{ columns.dbt_scd_id }}
  when matched
    {%- if current_end %} and ({{ equals(valid_to, current_end | trim) }} or {{ valid_to }} is null)
    {%- else %} and {{ valid_to }} is null
    {%- endif %}
    and DBT_INTERNAL_SOURCE.dbt_change_type in ('update', 'delete')
    then update set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_to }}
  when not matched and DBT_INTERNAL_SOURCE.dbt_change_type = 'insert'
    then insert ({{ inserted }}) values ({{ inserted }})
{% endmacro %}
