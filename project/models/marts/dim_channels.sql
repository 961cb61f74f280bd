with messages as (

    select * from {{ ref('stg_telegram_messages') }}

),

-- A channel may change how its name is spelled; the newest spelling is shown.
spelled as (

    select
        channel_key,
        channel_handle,
        channel_name,
        row_number() over (
            partition by channel_key
            order by scrape_date desc, message_at desc, message_id desc
        ) as recency
    from messages

),

activity as (

    select
        channel_key,
        min(message_at) as first_post_at,
        max(message_at) as last_post_at,
        min(message_date) as first_post_date,
        max(message_date) as last_post_date,
        count(*) as post_count,
        sum(case when has_image then 1 else 0 end) as image_post_count,
        {{ average('views') }} as average_views,
        {{ average('forwards') }} as average_forwards
    from messages
    group by channel_key

)

select
    activity.channel_key,
    spelled.channel_handle,
    spelled.channel_name,
    activity.first_post_at,
    activity.last_post_at,
    activity.first_post_date,
    activity.last_post_date,
    cast({{ dbt.datediff('activity.first_post_date', 'activity.last_post_date', 'day') }} as {{ dbt.type_int() }}) as activity_span_days,
    activity.post_count,
    cast(activity.image_post_count as {{ dbt.type_bigint() }}) as image_post_count,
    activity.average_views,
    activity.average_forwards
from activity
inner join spelled
    on activity.channel_key = spelled.channel_key
    and spelled.recency = 1
