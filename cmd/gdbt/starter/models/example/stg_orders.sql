-- The seed with the types and the names that the other models use. It is a view, as dbt_project.yml says for this folder.
select
    order_id,
    cast(ordered_at as date) as order_date,
    product,
    quantity,
    cast(quantity * unit_price as numeric(12, 2)) as amount
from {{ ref('raw_orders') }}
