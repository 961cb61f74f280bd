{# Parts of an aggregate function's declaration; adapters that have such functions put them together. #}

{% macro get_aggregate_function_create_replace_signature(target_relation) %}
  {{ return(adapter.dispatch('get_aggregate_function_create_replace_signature', 'dbt')(target_relation)) }}
{% endmacro %}

{% macro get_formatted_aggregate_function_args() %}
  {{ return(adapter.dispatch('get_formatted_aggregate_function_args', 'dbt')()) }}
{% endmacro %}

{% macro get_function_language_specifier() %}
  {{ return(adapter.dispatch('get_function_language_specifier', 'dbt')()) }}
{% endmacro %}

{% macro get_aggregate_function_volatility_specifier() %}
  {{ return(adapter.dispatch('get_aggregate_function_volatility_specifier', 'dbt')()) }}
{% endmacro %}

{% macro get_function_python_options() %}{{ return(adapter.dispatch('get_function_python_options', 'dbt')()) }}{% endmacro %}


{% macro default__get_aggregate_function_create_replace_signature(target_relation) %}
  CREATE OR REPLACE AGGREGATE FUNCTION {{ target_relation.render() }} ({{ get_formatted_aggregate_function_args() }})
  RETURNS {{ model.returns.data_type }}
  {{ get_function_language_specifier() }}
  {{ get_aggregate_function_volatility_specifier() }}
  {{ get_function_python_options() if model.get('language') == 'python' }}
  AS
{% endmacro %}

{% macro default__get_formatted_aggregate_function_args() %}{{ return(formatted_scalar_function_args_sql()) }}{% endmacro %}

{# SQL is the language when none is named #}
{% macro default__get_function_language_specifier() %}
  {% set language = model.get('language') %}
  {% set clauses = {'sql': '', 'python': 'LANGUAGE PYTHON', 'javascript': 'LANGUAGE js'} %}
  {{ return(clauses[language] if language in clauses else 'LANGUAGE ' ~ language.upper()) }}
{% endmacro %}

{% macro default__get_aggregate_function_volatility_specifier() %}{{ return(scalar_function_volatility_sql()) }}{% endmacro %}

{% macro default__get_function_python_options() %}
  {% set packages = model.config.get('packages', []) %}
  RUNTIME_VERSION = '{{ model.config.get('runtime_version') }}'
  HANDLER = '{{ model.config.get('entry_point') }}'
  {%- if packages %}
  PACKAGES = ('{{ packages | join("','") }}')
  {%- endif %}
{% endmacro %}
