{{ config(materialized='view' if var('kind') == 'normal' else 'table') }}
select id from {{ ref('changing') }}
