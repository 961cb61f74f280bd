{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id') }}
select id, grp, amount from {{ ref('input') }}
