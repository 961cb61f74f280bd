{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ts', batch_size='day', begin='2024-01-01',
    unique_key=('id' if target.type == 'postgres' else none), pre_hook=note('before {{ model.batch.id }}'), post_hook=note('after {{ model.batch.id }}')) }}
select id, kind, ts {% if var('bad', '') and model.batch and model.batch.id == var('bad') | string %}, nowhere{% endif %} from {{ ref('events') }}
