{% test at_least_rows(model, count) %}
{{ config(tags=['custom'], severity='error') }}
select n from (select count(*) as n from {{ model }}) x where n < {{ count }}
{% endtest %}
