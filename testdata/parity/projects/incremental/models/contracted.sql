{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns', contract={'enforced': true}) }}
select id, cast(grp as {{ dbt.type_string() }}) as grp from {{ ref('input') }}
