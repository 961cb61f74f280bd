{{ config(severity='warn', limit=2, store_failures=true) }}
select * from {{ ref('events') }}
