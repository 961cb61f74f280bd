{{ config(materialized='ephemeral') }}
select c.customer_id, n.name as country from {{ ref('customers') }} c join {{ ref('countries') }} n on n.code = c.country
