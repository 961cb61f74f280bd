{{ config(materialized='ephemeral') }} {{ exceptions.raise_compiler_error('raised in an ephemeral one') if execute }} select 1 as id
