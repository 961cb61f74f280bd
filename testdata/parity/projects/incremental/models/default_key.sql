{{ config(materialized='incremental', unique_key=['id', 'grp'], incremental_predicates=["amount < 1000"]) }}
select id, grp, amount, '{{ "later" if is_incremental() else "first" }}' as run from {{ ref('input') }}
