{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id', merge_exclude_columns=['amount']) }}
select id, grp, amount from {{ ref('input') }}
