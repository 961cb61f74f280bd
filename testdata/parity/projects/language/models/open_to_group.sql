{{ config(group='owners') }}
select * from {{ ref('secret') }}
