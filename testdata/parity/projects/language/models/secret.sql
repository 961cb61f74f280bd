{{ config(access='private', group='owners') }}
select 1 as id
