{{ config(materialized='table', event_time='ts') }}
select 1 as id, 'a' as kind, cast('2024-01-01 10:00:00' as timestamp) as ts
union all select 2, 'b', cast('2024-01-02 10:00:00' as timestamp)
union all select 3, 'a', cast('2024-01-03 10:00:00' as timestamp)
{% if var('round') > 1 %}union all select 4, 'c', cast('2024-01-03 11:00:00' as timestamp){% endif %}
