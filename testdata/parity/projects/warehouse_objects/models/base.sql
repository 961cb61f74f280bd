{{ config(materialized='table', unlogged=true, indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['name', 'id'], 'type': 'btree'}]) }}
select 1 as id, 'a' as name union all select 2, 'b'
