{{ config(materialized='materialized_view', on_configuration_change='fail', indexes=[{'columns': ['id'], 'unique': var('change') != 'fail'}]) }}
select * from {{ ref('base') }}
