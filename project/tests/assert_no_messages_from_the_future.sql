-- A message can't be younger than the scrape that found it. The scrape's own clock decides, not
-- the time of this test, so the same data gives the same answer on every day.
select
    channel_name,
    message_id,
    message_at,
    scraped_at,
    scraped_before
from {{ ref('stg_telegram_messages') }}
where message_at > scraped_before
    or edited_at > scraped_before
