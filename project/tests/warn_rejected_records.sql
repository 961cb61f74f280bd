{{ config(severity='warn') }}
-- Records of the lake that the loader could not read: a warning, as the rest of the file is there.
select
    lake_file,
    lake_row,
    kind,
    reason
from {{ source('raw', 'telegram_messages_rejects') }}
