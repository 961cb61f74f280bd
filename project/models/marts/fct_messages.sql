{{ config(materialized='incremental', unique_key='message_key', incremental_strategy='delete+insert', on_schema_change='append_new_columns') }}

{#- Messages that were loaded since the last run replace their row, others keep it. The last load is read once more, as a
    run may have seen a part of it; a table that does not tell of loads yet takes every message. A message that is gone from the lake stays until --full-refresh; the test
    assert_channel_totals_match_facts tells of it. -#}
select
    message_key,
    channel_key,
    {{ date_key('message_date') }} as date_key,
    message_id,
    message_at,
    message_at_local,
    edited_at,
    message_text,
    message_length,
    has_media,
    has_image,
    image_path,
    views as view_count,
    forwards as forward_count,
    replies as reply_count,
    is_deleted,
    scraped_at,
    last_loaded_at
from {{ ref('stg_telegram_messages') }}
{%- if is_incremental() and has_column(this, 'last_loaded_at') %}
where last_loaded_at >= coalesce(
    (select max(last_loaded_at) from {{ this }}),
    cast('0001-01-01' as {{ dbt.type_timestamp() }})
)
{%- endif %}
