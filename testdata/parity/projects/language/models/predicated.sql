{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id',
    incremental_predicates=[("DBT_INTERNAL_DEST." if target.type == 'postgres' else '') ~ "id < 3"]) }}
select id, '{{ var("round") }}' as round from {{ ref('events') }}
