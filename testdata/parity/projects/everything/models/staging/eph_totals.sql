{{ config(materialized='ephemeral') }}
with sums as (select customer_id, sum(amount_cents) as total from {{ ref('stg_orders') }} group by customer_id)
select * from sums
