select 10 as customer_id, 'GB' as country
