{# A scalar function is a macro of DuckDB: its arguments take any type, for typed ones need a newer storage format than
   that of files, and its result is cast to the type that it is said to have. #}
{% macro duckdb__scalar_function_sql(target_relation) %}
  {% do scalar_function_volatility_sql() %}
  create or replace function {{ target_relation.render() }} ({{ formatted_scalar_function_args_sql() }})
  as cast((
    {{ model.compiled_code }}
  ) as {{ model.returns.data_type }});
{% endmacro %}

{% macro duckdb__formatted_scalar_function_args_sql() -%}
  {%- for arg in model.arguments -%}
    {%- set default = arg.get('default_value', none) -%}
    {{ arg.name }}{{ ' := ' ~ default if default is not none }}{{ ', ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{% macro duckdb__scalar_function_volatility_sql() %}
  {% set volatility = model.config.get('volatility') %}
  {% if volatility %}{% do unsupported_volatility_warning(volatility) %}{% endif %}
{% endmacro %}
