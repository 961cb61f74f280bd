select 1 as gear
