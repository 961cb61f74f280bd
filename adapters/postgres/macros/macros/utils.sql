{# Cross-database functions in PostgreSQL's words. #}

{# versions before 16 have no any_value #}
{% macro postgres__any_value(expression) -%} min({{ expression }}) {%- endmacro %}

{% macro postgres__dateadd(datepart, interval, from_date_or_timestamp) -%}
  {{ from_date_or_timestamp }} + ((interval '1 {{ datepart }}') * ({{ interval }}))
{%- endmacro %}

{# The number of boundaries of the datepart between two times, so that 23:59 to 00:01 is a day. Larger parts are counted
   first, smaller ones on top. #}
{% macro postgres__datediff(first_date, second_date, datepart) -%}
  {%- set per_larger = {
      'quarter': ('year', 4), 'month': ('year', 12), 'hour': ('day', 24), 'minute': ('hour', 60), 'second': ('minute', 60),
      'millisecond': ('minute', 60000), 'microsecond': ('minute', 60000000),
  } -%}
  {%- if datepart == 'day' -%}
    (({{ second_date }})::date - ({{ first_date }})::date)
  {%- elif datepart == 'year' -%}
    (date_part('year', ({{ second_date }})::date) - date_part('year', ({{ first_date }})::date))
  {%- elif datepart == 'week' -%}
    ({{ datediff(first_date, second_date, 'day') }} / 7 + case
      when date_part('dow', ({{ first_date }})::timestamp) <= date_part('dow', ({{ second_date }})::timestamp)
        then case when {{ first_date }} <= {{ second_date }} then 0 else -1 end
      else case when {{ first_date }} <= {{ second_date }} then 1 else 0 end
    end)
  {%- elif datepart in per_larger -%}
    {%- set larger, count = per_larger[datepart] -%}
    {%- set type = 'date' if larger == 'year' else 'timestamp' -%}
    {#- seconds and less come with a fraction -#}
    {%- set open, close = ('floor(', ')') if larger == 'minute' else ('', '') -%}
    ({{ datediff(first_date, second_date, larger) }} * {{ count }}
      + {{ open }}date_part('{{ datepart }}', ({{ second_date }})::{{ type }}){{ close }}
      - {{ open }}date_part('{{ datepart }}', ({{ first_date }})::{{ type }}){{ close }})
  {%- else -%}
    {%- do exceptions.raise_compiler_error("Unsupported datepart for macro datediff in postgres: '" ~ datepart ~ "'") -%}
  {%- endif -%}
{%- endmacro %}

{% macro postgres__equals(expr1, expr2) -%}
  ({{ expr1 }} {{ 'is not distinct from' if adapter.behavior.enable_truthy_nulls_equals_macro.no_warn else '=' }} {{ expr2 }})
{%- endmacro %}

{# there is no interval of a quarter #}
{% macro postgres__last_day(date, datepart) %}
  {{ return(dbt._day_before_next(date, datepart, 'month', '3') if datepart == 'quarter' else dbt.default_last_day(date, datepart)) }}
{% endmacro %}

{% macro postgres__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
  {%- if limit_num -%}
    array_to_string((array_agg({{ measure }} {{ order_by_clause or '' }}))[1:{{ limit_num }}], {{ delimiter_text }})
  {%- else -%}
    string_agg({{ measure }}, {{ delimiter_text }} {{ order_by_clause or '' }})
  {%- endif -%}
{%- endmacro %}

{# negative parts count from the end #}
{% macro postgres__split_part(string_text, delimiter_text, part_number) %}
  {{ return(dbt.default__split_part(string_text, delimiter_text, part_number) if part_number >= 0
      else dbt._split_part_negative(string_text, delimiter_text, part_number)) }}
{% endmacro %}
