select * from {{ ref('fct_orders') }} where amount_cents > {{ var('scoped_missing', 10) }}
