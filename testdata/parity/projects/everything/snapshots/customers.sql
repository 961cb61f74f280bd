{% snapshot customers_history %}
{{ config(unique_key='id', strategy='timestamp', updated_at='updated_at', target_schema='snapshots') }}
select id, name {{ "|| '!'" if var('batch') > 1 }} as name, cast(updated_at as timestamp) {{ "+ interval '1 day'" if var('batch') > 1 }} as updated_at
from {{ ref('raw_customers') }}
{% endsnapshot %}
