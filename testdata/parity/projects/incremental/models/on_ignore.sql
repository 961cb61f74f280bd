{{ config(materialized='incremental', unique_key='id', on_schema_change='ignore') }}
select id, {% if var('extra') %}more, label{% else %}grp{% endif %}, amount from {{ ref('input') }}
