-- depends_on: {{ ref('colours') }}
{{ config(tags=['in_file'], alias='stg__orders', meta={'file': true}) }}
select
    id as order_id,
    customer_id,
    {{ cents('amount') }} as amount_cents,
    status,
    ordered_at,
    {{ widgets.labelled('status') }} as label
from {{ source('raw', 'orders') }}
where {{ everything.truthy() }}
