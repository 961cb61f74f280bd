select channel_name, message_id, views
from {{ source('raw', 'telegram_messages') }}
