{{ config(materialized='materialized_view', indexes=[{'columns': ['id'], 'unique': var('change') != 'index'}, {'columns': ['name'], 'type': 'hash'}]) }}
select * from {{ ref('base') }}
