select 1 as id, 'one' as name, true as is_new
