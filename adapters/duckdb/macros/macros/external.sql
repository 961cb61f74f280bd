{# Files as relations: written by the external materialization, read through a view. #}

{% macro location_exists(location) %}{{ return(adapter.location_exists(location)) }}{% endmacro %}

{% macro write_to_file(relation, location, options) %}
  {% call statement('write_to_file') -%}
    copy {{ relation }} to {{ dbt._as_literal(location) }} ({{ options }})
  {%- endcall %}
{% endmacro %}

{% macro store_relation(plugin, relation, location, format, config) %}
  {% do adapter.store_relation(plugin, relation, adapter.get_columns_in_relation(relation), location, format, config) %}
{% endmacro %}

{# The rendered `options` config, with the older settings format and delimiter in it. #}
{% macro render_write_options(config) %}
  {% set options = config.get('options', {}) %}
  {% if options is not mapping %}
    {% do exceptions.raise_compiler_error('The options argument must be a dictionary') %}
  {% endif %}
  {% for name in options %}{% do options.update({name: render(options[name])}) %}{% endfor %}
  {% for name in ['format', 'delimiter'] if config.get(name) %}{% do options.update({name: render(config.get(name))}) %}{% endfor %}
  {{ return(options) }}
{% endmacro %}

{# Where a model's file goes if it does not say: a directory if it is partitioned. #}
{% macro external_location(relation, config) %}
  {% set path = adapter.external_root() ~ '/' ~ relation.identifier %}
  {{ return(path if config.get('options', {}).get('partition_by') is not none else path ~ '.' ~ config.get('format', 'parquet')) }}
{% endmacro %}

{# For on-run-start: views over the files of external models that the selected ones read, but that do not run, as an
   in-memory database does not know them. #}
{% macro register_upstream_external_models() %}
  {% if not execute %}{{ return('') }}{% endif %}
  {% set seen = [] %}
  {% set schemas = [] %}
  {% for id in selected_resources if id in graph['nodes'] %}
    {% for parent in graph['nodes'][id]['depends_on']['nodes'] if parent not in seen and parent not in selected_resources %}
      {% do seen.append(parent) %}
      {% set node = graph['nodes'].get(parent) %}
      {% if node and node.resource_type in ('model', 'seed') and node.config.materialized == 'external' %}
        {% set relation = api.Relation.create(database=node['database'], schema=node['schema'], identifier=node['alias']) %}
        {% set location = node.config.get('location', external_location(relation, node.config)) %}
        {% set readable = adapter.external_read_location(location, render_write_options(node.config)) %}
        {% if relation.schema not in schemas %}
          {% do schemas.append(relation.schema) %}
          {% call statement('main', language='sql') -%}
            create schema if not exists {{ relation.without_identifier() }}
          {%- endcall %}
        {% endif %}
        {% call statement('main', language='sql') -%}
          create or replace view {{ relation }} as (
            select * from {{ dbt._as_literal(readable) }}
          );
        {%- endcall %}
      {% endif %}
    {% endfor %}
  {% endfor %}
  {% if schemas %}{% do adapter.commit() %}{% endif %}
{% endmacro %}
