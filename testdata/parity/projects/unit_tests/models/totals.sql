{{ config(materialized='incremental') }}
select o.customer_id, c.country, sum(o.amount) as amount, '{{ var("mode", "normal") }}' as mode
from {{ ref('orders') }} o left join {{ ref('customers') }} c on c.customer_id = o.customer_id
{% if is_incremental() %}where o.customer_id not in (select customer_id from {{ this }}){% endif %}
group by 1, 2
