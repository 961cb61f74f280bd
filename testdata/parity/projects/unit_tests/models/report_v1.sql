select customer_id, country from {{ ref('named') }}
