{% set colours = ['red', 'blue'] -%}
select c.customer_id, c.name, t.total, s.twice
{%- for colour in colours %}
    , '{{ colour }}' as colour_{{ loop.index }}
{%- endfor %}
from {{ ref('stg_customers') }} c
left join {{ ref('eph_totals') }} t on t.customer_id = c.customer_id
left join {{ ref('eph_second') }} s on s.customer_id = c.customer_id
