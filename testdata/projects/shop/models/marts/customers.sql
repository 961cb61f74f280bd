select c.customer_id, c.customer_name, coalesce(t.orders, 0) as orders, coalesce(t.amount, 0) as amount
from {{ ref('stg_customers') }} as c
left join {{ ref('order_totals') }} as t on t.customer_id = c.customer_id
