-- The history has one open row a channel, and its periods do not overlap.
select
    channel_key,
    dbt_valid_from,
    dbt_valid_to
from (
    select
        channel_key,
        dbt_valid_from,
        dbt_valid_to,
        lead(dbt_valid_from) over (partition by channel_key order by dbt_valid_from) as next_from
    from {{ ref('channels_history') }}
) as periods
where dbt_valid_to < dbt_valid_from
    or dbt_valid_to > next_from
    or (dbt_valid_to is null and next_from is not null)
