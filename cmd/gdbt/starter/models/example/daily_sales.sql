{{ config(materialized='table') }}

select
    order_date,
    count(*) as orders,
    sum(quantity) as units,
    sum(amount) as amount
from {{ ref('stg_orders') }}
group by order_date
