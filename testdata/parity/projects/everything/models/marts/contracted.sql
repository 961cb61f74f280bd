select cast(1 as integer) as id, cast('a' as {{ dbt.type_string() }}) as name, cast(2.5 as numeric(10,2)) as price
