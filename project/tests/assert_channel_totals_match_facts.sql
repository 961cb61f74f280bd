-- The dimension's counts are those of the facts, and no channel is lost between the two.
with facts as (

    select
        channel_key,
        count(*) as post_count,
        sum(case when has_image then 1 else 0 end) as image_post_count
    from {{ ref('fct_messages') }}
    group by channel_key

)

select
    coalesce(facts.channel_key, channels.channel_key) as channel_key,
    facts.post_count as fact_posts,
    channels.post_count as dimension_posts
from facts
full outer join {{ ref('dim_channels') }} as channels
    on facts.channel_key = channels.channel_key
where facts.channel_key is null
    or channels.channel_key is null
    or facts.post_count <> channels.post_count
    or facts.image_post_count <> channels.image_post_count
