{{ config(materialized='table') }} {{ exceptions.warn('warned on purpose') if execute }} select 1 as id
