-- depends_on: {{ ref('raw_customers') }}
{% if execute %}
{% set rows = run_query("select count(*) as n from " ~ ref('raw_customers')) %}
{% set n = rows.columns[0].values()[0] %}
{% else %}
{% set n = 0 %}
{% endif %}
{{ config(materialized='view', bind=false) }}
select {{ n }} as n, '{{ var("nested").list | join("-") }}' as joined, '{{ env_var("NOT_SET_HERE", "fallback") }}' as env
{% if execute %}, '{{ late_macro() }}' as late{% endif %}
