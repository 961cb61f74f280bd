{{ config(materialized='table') }}
select id, grp, amount, cast('2026-01-0' || cast(b as {{ dbt.type_string() }}) as date) as day, b as batch
{% if var('extra') %}, cast(amount as numeric(10,1)) as more, 'x' as label{% endif %}
from (
  select 1 as id, 'a' as grp, 10 as amount, 1 as b
  union all select 2, 'b', 20, 1
  {% if var('batch') >= 2 %}union all select 2, 'b', 25, 2 union all select 3, 'c', 30, 2{% endif %}
  {% if var('batch') >= 3 %}union all select 1, 'z', 11, 3 union all select 4, 'd', 40, 3{% endif %}
) x where b = {{ var('batch') }}
