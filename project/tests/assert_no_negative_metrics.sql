select
    message_key,
    message_id,
    message_length,
    view_count,
    forward_count,
    reply_count
from {{ ref('fct_messages') }}
where message_length < 0
    or view_count < 0
    or forward_count < 0
    or reply_count < 0
