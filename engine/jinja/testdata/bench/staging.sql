{{ config(materialized='view', tags=['staging']) }}

with source as (

    select * from {{ source('telegram', 'messages') }}

),

renamed as (

    select
        message_id,
        channel_name,
        {{ cents_to_units('price') }} as price,
        {% for col in ['views', 'forwards', 'replies'] -%}
        coalesce({{ col }}, 0) as {{ col }}{{ ',' if not loop.last }}
        {% endfor %}
    from source
    {% if is_incremental() %}
    where loaded_at > (select max(loaded_at) from {{ this }})
    {% endif %}

)

select * from renamed
where channel_name in ({% for c in var('channels') %}'{{ c }}'{% if not loop.last %}, {% endif %}{% endfor %})
