{{ config(materialized='incremental', incremental_strategy='append') }}
select id, grp, amount from {{ ref('input') }}
