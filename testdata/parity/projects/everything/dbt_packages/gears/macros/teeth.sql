{% macro teeth() %}{{ 4 * 3 }}{% endmacro %}
