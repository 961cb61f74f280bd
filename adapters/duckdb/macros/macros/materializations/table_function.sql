{# A view with parameters, as a table macro; it is called with parentheses. Its columns are found when it is called. #}
{% materialization table_function, adapter='duckdb' %}
  {% set target = api.Relation.create(database=database, schema=schema, identifier=model['alias'], type='view') %}
  {% set parameters = config.get('parameters') or '' %}

  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}
  {% call statement('main') -%}
    create or replace function {{ target.render() }}(
      {{- parameters if parameters is string or parameters is number else parameters | join(', ') -}}
    ) as table (
      {{ sql }}
    );
  {%- endcall %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do persist_docs(target, model) %}
  {% do adapter.commit() %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}
