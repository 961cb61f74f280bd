{{ config(
    materialized='table',
    pre_hook=["select 1", {'sql': "select 2", 'transaction': false}],
    indexes=[{'columns': ['order_id'], 'unique': true}, {'columns': ['customer_id', 'amount_cents']}]
) }}
select o.order_id, o.customer_id, cast(o.amount_cents as integer) as amount_cents, o.status, c.country
from {{ ref('stg_orders') }} o
left join {{ ref('everything', 'stg_customers') }} c on c.customer_id = o.customer_id
