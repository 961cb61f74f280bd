{{ config(materialized='no_such_materialization') }} select 1 as id
