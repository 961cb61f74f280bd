{{ config(materialized='table') }} {{ exceptions.raise_compiler_error('raised on purpose') if execute }}
