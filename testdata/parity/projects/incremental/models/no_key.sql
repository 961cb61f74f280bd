{{ config(materialized='incremental', pre_hook="select 1", post_hook={'sql': 'select 2', 'transaction': false}) }}
select * from (select id, grp from {{ ref('input') }}) y
