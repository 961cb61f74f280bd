{# adapter.parse_index checks the config, and names the index. #}
{% macro postgres__get_create_index_sql(relation, index_dict) -%}
  {%- set index = adapter.parse_index(index_dict) -%}
  create {{ 'unique ' if index.unique }}index if not exists "{{ index.render(relation) }}"
  on {{ relation }} {{ 'using ' ~ index.type ~ ' ' if index.type }}({{ index.columns | join(', ') }})
{%- endmacro %}

{% macro postgres__get_drop_index_sql(relation, index_name) -%}
  drop index if exists "{{ relation.schema }}"."{{ index_name }}"
{%- endmacro %}

{# name, method, unique, column_names (comma-separated) of each index of a table or materialized view #}
{% macro postgres__get_show_indexes_sql(relation) %}
  select
    index_class.relname as name,
    method.amname as method,
    idx.indisunique as "unique",
    array_to_string(array_agg(attr.attname), ',') as column_names
  from pg_class as owner
  join pg_namespace as ns on ns.oid = owner.relnamespace
  join pg_index as idx on idx.indrelid = owner.oid
  join pg_class as index_class on index_class.oid = idx.indexrelid
  join pg_am as method on method.oid = index_class.relam
  join pg_attribute as attr on attr.attrelid = owner.oid and attr.attnum = any(idx.indkey)
  where ns.nspname = {{ dbt._as_literal(relation.schema) }}
    and owner.relname = {{ dbt._as_literal(relation.identifier) }}
    and owner.relkind in ('r', 'm')
  group by 1, 2, 3
  order by 1, 2, 3
{% endmacro %}
