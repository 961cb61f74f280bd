{{ config(severity='error', tags=['singular'], store_failures=true, alias='negatives') }}
select * from {{ ref('fct_orders') }} where amount_cents < 0
