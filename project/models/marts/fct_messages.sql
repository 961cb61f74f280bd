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
    scraped_at
from {{ ref('stg_telegram_messages') }}
