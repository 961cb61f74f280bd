{{ config(warn_if='> 100', error_if='> 1000', limit=5) }}
select * from {{ ref('stg_orders') }} -- always a few
