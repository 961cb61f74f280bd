select id as customer_id, name, country, updated_at from {{ source('raw', 'customers') }}
