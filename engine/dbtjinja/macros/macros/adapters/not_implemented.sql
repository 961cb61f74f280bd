{# What every default says that only an adapter can fill in. #}
{% macro _not_implemented(macro_name) %}
  {% do exceptions.raise_not_implemented(macro_name ~ ' macro not implemented for adapter ' ~ adapter.type()) %}
{% endmacro %}

{# A value as an SQL string literal, whatever it contains. Not dispatched: for catalog queries only. #}
{% macro _as_literal(value) -%}
  '{{ value | string | replace("'", "''") }}'
{%- endmacro %}
