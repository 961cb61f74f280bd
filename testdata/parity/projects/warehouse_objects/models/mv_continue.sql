{{ config(materialized='materialized_view', on_configuration_change='continue', indexes=[{'columns': ['id'], 'unique': var('change') != 'continue'}]) }}
select * from {{ ref('base') }}
