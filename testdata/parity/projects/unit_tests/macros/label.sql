{% macro label(x) %}the {{ x }}{% endmacro %}
