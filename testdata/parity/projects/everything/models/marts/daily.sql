{{ config(materialized='incremental', unique_key=['day'], incremental_strategy='delete+insert', on_schema_change='append_new_columns') }}
select cast(ordered_at as date) as day, count(*) as orders, {{ var('batch') }} as batch
from {{ ref('raw_orders') }}
{% if is_incremental() %}
where cast(ordered_at as date) >= (select max(day) from {{ this }})
{% endif %}
group by 1
