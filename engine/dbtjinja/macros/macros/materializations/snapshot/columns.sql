{# The columns a snapshot adds. Their names are the config snapshot_table_column_names, or these. #}
{% macro get_snapshot_table_column_names() %}
  {{ return({
      'dbt_valid_to': 'dbt_valid_to', 'dbt_valid_from': 'dbt_valid_from', 'dbt_scd_id': 'dbt_scd_id',
      'dbt_updated_at': 'dbt_updated_at', 'dbt_is_deleted': 'dbt_is_deleted',
  }) }}
{% endmacro %}

{% macro _snapshot_columns() %}
  {{ return(config.get('snapshot_table_column_names') or get_snapshot_table_column_names()) }}
{% endmacro %}

{# What the staging table has for its own use, in either case as warehouses fold names. #}
{% macro _snapshot_staging_only_columns(unique_key) %}
  {% set names = ['dbt_change_type', 'dbt_unique_key'] %}
  {% if unique_key | is_list %}
    {% for key in unique_key %}{% do names.append('dbt_unique_key_' ~ loop.index) %}{% endfor %}
  {% endif %}
  {{ return(names + (names | map('upper') | list)) }}
{% endmacro %}

{% macro create_columns(relation, columns) %}{{ return(adapter.dispatch('create_columns', 'dbt')(relation, columns)) }}{% endmacro %}

{% macro default__create_columns(relation, columns) %}
  {% for column in columns %}
    {% call statement() %}
      alter table {{ relation.render() }} add column {{ adapter.quote(column.name) }} {{ column.expanded_data_type }};
    {% endcall %}
  {% endfor %}
{% endmacro %}

{# Open versions end never: null, or what dbt_valid_to_current says. The nullif gives the null the type of the time column. #}
{% macro get_dbt_valid_to_current(strategy, columns) -%}
  coalesce(nullif({{ strategy.updated_at }}, {{ strategy.updated_at }}), {{ config.get('dbt_valid_to_current') or 'null' }}) as {{ columns.dbt_valid_to }}
{%- endmacro %}


{# Unique key of one column or a list; the parts are compared under names of our own. #}
{% macro unique_key_fields(unique_key) -%}
  {%- if unique_key | is_list -%}
    {%- for key in unique_key -%}
      {{ key }} as dbt_unique_key_{{ loop.index }}{{ ', ' if not loop.last }}
    {%- endfor -%}
  {%- else -%}
    {{ unique_key }} as dbt_unique_key
  {%- endif -%}
{%- endmacro %}

{% macro unique_key_join_on(unique_key, identifier, from_identifier) -%}
  {%- if unique_key | is_list -%}
    {%- for key in unique_key -%}
      {{ equals(identifier ~ '.dbt_unique_key_' ~ loop.index, from_identifier ~ '.dbt_unique_key_' ~ loop.index) }}
      {{- ' and ' if not loop.last }}
    {%- endfor -%}
  {%- else -%}
    {{ identifier }}.dbt_unique_key = {{ from_identifier }}.dbt_unique_key
  {%- endif -%}
{%- endmacro %}

{% macro unique_key_is_null(unique_key, identifier) -%}
  {{ identifier }}.dbt_unique_key{{ '_1' if unique_key | is_list }} is null
{%- endmacro %}

{% macro unique_key_is_not_null(unique_key, identifier) -%}
  {{ identifier }}.dbt_unique_key{{ '_1' if unique_key | is_list }} is not null
{%- endmacro %}


{# A time column of another type than the warehouse's now() would be compared and stored wrongly: warn. #}
{% macro get_updated_at_column_data_type(snapshot_sql) %}
  {% set found = get_column_schema_from_query(snapshot_sql)
      | selectattr('column', 'in', ['dbt_updated_at', 'DBT_UPDATED_AT']) | map(attribute='dtype') | list %}
  {{ return((found | last) or none) }}
{% endmacro %}

{% macro check_time_data_types(sql) %}
  {% set row_type = get_updated_at_column_data_type(sql) %}
  {% set now_type = get_snapshot_get_time_data_type() %}
  {% if row_type is not none and now_type is not none and row_type != now_type %}
    {% do exceptions.warn_snapshot_timestamp_data_types(now_type, row_type) %}
  {% endif %}
{% endmacro %}
