{#- A surrogate key: the MD5 of the fields' texts, so that it is the same in every run and in
    every warehouse. A NULL field gives another key than an empty one. -#}
{% macro surrogate_key(fields) %}
    {%- set parts = [] -%}
    {%- for field in fields -%}
        {%- if not loop.first -%}{%- do parts.append("'|'") -%}{%- endif -%}
        {%- do parts.append("coalesce(cast(" ~ field ~ " as " ~ dbt.type_string() ~ "), '_null_')") -%}
    {%- endfor -%}
    {{ dbt.hash(dbt.concat(parts)) }}
{%- endmacro %}

{#- YYYYMMDD of a date as an integer: the key of dim_dates. -#}
{% macro date_key(day) -%}
    cast(extract(year from {{ day }}) * 10000 + extract(month from {{ day }}) * 100 + extract(day from {{ day }}) as {{ dbt.type_int() }})
{%- endmacro %}
