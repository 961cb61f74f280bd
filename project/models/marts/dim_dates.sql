{%- set weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] -%}
{%- set months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August',
                  'September', 'October', 'November', 'December'] -%}

{#- Every day from the first message to the last, days without a message too. Names are spelled
    here: a server would give them in its own language. -#}

with recursive bounds as (

    select
        min(message_date) as first_day,
        cast(max(message_date) - min(message_date) + 1 as {{ dbt.type_int() }}) as day_count
    from {{ ref('stg_telegram_messages') }}

),

-- 1 to day_count as the nodes of a binary tree, so that the recursion is as deep as the tree and
-- not as the number of days.
numbers as (

    select 1 as n, day_count
    from bounds
    where day_count is not null

    union all

    select 2 * n + bit, day_count
    from numbers
    cross join (select 0 as bit union all select 1) as bits
    where 2 * n + bit <= day_count

),

days as (

    select bounds.first_day + (numbers.n - 1) as full_date
    from numbers
    cross join bounds

),

parts as (

    select
        full_date,
        cast(extract(isodow from full_date) as {{ dbt.type_int() }}) as day_of_week,
        cast(extract(day from full_date) as {{ dbt.type_int() }}) as day_of_month,
        cast(extract(week from full_date) as {{ dbt.type_int() }}) as week_of_year,
        cast(extract(isoyear from full_date) as {{ dbt.type_int() }}) as week_year,
        cast(extract(month from full_date) as {{ dbt.type_int() }}) as month,
        cast(extract(quarter from full_date) as {{ dbt.type_int() }}) as quarter,
        cast(extract(year from full_date) as {{ dbt.type_int() }}) as year
    from days

)

select
    {{ date_key('full_date') }} as date_key,
    full_date,
    day_of_week,
    case day_of_week
        {%- for name in weekdays %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end as day_name,
    day_of_week >= 6 as is_weekend,
    day_of_month,
    week_of_year,
    week_year,
    month,
    case month
        {%- for name in months %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end as month_name,
    quarter,
    year
from parts
