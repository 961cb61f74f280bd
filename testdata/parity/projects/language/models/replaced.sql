{{ config(materialized='incremental', incremental_strategy='replace_all', pre_hook=[{'sql': note('out'), 'transaction': false}, note('in')]) }}
select id, kind from {{ ref('events') }} where id <= {{ var('round') + 1 }}
