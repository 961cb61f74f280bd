{#- One row a message. Of one that was scraped several times the latest scrape is kept: it knows views
    and edits best. The loader does so already (meta.gdbt.rows: message), but for names of channels that
    differ in case, and not with `rows: record`. Rows are only ever dropped for that reason: odd dates
    and metrics stay, for the tests to find. -#}

with raw_messages as (

    select * from {{ source('raw', 'telegram_messages') }}

),

typed as (

    select
        {{ ascii_lower('channel_name') }} as channel_handle,
        channel_name,
        channel_id,
        message_id,

        {{ iso_to_utc('message_date') }} as message_at,
        {{ iso_to_utc('edit_date') }} as edited_at,

        coalesce({{ strip('message_text') }}, '') as message_text,

        coalesce(has_media, image_path is not null, false) as has_media,
        coalesce(image_path, '') <> '' or coalesce(media_type, '') in ('photo', 'MessageMediaPhoto') as has_image,
        image_path,
        image_sha256,

        coalesce(views, 0) as views,
        coalesce(forwards, 0) as forwards,
        coalesce(replies, 0) as replies,
        coalesce(deleted, false) as is_deleted,

        cast(scrape_date as date) as scrape_date,
        {{ iso_to_utc('scraped_at') }} as scraped_at,
        -- A scrape time without an offset is the reading of an unknown local clock. No clock is
        -- more than 12 hours behind UTC, so this is the latest instant it can stand for.
        case
            when scraped_at is null
                then {{ dbt.dateadd('hour', 36, "cast(scrape_date as " ~ dbt.type_timestamp() ~ ")") }}
            when {{ iso_has_offset('scraped_at') }}
                then {{ iso_to_utc('scraped_at') }}
            else {{ dbt.dateadd('hour', 12, iso_to_utc('scraped_at')) }}
        end as scraped_before,

        lake_file,
        lake_row,
        loaded_at
    from raw_messages

),

ranked as (

    select
        *,
        row_number() over (
            partition by channel_handle, message_id
            order by scrape_date desc, scraped_at desc nulls last, lake_file collate "C" desc, lake_row desc
        ) as recency,
        max(loaded_at) over (partition by channel_handle, message_id) as last_loaded_at
    from typed

)

select
    {{ surrogate_key(['channel_handle', 'message_id']) }} as message_key,
    {{ surrogate_key(['channel_handle']) }} as channel_key,
    channel_handle,
    channel_name,
    channel_id,
    message_id,
    message_at,
    {{ to_local('message_at') }} as message_at_local,
    cast({{ to_local('message_at') }} as date) as message_date,
    edited_at,
    message_text,
    cast(length(message_text) as {{ dbt.type_int() }}) as message_length,
    has_media,
    has_image,
    image_path,
    image_sha256,
    views,
    forwards,
    replies,
    is_deleted,
    scrape_date,
    scraped_at,
    scraped_before,
    lake_file,
    lake_row,
    last_loaded_at
from ranked
where recency = 1
