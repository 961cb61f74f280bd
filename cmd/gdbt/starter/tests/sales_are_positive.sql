-- A test fails when its query finds rows.
select *
from {{ ref('daily_sales') }}
where amount <= 0
