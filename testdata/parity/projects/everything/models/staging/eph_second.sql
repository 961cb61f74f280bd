{{ config(materialized='ephemeral') }}
select customer_id, total, total * 2 as twice from {{ ref('eph_totals') }}
