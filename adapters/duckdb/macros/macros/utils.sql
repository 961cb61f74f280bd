{# Cross-database functions in DuckDB's words. #}

{% macro duckdb__any_value(expression) -%} arbitrary({{ expression }}) {%- endmacro %}

{% macro duckdb__date(year, month, day) -%} make_date({{ year }}, {{ month }}, {{ day }}) {%- endmacro %}

{# The interval may be any expression, so it multiplies a unit. Weeks and quarters are counted in days and months. #}
{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) -%}
  {%- set unit, factor = {'quarter': ('month', 3), 'week': ('day', 7)}.get(datepart | lower, (datepart | lower, 1)) -%}
  {%- set count = 'cast(' ~ interval ~ ' as bigint)' -%}
  ({{ from_date_or_timestamp }} + {{ '(' ~ count ~ ' * ' ~ factor ~ ')' if factor > 1 else count }} * interval 1 {{ unit }})
{%- endmacro %}

{# weeks begin on Sunday here, and on Monday in date_diff #}
{% macro duckdb__datediff(first_date, second_date, datepart) -%}
  {%- if datepart == 'week' -%}
    ({{ datediff(first_date, second_date, 'day') }} // 7 + case
      when date_part('dow', ({{ first_date }})::timestamp) <= date_part('dow', ({{ second_date }})::timestamp)
        then case when {{ first_date }} <= {{ second_date }} then 0 else -1 end
      else case when {{ first_date }} <= {{ second_date }} then 1 else 0 end
    end)
  {%- else -%}
    (date_diff('{{ datepart }}', {{ first_date }}::timestamp, {{ second_date }}::timestamp))
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__last_day(date, datepart) %}
  {{ return(dbt._day_before_next(date, datepart, 'month', '3') if datepart == 'quarter' else dbt.default_last_day(date, datepart)) }}
{% endmacro %}

{% macro duckdb__generate_series(upper_bound) -%}
  select generate_series as generated_number from generate_series(1, {{ upper_bound }})
{%- endmacro %}

{% macro duckdb__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
  {%- if limit_num -%}
    list_aggr((array_agg({{ measure }} {{ order_by_clause or '' }}))[1:{{ limit_num }}], 'string_agg', {{ delimiter_text }})
  {%- else -%}
    string_agg({{ measure }}, {{ delimiter_text }} {{ order_by_clause or '' }})
  {%- endif -%}
{%- endmacro %}

{# negative parts count from the end #}
{% macro duckdb__split_part(string_text, delimiter_text, part_number) -%}
  string_split({{ string_text }}, {{ delimiter_text }})[ {{ part_number }} ]
{%- endmacro %}

{# A list of strings from a string or a list; none is the empty list. #}
{% macro normalize_string_or_list(raw, field_name) %}
  {% if raw is none %}
    {{ return([]) }}
  {% elif raw is string %}
    {{ return([raw]) }}
  {% elif raw is mapping or raw is not sequence %}
    {% do exceptions.raise_compiler_error(field_name ~ ' must be a list of strings or a string', config=field_name.split('/')[0]) %}
  {% endif %}
  {% if raw | reject('string') | list %}
    {% do exceptions.raise_compiler_error(field_name ~ ' list values must be non-empty strings', config=field_name.split('/')[0]) %}
  {% endif %}
  {{ return(raw | list) }}
{% endmacro %}
