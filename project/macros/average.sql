{#- The mean of an integer column, rounded half away from zero to two decimals, exact in every
    warehouse: NUMERIC arithmetic where `avg` has it, integer arithmetic on DuckDB, whose `avg`
    is a float. -#}
{% macro average(column) -%}
    {{ return(adapter.dispatch('average', 'medical_warehouse')(column)) }}
{%- endmacro %}

{% macro default__average(column) -%}
    cast(round(avg(cast({{ column }} as numeric(38, 0))), 2) as numeric(18, 2))
{%- endmacro %}

{% macro duckdb__average(column) -%}
    {%- set total = "cast(sum(" ~ column ~ ") as hugeint)" -%}
    cast(sign({{ total }}) * ((200 * abs({{ total }}) + count({{ column }})) // (2 * count({{ column }}))
        * cast(0.01 as decimal(3, 2))) as numeric(18, 2))
{%- endmacro %}
