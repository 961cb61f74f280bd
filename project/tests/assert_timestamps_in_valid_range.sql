-- Telegram opened on 2013-08-14: nothing in it is older, and no edit is older than its message.
{%- set opened = "cast('2013-08-14 00:00:00' as " ~ dbt.type_timestamp() ~ ")" %}
select
    channel_name,
    message_id,
    message_at,
    edited_at,
    scraped_at
from {{ ref('stg_telegram_messages') }}
where message_at is null
    or message_at < {{ opened }}
    or scraped_at < {{ opened }}
    or edited_at < message_at
