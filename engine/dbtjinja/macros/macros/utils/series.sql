{# Rows out of nothing: numbers and dates in a row. #}

{% macro get_powers_of_two(upper_bound) %}{{ return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) }}{% endmacro %}

{% macro generate_series(upper_bound) %}{{ return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) }}{% endmacro %}

{% macro get_intervals_between(start_date, end_date, datepart) %}
  {{ return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) }}
{% endmacro %}

{# Every datepart from start_date to end_date, both included, in a column date_<datepart>.
   Asks the warehouse for the distance while compiling. #}
{% macro date_spine(datepart, start_date, end_date) %}
  {{ return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) }}
{% endmacro %}


{# The smallest n >= 1 with 2^n >= upper_bound. #}
{% macro default__get_powers_of_two(upper_bound) %}
  {% if upper_bound <= 0 %}{% do exceptions.raise_compiler_error('upper bound must be positive') %}{% endif %}
  {% for n in range(1, 100) if 2 ** n >= upper_bound %}{{ return(n) }}{% endfor %}
{% endmacro %}

{# 1 to upper_bound: each of n bits is a two-row table, and their product counts in binary. #}
{% macro default__generate_series(upper_bound) %}
  {% set bits = range(dbt.get_powers_of_two(upper_bound)) %}
  with p as (
    select 0 as generated_number union all select 1
  ), unioned as (
    select
      {% for bit in bits %}p{{ bit }}.generated_number * power(2, {{ bit }}) + {% endfor %}1 as generated_number
    from {% for bit in bits %}p as p{{ bit }}{{ ' cross join ' if not loop.last }}{% endfor %}
  )
  select *
  from unioned
  where generated_number <= {{ upper_bound }}
  order by generated_number
{% endmacro %}

{# 1 while parsing #}
{% macro default__get_intervals_between(start_date, end_date, datepart) %}
  {% call statement('get_intervals_between', fetch_result=True) %}
    select {{ dbt.datediff(start_date, end_date, datepart) }}
  {% endcall %}
  {% set result = load_result('get_intervals_between') %}
  {{ return(result['data'][0][0] if result and result['data'] else 1) }}
{% endmacro %}

{% macro default__date_spine(datepart, start_date, end_date) %}
  with rawdata as (
    {{ dbt.generate_series(dbt.get_intervals_between(start_date, end_date, datepart)) }}
  ),

  all_periods as (
    select ({{ dbt.dateadd(datepart, 'row_number() over (order by 1) - 1', start_date) }}) as date_{{ datepart }}
    from rawdata
  ),

  filtered as (
    select * from all_periods
    where date_{{ datepart }} <= {{ end_date }}
  )

  select * from filtered
{% endmacro %}
