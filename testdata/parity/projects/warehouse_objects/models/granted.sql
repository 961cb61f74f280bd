{{ config(materialized='incremental', grants={'select': ['parity_reader'] if var('change') != 'index' else []}) }}
select 1 as id, 'text with ''quotes''' as note
