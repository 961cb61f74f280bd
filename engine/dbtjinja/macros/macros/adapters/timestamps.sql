{# Now, in SQL. #}

{% macro current_timestamp() %}{{ return(adapter.dispatch('current_timestamp', 'dbt')()) }}{% endmacro %}

{% macro snapshot_get_time() %}{{ return(adapter.dispatch('snapshot_get_time', 'dbt')()) }}{% endmacro %}

{# Both _backcompat macros are deprecated; they stand for what dbt_utils.current_timestamp gave. #}
{% macro current_timestamp_backcompat() %}{{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}{% endmacro %}

{% macro current_timestamp_in_utc_backcompat() %}
  {{ return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) }}
{% endmacro %}


{% macro default__current_timestamp() %}{% do _not_implemented('current_timestamp') %}{% endmacro %}

{% macro default__snapshot_get_time() %}{{ return(current_timestamp()) }}{% endmacro %}

{% macro default__current_timestamp_backcompat() %}{{ return('current_timestamp::timestamp') }}{% endmacro %}

{% macro default__current_timestamp_in_utc_backcompat() %}
  {{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}
{% endmacro %}

{# The warehouse's type of snapshot_get_time(), or none. #}
{% macro get_snapshot_get_time_data_type() %}
  {% set now = adapter.dispatch('snapshot_get_time', 'dbt')() %}
  {% set schema = get_column_schema_from_query('select ' ~ now ~ ' as dbt_snapshot_time') %}
  {{ return(schema[0].dtype or none) }}
{% endmacro %}
