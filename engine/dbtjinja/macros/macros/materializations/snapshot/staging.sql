{# The rows of the first run, and the differences of the later ones. #}

{% macro build_snapshot_table(strategy, sql) %}{{ return(adapter.dispatch('build_snapshot_table', 'dbt')(strategy, sql)) }}{% endmacro %}

{% macro snapshot_staging_table(strategy, source_sql, target_relation) %}
  {{ return(adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation)) }}
{% endmacro %}

{% macro post_snapshot(staging_relation) %}{{ return(adapter.dispatch('post_snapshot', 'dbt')(staging_relation)) }}{% endmacro %}


{% macro default__build_snapshot_table(strategy, sql) %}
  {% set columns = _snapshot_columns() %}
  select *,
    {{ strategy.scd_id }} as {{ columns.dbt_scd_id }},
    {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
    {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
    {{ get_dbt_valid_to_current(strategy, columns) }}
    {{- ", 'False' as " ~ columns.dbt_is_deleted if strategy.hard_deletes == 'new_record' }}
  from (
    {{ sql }}
  ) sbq
{% endmacro %}

{# The staging table's relation. Adapters whose temporary tables are special replace this macro. #}
{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {% set staging = make_temp_relation(target_relation) %}
  {% set rows_sql = snapshot_staging_table(strategy, sql, target_relation) %}
  {% call statement('build_snapshot_staging_relation') %}
    {{ create_table_as(True, staging, rows_sql) }}
  {% endcall %}
  {{ return(staging) }}
{% endmacro %}

{% macro default__post_snapshot(staging_relation) %}{% endmacro %}


{# One row per change, told apart by dbt_change_type: insert (a new version), update and delete (a version to close).
   hard_deletes decides on rows that are gone: 'ignore' them, 'invalidate' (close) them, or close them and insert
   a 'new_record' that says so. The branches of the union agree in the order of their columns. #}
{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) %}
  {% set columns = _snapshot_columns() %}
  {% set key = strategy.unique_key %}
  {% set key_fields = unique_key_fields(key) | trim %}
  {% set same_key = unique_key_join_on(key, 'snapshotted_data', 'source_data') | trim %}
  {% set new_record = strategy.hard_deletes == 'new_record' %}
  {% set closes_deleted = new_record or strategy.hard_deletes == 'invalidate' %}
  {% set current_end = config.get('dbt_valid_to_current') %}
  {% set valid_to = columns.dbt_valid_to | trim %}
  {% set was_deleted = 'snapshotted_data.' ~ columns.dbt_is_deleted ~ " = 'True'" %}
  {% set changed = strategy.row_changed ~ (' or ' ~ was_deleted if new_record else '') %}
  {% set last_says_deleted = was_deleted ~ ' and snapshotted_data.' ~ columns.dbt_valid_to
      ~ (' = ' ~ current_end if current_end else ' is null') %}
  {% set now = snapshot_get_time() | trim %}

  with snapshot_query as (

    {{ source_sql }}

  ),

  snapshotted_data as (

    select *, {{ key_fields }}
    from {{ target_relation }}
    where
    {%- if current_end %} ({{ equals(valid_to, current_end | trim) }} or {{ valid_to }} is null)
    {%- else %} {{ valid_to }} is null
    {%- endif %}

  ),

  insertions_source_data as (

    select *, {{ key_fields }},
      {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
      {{ get_dbt_valid_to_current(strategy, columns) }},
      {{ strategy.scd_id }} as {{ columns.dbt_scd_id }}
    from snapshot_query

  ),

  updates_source_data as (

    select *, {{ key_fields }},
      {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
      {{ strategy.updated_at }} as {{ columns.dbt_valid_to }}
    from snapshot_query

  ),
  {% if closes_deleted %}
  deletes_source_data as (

    select *, {{ key_fields }} from snapshot_query

  ),
  {% endif %}
  insertions as (

    select
      'insert' as dbt_change_type,
      source_data.*
      {{- ", 'False' as " ~ columns.dbt_is_deleted if new_record }}
    from insertions_source_data as source_data
    left outer join snapshotted_data on {{ same_key }}
    where {{ unique_key_is_null(key, 'snapshotted_data') }}
      or ({{ unique_key_is_not_null(key, 'snapshotted_data') }} and ({{ changed }}))

  ),

  updates as (

    select
      'update' as dbt_change_type,
      source_data.*,
      snapshotted_data.{{ columns.dbt_scd_id }}
      {{- ', snapshotted_data.' ~ columns.dbt_is_deleted if new_record }}
    from updates_source_data as source_data
    join snapshotted_data on {{ same_key }}
    where ({{ changed }})

  )
  {%- if closes_deleted %},

  deletes as (

    select
      'delete' as dbt_change_type,
      source_data.*,
      {{ now }} as {{ columns.dbt_valid_from }},
      {{ now }} as {{ columns.dbt_updated_at }},
      {{ now }} as {{ columns.dbt_valid_to }},
      snapshotted_data.{{ columns.dbt_scd_id }}
      {{- ', snapshotted_data.' ~ columns.dbt_is_deleted if new_record }}
    from snapshotted_data
    left join deletes_source_data as source_data on {{ same_key }}
    where {{ unique_key_is_null(key, 'source_data') }}
      {{- ' and not (' ~ last_says_deleted ~ ')' if new_record }}

  )
  {%- endif %}
  {%- if new_record %},

  deletion_records as (

    select
      'insert' as dbt_change_type,
      {{ _snapshot_last_values(source_sql, target_relation) }},
      {{ _snapshot_last_key(key) }},
      {{ now }} as {{ columns.dbt_valid_from }},
      {{ now }} as {{ columns.dbt_updated_at }},
      snapshotted_data.{{ columns.dbt_valid_to }} as {{ columns.dbt_valid_to }},
      {{ snapshot_hash_arguments([columns.dbt_scd_id, now]) }} as {{ columns.dbt_scd_id }},
      'True' as {{ columns.dbt_is_deleted }}
    from snapshotted_data
    left join deletes_source_data as source_data on {{ same_key }}
    where {{ unique_key_is_null(key, 'source_data') }}
      and not ({{ last_says_deleted }})

  )
  {%- endif %}

  select * from insertions
  union all
  select * from updates
  {%- if closes_deleted %}
  union all
  select * from deletes
  {%- endif %}
  {%- if new_record %}
  union all
  select * from deletion_records
  {%- endif %}
{% endmacro %}

{# The query's columns with the values of the last version; a column that is new in the query has none. #}
{% macro _snapshot_last_values(source_sql, target_relation) %}
  {% set recorded = get_list_of_column_names(get_columns_in_relation(target_relation)) %}
  {% set values = [] %}
  {% for name in get_columns_in_query(source_sql) %}
    {% do values.append(('snapshotted_data.' if name in recorded else 'source_data.') ~ adapter.quote(name)) %}
  {% endfor %}
  {{ return(values | join(', ')) }}
{% endmacro %}

{% macro _snapshot_last_key(unique_key) -%}
  {%- if unique_key | is_list -%}
    {%- for key in unique_key -%}
      snapshotted_data.{{ key }} as dbt_unique_key_{{ loop.index }}{{ ', ' if not loop.last }}
    {%- endfor -%}
  {%- else -%}
    snapshotted_data.dbt_unique_key as dbt_unique_key
  {%- endif -%}
{%- endmacro %}
