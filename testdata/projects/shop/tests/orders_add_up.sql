select 1 as problem
from {{ ref('customers') }}
having sum(amount) <> (select sum(amount) from {{ ref('stg_orders') }})
