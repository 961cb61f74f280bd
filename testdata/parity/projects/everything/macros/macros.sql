{% macro cents(column) -%}
  cast(coalesce({{ column }}, 0) * 100 as integer)
{%- endmacro %}

{% macro truthy() %}{{ return(adapter.dispatch('truthy')()) }}{% endmacro %}
{% macro default__truthy() %}1 = 1{% endmacro %}
{% macro duckdb__truthy() %}true{% endmacro %}

{% macro late_macro() %}{{ inner_macro('late') }}{% endmacro %}
{% macro inner_macro(x, y=none) %}{{ x }}{% endmacro %}

{% macro note(what) %}insert into {{ target.schema }}.audit_log values ('{{ what }}', 0){% endmacro %}

{% macro note_results(results) %}
  {% if execute %}
    insert into {{ target.schema }}.audit_log values
    {% for r in results | sort(attribute='node.unique_id') if r.node.resource_type == 'model' -%}
      ('{{ r.node.name }} {{ r.status }}', {{ r.failures or 0 }}),
    {%- endfor %} ('end', {{ results | length }})
  {% endif %}
{% endmacro %}

{% macro default__labelled(column) %}'own ' || {{ column }}{% endmacro %}

{% macro say(what, times=1) %}
  {% for i in range(times) %}{{ log(what ~ ' ' ~ i, info=true) }}{% endfor %}
  {{ print('printed ' ~ what) }}
  {% do run_query('select 1 as one') %}
  {{ return({'a': 1}) }}
{% endmacro %}

{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- if custom_schema_name is none -%}{{ target.schema }}{%- else -%}{{ target.schema }}_{{ custom_schema_name | trim }}{%- endif -%}
{%- endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {%- if custom_alias_name -%}{{ custom_alias_name | trim }}
  {%- elif node.version -%}{{ node.name ~ '_v' ~ (node.version | replace('.', '_')) }}
  {%- else -%}{{ node.name }}{%- endif -%}
{%- endmacro %}
